//! What a receiver finds, and what it leaves.

use std::sync::Arc;

use proptest::prelude::*;
use scimlet_store::memory::MemoryBackend;
use scimlet_store::{Backend, Change, Event};
use serde_json::json;

use super::*;
use crate::ledger::Which;
use crate::{Form, State, Target};

const NOW: u64 = 1_795_341_607_123;

struct Bench {
    backend: Arc<dyn Backend>,
    ledger: Ledger,
    endpoint: Endpoint,
}

impl Bench {
    fn new(events: &[&str]) -> Self {
        let backend: Arc<dyn Backend> = Arc::new(MemoryBackend::new());
        let ledger = Ledger::new(Arc::clone(&backend)).expect("a ledger");
        let endpoint = Endpoint {
            id: "ep_0123456789abcdef".to_owned(),
            tenant: "acme".to_owned(),
            name: "poll".to_owned(),
            target: Target::Poll,
            events: events.iter().map(|&event| event.to_owned()).collect(),
            resources: Vec::new(),
            form: Form::Notice,
            audience: None,
            secrets: Vec::new(),
            rate: None,
            concurrency: 1,
            state: State::Enabled,
            created: NOW,
        };
        ledger.add(&endpoint).expect("an endpoint");
        Self {
            backend,
            ledger,
            endpoint,
        }
    }

    /// Adds an event of each topic; their ids are `e` and the position.
    fn happen(&self, topics: &[&str]) {
        let store = self.backend.store("acme").expect("a store");
        let end = store.outbox_end().expect("an end");
        let event = |(position, topic): (u64, &&str)| {
            let body = json!({
                "id": format!("e{position}"), "time": "2026-11-22T10:00:00Z", "txn": "t",
                "sub_id": {}, "events": {},
            });
            let subject = Key {
                kind: "User".to_owned(),
                id: "42".to_owned(),
            };
            Change::Emit(Event {
                topic: (*topic).to_owned(),
                subject,
                body: body.to_string(),
            })
        };
        let changes: Vec<_> = (end + 1..).zip(topics).map(event).collect();
        store.commit(&changes).expect("a commit");
    }

    fn name(&self, position: u64) -> String {
        jti(&format!("e{position}"), &self.endpoint.id)
    }

    fn ask(&self, max: usize, acked: &[u64], wrong: &[u64]) -> Found {
        let error = SetError {
            err: "invalid_key".to_owned(),
            description: "no\nsuch key".to_owned(),
        };
        let ask = Ask {
            max,
            ack: acked.iter().map(|it| self.name(*it)).collect(),
            errors: wrong
                .iter()
                .map(|it| (self.name(*it), error.clone()))
                .collect(),
        };
        fetch(&self.ledger, &self.endpoint, &ask, NOW).expect("an answer")
    }

    fn position(&self) -> Position {
        let position = self.ledger.position(&self.endpoint.id).expect("a ledger");
        position.expect("a position").value
    }

    fn count(&self, state: &str) -> u64 {
        let which = Which {
            tenant: "acme",
            endpoint: Some(&self.endpoint.id),
            state: Some(state),
        };
        self.ledger.count(&which).expect("a number")
    }
}

fn positions(found: &Found) -> Vec<u64> {
    found.events.iter().map(|event| event.position).collect()
}

#[test]
fn what_is_not_acknowledged_comes_again() {
    let bench = Bench::new(&[]);
    bench.happen(&["a"; 5]);
    for _ in 0..2 {
        let found = bench.ask(3, &[], &[]);
        assert_eq!((positions(&found), found.more), (vec![1, 2, 3], true));
    }
    let found = bench.ask(3, &[1, 2, 3], &[]);
    assert_eq!((positions(&found), found.more), (vec![4, 5], false));
    let found = bench.ask(3, &[4, 5], &[]);
    assert_eq!((positions(&found), found.more), (vec![], false));
    assert_eq!(
        (bench.position().through, bench.position().delivered),
        (5, 5)
    );
}

