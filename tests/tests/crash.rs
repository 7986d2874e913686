//! `kill -9` in the middle of a storm: what was acknowledged is there, and every count is true.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use scimlet_tests::tenant::user_with;
use scimlet_tests::{Actor, Request, World, private_world};
use serde_json::Value;

const THREADS: usize = 8;
const ROUNDS: usize = 3;
const SEATS: u64 = 40;
const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User";

/// What a client was told, by user name.
type Acknowledged = BTreeMap<String, String>;

#[test]
fn what_was_acknowledged_survives_kill_9_and_all_counts_agree() {
    let mut world = private_world!();
    let (name, token) = {
        let tenant = world.tenant("storm");
        tenant.license("pro", &SEATS.to_string(), "waitlist");
        (tenant.name.clone(), tenant.token.clone())
    };
    let mut acknowledged = Acknowledged::new();
    for round in 0..ROUNDS {
        storm_and_kill(&mut world, &token, round, &mut acknowledged);
        world.restart();
        let actor = world.stranger(Some(format!("Bearer {token}")));
        check(&actor, &acknowledged);
        goes_on(&actor, round);
    }
    assert!(
        acknowledged.len() > ROUNDS * THREADS,
        "{name}: only {} were stored",
        acknowledged.len()
    );
}

/// Eight clients create users until the server is gone.
fn storm_and_kill(world: &mut World, token: &str, round: usize, acknowledged: &mut Acknowledged) {
    let actor = world.stranger(Some(format!("Bearer {token}")));
    let stored = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        let (actor, stored) = (&actor, &stored);
        let clients: Vec<_> = (0..THREADS)
            .map(|thread| {
                scope.spawn(move || create_until_gone(actor, &format!("r{round}t{thread}"), stored))
            })
            .collect();
        wait_for(stored, 15 * THREADS);
        world.kill();
        for client in clients {
            acknowledged.extend(client.join().unwrap());
        }
    });
}

/// Under way, and not yet at the end.
fn wait_for(stored: &AtomicUsize, enough: usize) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while stored.load(Ordering::Relaxed) < enough && Instant::now() < deadline {
        std::thread::sleep(Duration::from_millis(1));
    }
}

fn create_until_gone(actor: &Actor, prefix: &str, stored: &AtomicUsize) -> Acknowledged {
    let mut acknowledged = Acknowledged::new();
    for number in 0.. {
        let name = format!("{prefix}n{number}");
        let request = Request::new("POST", "/Users").json(&user_with(&name, &["pro"]));
        let Ok(answer) = actor.try_send(request) else {
            break;
        };
        acknowledged.insert(name, answer.expect(201).id());
        stored.fetch_add(1, Ordering::Relaxed);
    }
    acknowledged
}

fn all_users(actor: &Actor) -> Vec<Value> {
    let mut users = Vec::new();
    loop {
        let start = (users.len() + 1).to_string();
        let page = actor.send(
            Request::get("/Users")
                .query("startIndex", &start)
                .query("count", "100"),
        );
        let page = page.expect(200);
        let found = page.body["Resources"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        if found.is_empty() {
            assert_eq!(
                page.body["totalResults"],
                users.len(),
                "the total is what there is"
            );
            return users;
        }
        users.extend(found);
    }
}

fn check(actor: &Actor, acknowledged: &Acknowledged) {
    let users = all_users(actor);
    let stored: BTreeMap<&str, &str> = users
        .iter()
        .map(|user| {
            (
                user["userName"].as_str().unwrap(),
                user["id"].as_str().unwrap(),
            )
        })
        .collect();
    assert_eq!(stored.len(), users.len(), "no user name twice");
    for (name, id) in acknowledged {
        assert_eq!(
            stored.get(name.as_str()),
            Some(&id.as_str()),
            "{name} was acknowledged"
        );
    }
    counts_agree(actor, &users);
}

fn counts_agree(actor: &Actor, users: &[Value]) {
    let license = |user: &Value| user[EXTENSION]["licenses"][0].clone();
    let in_state = |state: &str| -> Vec<Value> {
        users
            .iter()
            .map(license)
            .filter(|license| license["state"] == state)
            .collect()
    };
    let (active, waiting) = (in_state("active"), in_state("waiting"));
    assert_eq!(
        active.len() + waiting.len(),
        users.len(),
        "everyone holds or waits"
    );
    let list = actor.get("/Entitlements").expect(200);
    let shown = list.at("/Resources/0");
    assert_eq!(shown["totalAssignmentsUsed"], active.len(), "{list:?}");
    let extension = &shown["urn:ietf:params:scim:schemas:extension:scimlet:2.0:Entitlement"];
    assert_eq!(extension["waiting"], waiting.len(), "{list:?}");
    assert_eq!(
        active.len() as u64,
        SEATS.min(users.len() as u64),
        "no seat is lost, none is made up"
    );
    let positions: BTreeSet<u64> = waiting
        .iter()
        .map(|license| license["position"].as_u64().unwrap())
        .collect();
    assert_eq!(
        positions,
        (1..=waiting.len() as u64).collect(),
        "the waitlist has no gap"
    );
}

/// The next arrival is stored; who leaves makes room for the first in the waitlist.
fn goes_on(actor: &Actor, round: usize) {
    actor
        .post("/Users", &user_with(&format!("after-{round}"), &["pro"]))
        .expect(201);
    let users = all_users(actor);
    let holder = users
        .iter()
        .find(|user| user[EXTENSION]["licenses"][0]["state"] == "active")
        .unwrap();
    let first = users
        .iter()
        .find(|user| user[EXTENSION]["licenses"][0]["position"] == 1);
    let path = format!("/Users/{}", holder["id"].as_str().unwrap());
    let off = serde_json::json!([{ "op": "remove", "path": "entitlements" }]);
    let on =
        serde_json::json!([{ "op": "add", "path": "entitlements", "value": [{ "value": "pro" }] }]);
    actor.patch(&path, &off);
    if let Some(first) = first {
        let promoted = actor
            .get(&format!("/Users/{}", first["id"].as_str().unwrap()))
            .expect(200);
        assert_eq!(
            promoted.body[EXTENSION]["licenses"][0]["state"], "active",
            "{promoted:?}"
        );
    }
    actor.patch(&path, &on);
    counts_agree(actor, &all_users(actor));
}
