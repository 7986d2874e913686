//! Eight threads through the component on SQLite, all after the same few seats.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use scimlet_runtime::Request;
use scimlet_store::{Backend, Store};
use scimlet_store_sqlite::SqliteBackend;
use scimlet_tests::inside::{Component, DAWN, Dump, seed};
use serde_json::Value;

use crate::audit::audit;
use crate::script::Overage::{Allow, Deny, Waitlist};
use crate::script::{
    Act, Activate, Add, Create, Delete, Drop, License, Mode, Overage, Replace, Seats,
};
use crate::wire::{self, shown};

const THREADS: usize = 8;
const ROUNDS: u64 = 30;
/// Users of each thread.
const USERS: u64 = 3;

/// What all threads share.
struct Weather {
    component: Component,
    store: Arc<dyn Store>,
    requests: AtomicU64,
}

impl Weather {
    fn new(store: Arc<dyn Store>) -> Self {
        Self {
            component: Component::open("{}", Arc::clone(&store)),
            store,
            requests: AtomicU64::new(1),
        }
    }

    /// Sends an act; the answer is no server error.
    fn send(&self, act: &Act, path: Option<&str>) -> Value {
        let number = self.requests.fetch_add(1, Ordering::Relaxed);
        let response = self.component.handle(Request {
            now: DAWN + number / 4,
            seed: seed(number),
            ..wire::of(act, path)
        });
        let expected = [200, 201, 204, 403, 404, 409];
        assert!(expected.contains(&response.status), "{act:?}: {response:?}");
        serde_json::from_str(&response.body).unwrap_or_default()
    }
}

#[test]
fn a_storm_leaves_every_seat_in_order() {
    for mode in [Waitlist, Deny, Allow] {
        let folder = tempfile::tempdir().expect("a folder");
        let backend = SqliteBackend::open(&folder.path().join("t.db")).expect("a database");
        let weather = Weather::new(backend.store("t").expect("a store"));
        weather.send(&License("pro", Some(2), mode), None);
        weather.send(&License("lite", Some(1), Waitlist), None);
        thread::scope(|scope| {
            for number in 0..THREADS {
                let weather = &weather;
                scope.spawn(move || blow(weather, number));
            }
            scope.spawn(|| turn_the_terms(&weather, mode));
        });
        judge(&weather);
    }
}

/// One thread's users come, go, and change their minds.
fn blow(weather: &Weather, thread: usize) {
    let mut paths: BTreeMap<usize, String> = BTreeMap::new();
    for round in 0..ROUNDS {
        let (dice, more) = seed((thread as u64) << 32 | round);
        let slot = thread * 10 + usize::try_from(dice % USERS).expect("small");
        let path = paths.get(&slot).cloned();
        let sku = if more % 4 == 0 { "lite" } else { "pro" };
        let act = match more % 7 {
            _ if path.is_none() => Create(slot, None, vec!["pro", "lite"]),
            0 | 1 => Activate(slot, false),
            2 | 3 => Activate(slot, true),
            4 => Add(slot, vec![sku]),
            5 => Drop(slot, sku),
            _ if dice % 2 == 0 => Replace(slot, vec![sku]),
            _ => Delete(slot),
        };
        let answer = weather.send(&act, path.as_deref());
        match (&act, answer["id"].as_str()) {
            (Create(..), Some(id)) => {
                paths.insert(slot, format!("/Users/{id}"));
            }
            (Delete(_), _) => {
                paths.remove(&slot);
            }
            _ => {}
        }
    }
}

/// Meanwhile somebody else cannot decide how many seats there should be.
fn turn_the_terms(weather: &Weather, mode: Overage) {
    let acts = [
        Seats("pro", 3),
        Seats("pro", 1),
        Mode("pro", mode),
        Seats("pro", 4),
    ];
    for act in acts.iter().cycle().take(24) {
        let path = wire::path(act, &Dump::of(weather.store.as_ref()));
        weather.send(act, path.as_deref());
    }
}

fn judge(weather: &Weather) {
    let dump = Dump::of(weather.store.as_ref());
    // Lowered more than once, so `active` may be above the limit; all else must hold.
    let wrong = audit(&dump, &["pro"], None);
    assert!(wrong.is_empty(), "{wrong:#?}\n{dump:?}");
    let told = told(&dump);
    let mut held: BTreeMap<(String, String), String> = BTreeMap::new();
    for (id, user) in dump.documents("User") {
        for license in shown(&user) {
            if license.state != "blocked" {
                held.insert((id.to_owned(), license.sku), license.state);
            }
        }
    }
    assert_eq!(
        told, held,
        "what the events tell is what the documents say\n{dump:?}"
    );
}

/// What somebody believes who only listens to the events; each must fit the one before.
fn told(dump: &Dump) -> BTreeMap<(String, String), String> {
    let mut told = BTreeMap::new();
    for posted in &dump.posted {
        let body: Value = serde_json::from_str(&posted.event.body).expect("JSON");
        let text = |name: &str| body[name].as_str().expect("text").to_owned();
        let key = (posted.event.subject.id.clone(), text("value"));
        let before = told.remove(&key);
        let fits = match posted.event.topic.as_str() {
            "license.freed" => before == Some(text("state")),
            "license.promoted" => before != Some(text("state")),
            _ => before.is_none(),
        };
        assert!(
            fits,
            "{posted:?} does not fit what was told before\n{dump:?}"
        );
        // Who was blocked goes without a word: there was nothing to be freed.
        if !["license.freed", "license.blocked"].contains(&posted.event.topic.as_str()) {
            told.insert(key, text("state"));
        }
    }
    told
}