#[test]
fn whatever_the_order_of_acknowledgements_nothing_is_lost_or_told_again() {
    let bench = Bench::new(&[]);
    bench.happen(&["a"; 6]);
    assert_eq!(positions(&bench.ask(9, &[2, 5], &[])), [1, 3, 4, 6]);
    assert_eq!(bench.position().through, 0);
    assert_eq!(positions(&bench.ask(9, &[1, 4], &[])), [3, 6]);
    assert_eq!(bench.position().through, 2);
    // Another process, which knows only what was written.
    let other = Ledger::new(Arc::clone(&bench.backend)).expect("a ledger");
    let ask = Ask {
        max: 9,
        ..Ask::default()
    };
    let found = fetch(&other, &bench.endpoint, &ask, NOW).expect("an answer");
    assert_eq!(positions(&found), [3, 6]);
    assert_eq!(positions(&bench.ask(9, &[3], &[])), [6]);
    assert_eq!(bench.position().through, 5);
    let polled = bench.ledger.load::<Polled>(key(&bench.endpoint.id));
    let polled = polled.expect("a ledger").expect("a row").value;
    assert_eq!(polled, Polled::default());
}

#[test]
fn who_only_acknowledges_gets_nothing_but_hears_that_there_is_more() {
    let bench = Bench::new(&[]);
    bench.happen(&["a"; 3]);
    let found = bench.ask(0, &[1], &[]);
    assert_eq!((positions(&found), found.more), (vec![], true));
    assert_eq!(bench.position().through, 1);
}

#[test]
fn acknowledging_again_or_what_is_not_there_does_nothing() {
    let bench = Bench::new(&[]);
    bench.happen(&["a"; 3]);
    bench.ask(9, &[1], &[]);
    let before = bench.ledger.position(&bench.endpoint.id).expect("a ledger");
    let ask = Ask {
        max: 9,
        ack: [
            bench.name(1),
            bench.name(99),
            "e2".to_owned(),
            jti("e2", "ep_other"),
        ]
        .into(),
        ..Ask::default()
    };
    let found = fetch(&bench.ledger, &bench.endpoint, &ask, NOW).expect("an answer");
    assert_eq!(positions(&found), [2, 3]);
    let after = bench.ledger.position(&bench.endpoint.id).expect("a ledger");
    assert_eq!(before, after);
}

#[test]
fn what_is_not_wanted_is_passed() {
    let bench = Bench::new(&["license.*"]);
    bench.happen(&["prov.put"; 1000]);
    bench.happen(&["license.granted", "prov.put", "license.freed"]);
    let found = bench.ask(9, &[], &[]);
    assert_eq!(positions(&found), [1001, 1003]);
    // So that it can be cut off, although nothing was acknowledged.
    assert_eq!(bench.position().through, 1000);
    bench.ask(9, &[1003, 1001], &[]);
    assert_eq!(bench.position().through, 1003);
}

#[test]
fn what_is_wrong_is_a_dead_letter_and_can_be_fetched_once_more() {
    let bench = Bench::new(&[]);
    bench.happen(&["a"; 3]);
    assert_eq!(positions(&bench.ask(9, &[1], &[2])), [3]);
    assert_eq!(bench.count("dead"), 1);
    let id = format!("{}.2", bench.endpoint.id);
    let dead = bench
        .ledger
        .delivery("acme", &id)
        .expect("a delivery")
        .value;
    let DeliveryState::Dead { reason, .. } = dead.state else {
        panic!("{dead:?}");
    };
    assert_eq!(reason, "the receiver said `invalid_key`: no such key");
    bench.ledger.replay_one("acme", &id, NOW).expect("a replay");
    assert_eq!(positions(&bench.ask(9, &[], &[])), [2, 3]);
    assert_eq!(positions(&bench.ask(9, &[], &[2])), [3]);
    bench.ledger.replay_one("acme", &id, NOW).expect("a replay");
    assert_eq!(positions(&bench.ask(9, &[2, 3], &[])), [0; 0]);
    assert_eq!((bench.count("dead"), bench.count("retrying")), (0, 0));
    assert_eq!(bench.position().delivered, 3);
}

