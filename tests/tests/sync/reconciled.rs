//! `scimlet sync`: how here and there differ; and, if it is told so, no more.

use scimlet_tests::crossroads::{Fate, refusal};
use scimlet_tests::tenant::user;
use scimlet_tests::{Cli, World, private_world};
use serde_json::{Value, json};

use crate::{Pair, members};

const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// A server that delivers nothing to neighbours, so that all is left to the command.
fn quiet() -> World {
    private_world!()
}

fn sync(pair: &Pair<'_>, more: &[&str]) -> Cli {
    let command = [
        "sync",
        "--endpoint",
        "copy",
        "--tenant",
        &pair.here.name,
        "--json",
    ];
    pair.here.world.cli(&[&command[..], more].concat())
}

#[track_caller]
fn counts(cli: &Cli) -> Value {
    let said: Value =
        serde_json::from_str(&cli.stdout).unwrap_or_else(|_| panic!("JSON: {cli:#?}"));
    said["counts"].clone()
}

fn with_put_only(body: &str) -> String {
    let mut said: Value = serde_json::from_str(body).unwrap();
    said["patch"]["supported"] = json!(false);
    said.to_string()
}

fn all_there(pair: &Pair<'_>) {
    let (here, there) = (pair.here.scim(), pair.there.scim());
    there.post("/Users", &user("stranger")).expect(201);
    let [ann, bob] = ["ann", "bob"].map(|name| here.post("/Users", &user(name)).expect(201).id());
    let inner =
        json!({ "schemas": [GROUP], "displayName": "Inner", "members": [{ "value": bob }] });
    let inner = here.post("/Groups", &inner).expect(201).id();
    let outer = json!({ "schemas": [GROUP], "displayName": "Outer",
        "members": [{ "value": ann }, { "value": inner, "type": "Group" }] });
    here.post("/Groups", &outer).expect(201);
    let dry = sync(pair, &[]);
    assert_eq!(dry.status, 1, "{dry:#?}");
    assert_eq!(counts(&dry), json!({ "create": 4 }));
    assert!(pair.user("ann").is_none(), "nothing is changed");
    let done = sync(pair, &["--apply"]);
    assert_eq!(done.status, 0, "{done:#?}");
    // Who was created, and nobody heard of it, is found to be there.
    let done = counts(&done);
    let count = |deed: &str| done[deed].as_u64().unwrap_or_default();
    assert_eq!(count("create") + count("same"), 4, "{done}");
    assert_eq!(members(&pair.group("Outer").unwrap()).len(), 2);
    assert_eq!(members(&pair.group("Inner").unwrap()).len(), 1);
    let said = sync(pair, &[]).json();
    assert_eq!(said["counts"], json!({ "same": 4 }));
    assert_eq!(said["onlyThere"], 1);
    // Drift on either side.
    let copy = pair.user("bob").unwrap();
    let path = format!("/Users/{}", copy["id"].as_str().unwrap());
    there.patch(
        &path,
        &json!([{ "op": "replace", "path": "active", "value": false }]),
    );
    here.delete(&format!("/Users/{ann}")).expect(204);
    let dry = sync(pair, &[]);
    assert_eq!(dry.status, 1, "{dry:#?}");
    assert_eq!(counts(&dry)["deactivate"], 1, "{dry:#?}");
    sync(pair, &["--apply"]).done();
    assert_eq!(pair.user("bob").unwrap()["active"], true);
    assert_eq!(pair.user("ann").unwrap()["active"], false);
    let said = sync(pair, &[]).json();
    assert_eq!(said["counts"], json!({ "same": 3 }));
}

#[test]
fn here_and_there_become_the_same() {
    let first = quiet();
    all_there(&Pair::new(&first, |_, _| Fate::Pass, &[]));
}

#[test]
fn also_where_something_is_in_the_way() {
    let first = quiet();
    all_there(&Pair::new(
        &first,
        |_, before| match before % 9 {
            2 => refusal(429, "retry-after: 0\r\n"),
            4 => refusal(503, ""),
            7 => Fate::Cut(10),
            _ => Fate::Pass,
        },
        &[],
    ));
}

#[test]
fn a_system_without_patch_is_given_the_whole() {
    let first = quiet();
    let pair = Pair::new(
        &first,
        |line, _| match line {
            line if line.contains("ServiceProviderConfig") => Fate::Edit(with_put_only),
            line if line.starts_with("PATCH") && line.contains("/Users") => refusal(501, ""),
            _ => Fate::Pass,
        },
        &["--known-by", "externalId"],
    );
    let here = pair.here.scim();
    let mut ann = user("ann");
    ann["externalId"] = json!("hr-7");
    let id = here.post("/Users", &ann).expect(201).id();
    here.post("/Users", &user("nobody knows")).expect(201);
    let done = sync(&pair, &["--apply"]);
    assert_eq!(done.status, 1, "one has no externalId: {done:#?}");
    assert!(done.stdout.contains("no `externalId`"), "{done:#?}");
    assert_eq!(pair.user("ann").unwrap()["externalId"], "hr-7");
    here.patch(
        &format!("/Users/{id}"),
        &json!([{ "op": "replace", "path": "title", "value": "Boss" }]),
    );
    sync(&pair, &["--apply"]);
    assert_eq!(pair.user("ann").unwrap()["title"], "Boss");
}

#[test]
fn what_is_no_second_system_is_refused() {
    let first = quiet();
    let pair = Pair::new(&first, |_, _| refusal(401, ""), &[]);
    assert!(sync(&pair, &[]).refused().contains("answered 401"));
    let poll = [
        "endpoint",
        "add",
        "other",
        "--poll",
        "--tenant",
        &pair.here.name,
    ];
    first.cli(&poll).done();
    let other = ["sync", "--endpoint", "other", "--tenant", &pair.here.name];
    first.cli(&other).refused();
    let none = ["sync", "--endpoint", "none", "--tenant", &pair.here.name];
    first.cli(&none).refused();
}
