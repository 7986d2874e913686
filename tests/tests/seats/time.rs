//! What time does to seats: terms that begin and end, seats for some time, work that is left to the
//! sweep. The native engine and the component are asked the same, and must answer the same.

mod crowds;
mod terms;

use std::sync::Arc;

use scimlet_engine::scim::time::stamp;
use scimlet_store::Store;
use scimlet_store::memory::MemoryBackend;
use scimlet_tests::inside::{Component, DAWN, Dump, request, seed};
use scimlet_tests::native::Native;
use scimlet_tests::tenant::patch;
use serde_json::{Value, json};

use crate::wire::{CORE, TERMS, shown};

const SECOND: u64 = 1000;
const DAY: u64 = 24 * 60 * 60 * SECOND;

/// A moment, as terms say it.
fn moment(after: u64) -> String {
    stamp(DAWN + after)
}

/// A tenant twice: before the native engine, and before the component.
struct Days {
    native: (Native, Arc<dyn Store>),
    component: (Component, Arc<dyn Store>),
    now: u64,
    drawn: u64,
}

impl Days {
    fn of(settings: &Value) -> Self {
        let store = || -> Arc<dyn Store> { Arc::new(MemoryBackend::new().tenant_store("t")) };
        let (one, other) = (store(), store());
        Self {
            native: (open(settings, &one), one),
            component: (
                Component::open(&settings.to_string(), Arc::clone(&other)),
                other,
            ),
            now: 0,
            drawn: 0,
        }
    }

    /// The same data under other settings.
    fn under(self, settings: &Value) -> Self {
        let Self {
            native: (_, one),
            component: (_, other),
            ..
        } = self;
        Self {
            native: (open(settings, &one), one),
            component: (
                Component::open(&settings.to_string(), Arc::clone(&other)),
                other,
            ),
            ..self
        }
    }

    fn later(&mut self, by: u64) {
        self.now += by;
    }

    fn send(&mut self, method: &str, path: &str, body: &Value) -> (u16, Value) {
        self.drawn += 1;
        let asked = || {
            let (path, query) = path.split_once('?').unwrap_or((path, ""));
            let mut request = request(method, path, Some(body).filter(|it| !it.is_null()));
            request.query = Some(query.to_owned()).filter(|it| !it.is_empty());
            request.now = DAWN + self.now + self.drawn;
            request.seed = seed(self.drawn);
            request
        };
        let (one, other) = (
            self.native.0.handle(asked()),
            self.component.0.handle(asked()),
        );
        assert_eq!(one.status, other.status, "{one:?}\n{other:?}");
        assert_eq!(one.body, other.body);
        (
            one.status,
            serde_json::from_str(&one.body).unwrap_or_default(),
        )
    }

    fn get(&mut self, path: &str) -> Value {
        let (status, body) = self.send("GET", path, &Value::Null);
        assert_eq!(status, 200, "{path}: {body}");
        body
    }

    fn make(&mut self, path: &str, body: &Value) -> String {
        let (status, answer) = self.send("POST", path, body);
        assert_eq!(status, 201, "{path}: {answer}");
        answer["id"].as_str().expect("an id").to_owned()
    }

    fn license(&mut self, sku: &str, seats: u64, terms: &Value) -> String {
        let license = json!({
            "schemas": [CORE, TERMS], "value": sku, "type": "License",
            "totalAssignmentsPermitted": seats, TERMS: terms,
        });
        self.make("/Entitlements", &license)
    }

    fn user(&mut self, name: &str, skus: &[&str]) -> String {
        self.person(&json!({ "userName": name }), skus)
    }

    fn person(&mut self, with: &Value, skus: &[&str]) -> String {
        let asks: Vec<Value> = skus.iter().map(|sku| json!({ "value": sku })).collect();
        let mut user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "entitlements": asks,
        });
        for (name, value) in with.as_object().expect("attributes") {
            user[name] = value.clone();
        }
        self.make("/Users", &user)
    }

    fn change(&mut self, path: &str, operation: &Value) {
        let (status, answer) = self.send("PATCH", path, &patch(&json!([operation])));
        assert!(status < 300, "{path}: {answer}");
    }

    /// What a user has: `pro active`, `lite waiting overageEnded`.
    fn has(&mut self, user: &str) -> Vec<String> {
        let user = self.get(&format!("/Users/{user}"));
        let said = |it: crate::wire::Shown| {
            let reason = it.reason.map(|reason| format!(" {reason}"));
            format!("{} {}{}", it.sku, it.state, reason.unwrap_or_default())
        };
        shown(&user).into_iter().map(said).collect()
    }

    /// Carries out what is due, and then once more: the second time there is nothing to do.
    fn sweep(&mut self) {
        let now = DAWN + self.now + self.drawn;
        for round in 0.. {
            assert!(round < 1000, "the sweep never ends");
            let chance = seed(1_000_000 + self.drawn * 1000 + round);
            let one = self.native.0.sweep(now, chance).expect("a step");
            let other = self.component.0.sweep(now, chance);
            assert_eq!(one, other, "when to come again");
            if one.is_none_or(|next| next > now) {
                break;
            }
        }
        let before = format!("{:?}", Dump::of(self.native.1.as_ref()));
        let again = self.native.0.sweep(now, seed(1)).expect("a step");
        assert!(again.is_none_or(|next| next > now));
        assert_eq!(before, format!("{:?}", Dump::of(self.native.1.as_ref())));
        assert_eq!(before, format!("{:?}", Dump::of(self.component.1.as_ref())));
        self.verify();
    }

    /// Everything adds up, by the engine's own count.
    fn verify(&mut self) {
        let mut state = Value::Null;
        loop {
            let (status, answer) = self.send("POST", "/.admin/verify", &json!({ "state": state }));
            assert_eq!((status, &answer["findings"]), (200, &json!([])), "{answer}");
            state = answer["state"].clone();
            if state.is_null() {
                return;
            }
        }
    }

    fn history(&mut self, query: &str) -> Vec<String> {
        let lines = self.get(&format!("/.admin/history?{query}"));
        let word = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let said = |line: &Value| {
            let [from, to, cause] = ["from", "to", "cause"].map(|name| word(&line[name]));
            format!("{from} {to} {cause}")
        };
        lines["history"]
            .as_array()
            .expect("lines")
            .iter()
            .map(said)
            .collect()
    }
}

fn open(settings: &Value, store: &Arc<dyn Store>) -> Native {
    Native::open(&settings.to_string(), Arc::clone(store)).expect("settings")
}
