//! Circuit breakers: a policy that fails again and again is not asked for a while.
//!
//! Without them each request of the tenant would burn the whole of its policy's time before it hears
//! that there is no answer.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The breakers of all policies that have failed lately.
pub(crate) struct Breakers {
    failures: u32,
    pause: Duration,
    by_tenant: Mutex<HashMap<String, Breaker>>,
}

/// INVARIANT: one exists only for a policy whose last call failed.
struct Breaker {
    /// Another policy of the tenant begins anew.
    digest: String,
    failures: u32,
    /// None: fewer failures than are needed.
    suspended_until: Option<Instant>,
}

impl Breakers {
    pub(crate) fn new(failures: u32, pause: Duration) -> Self {
        Self {
            failures: failures.max(1),
            pause,
            by_tenant: Mutex::default(),
        }
    }

    /// Whether the policy must not be asked now.
    pub(crate) fn is_open(&self, tenant: &str, digest: &str, now: Instant) -> bool {
        let breakers = self.lock();
        let breaker = breakers.get(tenant).filter(|it| it.digest == digest);
        breaker.is_some_and(|it| it.suspended_until.is_some_and(|until| now < until))
    }

    /// Whether this call may be made. After the pause, one may, and the rest wait for another pause,
    /// or for the one to succeed.
    pub(crate) fn admits(&self, tenant: &str, digest: &str, now: Instant) -> bool {
        let mut breakers = self.lock();
        let breaker = breakers.get_mut(tenant).filter(|it| it.digest == digest);
        let Some(until) = breaker.and_then(|it| it.suspended_until.as_mut()) else {
            return true;
        };
        if now < *until {
            return false;
        }
        *until = now + self.pause;
        true
    }

    /// A call had an answer. True: the policy had been suspended.
    pub(crate) fn succeeded(&self, tenant: &str, digest: &str) -> bool {
        let mut breakers = self.lock();
        let breaker = breakers.get(tenant).filter(|it| it.digest == digest);
        let Some(was_suspended) = breaker.map(|it| it.suspended_until.is_some()) else {
            return false;
        };
        breakers.remove(tenant);
        was_suspended
    }

    /// A call had none. True: the policy is suspended from now on.
    pub(crate) fn failed(&self, tenant: &str, digest: &str, now: Instant) -> bool {
        let mut breakers = self.lock();
        let breaker = breakers
            .entry(tenant.to_owned())
            .or_insert_with(|| Breaker::new(digest));
        if breaker.digest != digest {
            *breaker = Breaker::new(digest);
        }
        breaker.failures = breaker.failures.saturating_add(1);
        if breaker.failures < self.failures {
            return false;
        }
        breaker.suspended_until = Some(now + self.pause);
        true
    }

    /// How many policies are suspended.
    pub(crate) fn open(&self, now: Instant) -> usize {
        let breakers = self.lock();
        let open = |it: &&Breaker| it.suspended_until.is_some_and(|until| now < until);
        breakers.values().filter(open).count()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Breaker>> {
        // Nothing here can panic between two related changes, so what a panic left is sound.
        self.by_tenant
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl Breaker {
    fn new(digest: &str) -> Self {
        Self {
            digest: digest.to_owned(),
            failures: 0,
            suspended_until: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PAUSE: Duration = Duration::from_secs(30);

    fn broken(times: u32, now: Instant) -> Breakers {
        let breakers = Breakers::new(3, PAUSE);
        for time in 1..=times {
            assert!(breakers.admits("acme", "a", now));
            assert_eq!(breakers.failed("acme", "a", now), time == 3);
        }
        breakers
    }

    #[test]
    fn opens_after_so_many_failures_in_a_row() {
        let now = crate::meter::now();
        let breakers = broken(2, now);
        assert!(!breakers.succeeded("acme", "a"));
        assert!(!breakers.failed("acme", "a", now), "a success begins anew");
        let breakers = broken(3, now);
        assert!(breakers.is_open("acme", "a", now));
        assert!(!breakers.admits("acme", "a", now + PAUSE / 2));
        assert_eq!(breakers.open(now), 1);
    }

    #[test]
    fn lets_one_try_after_the_pause() {
        let now = crate::meter::now();
        let breakers = broken(3, now);
        let later = now + PAUSE;
        assert!(breakers.admits("acme", "a", later));
        assert!(!breakers.admits("acme", "a", later), "one at a time");
        assert!(breakers.failed("acme", "a", later));
        assert!(!breakers.admits("acme", "a", later + PAUSE / 2));
        assert!(breakers.admits("acme", "a", later + PAUSE));
        assert!(breakers.succeeded("acme", "a"));
        assert!(breakers.admits("acme", "a", later + PAUSE));
        assert!(!breakers.is_open("acme", "a", later + PAUSE));
    }

    #[test]
    fn is_one_policys_of_one_tenants() {
        let now = crate::meter::now();
        let breakers = broken(3, now);
        assert!(breakers.admits("globex", "a", now));
        assert!(breakers.admits("acme", "b", now));
        assert!(
            !breakers.failed("acme", "b", now),
            "another policy begins anew"
        );
        assert!(breakers.admits("acme", "a", now));
    }
}
