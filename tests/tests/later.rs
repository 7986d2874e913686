//! Requests that are carried out later (RFC 9967 section 2.5.1): whatever is broken off, and however often,
//! each operation has the effect of once and is told of once, and the end is that of the same bulk at once.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use scimlet_runtime::{Header, Request};
use scimlet_store::memory::MemoryBackend;
use scimlet_store::{
    Change, Claim, EdgePage, EdgeQuery, Failure, Key, Outcome, Page, Plan, Posted, Row, Store,
};
use scimlet_tests::inside::{DAWN, Dump, payload, request, seed};
use scimlet_tests::native::Native;
use serde_json::{Value, json};

/// How a store fails at one commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fails {
    /// Nothing is written.
    Before,
    /// All is written, and nobody is told.
    Behind,
    /// Somebody else was quicker.
    Stale,
}

/// When a store fails.
#[derive(Clone, Copy, Debug)]
enum When {
    Never,
    /// At its n-th commit, once.
    At(u32, Fails),
    /// Whenever somebody called so is written.
    Written(&'static str),
}

/// A store that fails.
struct Frail {
    inner: Arc<dyn Store>,
    commits: AtomicU32,
    when: When,
}

impl Frail {
    fn fails(&self, changes: &[Change]) -> Option<Fails> {
        let number = self.commits.fetch_add(1, Ordering::Relaxed);
        let holds = |change: &Change, name: &str| match change {
            Change::Put(put) => put.key.kind == "User" && put.body.contains(name),
            _ => false,
        };
        match self.when {
            When::At(at, fails) if at == number => Some(fails),
            When::Written(name) if changes.iter().any(|it| holds(it, name)) => Some(Fails::Before),
            _ => None,
        }
    }
}

impl Store for Frail {
    fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, Failure> {
        self.inner.load(keys)
    }

    fn holders(&self, claims: &[Claim]) -> Result<Vec<Option<Key>>, Failure> {
        self.inner.holders(claims)
    }

    fn counters(&self, names: &[String]) -> Result<Vec<u64>, Failure> {
        self.inner.counters(names)
    }

    fn find(&self, plan: &Plan) -> Result<Page, Failure> {
        self.inner.find(plan)
    }

    fn edges(&self, queries: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure> {
        self.inner.edges(queries)
    }

    fn commit(&self, changes: &[Change]) -> Result<Outcome, Failure> {
        let gone = || Failure::Unavailable("pulled out".to_owned());
        match self.fails(changes) {
            Some(Fails::Before) => Err(gone()),
            Some(Fails::Stale) => Ok(Outcome::Stale(vec![0])),
            Some(Fails::Behind) => {
                self.inner.commit(changes)?;
                Err(gone())
            }
            None => self.inner.commit(changes),
        }
    }

    fn outbox(&self, after: u64, max: u32) -> Result<Vec<Posted>, Failure> {
        self.inner.outbox(after, max)
    }

    fn outbox_end(&self) -> Result<u64, Failure> {
        self.inner.outbox_end()
    }

    fn prune(&self, through: u64, max: u32) -> Result<u64, Failure> {
        self.inner.prune(through, max)
    }
}

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";

/// Users, groups of users who come before and behind them, groups in a circle of members' names, changes of
/// what was just made, and some that fail.
fn operations() -> Vec<Value> {
    let mut operations = Vec::new();
    for number in 0..240 {
        if number % 20 == 0 {
            let members: Vec<Value> = [number, (number + 130) % 240, (number + 7) % 240]
                .iter()
                .map(|of| json!({ "value": format!("bulkId:u{of}") }))
                .collect();
            operations.push(json!({ "method": "POST", "path": "/Groups",
                "bulkId": format!("g{number}"), "data": { "schemas": [GROUP],
                "displayName": format!("g{number}"), "members": members } }));
        }
        // Every fiftieth has the name of another one.
        let name = if number % 50 == 49 {
            number - 1
        } else {
            number
        };
        operations.push(
            json!({ "method": "POST", "path": "/Users", "bulkId": format!("u{number}"),
            "data": { "schemas": [USER], "userName": format!("u{name}"),
            "entitlements": [{ "value": "pro" }] } }),
        );
        if number % 30 == 10 {
            operations
                .push(json!({ "method": "DELETE", "path": format!("/Users/bulkId:u{number}") }));
        }
    }
    operations
}

fn bulk(headers: &[(&str, &str)]) -> Request {
    let body = json!({ "schemas": [BULK], "Operations": operations() });
    let mut bulk = Request {
        now: DAWN + 5,
        seed: seed(5),
        ..request("POST", "/Bulk", Some(&body))
    };
    bulk.headers
        .extend(headers.iter().map(|(name, value)| Header {
            name: (*name).to_owned(),
            value: (*value).to_owned(),
        }));
    bulk
}

/// Somebody's tenant with a license for fifty.
fn town(when: When) -> (Native, Arc<dyn Store>) {
    let inner: Arc<dyn Store> = Arc::new(MemoryBackend::new().tenant_store("t"));
    let license = json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Entitlement"],
        "value": "pro", "totalAssignmentsPermitted": 50 });
    let maker = Native::open("{}", Arc::clone(&inner)).expect("settings");
    let made = maker.handle(request("POST", "/Entitlements", Some(&license)));
    assert_eq!(made.status, 201, "{}", made.body);
    let frail: Arc<dyn Store> = Arc::new(Frail {
        inner: Arc::clone(&inner),
        commits: AtomicU32::new(0),
        when,
    });
    (Native::open("{}", frail).expect("settings"), inner)
}

