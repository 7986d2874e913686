//! A store that tells when it fails.
//!
//! The component makes a SCIM error of a store's failure and says nothing of the inside to the
//! caller. This is where the operator gets to know.

use std::sync::Arc;

use scimlet_runtime::Asked;
use scimlet_store::{
    Change, Claim, EdgePage, EdgeQuery, Failure, Key, Outcome, Page, Plan, Posted, Row, Store,
};

/// Who wants to know.
pub(crate) trait Watch: Send + Sync {
    /// A call of a tenant's store failed.
    fn store_failed(&self, tenant: &str, call: &'static str, failure: &Failure);
    /// A tenant's policy was asked. What went wrong, the runtime has logged.
    fn policy_asked(&self, tenant: &str, asked: &Asked);
}

/// Nobody wants to know: the command line says the refusal itself.
pub(crate) struct Unwatched;

impl Watch for Unwatched {
    fn store_failed(&self, _tenant: &str, _call: &'static str, _failure: &Failure) {}

    fn policy_asked(&self, _tenant: &str, _asked: &Asked) {}
}

/// A tenant's store, watched.
pub(super) struct Watched {
    store: Arc<dyn Store>,
    watch: Arc<dyn Watch>,
    tenant: String,
}

impl Watched {
    pub(super) fn new(store: Arc<dyn Store>, watch: Arc<dyn Watch>, tenant: String) -> Self {
        Self {
            store,
            watch,
            tenant,
        }
    }

    fn tell<T>(&self, call: &'static str, result: Result<T, Failure>) -> Result<T, Failure> {
        result.inspect_err(|failure| self.watch.store_failed(&self.tenant, call, failure))
    }
}

impl Store for Watched {
    fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, Failure> {
        self.tell("load", self.store.load(keys))
    }

    fn holders(&self, claims: &[Claim]) -> Result<Vec<Option<Key>>, Failure> {
        self.tell("holders", self.store.holders(claims))
    }

    fn counters(&self, names: &[String]) -> Result<Vec<u64>, Failure> {
        self.tell("counters", self.store.counters(names))
    }

    fn find(&self, plan: &Plan) -> Result<Page, Failure> {
        self.tell("find", self.store.find(plan))
    }

    fn edges(&self, queries: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure> {
        self.tell("edges", self.store.edges(queries))
    }

    fn commit(&self, changes: &[Change]) -> Result<Outcome, Failure> {
        self.tell("commit", self.store.commit(changes))
    }

    fn outbox(&self, after: u64, max: u32) -> Result<Vec<Posted>, Failure> {
        self.tell("outbox", self.store.outbox(after, max))
    }

    fn outbox_end(&self) -> Result<u64, Failure> {
        self.tell("outbox-end", self.store.outbox_end())
    }

    fn prune(&self, through: u64, max: u32) -> Result<u64, Failure> {
        self.tell("prune", self.store.prune(through, max))
    }
}
