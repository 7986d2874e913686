//! Two or three requests at once. However the store sees them, everything must end as if they had
//! come one after the other in some order: the same answers, the same documents, counters and
//! events. And the recount must hold.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};
use std::thread;

use scimlet_runtime::{Request, Response};
use scimlet_store::memory::MemoryBackend;
use scimlet_store::{Change, Store};
use scimlet_tests::inside::{DAWN, Dump, Said, Watched, seed};
use scimlet_tests::native::Native;
use serde_json::Value;

use crate::audit::audit;
use crate::schedule::{Explorer, Gate, Gated};
use crate::script::Overage::{Allow, Deny, Waitlist};
use crate::script::{
    Act, Activate, Add, Create, Delete, Drop, License, Mode, Put, Remove, Replace, Seats,
};
use crate::wire::{self, GRANTS, TERMS};

/// Beyond this a case is too large to be gone through.
const MOST: usize = 50_000;

/// A store in the state that `given` makes, and requests made for it.
struct Race {
    given: Vec<Vec<Change>>,
    requests: Vec<Request>,
    lowered: Vec<&'static str>,
    gate: Arc<Gate>,
    /// One engine for each request, and its way to the store.
    engines: Vec<(Native, Arc<Gated>)>,
}

/// What came of it: the answers in the order of the requests, and the store.
#[derive(PartialEq)]
struct End {
    answers: Vec<(u16, String)>,
    dump: Dump,
}

#[track_caller]
fn race(given: &[Act], at_once: &[Act]) {
    let race = Race::new(given, at_once);
    let orders = orders(at_once.len());
    let serial: Vec<End> = orders.iter().map(|order| race.one_by_one(order)).collect();
    let mut explorer = Explorer::default();
    let mut runs = 0;
    loop {
        let (end, is_new) = race.at_once(&mut explorer);
        let wrong = audit(&end.dump, &race.lowered, None);
        let mut same = orders
            .iter()
            .zip(&serial)
            .filter(|(_, serial)| **serial == end);
        let is_serial = same.any(|(order, _)| explorer.allows(order));
        assert!(
            !is_new || (wrong.is_empty() && is_serial),
            "given {given:#?}\nat once {at_once:#?}\nin the order {}\n{wrong:#?}\nanswers {:#?}\n{:?}\n{}",
            explorer.shown(),
            end.answers,
            end.dump,
            if is_serial {
                ""
            } else {
                "no order one by one ends like this"
            },
        );
        runs += usize::from(is_new);
        assert!(runs < MOST, "too many orders");
        if !explorer.turn() {
            break;
        }
    }
    println!("{runs} orders of {at_once:?}");
}

impl Race {
    fn new(given: &[Act], at_once: &[Act]) -> Self {
        let store = Arc::new(Watched::new(Arc::new(
            MemoryBackend::new().tenant_store("t"),
        )));
        let native = engine(store.clone());
        for (number, act) in (1..).zip(given) {
            let answer = native.handle(request(store.as_ref(), act, number));
            assert!(answer.status < 300, "{act:?}: {}", answer.body);
        }
        let commits = store.take().into_iter().filter_map(|said| match said {
            Said::Commit(changes, _) => Some(changes),
            _ => None,
        });
        let lowered = at_once.iter().filter_map(|act| match act {
            License(sku, ..) | Seats(sku, _) => Some(*sku),
            _ => None,
        });
        let requests = (100..).zip(at_once);
        let gate = Arc::new(Gate::new(at_once.len()));
        let gated = (0..at_once.len()).map(|who| Arc::new(Gated::new(Arc::clone(&gate), who)));
        Self {
            engines: gated.map(|gated| (engine(gated.clone()), gated)).collect(),
            gate,
            given: commits.collect(),
            lowered: lowered.collect(),
            requests: requests
                .map(|(number, act)| request(store.as_ref(), act, number))
                .collect(),
        }
    }

    fn store(&self) -> Arc<dyn Store> {
        let store = MemoryBackend::new().tenant_store("t");
        for changes in &self.given {
            store.commit(changes).expect("what was committed before");
        }
        Arc::new(store)
    }