/// Sweeps until nothing is due, however often that is broken off.
fn sweep(native: &Native) {
    for number in 0..100 {
        let next = native.sweep(DAWN + 1000, seed(1000 + number));
        if next == Ok(None) || matches!(next, Ok(Some(next)) if next > DAWN + 1000) {
            return;
        }
    }
    panic!("there is always something due");
}

/// What can be seen of everybody: names, seats, members.
fn seen(store: &dyn Store) -> Value {
    let dump = Dump::of(store);
    let mut names = BTreeMap::new();
    let mut users = BTreeMap::new();
    for (id, user) in dump.documents("User") {
        let extension = &user["urn:ietf:params:scim:schemas:extension:scimlet:2.0:User"];
        let name = user["userName"].as_str().expect("a name").to_owned();
        names.insert(id.to_owned(), name.clone());
        users.insert(name, extension["licenses"][0]["state"].clone());
    }
    let mut groups: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for (id, group) in dump.documents("Group") {
        let edges = dump.edges.iter().filter(|edge| edge.source.id == id);
        let mut members: Vec<String> = edges.map(|edge| names[&edge.target.id].clone()).collect();
        members.sort();
        let name = group["displayName"].as_str().expect("a name").to_owned();
        groups.insert(name, members);
    }
    json!({ "users": users, "groups": groups, "counters": dump.counters.into_values().collect::<Vec<_>>() })
}

/// The place and the status of every operation that was told of, in the order of places.
fn told(store: &dyn Store) -> Vec<(usize, String)> {
    let posted = store.outbox(0, u32::MAX).expect("the outbox");
    let mut ids = BTreeMap::new();
    let mut told = Vec::new();
    for posted in posted {
        let body: Value = serde_json::from_str(&posted.event.body).expect("JSON");
        let id = body["id"].as_str().expect("an id").to_owned();
        assert!(
            ids.insert(id, posted.position).is_none(),
            "two events have one id: {body}"
        );
        if posted.event.topic == "misc.asyncresp" {
            let txn = body["txn"].as_str().expect("a txn");
            let (_, at) = txn.rsplit_once(':').expect("a place");
            let status = payload(&posted)["status"]
                .as_str()
                .expect("a status")
                .to_owned();
            told.push((at.parse().expect("a number"), status));
        }
    }
    told.sort();
    told
}

/// The same, as the bulk says it when it is carried out at once.
fn answered() -> (Vec<(usize, String)>, Value) {
    let (native, store) = town(When::Never);
    let answer = native.handle(bulk(&[]));
    let body: Value = serde_json::from_str(&answer.body).expect("JSON");
    let operations = body["Operations"].as_array().expect("operations");
    let status = |operation: &Value| operation["status"].as_str().expect("a status").to_owned();
    let statuses = operations.iter().map(status).enumerate().collect();
    sweep(&native);
    (statuses, seen(store.as_ref()))
}

#[test]
fn the_end_is_that_of_the_same_bulk_at_once() {
    let (statuses, wanted) = answered();
    let (native, store) = town(When::Never);
    let answer = native.handle(bulk(&[("prefer", "respond-async")]));
    assert_eq!(answer.status, 202, "{}", answer.body);
    sweep(&native);
    assert_eq!(told(store.as_ref()), statuses);
    assert_eq!(seen(store.as_ref()), wanted);
}

