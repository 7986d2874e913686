//! Another server as the source: whatever it can do, and whatever happens on the way.

use std::time::Duration;

use scimlet_tests::crossroads::{Crossroads, Fate, refusal};
use scimlet_tests::{Cli, Tenant, World, private_world};
use serde_json::{Value, json};

use crate::{ENTERPRISE, counts, group, ids, members, said, user, world};

/// Three pages.
const USERS: usize = 1100;

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A tenant to import from, on the shared server.
fn source() -> Tenant<'static> {
    let (tenant, folder) = (world().tenant("source"), crate::Folder::new());
    let mut text = String::new();
    for number in 0..USERS {
        let mut row = json!({ "id": format!("u{number}"), "userName": format!("user{number}"),
            "entitlements": [{ "value": "basic" }] });
        if number == 7 {
            row[ENTERPRISE] = json!({ "manager": { "value": "u900" } });
        }
        text += &format!("{row}\n");
    }
    let listed: Vec<_> = (0..USERS).step_by(2).map(|it| format!("u{it}")).collect();
    text += &format!(
        "{}\n",
        json!({ "schemas": [GROUP], "id": "g1", "displayName": "Even", "members": listed })
    );
    text += &json!({ "schemas": [GROUP], "displayName": "Nest", "members": ["g1"] }).to_string();
    counts(
        &folder.import(&tenant, "all.jsonl", &text, &["--json"]),
        [USERS as u64 + 2, 0, 0, 0],
    );
    tenant
}

/// Imports over a way on which things happen.
fn import(
    target: &Tenant<'_>,
    source: &Tenant<'_>,
    script: impl Fn(&str, usize) -> Fate + Send + Sync + 'static,
) -> (Cli, Crossroads) {
    let way = Crossroads::to(source.world.address(), script);
    (import_by(target, source, &way, &[]), way)
}

fn import_by(target: &Tenant<'_>, source: &Tenant<'_>, way: &Crossroads, more: &[&str]) -> Cli {
    let url = format!("{}/scim/v2", way.origin);
    let bearer = format!("Bearer {}", source.token);
    let command = [
        "import",
        "--from",
        &url,
        "--authorization",
        &bearer,
        "--tenant",
        &target.name,
        "--json",
    ];
    target.world.cli(&[&command[..], more].concat())
}

fn other() -> World {
    private_world!()
}

#[track_caller]
fn all_is_there(target: &Tenant<'_>) {
    let users = target.scim().get("/Users?count=1").expect(200);
    assert_eq!(users.body["totalResults"], USERS);
    let even = group(target, "Even");
    assert_eq!(members(&even).len(), USERS / 2);
    assert_eq!(members(&group(target, "Nest")), ids(&[&even]));
    let manager = user(target, "user900");
    assert_eq!(
        user(target, "user7")[ENTERPRISE]["manager"]["value"],
        manager["id"]
    );
    let left: Vec<_> = std::fs::read_dir(target.world.data_path())
        .unwrap()
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .filter(|it| it.starts_with("import-"))
        .collect();
    assert_eq!(
        left,
        Vec::<String>::new(),
        "what was fetched does not lie around"
    );
}

fn by_index(body: &str) -> String {
    let mut said: Value = serde_json::from_str(body).unwrap();
    said.as_object_mut().unwrap().remove("pagination");
    said["filter"]["maxResults"] = json!(200);
    said.to_string()
}

fn with_total(body: &str, total: impl Fn(u64) -> u64) -> String {
    let mut said: Value = serde_json::from_str(body).unwrap();
    said["totalResults"] = json!(total(said["totalResults"].as_u64().unwrap()));
    said.to_string()
}

fn few(body: &str) -> String {
    with_total(body, |total| total / 2)
}

fn many(body: &str) -> String {
    with_total(body, |total| total + 77)
}

#[test]
fn all_of_another_server_comes_by_cursor() {
    let (source, other) = (source(), other());
    let target = other.tenant("target");
    let (done, way) = import(&target, &source, |_, _| Fate::Pass);
    let said = counts(&done, [USERS as u64 + 2, 0, 0, 0]);
    assert_eq!(
        said["source"][0],
        json!({ "kind": "Users", "said": USERS, "read": USERS })
    );
    all_is_there(&target);
    let pages = way
        .seen()
        .iter()
        .filter(|it| it.contains("/Users?"))
        .count();
    assert_eq!(pages, 3, "{:?}", way.seen());
    assert!(way.seen().iter().all(|it| !it.contains("startIndex")));
    let dry = import_by(&target, &source, &way, &["--dry-run"]);
    counts(&dry, [0, 0, USERS as u64 + 2, 0]);
}