    fn one_by_one(&self, order: &[usize]) -> End {
        let store = self.store();
        let native = engine(Arc::clone(&store));
        let mut answers = vec![(0, String::new()); order.len()];
        for number in order {
            answers[*number] = answer(native.handle(self.requests[*number].clone()));
        }
        let dump = Dump::of(store.as_ref());
        End { answers, dump }
    }

    fn at_once(&self, explorer: &mut Explorer) -> (End, bool) {
        let store = self.store();
        self.gate.reset();
        let answers = Mutex::new(vec![(0, String::new()); self.requests.len()]);
        let is_new = thread::scope(|scope| {
            for (who, (native, gated)) in self.engines.iter().enumerate() {
                gated.lead_to(&store);
                let (request, answers) = (self.requests[who].clone(), &answers);
                scope.spawn(move || {
                    let _leaving = Leaving(&self.gate, who);
                    let response = native.handle(request);
                    answers.lock().expect("no panic")[who] = answer(response);
                });
            }
            explorer.lead(&self.gate)
        });
        let answers = answers.into_inner().expect("no panic");
        let dump = Dump::of(store.as_ref());
        (End { answers, dump }, is_new)
    }
}

/// Leaves the gate even if the request panics: the others would wait for ever.
struct Leaving<'g>(&'g Gate, usize);

impl std::ops::Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.leave(self.1);
    }
}

fn engine(store: Arc<dyn Store>) -> Native {
    Native::open("{}", store).expect("settings")
}

fn request(store: &dyn Store, act: &Act, number: u64) -> Request {
    let path = wire::path(act, &Dump::of(store));
    Request {
        now: DAWN + number,
        seed: seed(number),
        ..wire::of(act, path.as_deref())
    }
}

/// An answer without what others move: gauges and places in line are those of the moment at which
/// they were read, which may be a little before the commit.
fn answer(response: Response) -> (u16, String) {
    let mut body: Value = serde_json::from_str(&response.body).unwrap_or_default();
    if let Some(members) = body.as_object_mut() {
        members.remove("totalAssignmentsUsed");
    }
    for (extension, moving) in [(TERMS, "waiting"), (TERMS, "over")] {
        if let Some(members) = body[extension].as_object_mut() {
            members.remove(moving);
        }
    }
    for license in body[GRANTS]["licenses"]
        .as_array_mut()
        .into_iter()
        .flatten()
    {
        license
            .as_object_mut()
            .map(|license| license.remove("position"));
    }
    if let Some(meta) = body["meta"].as_object_mut() {
        let version = meta.remove("version");
        let number = version
            .as_ref()
            .and_then(|version| version.as_str()?.split('.').next());
        meta.insert("version".to_owned(), number.unwrap_or_default().into());
    }
    (response.status, body.to_string())
}

/// All orders of so many.
fn orders(count: usize) -> Vec<Vec<usize>> {
    if count == 0 {
        return vec![Vec::new()];
    }
    let mut all = BTreeSet::new();
    for shorter in orders(count - 1) {
        for at in 0..=shorter.len() {
            let mut order = shorter.clone();
            order.insert(at, count - 1);
            all.insert(order);
        }
    }
    all.into_iter().collect()
}

fn join(user: usize) -> Act {
    Create(user, None, vec!["pro"])
}

fn pro(seats: u64, mode: crate::script::Overage) -> Act {
    License("pro", Some(seats), mode)
}

const MODES: [crate::script::Overage; 3] = [Waitlist, Deny, Allow];

#[test]
fn join_and_join_at_the_last_seat() {
    for mode in MODES {
        race(&[pro(1, mode)], &[join(0), join(1)]);
    }
}

#[test]
fn three_join_at_the_last_two_seats() {
    for mode in MODES {
        race(&[pro(2, mode)], &[join(0), join(1), join(2)]);
    }
}

#[test]
fn join_and_leave() {
    for mode in MODES {
        race(&[pro(1, mode), join(0)], &[join(1), Activate(0, false)]);
    }
}

