//! `scimlet account` and `scimlet mapping test`; and what docs/mapping.md shows, as it shows it.

use std::io::Write as _;

use scimlet_tests::{Cli, Tenant};
use serde_json::{Value, json};
use tempfile::NamedTempFile;

use crate::world;

const PAGE: &str = include_str!("../../../docs/mapping.md");

/// The text of the first block of a kind behind a heading.
fn block(heading: &str, kind: &str) -> &'static str {
    let behind = PAGE
        .split_once(&format!("\n## {heading}\n"))
        .expect("the heading")
        .1;
    let block = behind
        .split_once(&format!("```{kind}\n"))
        .expect("the block")
        .1;
    block.split_once("```").expect("its end").0
}

/// The mapping of the page, and its examples.
fn example() -> Value {
    serde_json::from_str(block("An example", "json")).expect("JSON")
}

fn file(content: &Value) -> NamedTempFile {
    let mut file = NamedTempFile::new().unwrap();
    file.write_all(content.to_string().as_bytes()).unwrap();
    file
}

fn tried(content: &Value, more: &[&str]) -> Cli {
    let file = file(content);
    let command = ["mapping", "test", file.path().to_str().unwrap()];
    world().cli(&[&command[..], more].concat())
}

fn run(tenant: &Tenant<'_>, arguments: &[&str]) -> Cli {
    world().cli(&[arguments, &["--tenant", &tenant.name]].concat())
}

/// A tenant with the mapping of the page, and ada in it.
fn mapped() -> Tenant<'static> {
    let tenant = world().tenant("accounts");
    let mut settings = example();
    settings.as_object_mut().unwrap().remove("examples");
    let file = file(&settings);
    let path = file.path().to_str().unwrap();
    run(&tenant, &["tenant", "settings", "--file", path]).done();
    let user = &example()["examples"][0]["user"];
    tenant.scim().post("/Users", user).expect(201);
    tenant
}

#[test]
fn the_example_of_the_page_holds() {
    let tried = tried(&example(), &[]).done();
    let shown = block("Trying a mapping", "console");
    let (_, table) = shown.split_once('\n').unwrap();
    assert_eq!(tried.stdout, table);
}

#[test]
fn a_mapping_that_is_tried_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("none");
    let file = file(&example());
    let command = ["mapping", "test", file.path().to_str().unwrap()];
    let elsewhere = ["--data", data.to_str().unwrap()];
    world()
        .bare_cli(&[&command[..], &elsewhere].concat())
        .done();
    assert!(!data.exists());
}

#[test]
fn what_comes_out_otherwise_is_refused() {
    let mut wrong = example();
    wrong["examples"][0]["account"]["email"] = json!("Ada@example.com");
    let refused = tried(&wrong, &[]);
    assert_eq!(refused.status, 1);
    assert!(refused.stderr.contains("2 of "), "{refused:?}");
    assert!(refused.stdout.contains("NO"), "{refused:?}");
    let told = tried(&wrong, &["--json"]);
    assert_eq!(told.status, 1);
    let told: Value = serde_json::from_str(&told.stdout).unwrap();
    assert_eq!(told["ok"], false);
}

#[test]
fn a_mapping_that_is_wrong_is_refused_by_its_path() {
    let mut wrong = example();
    wrong["mapping"]["fields"][1]["direction"] = json!("both");
    let refused = tried(&wrong, &[]);
    let reason = refused.refused();
    assert!(
        reason.starts_with("$.mapping.fields[1].direction: a template with several paths"),
        "{reason}"
    );
    assert!(tried(&json!([]), &[]).refused().contains("not understood"));
}

#[test]
fn accounts_are_listed_and_shown() {
    let tenant = mapped();
    let list = run(&tenant, &["account", "list", "--json"]).json();
    let account = &list["accounts"][0];
    assert_eq!(account["account"]["email"], "ada@example.com");
    let shown = run(&tenant, &["account", "show", "ada", "--json"]).json();
    assert_eq!(shown, *account);
    let table = run(&tenant, &["account", "list"]).done().stdout;
    assert!(table.contains("fullName=Ada Lovelace"), "{table}");
    let told = run(&tenant, &["account", "show", "ada"]).done().stdout;
    assert!(
        told.starts_with("ada (") && told.contains("tags      admin,author"),
        "{told}"
    );
    run(&tenant, &["account", "show", "nobody"]).refused();
}

#[test]
fn what_the_platform_sets_shows_up_in_scim() {
    let tenant = mapped();
    let set = [
        "account",
        "set",
        "ada",
        "plan=basic",
        "number=8",
        "status=disabled",
        "note=x y",
        "--json",
    ];
    let set = run(&tenant, &set).json();
    assert_eq!(set["version"], 2);
    assert_eq!(set["account"]["note"], "x y");
    let list = tenant.scim().get("/Users").expect(200);
    let user = list.at("/Resources/0");
    let own = &user["urn:example:schemas:extension:platform:1.0:User"];
    assert_eq!((&own["plan"], &own["number"]), (&json!("P2"), &json!(8)));
    assert_eq!(user["active"], false);
    let told = run(&tenant, &["account", "set", "ada", "note="])
        .done()
        .stdout;
    assert!(!told.contains("note"), "{told}");
    let refused = run(&tenant, &["account", "set", "ada", "plan=gold"]);
    assert!(refused.refused().contains("is not in the table"));
    run(&tenant, &["account", "set", "ada", "source=me"]).refused();
    assert_eq!(run(&tenant, &["account", "set", "ada"]).status, 2);
}
