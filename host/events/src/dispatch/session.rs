//! One endpoint, delivered to by this host until somebody else changes something.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use scimlet_store::{Failure, Key};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::sleep;

use super::agenda::{Agenda, Job, JobId, Kept};
use super::bucket::Bucket;
use super::limits::millis;
use super::shared::Shared;
use super::tape::{Item, Tape};
use crate::ledger::{Delivery, Position, Stored, Writing};
use crate::{Courier, Endpoint, Receipt, Refused, State};

/// Times are looked at again after this long, should the clock have been set.
const NAP: Duration = Duration::from_secs(30);

/// A session at work.
pub(super) struct Session {
    pub(super) shared: Arc<Shared>,
    pub(super) tape: Arc<Tape>,
    pub(super) courier: Arc<dyn Courier>,
    pub(super) endpoint: Arc<Endpoint>,
    pub(super) endpoint_version: u64,
    pub(super) position: Position,
    /// The version of the position's row. Whoever writes it knows that nobody else did.
    pub(super) version: u64,
    pub(super) agenda: Agenda,
    /// How far the outbox was read, and how far the replay that is under way.
    pub(super) cursor: u64,
    pub(super) replay_cursor: Option<u64>,
    /// Positions behind the cursor that were settled by an earlier session.
    pub(super) settled: BTreeSet<u64>,
    /// The same of the replay that is under way.
    pub(super) replayed: BTreeSet<u64>,
    pub(super) bucket: Bucket,
    /// Failures on end.
    pub(super) failures: u32,
    /// The attempt that decides whether the breaker closes.
    pub(super) probe: Option<JobId>,
    pub(super) flying: JoinSet<Landed>,
    /// Which attempt each task of `flying` makes.
    tasks: HashMap<Id, JobId>,
    pub(super) unwritten: Unwritten,
    pub(super) end: watch::Receiver<u64>,
}

/// An attempt that is over.
pub(super) struct Landed {
    pub(super) job: JobId,
    pub(super) result: Result<Receipt, Refused>,
}

/// What has happened and is not written yet.
#[derive(Default)]
pub(super) struct Unwritten {
    /// Since when there is something.
    pub(super) since: Option<u64>,
    /// Since when there is nothing but events that nobody wanted.
    pub(super) lazily: Option<u64>,
    /// Heads whose delivery is new or another one.
    pub(super) postponed: BTreeSet<JobId>,
    /// Deliveries that are over: dead letters, with the version that is written.
    pub(super) dead: Vec<(Delivery, Option<u64>)>,
    /// Deliveries that are over: delivered.
    pub(super) gone: Vec<(Key, u64)>,
}

/// What became of an endpoint that was to be opened.
pub(super) enum Opened {
    /// It is this host's.
    Session(Box<Session>),
    /// Another host delivers.
    Held,
    /// It is disabled, or fetches its events itself.
    Idle,
    /// There is none.
    Removed,
}

/// Why a session has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// Somebody has changed a row.
    Changed,
    /// The endpoint is disabled now.
    Disabled,
    /// The host stops.
    Stopped,
}

/// What a session begins with.
struct Begun {
    endpoint: Stored<Endpoint>,
    position: Stored<Position>,
    pending: Vec<Stored<Delivery>>,
    settled: Vec<u64>,
    /// The same of the replay that is under way.
    replayed: Vec<u64>,
}

enum Taken {
    Begun(Box<Begun>),
    Held,
    Idle,
    Removed,
}

impl Session {
    /// Takes an endpoint for this host.
    pub(super) async fn open(
        shared: &Arc<Shared>,
        tape: &Arc<Tape>,
        id: &str,
    ) -> Result<Opened, Failure> {
        let (name, host, now) = (id.to_owned(), shared.host.clone(), shared.world.now());
        let taken = shared.blocking(move |ledger| take(ledger, &name, &host, now));
        let begun = match taken.await? {
            Taken::Begun(begun) => *begun,
            Taken::Held => return Ok(Opened::Held),
            Taken::Idle => return Ok(Opened::Idle),
            Taken::Removed => return Ok(Opened::Removed),
        };
        let Some(courier) = shared.couriers.of(&begun.endpoint.value.target) else {
            return Ok(Opened::Idle);
        };
        let mut session = Self::from_ledger(shared, tape, courier, begun);
        session.tell_notices().await?;
        Ok(Opened::Session(Box::new(session)))
    }

