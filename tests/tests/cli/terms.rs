//! `scimlet license set` with terms, and `show` of them.

use scimlet_tests::Cli;
use serde_json::{Value, json};

use crate::world;

const TERMS: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:Entitlement";

fn set(tenant: &str, arguments: &[&str]) -> Cli {
    let command = ["license", "set", "--tenant", tenant];
    world().cli(&[&command[..], arguments].concat())
}

fn terms(tenant: &str, sku: &str) -> Value {
    let command = ["license", "show", sku, "--tenant", tenant, "--json"];
    world().cli(&command).json()["terms"].clone()
}

#[test]
fn what_is_not_named_stays() {
    let tenant = world().tenant("terms");
    set(&tenant.name, &["basic", "--seats", "unlimited"]).done();
    let many = [
        "pro",
        "--seats",
        "5",
        "--overage",
        "grace",
        "--overage-max",
        "2",
        "--overage-grace",
        "P7D",
        "--valid-until",
        "2027-12-31",
        "--grace",
        "P30D",
        "--requires",
        "basic",
        "--rank",
        "-1",
        "--thresholds",
        "50,90",
    ];
    set(&tenant.name, &many).done();
    set(&tenant.name, &["pro", "--grace", "P60D", "--requires="]).done();
    let expected = json!({
        "overageMax": 2, "overageGrace": "P7D", "grace": "P60D", "rank": -1, "thresholds": [50, 90],
        "validUntil": "2028-01-01T00:00:00Z",
    });
    assert_eq!(terms(&tenant.name, "pro"), expected);
    let license = tenant.entitlement("pro");
    assert_eq!(license["totalAssignmentsPermitted"], 5);
    assert_eq!(license[TERMS]["overage"], "grace");
}

#[test]
fn a_license_without_terms_shows_none() {
    let tenant = world().tenant("terms");
    set(&tenant.name, &["basic", "--seats", "2"]).done();
    assert_eq!(terms(&tenant.name, "basic"), Value::Null);
}

#[test]
fn pools_come_and_go_by_their_name() {
    let tenant = world().tenant("terms");
    let eu = "eu=5,2026-01-01,2027-12-31,P7D";
    set(&tenant.name, &["pro", "--pool", eu, "--pool", "us=3"]).done();
    set(
        &tenant.name,
        &["pro", "--pool", "us=", "--pool", "as=unlimited"],
    )
    .done();
    let expected = json!([
        { "value": "eu", "seats": 5, "validFrom": "2026-01-01T00:00:00Z",
          "validUntil": "2028-01-01T00:00:00Z", "grace": "P7D" },
        { "value": "as" },
    ]);
    assert_eq!(tenant.entitlement("pro")[TERMS]["pools"], expected);
}

#[test]
fn the_plain_answer_tells_the_terms() {
    let tenant = world().tenant("terms");
    let said = set(
        &tenant.name,
        &["pro", "--seats", "5", "--after-term", "end"],
    )
    .done();
    assert!(said.stdout.contains("afterTerm"), "{}", said.stdout);
    let said = set(&tenant.name, &["pro", "--pool", "eu=5"]).done();
    assert!(said.stdout.contains("POOL"), "{}", said.stdout);
}

#[test]
fn a_new_license_needs_seats() {
    let tenant = world().tenant("terms");
    let said = set(&tenant.name, &["pro", "--grace", "P7D"]);
    assert!(said.refused().contains("--seats"), "{}", said.stderr);
}

#[test]
fn the_component_says_what_is_wrong_with_a_term() {
    let tenant = world().tenant("terms");
    for (flag, value) in [
        ("--grace", "soon"),
        ("--requires", "unheard"),
        ("--after-term", "perhaps"),
        ("--reserved-priority", "10"),
    ] {
        set(&tenant.name, &["pro", "--seats", "5", flag, value]).refused();
    }
}