#[test]
fn by_index_whatever_the_totals_say() {
    let (source, other) = (source(), other());
    let target = other.tenant("target");
    let (done, way) = import(&target, &source, |line, _| match line {
        line if line.contains("ServiceProviderConfig") => Fate::Edit(by_index),
        line if line.contains("/Users?") => Fate::Edit(few),
        _ => Fate::Edit(many),
    });
    let said = counts(&done, [USERS as u64 + 2, 0, 0, 0]);
    assert_eq!(said["source"][0]["said"], USERS / 2);
    assert_eq!(said["source"][1]["said"], 79);
    assert!(
        way.seen()
            .iter()
            .any(|it| it.contains("startIndex=201&count=200")),
        "{:?}",
        way.seen()
    );
    all_is_there(&target);
}

#[test]
fn what_passes_is_waited_for() {
    let (source, other) = (source(), other());
    let target = other.tenant("target");
    let (done, way) = import(&target, &source, |_, before| match before {
        0 => refusal(503, ""),
        2 => refusal(429, "retry-after: 1\r\n"),
        3 => Fate::Cut(0),
        5 => Fate::Cut(5000),
        6 => Fate::Answer("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n<html>503".to_owned()),
        7 => Fate::Stall(Duration::from_millis(300)),
        _ => Fate::Pass,
    });
    counts(&done, [USERS as u64 + 2, 0, 0, 0]);
    all_is_there(&target);
    assert_eq!(way.seen().len(), 1 + 3 + 1 + 5, "{:?}", way.seen());
}

#[test]
fn a_fetch_that_was_ended_goes_on_and_a_lost_cursor_begins_anew() {
    let (source, other) = (source(), other());
    let target = other.tenant("target");
    let refused = std::sync::atomic::AtomicBool::new(true);
    // The third page is refused for good, the first time; then the cursor is lost.
    let way = Crossroads::to(source.world.address(), move |line, before| match before {
        3 => refusal(403, ""),
        5 if line.contains("cursor=")
            && refused.swap(false, std::sync::atomic::Ordering::Relaxed) =>
        {
            let body = r#"{"status":"400","scimType":"expiredCursor","detail":"too late"}"#;
            let length = body.len();
            Fate::Answer(format!(
                "HTTP/1.1 400 No\r\ncontent-length: {length}\r\n\r\n{body}"
            ))
        }
        _ => Fate::Pass,
    });
    let first = import_by(&target, &source, &way, &[]);
    assert!(first.refused().contains("answered 403"), "{first:?}");
    let second = import_by(&target, &source, &way, &[]);
    counts(&second, [USERS as u64 + 2, 0, 0, 0]);
    all_is_there(&target);
    let again = way.seen();
    let goes_on = &again[5];
    assert_eq!(goes_on, &again[3], "from where it was: {again:?}");
}

#[test]
fn a_server_that_cannot_be_understood_is_refused() {
    let (source, other) = (source(), other());
    let target = other.tenant("target");
    for (script, part) in [
        (
            (|_, _| refusal(401, "")) as fn(&str, usize) -> Fate,
            "answered 401",
        ),
        (|_, _| refusal(302, "location: /x\r\n"), "answered 302"),
        (|_, _| Fate::Edit(|_| "[]".to_owned()), "no SCIM"),
        // Always the same page.
        (
            |line, _| match line {
                line if line.contains("ServiceProviderConfig") => Fate::Edit(by_index),
                _ => Fate::Edit(|_| {
                    json!({ "totalResults": 9, "Resources": [{ "id": "1" }] }).to_string()
                }),
            },
            "the same page",
        ),
    ] {
        let (done, _) = import(&target, &source, script);
        assert!(done.refused().contains(part), "{part}: {done:?}");
    }
    let users = target.scim().get("/Users").expect(200);
    assert_eq!(users.body["totalResults"], 0, "nothing is changed");
    let no_url = ["import", "--from", "ftp://x", "--tenant", &target.name];
    other.cli(&no_url).refused();
    let both = [
        "import",
        "a.csv",
        "--from",
        "https://x",
        "--tenant",
        &target.name,
    ];
    other.cli(&both).wrong_usage();
}

#[test]
fn what_the_tenant_does_not_know_is_left_out_and_told() {
    let (source, other) = (world().tenant("source"), other());
    source
        .scim()
        .post("/Users", &scimlet_tests::tenant::user("ann"))
        .expect(201);
    let target = other.tenant("target");
    let (done, _) = import(&target, &source, |line, _| match line {
        line if line.contains("/Users") => Fate::Edit(|body| {
            body.replace(
                "\"userName\"",
                "\"urn:vendor:User\":{\"shoe\":39},\"hat\":7,\"userName\"",
            )
        }),
        _ => Fate::Pass,
    });
    assert_eq!(said(&done)["ignored"], json!(["hat", "urn:vendor:User"]));
    user(&target, "ann");
}