    fn from_ledger(
        shared: &Arc<Shared>,
        tape: &Arc<Tape>,
        courier: Arc<dyn Courier>,
        begun: Begun,
    ) -> Self {
        let Begun {
            endpoint,
            position,
            pending,
            settled,
            replayed,
        } = begun;
        let mut agenda = Agenda::default();
        let mut position = position;
        let mut unwritten = Unwritten::default();
        let is_eager = std::mem::take(&mut position.value.eager);
        let now = shared.world.now();
        for Stored { version, mut value } in pending {
            if is_eager {
                // The days after which it is given up begin anew: for most of them nobody tried.
                value.since = now;
            }
            agenda.push(job_of(value, version));
        }
        if is_eager {
            agenda.hasten(now);
            unwritten.since = Some(now);
            unwritten.postponed.extend(agenda.heads());
        }
        Self {
            shared: Arc::clone(shared),
            tape: Arc::clone(tape),
            courier,
            bucket: Bucket::new(endpoint.value.rate),
            endpoint: Arc::new(endpoint.value),
            endpoint_version: endpoint.version,
            cursor: position.value.through,
            replay_cursor: position.value.replays.first().map(|replay| replay.after),
            failures: position.value.failing.map_or(0, |failing| failing.tries),
            position: position.value,
            version: position.version,
            agenda,
            settled: settled.into_iter().collect(),
            replayed: replayed.into_iter().collect(),
            probe: None,
            flying: JoinSet::new(),
            tasks: HashMap::new(),
            unwritten,
            end: tape.listen(),
        }
    }

    /// Delivers until there is a reason not to.
    pub(super) async fn run(
        &mut self,
        changes: &mut watch::Receiver<u64>,
        stop: &mut watch::Receiver<bool>,
    ) -> Result<End, Failure> {
        loop {
            if *stop.borrow_and_update() {
                return self.farewell().await;
            }
            if changes.has_changed().unwrap_or(false) {
                changes.mark_unchanged();
                if !self.is_current().await? {
                    return Ok(End::Changed);
                }
            }
            if self.is_time_to_flush() && !self.flush().await? {
                return Ok(End::Changed);
            }
            self.set_out();
            if self.wants_more() {
                self.read().await?;
                continue;
            }
            self.report();
            let nap = self.nap();
            let listens = self.has_room();
            tokio::select! {
                Some(landed) = self.flying.join_next_with_id(), if !self.flying.is_empty() => {
                    let landed = self.landed(landed);
                    if let Some(end) = self.land(landed).await? {
                        return Ok(end);
                    }
                }
                () = sleep(nap) => {}
                _ = self.end.changed(), if listens => {}
                _ = changes.changed() => changes.mark_changed(),
                _ = stop.changed() => {}
            }
        }
    }

    /// Starts every attempt that may begin now.
    fn set_out(&mut self) {
        let now = self.shared.world.now();
        while let Some(id) = self.next_start(now) {
            let Some(item) = self.agenda.start(id) else {
                return;
            };
            if self.position.breaker.until.is_some() {
                self.probe = Some(id);
            }
            self.bucket.take(now);
            self.start(id, item);
        }
    }

    /// Which attempt may begin now.
    fn next_start(&self, now: u64) -> Option<JobId> {
        let most = usize::try_from(self.endpoint.concurrency).unwrap_or(usize::MAX);
        if self.flying.len() >= most || self.bucket.wait(now).is_some() {
            return None;
        }
        match self.position.breaker.until {
            None => self
                .agenda
                .first()
                .filter(|(due, _)| *due <= now)
                .map(|(_, id)| id),
            Some(until) if until <= now && self.flying.is_empty() => self.agenda.probe(),
            Some(_) => None,
        }
    }

    /// Which attempt is over. A courier that panicked has failed like any other.
    fn landed(&mut self, landed: Result<(Id, Landed), JoinError>) -> Option<Landed> {
        match landed {
            Ok((task, landed)) => {
                self.tasks.remove(&task);
                Some(landed)
            }
            Err(lost) => {
                tracing::error!(error = %lost, "a courier broke");
                let job = self.tasks.remove(&lost.id())?;
                let result = Err(super::failing::broken());
                Some(Landed { job, result })
            }
        }
    }

    fn start(&mut self, job: JobId, item: Arc<Item>) {
        let (courier, endpoint) = (Arc::clone(&self.courier), Arc::clone(&self.endpoint));
        let patience = self.shared.limits.patience;
        let task = self.flying.spawn(async move {
            let Some(event) = &item.envelope else {
                let result = Err(super::failing::no_envelope());
                return Landed { job, result };
            };
            let attempt = courier.deliver(&endpoint, event);
            let attempt = tokio::time::timeout(patience, attempt).await;
            let result = attempt.unwrap_or_else(|_| Err(super::failing::no_answer(patience)));
            Landed { job, result }
        });
        self.tasks.insert(task.id(), job);
    }

    /// How long nothing can happen by itself.
    fn nap(&self) -> Duration {
        let now = self.shared.world.now();
        let mut moments = vec![self.flush_time()];
        let most = usize::try_from(self.endpoint.concurrency).unwrap_or(usize::MAX);
        if self.flying.len() < most {
            let first = self.agenda.first().map(|(due, _)| due);
            let due = match self.position.breaker.until {
                None => first,
                Some(until) => {
                    let may_try = self.flying.is_empty() && first.is_some();
                    may_try.then_some(until)
                }
            };
            let slot = self.bucket.wait(now).unwrap_or_default();
            moments.push(due.map(|due| due.max(slot)));
        }
        let first = moments.into_iter().flatten().min();
        let nap = first.map(|moment| Duration::from_millis(moment.saturating_sub(now)));
        nap.map_or(NAP, |nap| nap.clamp(Duration::from_millis(1), NAP))
    }