#[test]
fn who_never_acknowledges_one_gets_no_further_than_the_window() {
    let bench = Bench::new(&[]);
    let many = usize::try_from(WINDOW).expect("a number") + 500;
    bench.happen(&vec!["a"; many]);
    let found = bench.ask(usize::MAX, &[], &[]);
    let last = *positions(&found).last().expect("events");
    assert!(last <= WINDOW, "{last}");
    let rest: Vec<_> = (2..=last).collect();
    assert_eq!(positions(&bench.ask(usize::MAX, &rest, &[])), [1]);
    let found = bench.ask(1, &[1], &[]);
    assert_eq!(bench.position().through, last);
    assert!(found.more);
}

#[test]
fn two_who_fetch_at_once_lose_nothing() {
    let bench = Bench::new(&[]);
    bench.happen(&["a"; 200]);
    let fetch_all = || {
        loop {
            let found = bench.ask(7, &[], &[]);
            if found.events.is_empty() {
                return;
            }
            bench.ask(0, &positions(&found), &[]);
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(fetch_all);
        scope.spawn(fetch_all);
    });
    assert_eq!(bench.position().through, 200);
}

/// What may come in any order.
#[derive(Clone, Debug)]
enum Step {
    /// So many events, every other one wanted.
    Happen(usize),
    /// So many are fetched; of what came, those whose place in the answer is odd are acknowledged the next
    /// time (true), or those whose place is even.
    Fetch(usize, bool),
    /// What was to be acknowledged is forgotten: the receiver crashed.
    Forget,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (1..20_usize).prop_map(Step::Happen),
        (0..12_usize, any::<bool>()).prop_map(|(max, odd)| Step::Fetch(max, odd)),
        Just(Step::Forget),
    ]
}

proptest! {
    /// Whatever a receiver fetches, acknowledges and forgets: it is offered, oldest first, just what was
    /// wanted and not acknowledged, and in the end it has everything.
    #[test]
    fn a_receiver_gets_what_it_has_not_acknowledged(steps in prop::collection::vec(step(), 1..40)) {
        let bench = Bench::new(&["yes"]);
        let (mut open, mut end) = (BTreeSet::new(), 0);
        let mut to_acknowledge = Vec::new();
        for step in steps {
            match step {
                Step::Happen(count) => {
                    let topics: Vec<_> = (0..count).map(|it| ["yes", "no"][it % 2]).collect();
                    bench.happen(&topics);
                    open.extend((end + 1..).zip(&topics).filter(|(_, it)| **it == "yes").map(|it| it.0));
                    end += count as u64;
                }
                Step::Fetch(max, odd) => {
                    let acked = std::mem::take(&mut to_acknowledge);
                    let found = bench.ask(max, &acked, &[]);
                    open.retain(|position| !acked.contains(position));
                    let wanted: Vec<_> = open.iter().take(max).copied().collect();
                    prop_assert_eq!(positions(&found), wanted);
                    prop_assert_eq!(found.more, open.len() > max);
                    let chosen = positions(&found).into_iter().enumerate();
                    to_acknowledge = chosen.filter(|(place, _)| (place % 2 == 1) == odd).map(|it| it.1).collect();
                }
                Step::Forget => to_acknowledge.clear(),
            }
            prop_assert!(open.first().is_none_or(|first| bench.position().through < *first));
        }
        let rest = positions(&bench.ask(usize::MAX, &to_acknowledge, &[]));
        prop_assert!(bench.ask(usize::MAX, &rest, &[]).events.is_empty());
    }
}
