//! The sender is killed at every point: nothing is lost, and first occurrences are in order.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use scimlet_events::Endpoint;
use scimlet_events::ledger::Range;
use scimlet_store::{
    Backend, Change, Claim, EdgePage, EdgeQuery, Failure, Key, Outcome, Page, Plan, Posted,
    Registry, Row, Store,
};
use scimlet_store_sqlite::SqliteBackend;
use tokio::time::sleep;

use crate::receiver::{Receiver, Reply, Seen};
use crate::stage::Stage;

/// A backend that a process sees until it is killed: so many calls work, no later one does. The call at
/// which it happens may still have done its work.
struct Mortal {
    backend: Arc<dyn Backend>,
    left: Arc<AtomicI64>,
    works_last: bool,
}

struct MortalStore {
    store: Arc<dyn Store>,
    left: Arc<AtomicI64>,
    works_last: bool,
}

impl MortalStore {
    fn call<T>(&self, call: impl FnOnce(&dyn Store) -> Result<T, Failure>) -> Result<T, Failure> {
        let dead = || Err(Failure::Unavailable("killed".to_owned()));
        match self.left.fetch_sub(1, Ordering::SeqCst) {
            1.. => call(self.store.as_ref()),
            0 if self.works_last => call(self.store.as_ref()).and_then(|_| dead()),
            _ => dead(),
        }
    }
}

impl Store for MortalStore {
    fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, Failure> {
        self.call(|store| store.load(keys))
    }

    fn holders(&self, claims: &[Claim]) -> Result<Vec<Option<Key>>, Failure> {
        self.call(|store| store.holders(claims))
    }

    fn counters(&self, names: &[String]) -> Result<Vec<u64>, Failure> {
        self.call(|store| store.counters(names))
    }

    fn find(&self, plan: &Plan) -> Result<Page, Failure> {
        self.call(|store| store.find(plan))
    }

    fn edges(&self, queries: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure> {
        self.call(|store| store.edges(queries))
    }

    fn commit(&self, changes: &[Change]) -> Result<Outcome, Failure> {
        self.call(|store| store.commit(changes))
    }

    fn outbox(&self, after: u64, max: u32) -> Result<Vec<Posted>, Failure> {
        self.call(|store| store.outbox(after, max))
    }

    fn outbox_end(&self) -> Result<u64, Failure> {
        self.call(|store| store.outbox_end())
    }

    fn prune(&self, through: u64, max: u32) -> Result<u64, Failure> {
        self.call(|store| store.prune(through, max))
    }
}

impl Backend for Mortal {
    fn store(&self, tenant: &str) -> Result<Arc<dyn Store>, Failure> {
        Ok(Arc::new(MortalStore {
            store: self.backend.store(tenant)?,
            left: Arc::clone(&self.left),
            works_last: self.works_last,
        }))
    }

    fn registry(&self) -> &dyn Registry {
        self.backend.registry()
    }

