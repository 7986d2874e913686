//! When which event goes where.
//!
//! Each endpoint has a task of its own (`tend`), which opens a *session*: it takes the endpoint for this
//! host, reads the tenant's outbox behind the endpoint's position, and hands events to the courier, those
//! of one subject one after the other, those of different subjects side by side. What works at once leaves
//! nothing behind but the position, which is written a few times a second; what does not becomes a
//! delivery of the ledger, and so do later events of the same subject. A session that finds its rows
//! changed by somebody else ends, and another one begins from what is written. So there is one way to
//! recover, whatever happened: read the ledger.
//!
//! INVARIANT: an event is done with only when the endpoint has taken it, it was not wanted, or the ledger
//! says that it is dead; and the position passes it only in a commit that says so, or holds its delivery.
//!
//! Words: the *agenda* is what a session has still to do; a *tape* is a tenant's outbox as its sessions
//! read it, so that a hundred endpoints read it once; a *notice* is an event about an endpoint.

mod agenda;
mod bucket;
mod failing;
mod flush;
mod limits;
mod notice;
mod reading;
mod retention;
mod session;
mod settle;
mod shared;
mod tape;
mod tend;
mod watch;
mod watchman;

use std::collections::BTreeSet;
use std::mem;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Notify, watch as channel};

use crate::World;
use crate::ledger::Ledger;

pub use limits::Limits;
pub use notice::test_event;
pub use shared::Couriers;
pub use watch::{Snapshot, Unwatched, Watch};

use shared::Shared;
use watchman::Watchman;

/// Delivers the events of all tenants of a backend, for as long as it runs.
pub struct Dispatcher {
    shared: Arc<Shared>,
    bell: Arc<Bell>,
}

/// Tells a dispatcher that a tenant has new events. Cheap, and never waits.
#[derive(Default)]
pub struct Bell {
    tenants: Mutex<BTreeSet<String>>,
    rung: Notify,
}

impl Bell {
    /// There may be new events of this tenant.
    pub fn ring(&self, tenant: &str) {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        // Nearly always it is there already, and a name need not be copied.
        if !tenants.contains(tenant) {
            tenants.insert(tenant.to_owned());
        }
        drop(tenants);
        self.rung.notify_one();
    }

    async fn heard(&self) -> BTreeSet<String> {
        self.rung.notified().await;
        mem::take(&mut *self.tenants.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Dispatcher {
    /// A dispatcher that does not run yet.
    #[must_use]
    pub fn new(
        ledger: Ledger,
        couriers: Couriers,
        world: Arc<dyn World>,
        watch: Arc<dyn Watch>,
        limits: &Limits,
    ) -> Self {
        Self {
            shared: Arc::new(Shared::new(ledger, couriers, world, watch, limits)),
            bell: Arc::default(),
        }
    }

    /// The way to wake it.
    #[must_use]
    pub fn bell(&self) -> Arc<Bell> {
        Arc::clone(&self.bell)
    }

    /// How it is with the endpoints of this host.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        self.shared.board.snapshot(self.shared.world.now())
    }

    /// Delivers until `stop` comes; then what is under way has a moment to end, and the endpoints are
    /// left to other hosts.
    pub async fn run(&self, stop: impl Future<Output = ()>) {
        let (stopping, stopped) = channel::channel(false);
        let watchman = Watchman::new(Arc::clone(&self.shared), Arc::clone(&self.bell), stopped);
        let watching = watchman.run();
        tokio::pin!(watching);
        tokio::select! {
            () = &mut watching => {}
            () = stop => {
                // Nobody listens only if all have ended already.
                let _ = stopping.send(true);
                watching.await;
            }
        }
    }
}
