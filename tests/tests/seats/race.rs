//! One race: requests at once, from the same state, in every order in which the store can see
//! them. It is won if everything ends as if they had come one after the other, in some order that
//! those can have had: the same answers, documents, counters and events; and if the recount holds.

use std::collections::BTreeSet;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};
use std::thread;

use scimlet_runtime::{Request, Response};
use scimlet_store::memory::MemoryBackend;
use scimlet_store::{Change, Store};
use scimlet_tests::inside::{DAWN, Dump, Said, Watched, seed};
use scimlet_tests::native::Native;
use serde_json::Value;

use crate::audit::audit;
use crate::careless::{Careless, Forgets};
use crate::schedule::{Explorer, Gate, Gated};
use crate::script::{Act, License, Seats};
use crate::wire::{self, GRANTS, TERMS};

/// Beyond this a case is too large to be gone through.
const MOST: usize = 50_000;

/// Something that can be asked for.
pub trait Deed: Debug {
    /// The request, given what there is.
    fn request(&self, dump: &Dump) -> Request;

    /// The license whose limit it may lower.
    fn lowers(&self) -> Option<&'static str>;
}

impl Deed for Act {
    fn request(&self, dump: &Dump) -> Request {
        wire::of(self, wire::path(self, dump).as_deref())
    }

    fn lowers(&self) -> Option<&'static str> {
        match self {
            License(sku, ..) | Seats(sku, _) => Some(*sku),
            _ => None,
        }
    }
}

/// A store in the state that `given` makes, and requests made for it.
struct Race {
    settings: String,
    given: Vec<Vec<Change>>,
    requests: Vec<Request>,
    lowered: Vec<&'static str>,
    forgets: Forgets,
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

/// Runs the race in every order; answers in how many.
#[track_caller]
pub fn race(given: &[Act], at_once: &[Act]) -> usize {
    run("{}", given, at_once, Forgets::Nothing).unwrap_or_else(|wrong| panic!("{wrong}"))
}

/// Runs the race under these settings, on a store that forgets something; the error tells how it went
/// wrong.
pub fn run<D: Deed>(
    settings: &str,
    given: &[D],
    at_once: &[D],
    forgets: Forgets,
) -> Result<usize, String> {
    let race = Race::new(settings, given, at_once, forgets);
    let orders = orders(at_once.len());
    let serial: Vec<End> = orders.iter().map(|order| race.one_by_one(order)).collect();
    let mut explorer = Explorer::default();
    let mut runs = 0;
    loop {
        let (end, is_new) = race.at_once(&mut explorer);
        let mut wrong = audit(&end.dump, &race.lowered, None);
        let same = orders
            .iter()
            .zip(&serial)
            .filter(|(_, serial)| **serial == end);
        if !same
            .map(|(order, _)| order)
            .any(|order| explorer.allows(order))
        {
            wrong.push("no order one by one ends like this".to_owned());
        }
        if is_new && !wrong.is_empty() {
            let End { answers, dump } = end;
            let order = explorer.shown();
            return Err(format!(
                "given {given:#?}\nat once {at_once:#?}\nin the order {order}\n{wrong:#?}\nanswers {answers:#?}\n{dump:?}",
            ));
        }
        runs += usize::from(is_new);
        assert!(runs < MOST, "too many orders of {at_once:?}");
        if !explorer.turn() {
            println!("{runs} orders of {at_once:?}");
            return Ok(runs);
        }
    }
}

impl Race {
    fn new<D: Deed>(settings: &str, given: &[D], at_once: &[D], forgets: Forgets) -> Self {
        let engine = |store| engine(settings, store);
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
        let lowered = at_once.iter().filter_map(Deed::lowers);
        let requests = (100..).zip(at_once);
        let gate = Arc::new(Gate::new(at_once.len()));
        let gated = (0..at_once.len()).map(|who| Arc::new(Gated::new(Arc::clone(&gate), who)));
        Self {
            engines: gated.map(|gated| (engine(gated.clone()), gated)).collect(),
            gate,
            settings: settings.to_owned(),
            given: commits.collect(),
            lowered: lowered.collect(),
            forgets,
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
        Arc::new(Careless {
            inner: Arc::new(store),
            forgets: self.forgets,
        })
    }

    fn one_by_one(&self, order: &[usize]) -> End {
        let store = self.store();
        let native = engine(&self.settings, Arc::clone(&store));
        let mut answers = vec![(0, String::new()); order.len()];
        for number in order {
            answers[*number] = answer(&native.handle(self.requests[*number].clone()));
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
                    answers.lock().expect("no panic")[who] = answer(&response);
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

impl Drop for Leaving<'_> {
    fn drop(&mut self) {
        self.0.leave(self.1);
    }
}

fn engine(settings: &str, store: Arc<dyn Store>) -> Native {
    Native::open(settings, store).expect("settings")
}

fn request(store: &dyn Store, deed: &impl Deed, number: u64) -> Request {
    Request {
        now: DAWN + number,
        seed: seed(number),
        ..deed.request(&Dump::of(store))
    }
}

/// An answer without what others move: gauges and places in line are those of the moment at which
/// they were read, which may be a little before the commit.
fn answer(response: &Response) -> (u16, String) {
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
