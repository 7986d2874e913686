//! The store of an instance that has none: settings are read without asking anything.

use scimlet_store::{
    Change, Claim, EdgePage, EdgeQuery, Failure, Key, Outcome, Page, Plan, Posted, Row, Store,
};

/// Answers that there is nothing here.
pub(crate) struct Unbound;

fn unbound<T>() -> Result<T, Failure> {
    Err(Failure::Unavailable("no store is bound".to_owned()))
}

impl Store for Unbound {
    fn load(&self, _: &[Key]) -> Result<Vec<Option<Row>>, Failure> {
        unbound()
    }

    fn holders(&self, _: &[Claim]) -> Result<Vec<Option<Key>>, Failure> {
        unbound()
    }

    fn counters(&self, _: &[String]) -> Result<Vec<u64>, Failure> {
        unbound()
    }

    fn find(&self, _: &Plan) -> Result<Page, Failure> {
        unbound()
    }

    fn edges(&self, _: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure> {
        unbound()
    }

    fn commit(&self, _: &[Change]) -> Result<Outcome, Failure> {
        unbound()
    }

    fn outbox(&self, _: u64, _: u32) -> Result<Vec<Posted>, Failure> {
        unbound()
    }

    fn outbox_end(&self) -> Result<u64, Failure> {
        unbound()
    }

    fn prune(&self, _: u64, _: u32) -> Result<u64, Failure> {
        unbound()
    }
}
