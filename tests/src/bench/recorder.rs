//! A store that answers questions, and keeps what should be committed instead of committing it.

use std::sync::{Arc, Mutex, PoisonError};

use scimlet_store::{
    Change, Claim, EdgePage, EdgeQuery, Failure, Key, Outcome, Page, Plan, Posted, Row, Store,
};

/// Another store, and what should have been committed to it.
pub(super) struct Recorder {
    store: Arc<dyn Store>,
    kept: Mutex<Vec<Change>>,
}

impl Recorder {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        let kept = Mutex::default();
        Self { store, kept }
    }

    /// What was kept since this was last asked.
    pub(super) fn take(&self) -> Vec<Change> {
        std::mem::take(&mut self.kept.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Store for Recorder {
    fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, Failure> {
        self.store.load(keys)
    }

    fn holders(&self, claims: &[Claim]) -> Result<Vec<Option<Key>>, Failure> {
        self.store.holders(claims)
    }

    fn counters(&self, names: &[String]) -> Result<Vec<u64>, Failure> {
        self.store.counters(names)
    }

    fn find(&self, plan: &Plan) -> Result<Page, Failure> {
        self.store.find(plan)
    }

    fn edges(&self, queries: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure> {
        self.store.edges(queries)
    }

    fn commit(&self, changes: &[Change]) -> Result<Outcome, Failure> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.extend_from_slice(changes);
        Ok(Outcome::Applied)
    }

    fn outbox(&self, after: u64, max: u32) -> Result<Vec<Posted>, Failure> {
        self.store.outbox(after, max)
    }

    fn outbox_end(&self) -> Result<u64, Failure> {
        self.store.outbox_end()
    }

    fn prune(&self, through: u64, max: u32) -> Result<u64, Failure> {
        self.store.prune(through, max)
    }
}
