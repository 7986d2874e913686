//! A store that forgets what a commit rests on: races on it must be found to end badly, or the
//! race tests would find nothing anywhere.

use std::sync::Arc;

use scimlet_store::{
    Adjust, Change, Claim, EdgePage, EdgeQuery, Failure, Key, Outcome, Page, Plan, Posted, Row,
    Store,
};

/// What is forgotten.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Forgets {
    Nothing,
    /// Floors and ceilings of counters.
    Bounds,
    /// Conditions on documents that the commit does not write.
    Checks,
}

/// Passes everything on, but for what it forgets.
pub struct Careless {
    pub inner: Arc<dyn Store>,
    pub forgets: Forgets,
}

impl Careless {
    fn remembers(&self, change: &Change) -> Option<Change> {
        match (self.forgets, change) {
            (Forgets::Bounds, Change::Adjust(adjust)) => Some(Change::Adjust(Adjust {
                floor: 0,
                ceiling: None,
                ..adjust.clone()
            })),
            (Forgets::Checks, Change::Check(_)) => None,
            _ => Some(change.clone()),
        }
    }
}

impl Store for Careless {
    fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, Failure> {
        self.inner.load(keys)
    }

    fn holders(&self, claims: &[Claim]) -> Result<Vec<Option<Key>>, Failure> {
        self.inner.holders(claims)
    }

    fn counters(&self, names: &[String]) -> Result<Vec<u64>, Failure> {
        self.inner.counters(names)
    }

    fn find(&self, plan: &Plan) -> Result<Page, Failure> {
        self.inner.find(plan)
    }

    fn edges(&self, queries: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure> {
        self.inner.edges(queries)
    }

    fn commit(&self, changes: &[Change]) -> Result<Outcome, Failure> {
        let changes: Vec<Change> = changes.iter().filter_map(|it| self.remembers(it)).collect();
        self.inner.commit(&changes)
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
