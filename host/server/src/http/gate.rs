//! How much happens at once: a bound on requests under way, and the way to a thread that may block.
//!
//! Beyond the bound a request is refused and not queued: a client that is told to come again soon
//! is better off than one that waits in a line nobody sees.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task;

/// Work on a blocking thread came to no end: it panicked, or the process is going down.
#[derive(Debug, thiserror::Error)]
#[error("blocking work was lost: {0}")]
pub(crate) struct Lost(#[from] task::JoinError);

/// A request's place. Work that outlives the request (the client went away) holds it on, so that
/// the bound is on work and not on connections.
#[derive(Clone)]
pub(crate) struct Slot(#[expect(dead_code, reason = "held, never read")] Arc<OwnedSemaphorePermit>);

/// Bounds the requests under way.
pub(crate) struct Gate {
    places: Arc<Semaphore>,
}

impl Gate {
    pub(crate) fn new(places: usize) -> Self {
        Self {
            places: Arc::new(Semaphore::new(places)),
        }
    }

    /// A place, unless all are taken.
    pub(crate) fn enter(&self) -> Option<Slot> {
        let permit = Arc::clone(&self.places).try_acquire_owned().ok()?;
        Some(Slot(Arc::new(permit)))
    }
}

/// Runs what may block on a thread that may.
pub(crate) async fn blocking<T: Send + 'static>(
    slot: &Slot,
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Lost> {
    let slot = slot.clone();
    let done = task::spawn_blocking(move || {
        let _held = slot;
        work()
    });
    Ok(done.await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_beyond_the_bound_and_lets_in_again() {
        let gate = Gate::new(1);
        let first = gate.enter();
        assert!(first.is_some());
        let held_by_work = first.clone();
        drop(first);
        assert!(gate.enter().is_none());
        drop(held_by_work);
        assert!(gate.enter().is_some());
    }
}
