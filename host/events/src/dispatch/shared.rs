//! What all sessions of a dispatcher have in common.

use std::collections::BTreeMap;
use std::sync::Arc;

use scimlet_store::Failure;
use tokio::sync::Semaphore;
use tokio::task::spawn_blocking;

use super::limits::Limits;
use super::watch::{Board, Watch};
use crate::ledger::Ledger;
use crate::{Courier, Target, World};

/// Who brings events where, by the kind of target.
#[derive(Clone, Default)]
pub struct Couriers(BTreeMap<&'static str, Arc<dyn Courier>>);

impl Couriers {
    /// Nobody brings anything anywhere.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// This one serves targets of that kind (`webhook`, `push`, `scim`).
    #[must_use]
    pub fn with(mut self, kind: &'static str, courier: Arc<dyn Courier>) -> Self {
        self.0.insert(kind, courier);
        self
    }

    /// Who serves a target; none: it is not delivered to, but fetches its events, say.
    #[must_use]
    pub fn of(&self, target: &Target) -> Option<Arc<dyn Courier>> {
        self.0.get(target.kind()).map(Arc::clone)
    }
}

pub(super) struct Shared {
    ledger: Ledger,
    pub(super) couriers: Couriers,
    pub(super) world: Arc<dyn World>,
    pub(super) watch: Arc<dyn Watch>,
    pub(super) limits: Limits,
    pub(super) board: Board,
    /// What this host is called in the ledger.
    pub(super) host: String,
    calls: Semaphore,
}

impl Shared {
    pub(super) fn new(
        ledger: Ledger,
        couriers: Couriers,
        world: Arc<dyn World>,
        watch: Arc<dyn Watch>,
        limits: &Limits,
    ) -> Self {
        let host = format!("host_{:016x}{:016x}", world.random(), world.random());
        Self {
            ledger,
            couriers,
            world,
            watch,
            limits: *limits,
            board: Board::default(),
            host,
            calls: Semaphore::new(limits.calls),
        }
    }

    /// Asks the ledger, off the threads that deliver.
    pub(super) async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Ledger) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        // It is never closed.
        let _slot = self.calls.acquire().await;
        let ledger = self.ledger.clone();
        let done = spawn_blocking(move || work(&ledger)).await;
        done.unwrap_or_else(|lost| Err(Failure::Other(format!("a call did not end: {lost}"))))
    }
}
