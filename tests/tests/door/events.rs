//! What has happened, for those who come and ask: the feed, tokens to be fetched, the keys.

use std::thread;
use std::time::{Duration, Instant};

use scimlet_tests::{Actor, Answer, Request, Tenant, private_world};
use serde_json::{Value, json};

use crate::world;

/// Longer than any event takes to come through, and far shorter than a long poll waits.
const SOON: Duration = Duration::from_secs(20);

fn feed(actor: &Actor, query: &str) -> Answer {
    actor.send(Request::outside("GET", &format!("/events{query}")))
}

fn end(actor: &Actor) -> u64 {
    let page = feed(actor, "?count=1").expect(200);
    page.body["end"].as_u64().unwrap()
}

/// Adds an endpoint by the command line, beside the running server; its id.
fn endpoint(tenant: &Tenant<'_>, name: &str, target: &[&str]) -> String {
    let command = ["endpoint", "add", name, "--tenant", &tenant.name, "--json"];
    let added = tenant.world.cli(&[&command, target].concat()).json();
    added["id"].as_str().unwrap().to_owned()
}

fn poll(actor: &Actor, endpoint: &str, body: &Value) -> Answer {
    let path = format!("/events/poll/{endpoint}");
    actor.send(Request::outside("POST", &path).json(body))
}

/// The `jti`s of an answer, in its order.
fn names(answer: &Answer) -> Vec<String> {
    let sets = answer.body["sets"].as_object().unwrap();
    sets.keys().cloned().collect()
}

#[test]
fn everything_is_in_the_feed_once_and_in_order() {
    let tenant = world().tenant("feed");
    let user = tenant.new_user("ada").id();
    tenant.scim().patch(
        &format!("/Users/{user}"),
        &json!([{ "op": "replace", "path": "active", "value": false }]),
    );
    tenant.scim().delete(&format!("/Users/{user}")).expect(204);
    let (mut after, mut met) = (0, Vec::new());
    loop {
        let page = feed(&tenant.reader(), &format!("?count=2&after={after}")).expect(200);
        assert_eq!(page.header("content-type"), Some("application/json"));
        let events = page.body["events"].as_array().unwrap().clone();
        after = page.body["next"].as_u64().unwrap();
        if events.is_empty() {
            assert_eq!(page.body["end"], after);
            break;
        }
        met.extend(events);
    }
    let positions: Vec<_> = met
        .iter()
        .map(|it| it["position"].as_u64().unwrap())
        .collect();
    assert_eq!(positions, (1..=after).collect::<Vec<_>>());
    let types: Vec<_> = met.iter().map(|it| it["type"].as_str().unwrap()).collect();
    let first = types.iter().position(|it| *it == "prov.create");
    let last = types.iter().position(|it| *it == "prov.delete");
    assert!(first.is_some() && first < last, "{types:?}");
    assert!(types.contains(&"prov.deactivate"), "{types:?}");
    for event in &met {
        assert_eq!(event["sub_id"]["uri"], format!("/Users/{user}"), "{event}");
        assert!(
            event["id"].is_string() && event["txn"].is_string(),
            "{event}"
        );
        assert_eq!(event["events"].as_object().unwrap().len(), 1, "{event}");
    }
}

#[test]
fn the_feed_gives_what_is_asked_for_and_refuses_what_it_does_not_know() {
    let tenant = world().tenant("feed");
    tenant.new_user("ada");
    let reader = tenant.reader();
    let page = feed(&reader, "?types=license.*,prov.delete").expect(200);
    assert_eq!(page.body["events"], json!([]));
    assert_eq!(
        page.body["next"], page.body["end"],
        "it leads on all the same"
    );
    for query in [
        "?before=1",
        "?count=0",
        "?count=1001",
        "?after=-1",
        "?after=1&after=1",
        "?wait=3600",
        "?types=lic*",
        "?form=everything",
        "?after=99999",
    ] {
        feed(&reader, query).error(400, None);
    }
    let answer = reader.send(Request::outside("POST", "/events").json(&json!({})));
    answer.expect(405);
}

#[test]
fn nobody_reads_what_happens_to_others() {
    let [tenant, other] = ["feed", "other"].map(|name| world().tenant(name));
    tenant.new_user("ada");
    feed(&tenant.anonymous(), "").error(401, None);
    let page = feed(&other.admin(), "").expect(200);
    assert_eq!(page.body["events"], json!([]));
    for path in ["events", "events/jwks.json?x=1"] {
        let request = || Request::outside("GET", &format!("/t/{}/{path}", tenant.name));
        other.admin().send(request()).refused();
    }
    let polled = endpoint(&tenant, "mine", &["--poll"]);
    poll(
        &other.admin(),
        &polled,
        &json!({ "returnImmediately": true }),
    )
    .error(404, None);
}

