//! Bad input, of every kind: a clear 4xx SCIM Error, nothing changed, no growth of memory, the
//! instance still warm. What is bad stands in `list.rs`.

mod list;

use scimlet_tests::tenant::{basic_header, user, user_with};
use scimlet_tests::{Request, Tenant, World, private_world, shared_world};
use serde_json::{Value, json};

/// As issue 2 asks.
const FLOOD: usize = 2_000;
/// What the allocator, the log's pipe and the connection pool may move. A leak of a kilobyte a
/// request would be as much again.
const ROOM_KB: u64 = 4_096;

fn state(tenant: &Tenant<'_>) -> Vec<Value> {
    let ask = |path: &&str| tenant.scim().get(path).expect(200).body;
    ["/Users", "/Groups", "/Entitlements"]
        .iter()
        .map(ask)
        .collect()
}

/// A tenant with something to lose. Returns the id of its user.
fn furnish(tenant: &Tenant<'_>) -> String {
    tenant.license("pro", "1", "waitlist");
    let id = tenant
        .scim()
        .post("/Users", &user_with("resident", &["pro"]))
        .expect(201)
        .id();
    tenant
        .scim()
        .post("/Users", &user_with("waiting", &["pro"]))
        .expect(201);
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Residents",
        "members": [{ "value": id }],
    });
    tenant.scim().post("/Groups", &group).expect(201);
    id
}

fn still_works(tenant: &Tenant<'_>) {
    let id = tenant
        .scim()
        .post("/Users", &user("afterwards"))
        .expect(201)
        .id();
    tenant.scim().get(&format!("/Users/{id}")).expect(200);
    tenant.scim().delete(&format!("/Users/{id}")).expect(204);
}

/// Sends one bad request; the error says what came back instead of a 4xx SCIM Error.
fn refusal(tenant: &Tenant<'_>, label: &str, request: Request) -> Result<(), String> {
    let actor = if label.starts_with("admin: ") {
        tenant.admin()
    } else {
        tenant.scim()
    };
    let answer = actor
        .try_send(request)
        .map_err(|error| format!("=== {label}\nno answer: {error}"))?;
    let is_4xx = (400..500).contains(&answer.status);
    let shape = if is_4xx {
        answer.error_shape()
    } else {
        Err("not a 4xx".to_owned())
    };
    shape.map_err(|wrong| format!("=== {label}: {wrong}\n{answer:?}"))
}

fn no_instance_was_dropped(world: &World) {
    assert!(
        world.metric("trap").abs() < 0.5,
        "an instance trapped:\n{}",
        world.logs()
    );
}

#[test]
fn every_bad_request_is_a_clear_4xx_and_changes_nothing() {
    let world = shared_world!();
    let tenant = world.tenant("bad");
    let id = furnish(&tenant);
    let before = state(&tenant);
    let list = list::all(&id);
    let wrong: Vec<String> = list
        .into_iter()
        .filter_map(|(label, bad)| refusal(&tenant, &label, bad).err())
        .collect();
    assert!(
        wrong.is_empty(),
        "{} were not refused well\n\n{}",
        wrong.len(),
        wrong.join("\n\n")
    );
    assert_eq!(state(&tenant), before);
    no_instance_was_dropped(world);
    still_works(&tenant);
}

