//! What the operator may want to know, as it happens.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// Who wants to know. Kinds are those of [`crate::Target::kind`].
pub trait Watch: Send + Sync {
    /// An event was delivered, so long after it happened.
    fn delivered(&self, kind: &'static str, took: Duration, behind: Duration);

    /// An attempt failed. `why` is one of a few words: `no-answer`, `4xx`, `5xx`, `other`.
    fn failed(&self, kind: &'static str, why: &'static str);

    /// A failed event will be tried again.
    fn retried(&self, kind: &'static str);

    /// A failed event will not.
    fn dead(&self, kind: &'static str);
}

/// Nobody wants to know.
#[derive(Clone, Copy, Debug)]
pub struct Unwatched;

impl Watch for Unwatched {
    fn delivered(&self, _: &'static str, _: Duration, _: Duration) {}

    fn failed(&self, _: &'static str, _: &'static str) {}

    fn retried(&self, _: &'static str) {}

    fn dead(&self, _: &'static str) {}
}

/// How it is with the endpoints that a host delivers for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Snapshot {
    /// Endpoints.
    pub endpoints: u64,
    /// Those of them whose breaker is open.
    pub open: u64,
    /// Those that are degraded.
    pub degraded: u64,
    /// Deliveries on their way that have failed at least once, or wait for such a one.
    pub pending: u64,
    /// Events that the endpoint furthest behind is behind.
    pub lag: u64,
}

/// One endpoint on the board.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    pub(super) until: Option<u64>,
    pub(super) degraded: bool,
    pub(super) pending: u64,
    pub(super) lag: u64,
}

/// What sessions say of themselves.
#[derive(Default)]
pub(super) struct Board(Mutex<BTreeMap<String, Entry>>);

impl Board {
    pub(super) fn put(&self, endpoint: &str, entry: Entry) {
        let mut entries = self.lock();
        match entries.get_mut(endpoint) {
            Some(known) => *known = entry,
            None => drop(entries.insert(endpoint.to_owned(), entry)),
        }
    }

    pub(super) fn remove(&self, endpoint: &str) {
        self.lock().remove(endpoint);
    }

    pub(super) fn snapshot(&self, now: u64) -> Snapshot {
        let mut all = Snapshot::default();
        for entry in self.lock().values() {
            all.endpoints += 1;
            all.open += u64::from(entry.until.is_some_and(|until| until > now));
            all.degraded += u64::from(entry.degraded);
            all.pending += entry.pending;
            all.lag = all.lag.max(entry.lag);
        }
        all
    }

    /// The map is whole between any two calls, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, Entry>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
