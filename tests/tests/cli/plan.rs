//! `scimlet plan`: what would an import do.

use std::io::Write as _;

use scimlet_tests::tenant::user_with;
use scimlet_tests::{Cli, Tenant};
use serde_json::{Value, json};

use crate::world;

fn plan(tenant: &Tenant<'_>, text: &str, arguments: &[&str]) -> Cli {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    let command = ["plan", path, "--tenant", &tenant.name];
    world().cli(&[&command[..], arguments].concat())
}

/// Two seats for `pro`, both taken, and somebody who waits.
fn full() -> Tenant<'static> {
    let tenant = world().tenant("plan");
    let command = [
        "license",
        "set",
        "pro",
        "--seats",
        "2",
        "--tenant",
        &tenant.name,
    ];
    world().cli(&command).done();
    for name in ["ann", "bob", "cid"] {
        tenant
            .scim()
            .post("/Users", &user_with(name, &["pro"]))
            .expect(201);
    }
    tenant
}

fn pro(plan: &Value) -> Value {
    let licenses = plan["licenses"].as_array().unwrap();
    let found = licenses.iter().find(|license| license["sku"] == "pro");
    found.unwrap().clone()
}

#[test]
fn a_file_of_users_is_tried_and_nothing_is_changed() {
    let tenant = full();
    let text = "userName,active,entitlements\nann,false,pro\ndan,true,pro;gold\nbob,maybe,pro\n";
    plan(&tenant, text, &[]).refused();
    let text = text.replace("maybe", "true");
    let said = plan(&tenant, &text, &["--json"]).json();
    assert_eq!((&said["rows"], &said["done"]), (&json!(3), &json!(3)));
    // ann leaves, cid moves up; dan asks for pro and for what nobody has heard of.
    let expected = json!({
        "sku": "pro", "seats": 2, "before": 2, "after": 2, "granted": 1, "freed": 1, "waiting": 1,
        "blocked": 0,
    });
    assert_eq!(pro(&said), expected);
    let gold = said["licenses"].as_array().unwrap();
    let gold = gold.iter().find(|license| license["sku"] == "gold");
    assert_eq!(gold.unwrap()["blocked"], 1);
    let users = tenant.scim().get("/Users").expect(200).body;
    assert_eq!(users["totalResults"], 3, "nothing is changed");
    assert_eq!(tenant.seats_used("pro"), 2);
    let plain = plan(&tenant, &text, &[]).done();
    assert!(
        plain.stdout.contains("3 of 3 rows would be done"),
        "{}",
        plain.stdout
    );
}

#[test]
fn a_row_that_would_be_refused_is_told_with_its_reason() {
    let tenant = full();
    let requests = [
        json!({ "method": "POST", "path": "/Users", "body": user_with("ann", &[]) }),
        json!({ "method": "POST", "path": "/scim/v2/Users", "body": user_with("eve", &[]) }),
    ];
    let text = requests.map(|request| format!("{request}\n")).concat();
    let said = plan(&tenant, &text, &["--json"]).json();
    assert_eq!((&said["rows"], &said["done"]), (&json!(2), &json!(1)));
    let refused = &said["refused"][0];
    assert_eq!(
        (&refused["line"], &refused["status"]),
        (&json!(1), &json!(409))
    );
    assert!(refused["reason"].is_string());
    let plain = plan(&tenant, &text, &[]).done();
    assert!(plain.stdout.contains("POST /Users"), "{}", plain.stdout);
}

#[test]
fn no_copy_stays_behind() {
    let tenant = full();
    plan(&tenant, "userName\nzoe\n", &[]).done();
    let left = std::fs::read_dir(world().data_path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name.starts_with("plan-"))
        .count();
    // Other tests may be at it just now.
    assert!(left < 4, "{left} folders of copies");
}

#[test]
fn nonsense_is_refused() {
    let tenant = world().tenant("plan");
    plan(&tenant, "", &[]).refused();
    plan(&tenant, "userName,shoes\nann,7\n", &[]).refused();
    world()
        .cli(&["plan", "nowhere.csv", "--tenant", &tenant.name])
        .refused();
}