    /// Whether the rows are still those that this session knows. If they are not, what is under way may
    /// end first, unless nobody would write down how.
    async fn is_current(&mut self) -> Result<bool, Failure> {
        let id = self.endpoint.id.clone();
        let versions = self.shared.blocking(move |ledger| {
            let version = |found: Option<u64>| found.unwrap_or_default();
            let endpoint = ledger.endpoint(&id)?.map(|found| found.version);
            let position = ledger.position(&id)?.map(|found| found.version);
            Ok((version(endpoint), version(position)))
        });
        let (endpoint, position) = versions.await?;
        if position == self.version && endpoint != self.endpoint_version {
            self.drain().await;
            self.flush().await?;
        }
        Ok((endpoint, position) == (self.endpoint_version, self.version))
    }

    /// Lets what is under way come to its end, for a moment.
    async fn drain(&mut self) {
        let over = sleep(self.shared.limits.farewell);
        tokio::pin!(over);
        while !self.flying.is_empty() {
            tokio::select! {
                Some(landed) = self.flying.join_next_with_id() => {
                    let landed = self.landed(landed);
                    self.settle(landed);
                }
                () = &mut over => break,
            }
        }
    }

    /// Leaves the endpoint to other hosts.
    async fn farewell(&mut self) -> Result<End, Failure> {
        self.drain().await;
        self.position.host = None;
        self.flush().await?;
        Ok(End::Stopped)
    }

    /// Settles an attempt, and does what follows for the endpoint as a whole.
    async fn land(&mut self, landed: Option<Landed>) -> Result<Option<End>, Failure> {
        let refused = landed
            .as_ref()
            .and_then(|landed| landed.result.as_ref().err());
        let is_gone = refused.is_some_and(|refused| refused.verdict == crate::Verdict::Gone);
        let reason = is_gone.then_some("gone");
        self.settle(landed);
        let reason = reason.or_else(|| self.has_failed_for_good().then_some("failing"));
        match reason {
            Some(reason) => self.disable(reason).await.map(Some),
            None => Ok(None),
        }
    }

    fn report(&self) {
        let end = *self.end.borrow();
        self.shared.board.put(
            &self.endpoint.id,
            super::watch::Entry {
                until: self.position.breaker.until,
                degraded: self.position.degraded,
                pending: self.agenda.rows() as u64,
                lag: end.saturating_sub(self.through()),
            },
        );
    }

    /// When what has happened is to be written.
    pub(super) fn flush_time(&self) -> Option<u64> {
        let limits = &self.shared.limits;
        let soon = self
            .unwritten
            .since
            .map(|since| since + millis(limits.flush));
        let late = self.unwritten.lazily;
        let late = late.map(|since| since + millis(limits.lazy_flush));
        soon.into_iter().chain(late).min()
    }

    fn is_time_to_flush(&self) -> bool {
        let now = self.shared.world.now();
        self.flush_time().is_some_and(|moment| moment <= now)
    }
}

/// Reads what is written, and takes the endpoint.
fn take(ledger: &crate::ledger::Ledger, id: &str, host: &str, now: u64) -> Result<Taken, Failure> {
    let (Some(endpoint), Some(mut position)) = (ledger.endpoint(id)?, ledger.position(id)?) else {
        return Ok(Taken::Removed);
    };
    if endpoint.value.state != State::Enabled {
        return Ok(Taken::Idle);
    }
    if let Some(holder) = &position.value.host
        && holder != host
        && ledger.lives(holder, now)?
    {
        return Ok(Taken::Held);
    }
    position.value.host = Some(host.to_owned());
    if !ledger.advance(id, &position.value, position.version, Writing::default())? {
        return Ok(Taken::Held);
    }
    position.version += 1;
    // Read behind the commit: from there on nobody else writes any.
    let pending = ledger.pending(id)?;
    let settled = ledger.settled_behind(id, position.value.through, None)?;
    let replayed = match position.value.replays.first() {
        Some(replay) => ledger.settled_behind(id, replay.after, Some(replay.number))?,
        None => Vec::new(),
    };
    Ok(Taken::Begun(Box::new(Begun {
        endpoint,
        position,
        pending,
        settled,
        replayed,
    })))
}

fn job_of(delivery: Delivery, version: u64) -> Job {
    let item = Item::new(scimlet_store::Posted {
        position: delivery.position,
        event: delivery.event.clone(),
    });
    Job {
        item: Arc::new(item),
        replay: delivery.replay,
        row: Some(Kept {
            delivery,
            version: Some(version),
        }),
    }
}
