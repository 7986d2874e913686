//! What is asserted of every answer, and of the tenant after it.

use scimlet_engine::facts::Change;
use scimlet_engine::license::{CATALOG, License, State, counter_names, grants};
use scimlet_engine::scim::value::Value as Scim;
use scimlet_engine::{Decision, Request, decide};
use serde_json::Value;

use super::store::Store;
use super::world::World;

const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Decides a request twice, judges the answer, commits the changes, judges what is there then, and
/// reads what was written.
pub fn settle(world: &mut World, request: &Request) {
    let decision = decide(&world.tenant, request, &mut world.store);
    let again = decide(&world.tenant, request, &mut world.store);
    assert_eq!(decision, again, "decided twice: {request:#?}");
    judge(request, &decision);
    if decision.changes.is_empty() {
        world.note(&decision.response);
        return;
    }
    if let Err(why) = world.store.commit(&decision.changes) {
        panic!("{why}\n{request:#?}\n{decision:#?}");
    }
    recount(&world.store, request);
    world.note(&decision.response);
    for change in &decision.changes {
        if let Change::Put(put) = change
            // What a bulk moves up in a queue, it may remove as well.
            && world.store.rows.contains_key(&put.key)
        {
            can_be_read(world, &put.key.kind, &put.key.id, request);
        }
    }
}

/// The answer is one that HTTP and RFC 7644 know.
fn judge(request: &Request, decision: &Decision) {
    let Decision {
        response,
        changes,
        fault,
    } = decision;
    let told = || format!("{request:#?}\n{decision:#?}");
    assert_eq!(*fault, None, "{}", told());
    for header in &response.headers {
        let is_clean = !header.value.chars().any(char::is_control);
        assert!(is_clean, "a header of {}", told());
    }
    let body = || -> Value {
        let body = serde_json::from_str(&response.body);
        body.unwrap_or_else(|error| panic!("{error}: {}", told()))
    };
    match response.status {
        200 | 201 => {
            let body = body();
            assert!(body.is_object(), "{}", told());
            for outcome in body["Operations"].as_array().into_iter().flatten() {
                let status = outcome["status"].as_str().unwrap_or_default();
                match status.as_bytes() {
                    [b'2', ..] => assert_eq!(outcome["response"], Value::Null, "{}", told()),
                    [b'4', ..] => is_error(&outcome["response"], status),
                    _ => panic!("an operation of {}", told()),
                }
            }
        }
        204 | 304 => assert_eq!(response.body, "", "{}", told()),
        status @ 400..=499 => {
            is_error(&body(), &status.to_string());
            assert_eq!(*changes, [], "a refusal changes something: {}", told());
        }
        _ => panic!("{}", told()),
    }
    let is_safe = matches!(request.method.as_str(), "GET" | "HEAD");
    let changes = changes.iter().filter(|change| !is_secret(change));
    assert!(!is_safe || changes.count() == 0, "{}", told());
}

/// The key of the tenant's cursors, made by whoever asks for one first.
fn is_secret(change: &Change) -> bool {
    matches!(change, Change::Put(put) if put.key.kind == "Secret")
}

fn is_error(body: &Value, status: &str) {
    assert_eq!(body["schemas"], serde_json::json!([ERROR]), "{body}");
    assert_eq!(body["status"], status, "{body}");
    assert!(body["detail"].is_string(), "{body}");
}

/// Each counter is what counting comes to, and the invariants of the counting house hold.
fn recount(store: &Store, request: &Request) {
    let catalog = store.of_kind(CATALOG.0).next();
    let catalog: Vec<License> = catalog.map_or_else(Vec::new, |(_, stored)| {
        serde_json::from_str(&stored.body).expect("a catalog")
    });
    let mut held = Vec::new();
    for (id, stored) in store.of_kind("User") {
        let Ok(Scim::Object(user)) = Scim::parse(&stored.body) else {
            panic!("{id} is stored as {}", stored.body);
        };
        held.extend(grants(&user));
    }
    let mut in_vain = 0;
    for grant in &held {
        let reason = grant.reason.as_deref();
        in_vain += u64::from(matches!(
            reason,
            Some("unknownLicense" | "licenseLimitReached" | "termOver")
        ));
        let is_known = catalog.iter().any(|license| license.sku == grant.sku);
        let is_blocked = grant.state == State::Blocked;
        assert!(is_known || is_blocked, "{grant:?} of none: {request:#?}");
    }
    assert_eq!(store.counter("license.in-vain"), in_vain, "{request:#?}");
    let mut sum = in_vain;
    for license in &catalog {
        let count = |state: State| {
            let alike = held
                .iter()
                .filter(|it| it.sku == license.sku && it.state == state);
            alike.count() as u64
        };
        let states = [State::Active, State::Overage, State::Waiting, State::Grace];
        let counted = states.map(count);
        let names = counter_names(&license.id);
        let counters = names.each_ref().map(|name| store.counter(name));
        assert_eq!(counters[..4], counted, "{license:?} after {request:#?}");
        // Of the others, one counts no seats, and two count some of these again.
        sum += counters[..6].iter().sum::<u64>();
        let [active, overage, waiting, _] = counted;
        let seats = license.seats_at(request.now);
        let is_full = seats.is_some_and(|seats| active + license.terms.reserved >= seats);
        assert!(
            is_full || overage + waiting == 0,
            "{license:?}: {request:#?}"
        );
    }
    let seats = store
        .counters
        .iter()
        .filter(|(name, _)| name.starts_with("license.") && !name.starts_with("license.alert:"));
    let all: u64 = seats.map(|(_, count)| count).sum();
    assert_eq!(all, sum, "{:?} after {request:#?}", store.counters);
}

/// What was written can be read by those who may.
fn can_be_read(world: &mut World, kind: &str, id: &str, after: &Request) {
    let registry = world.registry.clone();
    let Some(kind) = registry.by_name(kind) else {
        return;
    };
    let path = format!("{}/{id}", kind.declared.endpoint);
    let request = world.request("GET", &path, None, Vec::new(), String::new(), 0);
    let decision = decide(&world.tenant, &request, &mut world.store);
    let status = decision.response.status;
    assert_eq!(status, 200, "{path} after {after:#?}: {decision:#?}");
    judge(&request, &decision);
}
