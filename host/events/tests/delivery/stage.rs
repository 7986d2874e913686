//! A store with outboxes, a time that jumps, and dispatchers on it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use scimlet_events::dispatch::{Bell, Couriers, Dispatcher, Limits, Unwatched};
use scimlet_events::ledger::{Ledger, Status};
use scimlet_events::{Endpoint, Form, State, Target, World};
use scimlet_store::memory::MemoryBackend;
use scimlet_store::{Backend, Change, Event, Key};
use serde_json::json;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::{Instant, sleep};

use crate::receiver::Receiver;

/// 2026-11-22T10:00:00Z.
const BEGIN: u64 = 1_795_341_600_000;

/// Time as tokio has it, and numbers that are the same in every run.
pub(crate) struct Clock {
    begun: Instant,
    next: AtomicU64,
}

impl Clock {
    pub(crate) fn new(seed: u64) -> Arc<Self> {
        Arc::new(Self {
            begun: Instant::now(),
            next: AtomicU64::new(seed),
        })
    }
}

impl World for Clock {
    fn now(&self) -> u64 {
        BEGIN + u64::try_from(self.begun.elapsed().as_millis()).unwrap()
    }

    /// splitmix64.
    fn random(&self) -> u64 {
        let step = 0x9e37_79b9_7f4a_7c15;
        let mut word = self
            .next
            .fetch_add(step, Ordering::Relaxed)
            .wrapping_add(step);
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^ (word >> 31)
    }
}

pub(crate) struct Stage {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) ledger: Ledger,
    pub(crate) clock: Arc<Clock>,
    pub(crate) limits: Limits,
}

/// A dispatcher that runs; dropped, it is killed.
pub(crate) struct Running {
    task: JoinHandle<()>,
    stop: Option<oneshot::Sender<()>>,
    pub(crate) bell: Arc<Bell>,
    pub(crate) dispatcher: Arc<Dispatcher>,
}

impl Stage {
    pub(crate) fn new() -> Self {
        Self::on(Arc::new(MemoryBackend::new()))
    }

    pub(crate) fn on(backend: Arc<dyn Backend>) -> Self {
        for tenant in ["acme", "globex"] {
            backend.registry().create_tenant(tenant, "{}", 1).unwrap();
        }
        Self {
            ledger: Ledger::new(Arc::clone(&backend)).unwrap(),
            backend,
            clock: Clock::new(7),
            limits: Limits::default(),
        }
    }

    /// A dispatcher on this stage's store.
    pub(crate) fn start(&self, receiver: &Arc<Receiver>) -> Running {
        self.start_on(&self.backend, receiver)
    }

    /// A dispatcher that sees the store as this backend shows it.
    pub(crate) fn start_on(&self, backend: &Arc<dyn Backend>, receiver: &Arc<Receiver>) -> Running {
        let courier = Arc::clone(receiver);
        let dispatcher = Arc::new(Dispatcher::new(
            Ledger::new(Arc::clone(backend)).unwrap(),
            Couriers::new().with("webhook", courier),
            Arc::clone(&self.clock) as Arc<dyn World>,
            Arc::new(Unwatched),
            &self.limits,
        ));
        let (stop, stopped) = oneshot::channel::<()>();
        let running = Arc::clone(&dispatcher);
        let task = tokio::spawn(async move {
            running
                .run(async {
                    // Dropped without a word: it never stops by itself.
                    if stopped.await.is_err() {
                        std::future::pending::<()>().await;
                    }
                })
                .await;
        });
        Running {
            task,
            stop: Some(stop),
            bell: dispatcher.bell(),
            dispatcher,
        }
    }

    /// An endpoint of a tenant, changed as the test likes.
    pub(crate) fn endpoint(&self, name: &str, change: impl FnOnce(&mut Endpoint)) -> Endpoint {
        let mut endpoint = Endpoint {
            id: format!("ep_{:016x}", self.clock.random()),
            tenant: "acme".to_owned(),
            name: name.to_owned(),
            target: Target::Webhook {
                url: "http://receiver.example".to_owned(),
            },
            events: Vec::new(),
            resources: Vec::new(),
            form: Form::Notice,
            audience: None,
            secrets: Vec::new(),
            rate: None,
            concurrency: 4,
            state: State::Enabled,
            created: self.clock.now(),
        };
        change(&mut endpoint);
        self.ledger.add(&endpoint).unwrap();
        endpoint
    }

    /// Writes one event about each of these users.
    pub(crate) fn emit(&self, subjects: &[&str]) {
        for subject in subjects {
            self.emit_as("prov.patch", subject);
        }
    }

    pub(crate) fn emit_as(&self, topic: &str, subject: &str) {
        let store = self.backend.store("acme").unwrap();
        let number = store.outbox_end().unwrap() + 1;
        let event = envelope(topic, subject, number, self.clock.now());
        store.commit(&[Change::Emit(event)]).unwrap();
    }

    /// How it is, by what the ledger says of it now.
    pub(crate) fn status(&self, endpoint: &Endpoint) -> Status {
        let found = self.ledger.endpoint(&endpoint.id).unwrap();
        let now = found.map_or_else(|| endpoint.clone(), |found| found.value);
        self.ledger.status(&now).unwrap()
    }

    /// Until an endpoint has nothing left to do.
    pub(crate) async fn settled(&self, endpoint: &Endpoint) -> Status {
        self.until(endpoint, |status| {
            status.lag + status.retrying + status.waiting + status.replays == 0
        })
        .await
    }

    /// Until its status is so; looks twice a second, for two days at most.
    pub(crate) async fn until(
        &self,
        endpoint: &Endpoint,
        is_so: impl Fn(&Status) -> bool,
    ) -> Status {
        for _ in 0..400_000 {
            let status = self.status(endpoint);
            if is_so(&status) {
                return status;
            }
            sleep(Duration::from_millis(500)).await;
        }
        panic!("it never came to that: {:?}", self.status(endpoint));
    }
}

impl Running {
    /// Tells it to stop, and waits for it.
    pub(crate) async fn stop(mut self) {
        self.stop.take().unwrap().send(()).unwrap();
        (&mut self.task).await.unwrap();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// An event as the engine writes them.
pub(crate) fn envelope(topic: &str, subject: &str, number: u64, time: u64) -> Event {
    let time = jiff::Timestamp::from_millisecond(i64::try_from(time).unwrap()).unwrap();
    let body = json!({
        "id": format!("event-{number}"),
        "time": time.to_string(),
        "txn": format!("txn-{number}"),
        "sub_id": { "format": "scim", "uri": format!("/Users/{subject}"), "id": subject },
        "events": { "urn:ietf:params:scim:event:prov:patch:notice": { "attributes": [] } },
    });
    Event {
        topic: topic.to_owned(),
        subject: Key {
            kind: "User".to_owned(),
            id: subject.to_owned(),
        },
        body: body.to_string(),
    }
}
