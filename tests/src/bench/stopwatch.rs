//! A store that knows how long it was at work, so that it can be told apart from who asks it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use scimlet_store::{
    Change, Claim, EdgePage, EdgeQuery, Failure, Key, Outcome, Page, Plan, Posted, Row, Store,
};

/// Another store, and the time spent in it.
pub(super) struct Stopwatch {
    store: Arc<dyn Store>,
    nanos: AtomicU64,
    rows: AtomicU64,
}

impl Stopwatch {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            nanos: AtomicU64::new(0),
            rows: AtomicU64::new(0),
        }
    }

    /// Rows given out since this was last asked.
    pub(super) fn rows(&self) -> u64 {
        self.rows.swap(0, Ordering::Relaxed)
    }

    fn count(&self, rows: usize) {
        let rows = u64::try_from(rows).unwrap_or(u64::MAX);
        self.rows.fetch_add(rows, Ordering::Relaxed);
    }

    /// The time since this was last asked.
    pub(super) fn lap(&self) -> Duration {
        Duration::from_nanos(self.nanos.swap(0, Ordering::Relaxed))
    }

    fn timed<T>(&self, work: impl FnOnce(&dyn Store) -> T) -> T {
        let begun = Instant::now();
        let done = work(self.store.as_ref());
        let nanos = u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
        done
    }
}

impl Store for Stopwatch {
    fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, Failure> {
        let rows = self.timed(|store| store.load(keys))?;
        self.count(rows.iter().flatten().count());
        Ok(rows)
    }

    fn holders(&self, claims: &[Claim]) -> Result<Vec<Option<Key>>, Failure> {
        self.timed(|store| store.holders(claims))
    }

    fn counters(&self, names: &[String]) -> Result<Vec<u64>, Failure> {
        self.timed(|store| store.counters(names))
    }

    fn find(&self, plan: &Plan) -> Result<Page, Failure> {
        let page = self.timed(|store| store.find(plan))?;
        self.count(page.rows.len());
        Ok(page)
    }

    fn edges(&self, queries: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure> {
        self.timed(|store| store.edges(queries))
    }

    fn commit(&self, changes: &[Change]) -> Result<Outcome, Failure> {
        self.timed(|store| store.commit(changes))
    }

    fn outbox(&self, after: u64, max: u32) -> Result<Vec<Posted>, Failure> {
        self.timed(|store| store.outbox(after, max))
    }

    fn outbox_end(&self) -> Result<u64, Failure> {
        self.timed(|store| store.outbox_end())
    }

    fn prune(&self, through: u64, max: u32) -> Result<u64, Failure> {
        self.timed(|store| store.prune(through, max))
    }
}