#[test]
fn two_thousand_bad_requests_leave_no_trace_in_memory() {
    let world = private_world!();
    let tenant = world.tenant("flood");
    let id = furnish(&tenant);
    let before = state(&tenant);
    // Passwords have a test of their own, and only the admin may send what is the admin's.
    let skipped = |label: &str| label.starts_with("admin: ") || label.contains("Basic");
    let list: Vec<Request> = list::all(&id)
        .into_iter()
        .filter(|(label, _)| !skipped(label))
        .map(|(_, bad)| bad)
        .collect();
    let actor = tenant.scim();
    let send_all = |count: usize| {
        for bad in list.iter().cycle().take(count) {
            let answer = actor.send(bad.clone());
            assert!(answer.status < 500, "{answer:?}");
        }
    };
    // The first rounds warm up what is kept: threads, buffers, pages of the database, and arenas of
    // the allocator for bodies of four megabytes. After twelve thousand requests it was 2 MB more.
    send_all(FLOOD);
    let early = world.process_kilobytes("VmRSS");
    send_all(FLOOD);
    let late = world.process_kilobytes("VmRSS");
    assert!(late <= early + ROOM_KB, "grew from {early} kB to {late} kB");
    assert_eq!(state(&tenant), before);
    no_instance_was_dropped(&world);
    still_works(&tenant);
}

/// Each check takes 19 MiB for a moment (argon2id, on purpose). Two at a time may be kept.
#[test]
fn wrong_passwords_do_not_pile_up_memory() {
    let world = private_world!();
    let tenant = world.tenant("flood");
    tenant.basic().get("/Users").expect(200);
    let early = world.process_kilobytes("VmRSS");
    std::thread::scope(|scope| {
        for client in 0..8 {
            let guess = world.stranger(Some(basic_header(&format!("x{client}"), "y")));
            scope.spawn(move || (0..20).for_each(|_| drop(guess.get("/Users"))));
        }
    });
    let late = world.process_kilobytes("VmRSS");
    assert!(
        late <= early + 2 * 20 * 1024,
        "grew from {early} kB to {late} kB"
    );
}

#[test]
fn wrong_credentials_leave_no_trace_in_memory() {
    let world = private_world!();
    let tenant = world.tenant("flood");
    let send_all = |count: usize| {
        for number in 0..count {
            tenant
                .bearer(&format!("wrong-{number}"))
                .get("/Users")
                .error(401, None);
        }
    };
    send_all(FLOOD / 4);
    let early = world.process_kilobytes("VmRSS");
    send_all(FLOOD);
    let late = world.process_kilobytes("VmRSS");
    assert!(late <= early + ROOM_KB, "grew from {early} kB to {late} kB");
    still_works(&tenant);
}

#[test]
fn a_nul_in_a_text_is_refused_or_kept_to_the_letter() {
    let tenant = shared_world!().tenant("nul");
    let mut odd = user("nul\0nul");
    odd["displayName"] = json!("a\0b");
    let answer = tenant.scim().post("/Users", &odd);
    if answer.status == 201 {
        let kept = tenant
            .scim()
            .get(&format!("/Users/{}", answer.id()))
            .expect(200);
        assert_eq!(kept.body["userName"], "nul\0nul");
        let filter = "userName eq \"nul\\u0000nul\"";
        let found = tenant
            .scim()
            .send(Request::get("/Users").query("filter", filter))
            .expect(200);
        assert_eq!(found.body["totalResults"], 1);
        let cut = tenant
            .scim()
            .send(Request::get("/Users").query("filter", "userName eq \"nul\""));
        assert_eq!(
            cut.expect(200).body["totalResults"],
            0,
            "nothing ends at a NUL"
        );
    } else {
        answer.error(400, Some("invalidValue"));
    }
}

#[test]
fn a_large_but_honest_request_is_served() {
    let tenant = shared_world!().tenant("honest");
    let mut large = user("large");
    large["emails"] = (0..400)
        .map(|n| json!({ "value": format!("{n}@example.com"), "type": "other" }))
        .collect();
    let id = tenant.scim().post("/Users", &large).expect(201).id();
    let got = tenant.scim().get(&format!("/Users/{id}")).expect(200);
    assert_eq!(got.at("/emails").as_array().unwrap().len(), 400);
    let nodes = vec!["userName pr"; 30].join(" and ");
    let found = tenant
        .scim()
        .send(Request::get("/Users").query("filter", &nodes))
        .expect(200);
    assert_eq!(found.body["totalResults"], 1);
}
