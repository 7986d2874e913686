//! Trying again: the one policy for everything that fails for a passing reason.
//!
//! Exponential, with full jitter: the `n`-th wait is any time from nothing to a ceiling that doubles with
//! each try, so that those who failed together do not come again together. What the other side asks for
//! (`Retry-After`) is heeded, but not for ever.

use std::time::Duration;

use crate::World;

/// How often, and for how long in all, something is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The ceiling of the first wait; it doubles from there.
    pub first: Duration,
    /// What the ceiling grows to.
    pub most: Duration,
    /// The longest wait that the other side may ask for.
    pub asked: Duration,
    /// Who fails for so long is given up.
    pub total: Duration,
}

/// Something did not work.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault<E> {
    /// It may work later; not before so long, if the other side said so.
    Passing(E, Option<Duration>),
    /// It will not.
    Lasting(E),
}

impl Policy {
    /// For events and changes on their way to somebody else: over five days, in the end every three hours
    /// on average. Whoever was down for a weekend has missed nothing.
    pub const DELIVERY: Self = Self {
        first: Duration::from_secs(5),
        most: Duration::from_hours(6),
        asked: Duration::from_hours(24),
        total: Duration::from_hours(5 * 24),
    };

    /// For a second look at an endpoint that fails as a whole.
    pub const PROBE: Self = Self {
        first: Duration::from_secs(2),
        most: Duration::from_mins(15),
        asked: Duration::from_hours(1),
        total: Duration::from_hours(5 * 24),
    };

    /// For questions to another server while somebody waits for the answer.
    pub const QUESTION: Self = Self {
        first: Duration::from_millis(500),
        most: Duration::from_secs(30),
        asked: Duration::from_mins(2),
        total: Duration::from_mins(10),
    };

    /// For what a host has to do for its tenants in any case: it is never given up.
    pub const UPKEEP: Self = Self {
        first: Duration::from_secs(1),
        most: Duration::from_secs(20),
        asked: Duration::from_secs(20),
        total: Duration::MAX,
    };

    /// How long to wait after the `tries`-th failure (from 1). `random` is any number.
    #[must_use]
    pub fn wait(&self, tries: u32, asked: Option<Duration>, random: u64) -> Duration {
        let doubled = 2_u32.saturating_pow(tries.saturating_sub(1));
        let ceiling = self.first.saturating_mul(doubled).min(self.most);
        let asked = asked.unwrap_or_default().min(self.asked);
        // Behind what was asked for the crowd is spread as well, but not by hours.
        let spread = if asked.is_zero() { ceiling } else { self.first };
        asked.saturating_add(part(spread, random))
    }

    /// Whether something that has failed for so long is given up.
    #[must_use]
    pub fn gives_up(&self, failing: Duration) -> bool {
        failing >= self.total
    }

    /// Does something until it works, fails for good, or is given up.
    ///
    /// # Errors
    /// The last error.
    pub async fn run<T, E, F>(
        &self,
        world: &dyn World,
        mut work: impl FnMut() -> F + Send,
    ) -> Result<T, E>
    where
        F: Future<Output = Result<T, Fault<E>>> + Send,
    {
        let (begun, mut tries) = (world.now(), 0_u32);
        loop {
            let (error, asked) = match work().await {
                Ok(done) => return Ok(done),
                Err(Fault::Lasting(error)) => return Err(error),
                Err(Fault::Passing(error, asked)) => (error, asked),
            };
            let failing = Duration::from_millis(world.now().saturating_sub(begun));
            if self.gives_up(failing) {
                return Err(error);
            }
            tries = tries.saturating_add(1);
            tokio::time::sleep(self.wait(tries, asked, world.random())).await;
        }
    }
}

/// Any time from one millisecond to the whole.
fn part(whole: Duration, random: u64) -> Duration {
    let most = u64::try_from(whole.as_millis()).unwrap_or(u64::MAX).max(1);
    Duration::from_millis(1 + random % most)
}
