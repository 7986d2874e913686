//! Counts what a call uses: the guest's time and its calls to the host.
//!
//! The guest's clock stands while the host works for it, so a guest that waits for the disk is
//! not killed, and one that loops is.

use std::time::{Duration, Instant};

use crate::engine::TICK;
use crate::error::{FaultKind, Stop};

/// The most that can be charged between two looks at the clock. The guest is looked at in every
/// tick in which it runs; a longer gap means that the operating system ran something else.
const MOST_AT_ONCE: Duration = TICK.saturating_mul(2);

pub(crate) struct Meter {
    guest_time: Duration,
    host_calls: u32,
    /// When the guest was last let go, or looked at.
    since: Instant,
    spent: Duration,
    calls: u32,
}

impl Meter {
    pub(crate) fn new(guest_time: Duration, host_calls: u32) -> Self {
        Self {
            guest_time,
            host_calls,
            since: now(),
            spent: Duration::ZERO,
            calls: 0,
        }
    }

    /// A new call begins, with nothing used.
    pub(crate) fn start(&mut self) {
        self.spent = Duration::ZERO;
        self.calls = 0;
        self.resume();
    }

    /// The guest has been running since the last look.
    pub(crate) fn look(&mut self) -> Result<(), Stop> {
        let now = now();
        self.spent += now.duration_since(self.since).min(MOST_AT_ONCE);
        self.since = now;
        if self.spent > self.guest_time {
            return Err(Stop(FaultKind::Time));
        }
        Ok(())
    }

    /// The guest calls the host: its clock stands until [`Self::resume`].
    pub(crate) fn pause(&mut self) -> Result<(), Stop> {
        self.look()?;
        self.calls = self.calls.saturating_add(1);
        if self.calls > self.host_calls {
            return Err(Stop(FaultKind::HostCalls));
        }
        Ok(())
    }

    /// The host has answered.
    pub(crate) fn resume(&mut self) {
        self.since = now();
    }
}

/// The one look at a clock in this crate: how long something takes, never what time it is.
#[expect(
    clippy::disallowed_methods,
    reason = "a limit on time is kept with a clock"
)]
pub(crate) fn now() -> Instant {
    Instant::now()
}
