//! Whose data requests of this process have changed since somebody last looked.
//!
//! A request may make something due in a moment: a seat for an hour, a term that ends tonight. Who
//! was touched is therefore looked at soon, rather than at the next of the rounds that find what
//! other processes did. And whoever waits for something to happen hears of it at once ([`Bell`]).

use std::collections::BTreeSet;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{Notify, broadcast};

/// Rings with the tenant's name whenever one is noted.
pub(crate) type Bell = broadcast::Receiver<Arc<str>>;

/// Rings that a listener may be behind; who is further behind is told that they have missed some.
const RINGS: usize = 64;

/// The tenants. Shared between requests and upkeep.
#[derive(Debug)]
pub(crate) struct Touched {
    tenants: Mutex<BTreeSet<String>>,
    bell: broadcast::Sender<Arc<str>>,
    /// Something is to be carried out at once.
    hurry: Notify,
}

impl Default for Touched {
    fn default() -> Self {
        Self {
            tenants: Mutex::default(),
            bell: broadcast::Sender::new(RINGS),
            hurry: Notify::new(),
        }
    }
}

impl Touched {
    /// Notes that a request may have changed this tenant's data.
    pub(crate) fn note(&self, tenant: &str) {
        let mut tenants = self.lock();
        // Nearly always it is there already, and a name need not be copied.
        if !tenants.contains(tenant) {
            tenants.insert(tenant.to_owned());
        }
        drop(tenants);
        self.ring(tenant);
    }

    /// Tells those who listen that something has happened to this tenant's data.
    pub(super) fn ring(&self, tenant: &str) {
        if self.bell.receiver_count() > 0 {
            // An error: the last listener has just gone.
            let _heard = self.bell.send(tenant.into());
        }
    }

    /// Whoever was noted has something that is to be carried out at once: a request that was accepted.
    pub(crate) fn hurry(&self) {
        self.hurry.notify_one();
    }

    /// Comes when somebody is in a hurry.
    pub(super) async fn hurried(&self) {
        self.hurry.notified().await;
    }

    /// Hears of every note from here on.
    pub(crate) fn listen(&self) -> Bell {
        self.bell.subscribe()
    }

    /// All that were noted since the last call.
    pub(super) fn take(&self) -> BTreeSet<String> {
        mem::take(&mut *self.lock())
    }

    /// The set is whole between any two calls, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, BTreeSet<String>> {
        self.tenants.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_is_taken_once() {
        let touched = Touched::default();
        for tenant in ["globex", "acme", "globex"] {
            touched.note(tenant);
        }
        assert_eq!(
            touched.take().into_iter().collect::<Vec<_>>(),
            ["acme", "globex"]
        );
        assert!(touched.take().is_empty());
    }
}