#[test]
fn leave_and_leave_with_a_queue() {
    for mode in [Waitlist, Allow] {
        let given = [pro(2, mode), join(0), join(1), join(2)];
        race(&given, &[Delete(0), Activate(1, false)]);
        race(
            &[&given[..], &[join(3)]].concat(),
            &[Delete(0), Drop(1, "pro")],
        );
    }
}

#[test]
fn leave_and_delete_of_one_user() {
    let given = [pro(1, Waitlist), join(0), join(1)];
    race(&given, &[Activate(0, false), Delete(0)]);
    race(&given, &[Activate(0, false), Replace(0, vec![])]);
}

#[test]
fn leave_and_the_one_in_line_leaves() {
    let given = [pro(1, Waitlist), join(0), join(1)];
    race(&given, &[Delete(0), Delete(1)]);
    race(&given, &[Activate(0, false), Drop(1, "pro")]);
}

#[test]
fn leave_and_the_one_in_line_asks_for_more() {
    let given = [
        pro(1, Waitlist),
        License("lite", Some(1), Waitlist),
        join(0),
        join(1),
    ];
    race(&given, &[Delete(0), Add(1, vec!["lite"])]);
}

#[test]
fn raise_and_join() {
    for mode in MODES {
        race(&[pro(1, mode), join(0)], &[Seats("pro", 2), join(1)]);
    }
    let queued = [pro(1, Waitlist), join(0), join(2)];
    race(&queued, &[Seats("pro", 3), join(1)]);
}

#[test]
fn raise_and_leave() {
    let given = [pro(1, Waitlist), join(0), join(1)];
    race(&given, &[Seats("pro", 2), Delete(0)]);
}

#[test]
fn lower_and_join() {
    for mode in MODES {
        race(&[pro(2, mode), join(0)], &[Seats("pro", 1), join(1)]);
    }
}

#[test]
fn lower_and_leave() {
    let given = [pro(2, Waitlist), join(0), join(1), join(2)];
    race(&given, &[Seats("pro", 1), Delete(0)]);
}

#[test]
fn a_change_of_mode_and_join() {
    for before in MODES {
        for after in MODES {
            race(&[pro(1, before), join(0)], &[Mode("pro", after), join(1)]);
        }
    }
}

#[test]
fn a_new_license_and_who_asks_for_it() {
    for mode in MODES {
        race(&[], &[pro(1, mode), join(0)]);
        race(&[], &[pro(0, mode), join(0)]);
        race(&[join(0)], &[pro(1, mode), Delete(0)]);
    }
}

#[test]
fn a_license_removed_and_who_asks_for_it() {
    for mode in MODES {
        race(&[pro(1, mode)], &[Remove("pro"), join(0)]);
        race(&[join(0), pro(0, Deny)], &[Remove("pro"), Delete(0)]);
    }
}

#[test]
fn a_reactivation_and_join_at_the_last_seat() {
    for mode in MODES {
        let given = [pro(1, mode), Create(0, Some(false), vec!["pro"])];
        race(&given, &[Activate(0, true), join(1)]);
    }
}

#[test]
fn one_user_from_two_sides() {
    let given = [pro(1, Waitlist), Create(0, None, vec![])];
    race(&given, &[Add(0, vec!["pro"]), Put(0, None, vec!["pro"])]);
    race(&given, &[join(1), join(1)]);
}

#[test]
fn two_licenses_crosswise() {
    let given = [
        pro(1, Waitlist),
        License("lite", Some(1), Waitlist),
        join(0),
        Create(1, None, vec!["lite"]),
    ];
    let swap = [Replace(0, vec!["lite"]), Replace(1, vec!["pro"])];
    race(&given, &swap);
}

#[test]
fn join_leave_and_raise() {
    let given = [pro(1, Waitlist), join(0)];
    race(&given, &[join(1), Activate(0, false), Seats("pro", 2)]);
}

#[test]
fn nobody_is_refused_for_a_limit_that_never_held() {
    race(&[pro(1, Deny)], &[Seats("pro", 2), join(0), join(1)]);
}
