//! The numbers that delivery goes by.

use std::time::Duration;

use crate::retry::Policy;

/// The numbers that delivery goes by. The default is what `scimlet serve` uses.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// How often something is tried.
    pub retry: Policy,
    /// How often an endpoint that fails as a whole is tried.
    pub probe: Policy,
    /// Failures on end that open the breaker.
    pub trip: u32,
    /// An endpoint that fails for so long is degraded: that is worth an alert, a restart is not.
    pub degraded: Duration,
    /// One attempt takes no longer than this, whatever the courier says.
    pub patience: Duration,
    /// Progress is written after this long.
    pub flush: Duration,
    /// Progress that is only of events that nobody wanted.
    pub lazy_flush: Duration,
    /// How often other processes' changes are looked for.
    pub poll: Duration,
    /// How often a host says that it lives.
    pub beat: Duration,
    /// After this long without a word it is believed not to.
    pub lease: Duration,
    /// Events read and not yet tried, for one endpoint.
    pub ahead: usize,
    /// Deliveries that may be on their way to one endpoint. Beyond that its outbox waits.
    pub pending: usize,
    /// How far events may be done with ahead of the position, which bounds what is sent again after a
    /// crash.
    pub window: u64,
    /// Calls of the store at a time.
    pub calls: usize,
    /// What is under way when the host stops has so long to end.
    pub farewell: Duration,
    /// How long events and dead letters are kept; none: for ever.
    pub keep: Option<Duration>,
    /// How often what is older is removed.
    pub sweep: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            retry: Policy::DELIVERY,
            probe: Policy::PROBE,
            trip: 5,
            degraded: Duration::from_mins(1),
            patience: Duration::from_mins(1),
            flush: Duration::from_millis(250),
            lazy_flush: Duration::from_secs(5),
            poll: Duration::from_secs(1),
            beat: Duration::from_secs(2),
            lease: Duration::from_secs(6),
            ahead: 256,
            pending: 5000,
            window: 4096,
            calls: 16,
            farewell: Duration::from_millis(700),
            keep: Some(Duration::from_hours(30 * 24)),
            sweep: Duration::from_hours(1),
        }
    }
}

/// As the clock counts.
pub(super) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
