//! `scimlet license`.

use scimlet_tests::tenant::user_with;
use serde_json::json;

use crate::world;

fn set(tenant: &str, arguments: &[&str]) -> scimlet_tests::Cli {
    let command = ["license", "set", "--tenant", tenant];
    world().cli(&[&command[..], arguments].concat())
}

#[test]
fn set_creates_and_changes_and_the_next_request_sees_it() {
    let tenant = world().tenant("licenses");
    set(
        &tenant.name,
        &["pro", "--seats", "2", "--name", "Professional"],
    )
    .done();
    let license = tenant.entitlement("pro");
    assert_eq!(license["totalAssignmentsPermitted"], 2);
    assert_eq!(license["display"], "Professional");
    set(&tenant.name, &["pro", "--seats", "3", "--overage", "deny"]).done();
    let license = tenant.entitlement("pro");
    assert_eq!(license["totalAssignmentsPermitted"], 3);
    assert_eq!(license["display"], "Professional", "what is not said stays");
    let extension = &license["urn:ietf:params:scim:schemas:extension:scimlet:2.0:Entitlement"];
    assert_eq!(extension["overage"], "deny");
}

#[test]
fn show_and_list_tell_the_seats_in_json() {
    let tenant = world().tenant("licenses");
    set(&tenant.name, &["pro", "--seats", "1"]).done();
    set(
        &tenant.name,
        &["basic", "--seats", "unlimited", "--overage", "allow"],
    )
    .done();
    for name in ["a", "b"] {
        tenant
            .scim()
            .post("/Users", &user_with(name, &["pro", "basic"]))
            .expect(201);
    }
    let shown = world()
        .cli(&["license", "show", "pro", "--tenant", &tenant.name, "--json"])
        .json();
    let expected =
        json!({ "sku": "pro", "seats": 1, "used": 1, "waiting": 1, "overage": "waitlist" });
    for (key, value) in expected.as_object().unwrap() {
        assert_eq!(&shown[key], value, "{key} of {shown}");
    }
    let list = world()
        .cli(&["license", "list", "--tenant", &tenant.name, "--json"])
        .json();
    let mut skus: Vec<&str> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["sku"].as_str().unwrap())
        .collect();
    skus.sort_unstable();
    assert_eq!(skus, ["basic", "pro"]);
    let plain = world()
        .cli(&["license", "list", "--tenant", &tenant.name])
        .done();
    assert!(plain.stdout.contains("pro") && plain.stdout.contains("basic"));
    world()
        .cli(&["license", "show", "pro", "--tenant", &tenant.name])
        .done();
}

#[test]
fn set_prints_json_when_asked() {
    let tenant = world().tenant("licenses");
    let made = set(&tenant.name, &["pro", "--seats", "2", "--json"]).json();
    assert_eq!(made["sku"], "pro");
    assert_eq!(made["seats"], 2);
}

#[test]
fn raising_the_seats_promotes_the_waiting_at_once() {
    let tenant = world().tenant("licenses");
    set(&tenant.name, &["pro", "--seats", "0"]).done();
    tenant
        .scim()
        .post("/Users", &user_with("a", &["pro"]))
        .expect(201);
    assert_eq!(tenant.seats_used("pro"), 0);
    set(&tenant.name, &["pro", "--seats", "1"]).done();
    assert_eq!(tenant.seats_used("pro"), 1);
}

#[test]
fn remove_takes_a_license_out_of_the_catalog() {
    let tenant = world().tenant("licenses");
    set(&tenant.name, &["pro", "--seats", "2"]).done();
    world()
        .cli(&["license", "remove", "pro", "--tenant", &tenant.name])
        .done();
    assert_eq!(
        tenant.scim().get("/Entitlements").expect(200).body["totalResults"],
        0
    );
    world()
        .cli(&["license", "remove", "pro", "--tenant", &tenant.name])
        .refused();
    world()
        .cli(&["license", "show", "pro", "--tenant", &tenant.name])
        .refused();
}

#[test]
fn nonsense_is_refused() {
    let tenant = world().tenant("licenses");
    for seats in ["many", "-1", "1.5", ""] {
        set(&tenant.name, &["pro", &format!("--seats={seats}")]).wrong_usage();
    }
    set(&tenant.name, &["pro", "--seats", "1", "--overage", "maybe"]).wrong_usage();
    set("nobody", &["pro", "--seats", "1"]).refused();
    world()
        .cli(&["license", "list", "--tenant", "nobody"])
        .refused();
    assert_eq!(
        tenant.scim().get("/Entitlements").expect(200).body["totalResults"],
        0
    );
}
