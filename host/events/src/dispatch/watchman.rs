//! Sees to it that every endpoint has a task, hears of new events, and that the host is known to live.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use scimlet_store::{Failure, Store};
use tokio::sync::watch;
use tokio::task::{Id as TaskId, JoinError, JoinSet};
use tokio::time::sleep;

use super::Bell;
use super::limits::millis;
use super::retention;
use super::shared::Shared;
use super::tape::Tape;
use super::tend::{Ears, tend};
use crate::Target;
use crate::ledger::Ledger;

pub(super) struct Watchman {
    shared: Arc<Shared>,
    bell: Arc<Bell>,
    stop: watch::Receiver<bool>,
    changes: watch::Sender<u64>,
    /// INVARIANT: every tenant with an endpoint has one.
    tapes: BTreeMap<String, Arc<Tape>>,
    /// Endpoints that have a task.
    tended: BTreeSet<String>,
    tasks: JoinSet<()>,
    /// Whom each task tends.
    names: HashMap<TaskId, String>,
    /// When this host last said that it lives.
    beat: u64,
    swept: u64,
}

impl Watchman {
    pub(super) fn new(shared: Arc<Shared>, bell: Arc<Bell>, stop: watch::Receiver<bool>) -> Self {
        let swept = shared.world.now();
        Self {
            shared,
            bell,
            stop,
            // No count of changes: the first look finds a change.
            changes: watch::Sender::new(u64::MAX),
            tapes: BTreeMap::new(),
            tended: BTreeSet::new(),
            tasks: JoinSet::new(),
            names: HashMap::new(),
            beat: 0,
            swept,
        }
    }

    pub(super) async fn run(mut self) {
        while !*self.stop.borrow() {
            if let Err(failure) = self.round().await {
                tracing::warn!(error = %failure, "endpoints could not be looked after");
            }
            self.wait().await;
        }
        while self.tasks.join_next().await.is_some() {}
        let host = self.shared.host.clone();
        // Else others wait a little longer.
        let _ = self
            .shared
            .blocking(move |ledger| ledger.leave(&host))
            .await;
    }

    async fn round(&mut self) -> Result<(), Failure> {
        let count = self.shared.blocking(Ledger::changes).await?;
        if count != *self.changes.borrow() {
            self.find_endpoints().await?;
            self.changes.send_replace(count);
        }
        if self.tapes.is_empty() {
            return Ok(());
        }
        self.live().await?;
        let all: Vec<_> = self.tapes.values().map(Arc::clone).collect();
        self.look(all).await?;
        Ok(())
    }

    /// Gives every endpoint a task, and every tenant that has one a tape.
    async fn find_endpoints(&mut self) -> Result<(), Failure> {
        let endpoints = self
            .shared
            .blocking(|ledger| ledger.endpoints(None))
            .await?;
        if !endpoints.is_empty() {
            // Before any is taken: whoever holds one must be known to live.
            self.live().await?;
        }
        let mut tenants = BTreeSet::new();
        for endpoint in endpoints {
            let endpoint = endpoint.value;
            if endpoint.target == Target::Poll {
                continue;
            }
            tenants.insert(endpoint.tenant.clone());
            if !self.tapes.contains_key(&endpoint.tenant) {
                let (tenant, name) = (endpoint.tenant.clone(), endpoint.tenant.clone());
                let store = self.shared.blocking(move |ledger| ledger.tenant(&tenant));
                let tape = Tape::new(store.await?);
                self.tapes.insert(name, Arc::new(tape));
            }
            let Some(tape) = self.tapes.get(&endpoint.tenant).map(Arc::clone) else {
                continue;
            };
            if self.tended.insert(endpoint.id.clone()) {
                self.begin(tape, endpoint.id);
            }
        }
        self.tapes.retain(|tenant, _| tenants.contains(tenant));
        Ok(())
    }

    fn begin(&mut self, tape: Arc<Tape>, id: String) {
        let ears = Ears {
            changes: self.changes.subscribe(),
            stop: self.stop.clone(),
        };
        let shared = Arc::clone(&self.shared);
        let task = self.tasks.spawn(tend(shared, tape, id.clone(), ears));
        self.names.insert(task.id(), id);
    }

    /// Says that this host lives, if it is time to.
    async fn live(&mut self) -> Result<(), Failure> {
        let now = self.shared.world.now();
        if now < self.beat.saturating_add(millis(self.shared.limits.beat)) {
            return Ok(());
        }
        let (host, until) = (
            self.shared.host.clone(),
            now.saturating_add(millis(self.shared.limits.lease)),
        );
        let beat = self
            .shared
            .blocking(move |ledger| ledger.beat(&host, until));
        beat.await?;
        self.beat = now;
        Ok(())
    }

    /// Finds out where outboxes end.
    async fn look(&self, tapes: Vec<Arc<Tape>>) -> Result<(), Failure> {
        let stores: Vec<Arc<dyn Store>> =
            tapes.iter().map(|tape| Arc::clone(tape.store())).collect();
        let ends = self.shared.blocking(move |_| {
            let ends = stores.iter().map(|store| store.outbox_end());
            ends.collect::<Result<Vec<_>, _>>()
        });
        for (tape, end) in tapes.iter().zip(ends.await?) {
            tape.announce(end);
        }
        Ok(())
    }

    /// Waits for something to do, and looks at once at the tenants for whom the bell was rung.
    async fn wait(&mut self) {
        let shared = Arc::clone(&self.shared);
        let round = sleep(shared.limits.poll);
        tokio::pin!(round);
        loop {
            tokio::select! {
                () = &mut round => break,
                _ = self.stop.changed() => return,
                tenants = self.bell.heard() => {
                    let known = tenants.iter().filter_map(|name| self.tapes.get(name));
                    let known: Vec<_> = known.map(Arc::clone).collect();
                    // What fails here is found by the next round.
                    if !known.is_empty() && let Err(failure) = self.look(known).await {
                        tracing::debug!(error = %failure, "an outbox could not be looked at");
                    }
                }
                Some(ended) = self.tasks.join_next_with_id(), if !self.tasks.is_empty() => {
                    self.ended(ended);
                }
            }
        }
        self.sweep();
    }

    /// Nobody tends an endpoint any longer; the next round begins anew, if there is reason to.
    fn ended(&mut self, ended: Result<(TaskId, ()), JoinError>) {
        let task = match ended {
            Ok((task, ())) => task,
            Err(lost) => {
                let endpoint = self.names.get(&lost.id());
                tracing::error!(endpoint, error = %lost, "the task of an endpoint broke");
                self.changes.send_replace(u64::MAX);
                lost.id()
            }
        };
        if let Some(endpoint) = self.names.remove(&task) {
            self.tended.remove(&endpoint);
        }
    }

    /// Once in a while, what is old is removed, beside everything else.
    fn sweep(&mut self) {
        let (now, limits) = (self.shared.world.now(), self.shared.limits);
        if now < self.swept.saturating_add(millis(limits.sweep)) {
            return;
        }
        self.swept = now;
        let (shared, mut stop) = (Arc::clone(&self.shared), self.stop.clone());
        tokio::spawn(async move {
            tokio::select! {
                () = retention::sweep(&shared) => {}
                _ = stop.wait_for(|stop| *stop) => {}
            }
        });
    }
}
