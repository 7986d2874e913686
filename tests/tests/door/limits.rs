//! Sizes and times: what is too large or too slow ends, and ends clearly.

use std::time::Duration;

use scimlet_tests::raw::{self, Raw};
use scimlet_tests::tenant::user;
use scimlet_tests::{Request, private_world};
use serde_json::json;

use crate::world;

const MIB: usize = 1024 * 1024;

fn user_of_size(bytes: usize) -> serde_json::Value {
    let mut large = user("large");
    large["displayName"] = json!("x".repeat(bytes));
    large
}

#[test]
fn a_body_over_the_limit_is_413_and_stores_nothing() {
    let tenant = world().tenant("limits");
    let answer = tenant
        .scim()
        .post("/Users", &user_of_size(5 * MIB))
        .error(413, None);
    assert!(
        answer.str_at("/detail").contains("4194304"),
        "the detail names the limit: {answer:?}"
    );
    assert_eq!(
        tenant.scim().get("/Users").expect(200).body["totalResults"],
        0
    );
}

#[test]
fn a_body_just_below_the_limit_is_taken() {
    let tenant = world().tenant("limits");
    let room = 4 * MIB - user_of_size(0).to_string().len();
    let answer = tenant.scim().post("/Users", &user_of_size(room));
    assert!(
        [201, 400].contains(&answer.status),
        "the door lets it in: {answer:?}"
    );
}

#[test]
fn a_body_that_says_it_is_huge_is_413_before_it_is_sent() {
    let tenant = world().tenant("limits");
    let more = [
        "Content-Length: 1099511627776",
        "Expect: 100-continue",
        "Content-Type: application/scim+json",
    ];
    let answer = raw::exchange(
        world(),
        &raw::head("POST", "/scim/v2/Users", &tenant.token, &more),
    );
    answer.expect("an answer").error(413, None);
}

#[test]
fn a_body_without_a_length_is_bounded_too() {
    let tenant = world().tenant("limits");
    let mut connection = Raw::connect(world());
    let more = [
        "Transfer-Encoding: chunked",
        "Content-Type: application/scim+json",
        "Connection: close",
    ];
    connection.send(&raw::head("POST", "/scim/v2/Users", &tenant.token, &more));
    let chunk = format!("10000\r\n{}\r\n", " ".repeat(0x10000)).into_bytes();
    let mut sent = 0;
    while sent < 64 * MIB && connection.send(&chunk) {
        sent += chunk.len();
    }
    // The server may hang up in the middle, and the answer be lost with it; it must not take all.
    if let Some(answer) = connection.answer() {
        assert_eq!(answer.status, 413, "{answer:?}");
    }
    tenant.scim().get("/Users").expect(200);
}

#[test]
fn the_limit_of_a_body_can_be_set() {
    let world = private_world!("--max-body", "500");
    let tenant = world.tenant("limits");
    tenant
        .scim()
        .post("/Users", &user_of_size(600))
        .error(413, None);
    tenant.scim().post("/Users", &user_of_size(100)).expect(201);
}

#[test]
fn headers_over_the_limit_are_refused() {
    let tenant = world().tenant("limits");
    let filler = format!("X-Filler: {}", "x".repeat(200_000));
    let many: Vec<String> = (0..5_000).map(|number| format!("X-{number}: x")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    for more in [vec![filler.as_str()], many] {
        let answer = raw::exchange(
            world(),
            &raw::head("GET", "/scim/v2/Users", &tenant.token, &more),
        );
        if let Some(answer) = answer {
            assert!([400, 431].contains(&answer.status), "{answer:?}");
        }
    }
    tenant.scim().get("/Users").expect(200);
}

#[test]
fn a_path_over_the_limit_is_refused() {
    let tenant = world().tenant("limits");
    for length in [9_000, 20_000, 60_000] {
        let answer = tenant.scim().get(&format!("/Users/{}", "a".repeat(length)));
        assert!([400, 404, 414, 431].contains(&answer.status), "{answer:?}");
    }
}

#[test]
fn a_client_that_never_ends_its_headers_is_hung_up_on() {
    let mut connection = Raw::connect(world());
    connection.send(b"GET /scim/v2/Users HTTP/1.1\r\nHost: localhost\r\nX-Slow: ");
    let (said, took) = connection.until_closed();
    assert!(took < Duration::from_secs(75), "took {took:?}");
    let said = String::from_utf8_lossy(&said);
    assert!(said.is_empty() || said.starts_with("HTTP/1.1 4"), "{said}");
}

#[test]
fn a_client_that_never_ends_its_body_is_answered_or_hung_up_on() {
    let world = private_world!("--time-limit", "2");
    let tenant = world.tenant("limits");
    let mut connection = Raw::connect(&world);
    let more = [
        "Content-Length: 1000",
        "Content-Type: application/scim+json",
    ];
    connection.send(&raw::head("POST", "/scim/v2/Users", &tenant.token, &more));
    connection.send(b"{\"schemas\":");
    if let Some(answer) = connection.answer() {
        assert!([400, 408, 503].contains(&answer.status), "{answer:?}");
    }
    assert_eq!(
        tenant.scim().get("/Users").expect(200).body["totalResults"],
        0
    );
}

#[test]
fn a_client_that_breaks_off_its_body_stores_nothing() {
    let tenant = world().tenant("limits");
    let body = user("broken").to_string();
    let length = format!("Content-Length: {}", body.len());
    let mut connection = Raw::connect(world());
    connection.send(&raw::head(
        "POST",
        "/scim/v2/Users",
        &tenant.token,
        &[&length],
    ));
    connection.send(&body.as_bytes()[..body.len() - 1]);
    drop(connection);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(
        tenant.scim().get("/Users").expect(200).body["totalResults"],
        0
    );
}

#[test]
fn many_idle_connections_do_not_keep_others_out() {
    let tenant = world().tenant("limits");
    let idle: Vec<Raw> = (0..200).map(|_| Raw::connect(world())).collect();
    tenant.scim().send(Request::get("/Users")).expect(200);
    drop(idle);
}
