//! What admins ask of licenses: `license report`, `holders`, `why`, `grant` ...; and `verify`.

use scimlet_tests::tenant::user_with;
use scimlet_tests::{Cli, Tenant};
use serde_json::json;

use crate::world;

fn run(tenant: &Tenant<'_>, arguments: &[&str]) -> Cli {
    world().cli(&[arguments, &["--tenant", &tenant.name]].concat())
}

/// One seat for `pro`: ann has it, bob waits.
fn scarce() -> Tenant<'static> {
    let tenant = world().tenant("admin");
    run(&tenant, &["license", "set", "pro", "--seats", "1"]).done();
    for (name, kind) in [("ann", "Employee"), ("bob", "Intern")] {
        let mut user = user_with(name, &["pro"]);
        user["userType"] = json!(kind);
        tenant.scim().post("/Users", &user).expect(201);
    }
    tenant
}

#[test]
fn report_tells_how_seats_are_used() {
    let tenant = scarce();
    let report = run(&tenant, &["license", "report", "--json"]).json();
    let pro = &report["licenses"][0];
    let gauges = [("used", 1), ("waiting", 1), ("free", 0), ("seats", 1)];
    let more = [("blocked", 0), ("added", 1), ("freed", 0), ("alert", 100)];
    for (name, value) in gauges.into_iter().chain(more) {
        assert_eq!(pro[name], value, "{name} of {pro}");
    }
    let week = ["license", "report", "--days", "7", "--json"];
    assert_eq!(run(&tenant, &week).json()["days"], 7);
    let none = run(&tenant, &["license", "report", "--days", "0"]);
    assert!(none.refused().contains("1 to 366"), "{none:?}");
    let table = run(&tenant, &["license", "report"]).done().stdout;
    assert!(table.contains("waitlist"), "{table}");
    let csv = run(&tenant, &["license", "report", "--csv"]).done().stdout;
    assert!(csv.starts_with("sku,name,seats,used,"), "{csv}");
    assert_eq!(csv.lines().count(), 2);
}

#[test]
fn holders_are_all_or_those_of_a_state() {
    let tenant = scarce();
    let all = run(&tenant, &["license", "holders", "pro", "--json"]).json();
    assert_eq!(all["holders"].as_array().unwrap().len(), 2);
    let command = ["license", "holders", "pro", "--state", "waiting"];
    let waiting = run(&tenant, &command).done().stdout;
    assert!(
        waiting.contains("bob") && !waiting.contains("ann"),
        "{waiting}"
    );
}

#[test]
fn why_says_what_would_help() {
    let tenant = scarce();
    let told = run(&tenant, &["license", "why", "bob", "pro"])
        .done()
        .stdout;
    assert!(told.starts_with("pro") && told.contains("helps"), "{told}");
    let told = run(&tenant, &["license", "why", "ann"]).done().stdout;
    assert!(told.starts_with("ann (") && told.contains("pro"), "{told}");
    let why = run(&tenant, &["license", "why", "ann", "pro", "--json"]).json();
    assert_eq!(why["state"], "active");
    run(&tenant, &["license", "why", "nobody"]).refused();
}

#[test]
fn an_admins_word_is_given_and_taken_back() {
    let tenant = scarce();
    run(&tenant, &["license", "set", "extra", "--seats", "5"]).done();
    let command = [
        "license",
        "grant",
        "ann",
        "extra",
        "--until",
        "2099-12-31",
        "--json",
    ];
    let granted = run(&tenant, &command).json();
    let extra = |answer: &serde_json::Value| {
        let all = answer["licenses"].as_array().unwrap();
        all.iter().find(|one| one["sku"] == "extra").cloned()
    };
    assert_eq!(extra(&granted).unwrap()["state"], "active", "{granted}");
    assert_eq!(tenant.seats_used("extra"), 1);
    run(&tenant, &["license", "revoke", "ann", "extra"]).done();
    assert_eq!(tenant.seats_used("extra"), 0);
    run(&tenant, &["license", "grant", "nobody", "extra"]).refused();
}

