//! A store that remembers what was asked of it and what it was told to do.

use std::sync::{Arc, Mutex};

use scimlet_store::{
    Change, Claim, EdgePage, EdgeQuery, Failure, Key, Outcome, Page, Plan, Posted, Row, Store,
};

/// One question or one commit.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are those of the port and say it")]
pub enum Said {
    Load(Vec<Key>),
    Holders(Vec<Claim>),
    Counters(Vec<String>),
    Find(Plan),
    Edges(Vec<EdgeQuery>),
    Commit(Vec<Change>, Outcome),
}

/// Passes everything on, and remembers it.
pub struct Watched {
    inner: Arc<dyn Store>,
    said: Mutex<Vec<Said>>,
}

impl Watched {
    /// Watches this store.
    pub fn new(inner: Arc<dyn Store>) -> Self {
        Self {
            inner,
            said: Mutex::default(),
        }
    }

    /// What was said since this was last called.
    pub fn take(&self) -> Vec<Said> {
        std::mem::take(&mut self.said.lock().expect("no panic while noting"))
    }

    fn note(&self, said: Said) {
        self.said.lock().expect("no panic while noting").push(said);
    }
}

impl Store for Watched {
    fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, Failure> {
        self.note(Said::Load(keys.to_vec()));
        self.inner.load(keys)
    }

    fn holders(&self, claims: &[Claim]) -> Result<Vec<Option<Key>>, Failure> {
        self.note(Said::Holders(claims.to_vec()));
        self.inner.holders(claims)
    }

    fn counters(&self, names: &[String]) -> Result<Vec<u64>, Failure> {
        self.note(Said::Counters(names.to_vec()));
        self.inner.counters(names)
    }

    fn find(&self, plan: &Plan) -> Result<Page, Failure> {
        self.note(Said::Find(plan.clone()));
        self.inner.find(plan)
    }

    fn edges(&self, queries: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure> {
        self.note(Said::Edges(queries.to_vec()));
        self.inner.edges(queries)
    }

    fn commit(&self, changes: &[Change]) -> Result<Outcome, Failure> {
        let outcome = self.inner.commit(changes)?;
        self.note(Said::Commit(changes.to_vec(), outcome.clone()));
        Ok(outcome)
    }

    fn outbox(&self, after: u64, max: u32) -> Result<Vec<Posted>, Failure> {
        self.inner.outbox(after, max)
    }

    fn outbox_end(&self) -> Result<u64, Failure> {
        self.inner.outbox_end()
    }

    fn prune(&self, through: u64, max: u32) -> Result<u64, Failure> {
        self.inner.prune(through, max)
    }
}
