//! No credential, a wrong one, a broken one: each gets 401, and nobody learns more than that.

use scimlet_tests::tenant::basic_header;
use scimlet_tests::{Answer, Request};

use crate::world;

fn try_with(authorization: Option<&str>) -> Answer {
    world()
        .stranger(authorization.map(str::to_owned))
        .get("/Users")
}

/// RFC 7235 section 3.1: a 401 names at least one way in.
fn is_shut_out(answer: Answer) {
    let answer = answer.error(401, None);
    let challenge = answer
        .header("www-authenticate")
        .unwrap_or_default()
        .to_owned();
    assert!(challenge.contains("Bearer"), "{answer:?}");
}

#[test]
fn nothing_is_answered_without_a_credential() {
    is_shut_out(try_with(None));
}

#[test]
fn wrong_credentials_are_shut_out() {
    let token = world().tenant("door").token.clone();
    let longer = format!("Bearer {token}x");
    let shorter = format!("Bearer {}", &token[..token.len() - 1]);
    let in_capitals = format!("Bearer {}", token.to_uppercase());
    let twice = format!("Bearer {token}, Bearer {token}");
    let nobody = basic_header("nobody", "nothing");
    let no_colon = "Basic bm9jb2xvbg==";
    let token_as_basic = format!("Basic {token}");
    let bad = [
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic",
        "Basic !!!",
        no_colon,
        "Digest x",
        "",
        &longer,
        &shorter,
        &in_capitals,
        &twice,
        &nobody,
        &token_as_basic,
        &token,
    ];
    for authorization in bad {
        is_shut_out(try_with(Some(authorization)));
    }
}

#[test]
fn the_word_bearer_is_deaf_to_case() {
    // RFC 9110 section 11.1: the scheme is case-insensitive.
    let token = world().tenant("door").token.clone();
    for scheme in ["Bearer", "bearer", "BEARER"] {
        try_with(Some(&format!("{scheme} {token}"))).expect(200);
    }
}

#[test]
fn a_token_in_the_query_is_no_credential() {
    let token = world().tenant("door").token.clone();
    let request = Request::get("/Users").query("access_token", &token);
    is_shut_out(world().stranger(None).send(request));
}

#[test]
fn unknown_paths_do_not_tell_more_without_a_credential() {
    let stranger = world().stranger(None);
    for path in ["/Boats", "/Users/none", "/Me", "/Bulk", "/.search"] {
        is_shut_out(stranger.get(path));
    }
    is_shut_out(stranger.post("/Users", &scimlet_tests::tenant::user("a")));
}

#[test]
fn a_huge_credential_is_shut_out_or_too_large() {
    let answer = try_with(Some(&format!("Bearer {}", "a".repeat(20_000))));
    assert!([401, 431].contains(&answer.status), "{answer:?}");
}

#[test]
fn two_authorization_headers_are_no_credential() {
    let token = world().tenant("door").token.clone();
    let second = "Authorization: Bearer other";
    let bytes = scimlet_tests::raw::head(
        "GET",
        "/scim/v2/Users",
        &token,
        &[second, "Connection: close"],
    );
    let answer = scimlet_tests::raw::exchange(world(), &bytes).unwrap();
    assert!([400, 401].contains(&answer.status), "{answer:?}");
}