#[test]
fn usage_is_by_an_attribute() {
    let tenant = scarce();
    let command = ["license", "usage", "--by", "userType", "--json"];
    let usage = run(&tenant, &command).json();
    let rows = usage["rows"].as_array().unwrap();
    let interns = rows.iter().find(|row| row["value"] == "Intern").unwrap();
    assert_eq!(
        (&interns["waiting"], &interns["active"]),
        (&json!(1), &json!(0))
    );
    let csv = run(&tenant, &["license", "usage", "--by", "userType", "--csv"]).done();
    assert!(csv.stdout.contains("Employee,pro,1,"), "{}", csv.stdout);
    run(&tenant, &["license", "usage", "--by", "shoeSize"]).refused();
}

#[test]
fn history_tells_what_happened_and_who_had_what() {
    let tenant = scarce();
    let command = ["license", "history", "--user", "ann", "--json"];
    let history = run(&tenant, &command).json();
    let first = &history["history"][0];
    assert_eq!(
        (&first["sku"], &first["to"]),
        (&json!("pro"), &json!("active"))
    );
    run(&tenant, &["license", "history", "--sku", "pro"]).done();
    let command = [
        "license",
        "history",
        "--sku",
        "pro",
        "--at",
        "2099-01-01",
        "--json",
    ];
    let then = run(&tenant, &command).json();
    assert!(then["holders"].to_string().contains("ann"), "{then}");
    let command = [
        "license",
        "history",
        "--sku",
        "pro",
        "--at",
        "2001-01-01",
        "--json",
    ];
    assert_eq!(run(&tenant, &command).json()["holders"], json!([]));
}

#[test]
fn what_the_guard_keeps_is_listed_and_decided() {
    let tenant = world().tenant("admin");
    let guard = r#"{"licensing":{"guard":{"max":1,"percent":10,"window":"PT1H"}}}"#;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), guard).unwrap();
    let command = [
        "tenant",
        "settings",
        "--file",
        file.path().to_str().unwrap(),
    ];
    run(&tenant, &command).done();
    run(&tenant, &["license", "set", "pro", "--seats", "9"]).done();
    let ids = ["a", "b", "c"].map(|name| {
        let user = user_with(name, &["pro"]);
        tenant.scim().post("/Users", &user).expect(201).id()
    });
    for id in &ids {
        let leaves = json!([{ "op": "replace", "path": "active", "value": false }]);
        tenant.scim().patch(&format!("/Users/{id}"), &leaves);
    }
    let held = run(&tenant, &["license", "held", "--json"]).json();
    assert!(held["total"].as_u64().unwrap() >= 2, "{held}");
    run(&tenant, &["license", "held"]).done();
    run(&tenant, &["license", "held", "undo", "c"]).done();
    let done = run(&tenant, &["license", "held", "release", "--json"]).json();
    assert!(done["done"].as_u64().unwrap() >= 1, "{done}");
    let held = run(&tenant, &["license", "held", "--json"]).json();
    assert_eq!(held["total"], 0, "{held}");
    assert_eq!(tenant.seats_used("pro"), 1, "c is what they were");
}

#[test]
fn verify_finds_nothing_wrong() {
    let tenant = scarce();
    let found = run(&tenant, &["verify", "--json"]).json();
    assert_eq!(found["findings"], json!([]));
    let told = run(&tenant, &["verify"]).done().stdout;
    assert!(told.contains("all is well"), "{told}");
}

#[test]
fn the_used_seats_are_split_over_the_pools() {
    let tenant = scarce();
    run(
        &tenant,
        &["license", "set", "pro", "--pool", "eu=1", "--pool", "us=1"],
    )
    .done();
    let told = run(&tenant, &["license", "show", "pro"]).done().stdout;
    assert!(told.contains("USED  OPEN"), "{told}");
}