#[test]
fn who_waits_hears_of_it_when_it_happens() {
    let tenant = world().tenant("wait");
    let reader = tenant.reader();
    let query = format!("?wait=55&after={}", end(&reader));
    let started = Instant::now();
    let waiting = thread::spawn(move || feed(&reader, &query));
    // Whether it waits already or not: nothing falls in between.
    tenant.new_user("late");
    let page = waiting.join().unwrap().expect(200);
    assert_ne!(page.body["events"], json!([]), "{page:?}");
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

#[test]
fn who_waits_is_let_go_when_the_server_stops() {
    let mut world = private_world!();
    let reader = {
        let tenant = world.tenant("wait");
        tenant.new_user("early");
        tenant.reader()
    };
    let query = format!("?wait=55&after={}", end(&reader));
    let started = Instant::now();
    let waiting = thread::spawn(move || feed(&reader, &query));
    // So that it is under way.
    thread::sleep(Duration::from_millis(300));
    assert_eq!(world.stop(), 0);
    let page = waiting.join().unwrap().expect(200);
    assert_eq!(page.body["events"], json!([]));
    assert!(started.elapsed() < SOON, "{:?}", started.elapsed());
}

#[test]
fn the_keys_of_a_tenant_are_public_and_its_own() {
    let [tenant, other] = ["keys", "other"].map(|name| world().tenant(name));
    let keys = |tenant: &Tenant<'_>| {
        let path = format!("/t/{}/events/jwks.json", tenant.name);
        let answer = tenant.anonymous().send(Request::outside("GET", &path));
        let answer = answer.expect(200);
        assert_eq!(
            answer.header("content-type"),
            Some("application/jwk-set+json")
        );
        assert!(answer.header("cache-control").unwrap().contains("max-age"));
        answer.body
    };
    let first = keys(&tenant);
    assert_eq!(first, keys(&tenant), "made once");
    assert_ne!(first, keys(&other));
    assert!(
        first["keys"][0].get("d").is_none(),
        "no private half: {first}"
    );
    let own = Request::outside("GET", "/events/jwks.json");
    assert_eq!(tenant.reader().send(own).expect(200).body, first);
    let nobody = Request::outside("GET", "/t/nobody/events/jwks.json");
    tenant.anonymous().send(nobody).error(404, None);
}

#[test]
fn a_new_key_is_known_before_it_signs_and_one_that_got_out_is_gone() {
    let tenant = world().tenant("keys");
    let cli = |options: &[&str]| {
        let command = ["events", "keys", "--tenant", &tenant.name, "--json"];
        let listed = world().cli(&[&command, options].concat()).json();
        let keys = listed["keys"].as_array().unwrap().clone();
        let state = |key: &Value| key["state"].as_str().unwrap().to_owned();
        keys.iter().map(state).collect::<Vec<_>>()
    };
    let published = || {
        let path = format!("/t/{}/events/jwks.json", tenant.name);
        let answer = tenant.anonymous().send(Request::outside("GET", &path));
        answer.expect(200).body["keys"].as_array().unwrap().clone()
    };
    assert_eq!(cli(&[]), ["signs"]);
    let first = published();
    assert_eq!(cli(&["--rotate"]), ["signs", "prepared"]);
    let both = published();
    assert!(both.len() == 2 && both[0] == first[0], "{both:?}");
    assert_eq!(cli(&["--rotate", "--at-once"]), ["signs"]);
    let last = published();
    assert!(last.len() == 1 && !both.contains(&last[0]), "{last:?}");
}

#[test]
fn tokens_are_there_until_they_are_acknowledged_whatever_happens_to_the_server() {
    let mut world = private_world!();
    let (token, polled) = {
        let tenant = world.tenant("poll");
        let polled = endpoint(&tenant, "poll", &["--poll"]);
        for name in ["a", "b", "c"] {
            tenant.new_user(name);
        }
        (format!("Bearer {}", tenant.token), polled)
    };
    let actor = world.stranger(Some(token.clone()));
    let now = json!({ "returnImmediately": true });
    let first = names(&poll(&actor, &polled, &now).expect(200));
    assert_eq!(first.len(), 3);
    assert!(
        first
            .iter()
            .all(|name| name.ends_with(&format!(".{polled}")))
    );
    // One is acknowledged, and out of turn.
    let ack = json!({ "ack": [first[1]], "maxEvents": 0, "returnImmediately": true });
    let answer = poll(&actor, &polled, &ack).expect(200);
    assert_eq!(
        (names(&answer), &answer.body["moreAvailable"]),
        (vec![], &json!(true))
    );
    world.kill();
    world.restart();
    let actor = world.stranger(Some(token));
    let rest = names(&poll(&actor, &polled, &now).expect(200));
    assert_eq!(rest, [first[0].clone(), first[2].clone()]);
    let ack = json!({ "ack": rest, "returnImmediately": true });
    let answer = poll(&actor, &polled, &ack).expect(200);
    assert_eq!(
        (names(&answer), &answer.body["moreAvailable"]),
        (vec![], &json!(false))
    );
}

#[test]
fn only_what_is_there_to_be_fetched_is_fetched() {
    let tenant = world().tenant("poll");
    let hook = endpoint(
        &tenant,
        "hook",
        &["--webhook", "https://hooks.example.com/"],
    );
    let polled = endpoint(&tenant, "poll", &["--poll"]);
    let reader = tenant.reader();
    let now = json!({ "returnImmediately": true });
    poll(&reader, &hook, &now).error(404, None);
    poll(&reader, "ep_0000000000000000", &now).error(404, None);
    poll(&reader, "poll", &now).expect(200);
    for wrong in [
        json!([]),
        json!({ "maxEvents": -1 }),
        json!({ "ack": "x" }),
        json!({ "setErrs": { "x": "wrong" } }),
        json!({ "returnImmediately": "true" }),
    ] {
        poll(&reader, &polled, &wrong).error(400, None);
    }
    let disable = ["endpoint", "disable", "poll", "--tenant", &tenant.name];
    world().cli(&disable).done();
    poll(&reader, &polled, &now).error(403, None);
}
