//! The server is killed again and again while it delivers: each event arrives, in order for each subject,
//! under one id.

use std::time::{Duration, Instant};

use scimlet_tests::tenant::user;
use scimlet_tests::{Actor, Request, Tenant};
use serde_json::json;

use crate::receiver::{Receiver, Reply, in_order};
use crate::troubles::{neighbourly, until, webhook};

const KILLS: usize = 4;

#[test]
fn a_sender_that_is_killed_again_and_again_loses_nothing() {
    let mut world = neighbourly();
    let receiver = Receiver::start(|_, position, tries| match (position % 7, tries) {
        (3, 1) => Reply::Status(503, None),
        (5, 1) => Reply::Drops,
        _ => Reply::Takes,
    });
    let (name, token) = {
        let tenant = world.tenant("killed");
        webhook(&tenant, "all", &receiver.url("/all"), &[]);
        (tenant.name.clone(), tenant.token.clone())
    };
    let mut written = 0;
    for round in 0..KILLS {
        let actor = world.stranger(Some(format!("Bearer {token}")));
        // Another moment of delivery each time.
        let life = Duration::from_millis(700 + 431 * round as u64);
        written += write_for(&actor, round, life);
        world.kill();
        world.restart();
    }
    let actor = world.stranger(Some(format!("Bearer {token}")));
    let expected = events(&actor);
    assert!(
        expected.len() >= written,
        "{written} writes, {} events",
        expected.len()
    );
    let first = receiver.wait_for("/all", expected.len());
    in_order(&first, &receiver.seen("/all"));
    let mut met: Vec<_> = first.iter().map(|seen| seen.id.clone()).collect();
    let mut expected = expected;
    met.sort_unstable();
    expected.sort_unstable();
    assert_eq!(met, expected);
    let tenant = Tenant {
        world: &world,
        name,
        token,
    };
    let shown = until(&tenant, "all", |shown| shown["status"]["lag"] == 0);
    assert_eq!(shown["status"]["dead"], 0, "{shown:#}");
}

/// Writes for a while; says how many writes were acknowledged.
fn write_for(actor: &Actor, round: usize, life: Duration) -> usize {
    let end = Instant::now() + life;
    let mut written = 0;
    let mut ids: Vec<String> = Vec::new();
    for number in 0.. {
        if Instant::now() > end {
            break;
        }
        let made = actor
            .post("/Users", &user(&format!("r{round}n{number}")))
            .expect(201);
        ids.push(made.id());
        let old = &ids[number / 2];
        let title = json!([{ "op": "replace", "path": "title", "value": number.to_string() }]);
        actor.patch(&format!("/Users/{old}"), &title);
        written += 2;
    }
    written
}

/// The ids of all events, by the feed.
fn events(actor: &Actor) -> Vec<String> {
    let (mut after, mut ids) = (0, Vec::new());
    loop {
        let request = Request::outside("GET", "/events");
        let request = request
            .query("after", &after.to_string())
            .query("count", "1000");
        let page = actor.send(request).expect(200);
        let found = page.at("/events").as_array().cloned().unwrap_or_default();
        let own = found
            .iter()
            .filter(|event| event["type"] != "endpoint.degraded");
        ids.extend(own.map(|event| event["id"].as_str().unwrap_or_default().to_owned()));
        after = page.at("/next").as_u64().unwrap_or_default();
        if found.is_empty() {
            return ids;
        }
    }
}
