//! Long polling: an answer that waits for something to tell.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::broadcast::error::RecvError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, sleep_until};

use crate::upkeep::{Bell, Touched};
use crate::world;

/// The longest that anybody is let wait, in seconds: proxies between give up on a silent answer after a
/// minute.
pub(super) const LONGEST: u64 = 55;

/// So many may wait at a time. Who comes then is answered at once, as if there was nothing to wait for.
const WAITERS: usize = 512;

/// Other processes write too, and the sweep: they ring no bell here.
const TICK: Duration = Duration::from_secs(1);

/// What whoever waits needs.
pub(crate) struct Waiting {
    touched: Arc<Touched>,
    places: Arc<Semaphore>,
    /// True once the process is to stop: nobody is kept waiting then.
    stopping: watch::Receiver<bool>,
}

/// Somebody who waits.
pub(in crate::http) struct Waiter {
    tenant: String,
    bell: Bell,
    stopping: watch::Receiver<bool>,
    until: Instant,
    /// None: all places are taken.
    place: Option<OwnedSemaphorePermit>,
}

impl Waiting {
    pub(crate) fn new(touched: Arc<Touched>, stopping: watch::Receiver<bool>) -> Self {
        Self {
            touched,
            places: Arc::new(Semaphore::new(WAITERS)),
            stopping,
        }
    }

    /// Begins to listen. Whatever happens from here on is heard, so ask for what is there afterwards.
    pub(in crate::http) fn begin(&self, tenant: &str, seconds: u64) -> Waiter {
        let place = Arc::clone(&self.places).try_acquire_owned().ok();
        Waiter {
            tenant: tenant.to_owned(),
            bell: self.touched.listen(),
            stopping: self.stopping.clone(),
            until: world::instant() + Duration::from_secs(seconds.min(LONGEST)),
            place: place.filter(|_| seconds > 0),
        }
    }
}

impl Waiter {
    /// Waits until it is worth a look; false if the time is over.
    pub(in crate::http) async fn wait(&mut self) -> bool {
        let now = world::instant();
        if self.place.is_none() || now >= self.until || *self.stopping.borrow() {
            return false;
        }
        tokio::select! {
            () = rings(&mut self.bell, &self.tenant) => true,
            () = sleep_until(self.until.min(now + TICK)) => true,
            // An error: whoever would say so is gone, and that is the end as well.
            _ = self.stopping.wait_for(|stops| *stops) => false,
        }
    }
}

/// Comes when a request of this process has changed the tenant's data.
async fn rings(bell: &mut Bell, tenant: &str) {
    loop {
        match bell.recv().await {
            Ok(rung) if *rung == *tenant => return,
            Ok(_) => {}
            // Too many to listen to: it may have been this one.
            Err(RecvError::Lagged(_)) => return,
            // Nobody will ever ring; the clock does.
            Err(RecvError::Closed) => std::future::pending().await,
        }
    }
}
