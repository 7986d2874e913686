//! How many calls of one tenant's policy are at work at once.
//!
//! A policy that never ends would else take every core for as long as there are requests of its
//! tenant, and the other tenants' time with them.

use std::collections::HashMap;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The places of all tenants.
pub(crate) struct Gate {
    per_tenant: usize,
    /// INVARIANT: no count is 0.
    inside: Mutex<HashMap<String, usize>>,
    left: Condvar,
}

/// Whoever holds this is inside, until it is dropped.
pub(crate) struct Place<'a> {
    gate: &'a Gate,
    tenant: &'a str,
}

impl Gate {
    pub(crate) fn new(per_tenant: usize) -> Self {
        Self {
            per_tenant: per_tenant.max(1),
            inside: Mutex::default(),
            left: Condvar::new(),
        }
    }

    /// Waits for a place. None if that took too long.
    pub(crate) fn enter<'a>(&'a self, tenant: &'a str, patience: Duration) -> Option<Place<'a>> {
        let is_full = |inside: &mut HashMap<String, usize>| {
            inside
                .get(tenant)
                .is_some_and(|count| *count >= self.per_tenant)
        };
        let waited = self.left.wait_timeout_while(self.lock(), patience, is_full);
        let (mut inside, result) = waited.unwrap_or_else(PoisonError::into_inner);
        if result.timed_out() {
            return None;
        }
        *inside.entry(tenant.to_owned()).or_default() += 1;
        Some(Place { gate: self, tenant })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        // Nothing here can panic between two related changes, so what a panic left is sound.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut inside = self.gate.lock();
        match inside.get_mut(self.tenant) {
            Some(count) if *count > 1 => *count -= 1,
            _ => drop(inside.remove(self.tenant)),
        }
        drop(inside);
        // Whoever waits may be another tenant's, so all have to look.
        self.gate.left.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_back_who_is_one_too_many() {
        let gate = Gate::new(1);
        let first = gate.enter("acme", Duration::ZERO);
        assert!(first.is_some());
        assert!(gate.enter("acme", Duration::ZERO).is_none());
        assert!(gate.enter("globex", Duration::ZERO).is_some());
        drop(first);
        assert!(gate.enter("acme", Duration::ZERO).is_some());
    }

    #[test]
    fn lets_in_who_waits_when_somebody_leaves() {
        let gate = Gate::new(1);
        let first = gate.enter("acme", Duration::ZERO);
        std::thread::scope(|threads| {
            let second = threads.spawn(|| gate.enter("acme", Duration::from_secs(10)).is_some());
            drop(first);
            assert!(second.join().unwrap());
        });
    }
}