    fn ready(&self) -> Result<(), Failure> {
        self.backend.ready()
    }
}

/// How an event is answered: so often not at all or by a failure, and then it is taken, or never.
#[derive(Clone, Debug)]
struct Fate {
    subject: u8,
    fails: u32,
    how: Reply,
    dies: bool,
}

fn fate() -> impl Strategy<Value = Fate> {
    let how = prop_oneof![
        4 => Just(Reply::Fails(None)),
        1 => Just(Reply::Fails(Some(Duration::from_secs(30)))),
        1 => Just(Reply::Stalls),
    ];
    let fails = prop_oneof![4 => Just(0), 3 => 1..4_u32];
    (0..4_u8, fails, how, prop::bool::weighted(0.1)).prop_map(|(subject, fails, how, dies)| Fate {
        subject,
        fails,
        how,
        dies,
    })
}

fn receiver(fates: &[Fate]) -> Arc<Receiver> {
    let fates = fates.to_vec();
    Receiver::new(move |_, event, tries| {
        // What the dispatcher itself has to say (the endpoint is degraded) stands behind them.
        let Some(fate) = fates.get(usize::try_from(event.position).unwrap() - 1) else {
            return Reply::Takes;
        };
        match tries {
            _ if tries <= fate.fails => fate.how.clone(),
            _ if fate.dies => Reply::Never,
            _ => Reply::Takes,
        }
    })
}

/// Runs a sender, and kills it after so many calls of the store; false if it had nothing left to do
/// before.
async fn killed(
    stage: &Stage,
    endpoint: &Endpoint,
    receiver: &Arc<Receiver>,
    calls: i64,
    works_last: bool,
) -> bool {
    let left = Arc::new(AtomicI64::new(calls));
    let mortal: Arc<dyn Backend> = Arc::new(Mortal {
        backend: Arc::clone(&stage.backend),
        left: Arc::clone(&left),
        works_last,
    });
    let running = stage.start_on(&mortal, receiver);
    let mut was_killed = true;
    while left.load(Ordering::SeqCst) >= 0 {
        let status = stage.status(endpoint);
        if status.lag + status.retrying + status.waiting + status.replays == 0 {
            was_killed = false;
            break;
        }
        sleep(Duration::from_millis(50)).await;
    }
    drop(running);
    was_killed
}

/// What must hold in the end.
fn check(stage: &Stage, endpoint: &Endpoint, fates: &[Fate], receiver: &Receiver) {
    let mut first = BTreeMap::<String, Vec<u64>>::new();
    let mut taken = BTreeSet::new();
    let ours = |seen: &Seen| seen.position <= fates.len() as u64;
    for seen in receiver.seen().into_iter().filter(ours) {
        assert_eq!(seen.id, format!("event-{}", seen.position), "the same id");
        if seen.taken && taken.insert(seen.position) {
            first.entry(seen.subject).or_default().push(seen.position);
        }
    }
    for (subject, positions) in &first {
        assert!(positions.is_sorted(), "{subject}: {positions:?}");
    }
    let which = scimlet_events::ledger::Which {
        tenant: "acme",
        endpoint: Some(&endpoint.id),
        state: Some("dead"),
    };
    let dead = stage
        .ledger
        .deliveries(&which, None, 1000)
        .unwrap()
        .deliveries;
    let dead: BTreeSet<u64> = dead.iter().map(|found| found.value.position).collect();
    for (position, fate) in (1..).zip(fates) {
        assert_eq!(
            taken.contains(&position),
            !fate.dies,
            "{position} was taken: {fate:?}"
        );
        assert_eq!(
            dead.contains(&position),
            fate.dies,
            "{position} is dead: {fate:?}"
        );
    }
    let status = stage.status(endpoint);
    assert!(status.position >= fates.len() as u64);
}

async fn history(stage: Stage, fates: Vec<Fate>, kills: Vec<(i64, bool)>) -> bool {
    let endpoint = stage.endpoint("all", |_| ());
    for fate in &fates {
        stage.emit(&[&fate.subject.to_string()]);
    }
    let receiver = receiver(&fates);
    let mut was_killed = false;
    for (calls, works_last) in kills {
        was_killed |= killed(&stage, &endpoint, &receiver, calls, works_last).await;
    }
    let _running = stage.start(&receiver);
    stage.settled(&endpoint).await;
    check(&stage, &endpoint, &fates, &receiver);
    was_killed
}

fn block_on<T>(work: impl Future<Output = T>) -> T {
    let mut builder = tokio::runtime::Builder::new_current_thread();
    let runtime = builder.enable_time().start_paused(true).build().unwrap();
    runtime.block_on(work)
}

/// A script with everything in it: failures, one that stalls, a dead letter, lines behind each.
fn everything() -> Vec<Fate> {
    let fate = |subject, fails, how: Reply, dies| Fate {
        subject,
        fails,
        how,
        dies,
    };
    vec![
        fate(0, 0, Reply::Takes, false),
        fate(1, 2, Reply::Fails(None), false),
        fate(0, 1, Reply::Stalls, false),
        fate(1, 0, Reply::Takes, false),
        fate(2, 0, Reply::Takes, true),
        fate(1, 1, Reply::Fails(None), true),
        fate(0, 0, Reply::Takes, false),
        fate(2, 0, Reply::Takes, false),
        fate(1, 0, Reply::Takes, false),
    ]
}

#[test]
fn killed_at_every_call_of_the_store_it_loses_nothing() {
    for works_last in [false, true] {
        let mut calls = 0;
        while block_on(async {
            history(Stage::new(), everything(), vec![(calls, works_last)]).await
        }) {
            calls += 1;
        }
        assert!(calls > 20, "there are more points than {calls}");
    }
}

/// A replay that is asked for once is made, whenever the sender is killed.
#[test]
fn killed_at_every_call_of_the_store_it_replays_all_the_same() {
    let replayed = async |calls: i64| {
        let stage = Stage::new();
        let endpoint = stage.endpoint("all", |_| ());
        let receiver = Receiver::new(|_, event, tries| match (event.position, tries) {
            (2, 2) => Reply::Fails(None),
            _ => Reply::Takes,
        });
        let running = stage.start(&receiver);
        stage.emit(&["a", "b", "a", "c"]);
        stage.settled(&endpoint).await;
        running.stop().await;
        stage
            .ledger
            .replay(&endpoint, Range::Positions(1, 3))
            .unwrap();
        let was_killed = killed(&stage, &endpoint, &receiver, calls, calls % 2 == 0).await;
        let _running = stage.start(&receiver);
        stage.settled(&endpoint).await;
        for position in 1..=3 {
            let times = receiver
                .taken()
                .iter()
                .filter(|it| **it == position)
                .count();
            assert!(
                times >= 2,
                "{position} came {times} times, killed at {calls}"
            );
        }
        was_killed
    };
    let mut calls = 0;
    while block_on(replayed(calls)) {
        calls += 1;
    }
    assert!(calls > 10, "there are more points than {calls}");
}

#[test]
fn killed_on_sqlite_it_loses_nothing() {
    for calls in (0..120).step_by(8) {
        let folder = tempfile::tempdir().unwrap();
        let backend = SqliteBackend::open_scratch(&folder.path().join("events.db")).unwrap();
        block_on(async {
            let stage = Stage::on(Arc::new(backend));
            let kills = vec![(calls, true), (calls / 2, false)];
            history(stage, everything(), kills).await
        });
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn killed_anywhere_and_again_it_loses_nothing(
        fates in prop::collection::vec(fate(), 1..24),
        kills in prop::collection::vec((0..80_i64, any::<bool>()), 0..5),
    ) {
        block_on(async { history(Stage::new(), fates, kills).await });
    }
}
