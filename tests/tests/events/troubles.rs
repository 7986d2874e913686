//! Receivers that lie, stall, drop, refuse, redirect and drip: each event arrives, in order for each
//! subject, and nobody else is slowed down.

use std::time::{Duration, Instant};

use scimlet_tests::tenant::user;
use scimlet_tests::{Tenant, World, private_world};
use serde_json::{Value, json};

use crate::receiver::{Receiver, Reply, in_order};

/// A server that delivers to this machine.
pub(crate) fn neighbourly() -> World {
    private_world!("--allow-private-endpoints")
}

/// Adds a webhook.
#[track_caller]
pub(crate) fn webhook(tenant: &Tenant<'_>, name: &str, url: &str, options: &[&str]) -> Value {
    let command = [
        "endpoint",
        "add",
        name,
        "--webhook",
        url,
        "--tenant",
        &tenant.name,
        "--json",
    ];
    tenant.world.cli(&[&command, options].concat()).json()
}

/// What is known of an endpoint.
#[track_caller]
pub(crate) fn shown(tenant: &Tenant<'_>, name: &str) -> Value {
    let command = ["endpoint", "show", name, "--tenant", &tenant.name, "--json"];
    tenant.world.cli(&command).json()
}

/// Waits until that is so.
#[track_caller]
pub(crate) fn until(tenant: &Tenant<'_>, name: &str, is_so: impl Fn(&Value) -> bool) -> Value {
    let deadline = Instant::now() + Duration::from_mins(1);
    loop {
        let shown = shown(tenant, name);
        if is_so(&shown) {
            return shown;
        }
        assert!(
            Instant::now() < deadline,
            "it never came to that: {shown:#}"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
}

/// Makes so many users, and gives each another title so often.
fn life(tenant: &Tenant<'_>, users: usize, changes: usize) {
    let actor = tenant.scim();
    let ids: Vec<_> = (0..users)
        .map(|number| {
            actor
                .post("/Users", &user(&format!("u{number}")))
                .expect(201)
                .id()
        })
        .collect();
    for change in 0..changes {
        for id in &ids {
            let title = json!([{ "op": "replace", "path": "title", "value": change.to_string() }]);
            actor.patch(&format!("/Users/{id}"), &title);
        }
    }
}

#[test]
fn what_happens_is_told_at_once_in_order_and_once() {
    let world = neighbourly();
    let tenant = world.tenant("told");
    let receiver = Receiver::willing();
    webhook(&tenant, "all", &receiver.url("/all"), &[]);
    webhook(
        &tenant,
        "new",
        &receiver.url("/new"),
        &["--events", "prov.create"],
    );
    // The server has found the endpoints once it has brought the first event.
    tenant.scim().post("/Users", &user("first")).expect(201);
    receiver.wait_for("/all", 1);
    let begun = Instant::now();
    tenant.scim().post("/Users", &user("second")).expect(201);
    receiver.wait_for("/all", 2);
    let took = begun.elapsed();
    assert!(
        took < Duration::from_millis(900),
        "it waits for no clock: {took:?}"
    );
    life(&tenant, 5, 4);
    let all = receiver.wait_for("/all", 27);
    in_order(&all, &receiver.seen("/all"));
    assert_eq!(receiver.seen("/all").len(), 27, "nothing twice");
    assert_eq!(receiver.wait_for("/new", 7).len(), 7);
    let body = &all[0].body;
    assert_eq!(body["type"], "prov.create");
    assert_eq!(body["data"]["tenant"], tenant.name.as_str());
    assert!(body["data"]["events"].is_object(), "{body}");
    let status = &until(&tenant, "all", |shown| shown["status"]["lag"] == 0)["status"];
    assert_eq!(status["health"], "healthy");
    assert!(world.metric("events_delivered") >= 34.0);
}

#[test]
fn every_trouble_is_outlasted() {
    let world = neighbourly();
    let tenant = world.tenant("troubles");
    let receiver = Receiver::start(|_, position, tries| match (position % 8, tries) {
        (_, 3..) | (0 | 1, _) => Reply::Takes,
        (2, _) => Reply::Status(503, Some(1)),
        (3, _) => Reply::Drops,
        (4, _) => Reply::Lies,
        (5, _) => Reply::Redirect("/elsewhere"),
        (6, _) => Reply::Drips,
        (_, _) => Reply::Status(500, None),
    });
    webhook(&tenant, "all", &receiver.url("/all"), &[]);
    life(&tenant, 6, 3);
    let first = receiver.wait_for("/all", 24);
    in_order(&first, &receiver.seen("/all"));
    assert_eq!(
        receiver.seen("/elsewhere").len(),
        0,
        "redirects are not followed"
    );
    let shown = until(&tenant, "all", |shown| shown["status"]["retrying"] == 0);
    assert_eq!(shown["status"]["dead"], 0, "{shown:#}");
    assert!(world.metric("event_retries") > 0.0);
}

#[test]
fn one_that_stalls_slows_nobody_else() {
    let world = neighbourly();
    let tenant = world.tenant("stalls");
    let receiver = Receiver::start(|path, _, _| match path {
        "/stalls" => Reply::Stalls,
        _ => Reply::Takes,
    });
    webhook(&tenant, "stalls", &receiver.url("/stalls"), &[]);
    webhook(&tenant, "quick", &receiver.url("/quick"), &[]);
    let begun = Instant::now();
    life(&tenant, 10, 4);
    receiver.wait_for("/quick", 50);
    assert!(
        begun.elapsed() < Duration::from_secs(15),
        "{:?}",
        begun.elapsed()
    );
    assert!(
        receiver.seen("/stalls").len() <= 8,
        "no more than may be under way"
    );
}

#[test]
fn gone_disables_and_enabling_goes_on_where_it_stood() {
    let world = neighbourly();
    let tenant = world.tenant("gone");
    let receiver = Receiver::start(|_, _, tries| match tries {
        1 => Reply::Status(410, None),
        _ => Reply::Takes,
    });
    webhook(
        &tenant,
        "all",
        &receiver.url("/all"),
        &["--concurrency", "1"],
    );
    life(&tenant, 3, 0);
    let shown = until(&tenant, "all", |shown| shown["state"] == "disabled");
    assert_eq!(shown["disabledReason"], "gone");
    assert_eq!(receiver.seen("/all").len(), 1);
    let enable = ["endpoint", "enable", "all", "--tenant", &tenant.name];
    world.cli(&enable).done();
    let first = receiver.wait_for("/all", 1);
    assert_eq!(first[0].position, receiver.seen("/all")[0].position);
}

#[test]
fn the_house_is_closed_unless_the_operator_opens_it() {
    let world = private_world!();
    let tenant = world.tenant("closed");
    let receiver = Receiver::willing();
    webhook(&tenant, "all", &receiver.url("/all"), &[]);
    life(&tenant, 1, 0);
    let shown = until(&tenant, "all", |shown| {
        !shown["status"]["lastAttempt"].is_null()
    });
    assert_eq!(receiver.seen("/all").len(), 0);
    let reason = shown["status"]["lastAttempt"]["reason"]
        .as_str()
        .unwrap_or_default();
    assert!(reason.contains("--allow-private-endpoints"), "{reason}");
    let draft = json!({ "name": "b", "kind": "webhook", "url": receiver.url("/b") });
    let request = scimlet_tests::Request::outside("POST", "/admin/v1/endpoints").json(&draft);
    tenant.admin().send(request).expect(400);
}
