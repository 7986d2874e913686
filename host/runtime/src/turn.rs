//! Turns: calls of one tenant that met a stale commit go on one after the other.
//!
//! Many leavers at once all reach for the same waiter at the head of a queue: one wins, the others
//! are stale and decide again, and so on, until `n` leavers have cost `n * n` decisions. With
//! turns the cost is linear: who was stale once waits until those before it have been answered.
//!
//! A turn is a courtesy, not a lock: nothing is wrong if two hosts do not know of each other's, or
//! if somebody goes ahead who has not been stale yet.

use std::collections::HashMap;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

/// Longer than any line that a host's limit on requests allows, and shorter than a client waits:
/// beyond it a call goes ahead out of turn.
const PATIENCE: Duration = Duration::from_secs(10);

/// The turns of all tenants that have an instance.
#[derive(Default)]
pub(crate) struct Turns {
    by_tenant: Mutex<HashMap<String, Weak<Turn>>>,
}

/// The turn of one tenant.
#[derive(Default)]
pub(crate) struct Turn {
    taken: Mutex<bool>,
    given_back: Condvar,
}

/// Whoever holds this has the turn, until it is dropped.
pub(crate) struct Held(Arc<Turn>);

impl Turns {
    /// The turn of a tenant.
    pub(crate) fn of(&self, tenant: &str) -> Arc<Turn> {
        let mut by_tenant = lock(&self.by_tenant);
        if let Some(turn) = by_tenant.get(tenant).and_then(Weak::upgrade) {
            return turn;
        }
        by_tenant.retain(|_, turn| turn.strong_count() > 0);
        let turn = Arc::new(Turn::default());
        by_tenant.insert(tenant.to_owned(), Arc::downgrade(&turn));
        turn
    }
}

impl Turn {
    /// Waits for the turn. None if that took too long.
    pub(crate) fn take(self: &Arc<Self>) -> Option<Held> {
        let taken = lock(&self.taken);
        let waited = self
            .given_back
            .wait_timeout_while(taken, PATIENCE, |taken| *taken);
        let (mut taken, result) = waited.unwrap_or_else(PoisonError::into_inner);
        if result.timed_out() {
            return None;
        }
        *taken = true;
        Some(Held(Arc::clone(self)))
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        *lock(&self.0.taken) = false;
        self.0.given_back.notify_one();
    }
}

/// Nothing here can panic between two related changes, so what a panic left is sound.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Turns;

    #[test]
    fn one_at_a_time_for_a_tenant() {
        let turns = Turns::default();
        let (turn, mut inside) = (turns.of("acme"), 0);
        assert!(Arc::ptr_eq(&turn, &turns.of("acme")));
        let inside = std::sync::Mutex::new(&mut inside);
        std::thread::scope(|threads| {
            for _ in 0..8 {
                threads.spawn(|| {
                    let held = turn.take().unwrap();
                    assert!(inside.try_lock().is_ok_and(|mut count| {
                        **count += 1;
                        true
                    }));
                    drop(held);
                });
            }
        });
        assert_eq!(**inside.lock().unwrap(), 8);
    }

    #[test]
    fn tenants_do_not_wait_for_each_other() {
        let turns = Turns::default();
        let held = turns.of("acme").take();
        assert!(turns.of("globex").take().is_some());
        drop(held);
    }
}