/// The counter in an id has twelve bits; a bulk may have more operations.
#[test]
fn each_of_very_many_has_an_id_of_its_own() {
    let (native, store) = town(When::Never);
    let operations: Vec<Value> = (0..9000)
        .map(|number| {
            json!({ "method": "POST", "path": "/Users", "bulkId": format!("u{number}"),
                "data": { "schemas": [USER], "userName": format!("u{number}") } })
        })
        .collect();
    let body = json!({ "schemas": [BULK], "Operations": operations });
    let mut bulk = Request {
        seed: seed(5),
        ..request("POST", "/Bulk", Some(&body))
    };
    bulk.headers.push(Header {
        name: "prefer".to_owned(),
        value: "respond-async".to_owned(),
    });
    assert_eq!(native.handle(bulk).status, 202);
    sweep(&native);
    let told = told(store.as_ref());
    assert_eq!(told.len(), 9000);
    assert!(told.iter().all(|(_, status)| status == "201"));
}

/// The store fails for ever when `u123` is written.
#[test]
fn what_cannot_be_carried_out_is_left_out_in_the_end() {
    let (poisoned, store) = town(When::Written("\"u123\""));
    let accepted = poisoned.handle(bulk(&[("prefer", "respond-async")]));
    assert_eq!(accepted.status, 202, "{}", accepted.body);
    let mut now = DAWN + 1000;
    for number in 0..2000 {
        now += 5_000;
        match poisoned.sweep(now, seed(1000 + number)) {
            Ok(Some(next)) if next <= now => now -= 5_000,
            Ok(_) => break,
            // The host comes again after a while.
            Err(_) => {}
        }
    }
    let told = told(store.as_ref());
    assert_eq!(told.len(), operations().len());
    let given_up: Vec<_> = told.iter().filter(|(_, status)| status == "500").collect();
    assert_eq!(given_up.len(), 1, "{given_up:?}");
}

#[test]
fn whatever_is_broken_off_is_done_once() {
    let (statuses, wanted) = answered();
    for at in 0..6 {
        for fails in [Fails::Before, Fails::Behind, Fails::Stale] {
            let (native, store) = town(When::At(at, fails));
            let headers = [("prefer", "respond-async"), ("idempotency-key", "once")];
            let mut answer = native.handle(bulk(&headers));
            if answer.status == 503 {
                // The client does not know, and asks again.
                answer = native.handle(bulk(&headers));
            }
            assert_eq!(answer.status, 202, "{at} {fails:?}: {}", answer.body);
            sweep(&native);
            assert_eq!(told(store.as_ref()), statuses, "{at} {fails:?}");
            assert_eq!(seen(store.as_ref()), wanted, "{at} {fails:?}");
        }
    }
}

#[test]
fn two_who_sweep_at_once_do_it_once() {
    let (statuses, wanted) = answered();
    let (native, store) = town(When::Never);
    assert_eq!(
        native.handle(bulk(&[("prefer", "respond-async")])).status,
        202
    );
    let other = Native::open("{}", Arc::clone(&store)).expect("settings");
    std::thread::scope(|scope| {
        for native in [&native, &other] {
            scope.spawn(|| sweep(native));
        }
    });
    sweep(&native);
    assert_eq!(told(store.as_ref()), statuses);
    assert_eq!(seen(store.as_ref()), wanted);
}

#[test]
fn a_place_that_a_request_held_is_given_back() {
    let (native, store) = town(When::Never);
    for number in 0..300 {
        let name = format!("one-{number}");
        let body = json!({ "schemas": [USER], "userName": name });
        let mut one = Request {
            now: DAWN + 5,
            seed: seed(10_000 + number),
            ..request("POST", "/Users", Some(&body))
        };
        one.headers.push(Header {
            name: "prefer".to_owned(),
            value: "respond-async".to_owned(),
        });
        let answer = native.handle(one);
        if number < 100 {
            assert_eq!(answer.status, 202, "{}", answer.body);
        } else if answer.status == 429 {
            let header = answer.headers.iter().find(|it| it.name == "retry-after");
            assert!(header.is_some(), "a 429 says when to come again");
            sweep_some(&native, number);
        }
    }
    sweep(&native);
    let held = store
        .counters(&["jobs.open".to_owned(), "jobs.bytes".to_owned()])
        .expect("counters");
    assert_eq!(held, [0, 0]);
}

/// Some steps, each with dice of its own.
fn sweep_some(native: &Native, round: u64) {
    for number in 0..60 {
        let dice = seed(100_000 + round * 100 + number);
        native.sweep(DAWN + 1000, dice).expect("a step");
    }
}
