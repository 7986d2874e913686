//! SIGTERM: what is under way is answered, nothing new comes in, and the exit status is 0.

use std::time::Duration;

use scimlet_tests::private_world;
use scimlet_tests::raw::{self, Raw};
use scimlet_tests::tenant::user;

#[test]
fn sigterm_ends_an_idle_server_with_status_0() {
    let mut world = private_world!();
    world.tenant("bye").new_user("a");
    assert_eq!(world.stop(), 0);
}

#[test]
fn sigterm_lets_a_request_under_way_end() {
    let mut world = private_world!();
    let token = world.tenant("bye").token.clone();
    let body = user("late").to_string();
    let length = format!("Content-Length: {}", body.len());
    let mut connection = Raw::connect(&world);
    connection.send(&raw::head(
        "POST",
        "/scim/v2/Users",
        &token,
        &[&length, "Content-Type: application/scim+json"],
    ));
    connection.send(&body.as_bytes()[..10]);
    std::thread::sleep(Duration::from_millis(200));
    world.server().signal("TERM");
    std::thread::sleep(Duration::from_millis(200));
    connection.send(&body.as_bytes()[10..]);
    let answer = connection.answer().expect("an answer in spite of SIGTERM");
    assert_eq!(answer.status, 201, "{answer:?}");
    assert_eq!(world.wait(), 0);
    world.restart();
    let actor = world.stranger(Some(format!("Bearer {token}")));
    assert_eq!(
        actor.get("/Users").expect(200).body["totalResults"],
        1,
        "acknowledged is kept"
    );
}

#[test]
fn sigterm_refuses_new_clients() {
    let mut world = private_world!();
    let token = world.tenant("bye").token.clone();
    let mut busy = Raw::connect(&world);
    busy.send(&raw::head(
        "POST",
        "/scim/v2/Users",
        &token,
        &["Content-Length: 100"],
    ));
    std::thread::sleep(Duration::from_millis(200));
    world.server().signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    assert!(
        std::net::TcpStream::connect(world.address()).is_err(),
        "nobody listens any more"
    );
    drop(busy);
    assert_eq!(world.wait(), 0);
}

#[test]
fn a_client_that_never_ends_does_not_keep_the_server_alive() {
    let mut world = private_world!();
    let token = world.tenant("bye").token.clone();
    let mut stuck = Raw::connect(&world);
    stuck.send(&raw::head(
        "POST",
        "/scim/v2/Users",
        &token,
        &["Content-Length: 100"],
    ));
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(world.stop(), 0);
    drop(stuck);
}
