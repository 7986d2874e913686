//! What HTTP itself asks of a server: HEAD, probes, request ids, links.

use scimlet_tests::{Request, raw};

use crate::world;

#[test]
fn the_probes_answer_everyone() {
    for path in ["/healthz", "/readyz"] {
        world()
            .stranger(None)
            .send(Request::outside("GET", path))
            .expect(200);
    }
}

#[test]
fn metrics_are_prometheus_text() {
    let tenant = world().tenant("http");
    tenant.scim().get("/Users").expect(200);
    let answer = world()
        .stranger(None)
        .send(Request::outside("GET", "/metrics"))
        .expect(200);
    let kind = answer.header("content-type").unwrap_or_default();
    assert!(
        kind.starts_with("text/plain") || kind.starts_with("application/openmetrics-text"),
        "{answer:?}"
    );
    assert!(
        answer.text.lines().any(|line| line.starts_with("# TYPE ")),
        "{answer:?}"
    );
    assert!(world().metric("requests") >= 1.0);
    assert!(
        !answer.text.contains(&tenant.name),
        "labels come from closed sets"
    );
}

#[test]
fn paths_outside_are_404_as_scim_errors() {
    for path in [
        "/",
        "/scim",
        "/scim/v1/Users",
        "/scim/v2x/Users",
        "/favicon.ico",
        "/t/x/Users",
    ] {
        world()
            .stranger(None)
            .send(Request::outside("GET", path))
            .error(404, None);
    }
}

#[test]
fn head_is_get_without_a_body() {
    let tenant = world().tenant("http");
    let id = tenant.new_user("a").id();
    let path = format!("/Users/{id}");
    let get = tenant.scim().get(&path).expect(200);
    let head = tenant.scim().send(Request::new("HEAD", &path)).expect(200);
    assert_eq!(head.text, "");
    assert_eq!(head.header("etag"), get.header("etag"));
    assert_eq!(head.header("content-type"), get.header("content-type"));
    let none = tenant
        .scim()
        .send(Request::new("HEAD", "/Users/none"))
        .expect(404);
    assert_eq!(none.text, "");
}

#[test]
fn each_answer_has_a_request_id_of_its_own() {
    let tenant = world().tenant("http");
    let ids: Vec<String> = (0..3)
        .map(|_| {
            tenant
                .scim()
                .get("/Users")
                .header("x-request-id")
                .expect("a request id")
                .to_owned()
        })
        .collect();
    assert!(ids[0] != ids[1] && ids[1] != ids[2], "{ids:?}");
    let error = tenant.anonymous().get("/Users").expect(401);
    assert!(error.header("x-request-id").is_some(), "{error:?}");
}

#[test]
fn a_request_id_from_outside_is_kept_when_it_is_harmless() {
    let tenant = world().tenant("http");
    let send = |id: &str| {
        let answer = tenant
            .scim()
            .send(Request::get("/Users").header("x-request-id", id));
        answer
            .expect(200)
            .header("x-request-id")
            .unwrap()
            .to_owned()
    };
    assert_eq!(send("abc-123"), "abc-123");
    let nasty = "x".repeat(5000);
    assert_ne!(send(&nasty), nasty);
}

#[test]
fn links_name_the_host_that_was_asked() {
    let tenant = world().tenant("http");
    let host = tenant
        .scim()
        .send(Request::get("/ResourceTypes/User").header("host", "scim.example.com"));
    let link = host.expect(200).str_at("/meta/location");
    assert_eq!(link, "http://scim.example.com/scim/v2/ResourceTypes/User");
}

#[test]
fn one_connection_serves_many_requests() {
    let tenant = world().tenant("http");
    let mut connection = raw::Raw::connect(world());
    for _ in 0..20 {
        assert!(connection.send(&raw::head("GET", "/scim/v2/Users", &tenant.token, &[])));
        assert_eq!(connection.answer().expect("an answer").status, 200);
    }
}

#[test]
fn pipelined_garbage_after_a_good_request_does_not_hurt() {
    let tenant = world().tenant("http");
    let mut bytes = raw::head("GET", "/scim/v2/Users", &tenant.token, &[]);
    bytes.extend_from_slice(b"\x16\x03\x01\x02\x00garbage\r\n\r\n");
    let answer = raw::exchange(world(), &bytes).expect("an answer");
    assert_eq!(answer.status, 200, "{answer:?}");
    tenant.scim().get("/Users").expect(200);
}

#[test]
fn methods_that_nobody_knows_are_refused() {
    let tenant = world().tenant("http");
    for method in ["BREW", "TRACE", "get", "OPTIONS", "QUERY"] {
        let answer = tenant.scim().send(Request::new(method, "/Users"));
        assert!([400, 404, 405, 501].contains(&answer.status), "{answer:?}");
    }
}
