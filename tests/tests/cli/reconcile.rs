//! `scimlet reconcile`: what differs, and what becomes of it.

use std::io::Write as _;

use scimlet_tests::tenant::{patch, user_with};
use scimlet_tests::{Cli, Tenant};
use serde_json::{Value, json};

use crate::world;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn reconcile(tenant: &Tenant<'_>, text: &str, arguments: &[&str]) -> Cli {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(text.as_bytes()).unwrap();
    let path = file.path().to_str().unwrap();
    let command = ["reconcile", path, "--tenant", &tenant.name];
    world().cli(&[&command[..], arguments].concat())
}

/// What `--json` says where there is drift: exit status 1 all the same.
#[track_caller]
fn drift(told: &Cli) -> Value {
    assert_eq!(told.status, 1, "{told:#?}");
    assert_eq!(told.stderr.lines().count(), 1, "{told:#?}");
    serde_json::from_str(&told.stdout).unwrap()
}

/// ann and bob have `pro`; cid has nothing, and is of a department.
fn town(seats: &str, overage: &str) -> Tenant<'static> {
    let tenant = world().tenant("reconcile");
    tenant.license("pro", seats, overage);
    for name in ["ann", "bob"] {
        tenant
            .scim()
            .post("/Users", &user_with(name, &["pro"]))
            .expect(201);
    }
    let mut cid = user_with("cid", &[]);
    cid["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE]);
    cid["userType"] = json!("Intern");
    cid[ENTERPRISE] = json!({ "department": "R&D", "costCenter": "7" });
    tenant.scim().post("/Users", &cid).expect(201);
    tenant
}

fn find(tenant: &Tenant<'_>, name: &str) -> Value {
    let filter = format!("userName eq \"{name}\"");
    let request = scimlet_tests::Request::get("/Users").query("filter", &filter);
    let list = tenant.scim().send(request).expect(200).body;
    list["Resources"][0].clone()
}

fn names(list: &Value) -> Vec<&str> {
    let list = list.as_array().unwrap().iter();
    list.map(|one| one["userName"].as_str().unwrap()).collect()
}

const EXPORT: &str = "userName,mail,userType,department,entitlements,active\n\
    ANN,a@x,,,pro,true\n\
    cid,c@x,Employee,,,\n\
    dan,d@x,Employee,Sales,pro,true\n\
    old,o@x,,,,false\n";

#[test]
fn each_kind_of_drift_is_told_and_nothing_is_changed() {
    let tenant = town("5", "waitlist");
    let told = drift(&reconcile(&tenant, EXPORT, &["--json"]));
    assert_eq!(names(&told["create"]), ["dan"]);
    assert_eq!(told["create"][0]["line"], 4);
    assert_eq!(names(&told["deactivate"]), ["bob"]);
    assert_eq!(names(&told["change"]), ["cid"]);
    let differences = json!([
        { "field": "userType", "here": "Intern", "there": "Employee" },
        { "field": "department", "here": "R&D", "there": null },
    ]);
    assert_eq!(told["change"][0]["differences"], differences);
    assert_eq!(told["ignored"], json!(["mail"]));
    let counts = json!({
        "there": 4, "here": 3, "unkeyed": 0, "create": 1, "deactivate": 1, "change": 1,
    });
    assert_eq!(told["counts"], counts);
    let plain = reconcile(&tenant, EXPORT, &[]);
    assert_eq!(plain.status, 1);
    for part in [
        "DRIFT",
        "not compared: mail",
        "3 differences; `--apply`",
        "Employee",
    ] {
        let all = format!("{}{}", plain.stdout, plain.stderr);
        assert!(all.contains(part), "{part} in {all}");
    }
    let csv = reconcile(&tenant, EXPORT, &["--csv"]);
    assert_eq!(csv.stdout.lines().count(), 5, "{}", csv.stdout);
    assert!(csv.stdout.contains("change,cid,3,department,R&D,\r\n"));
    assert_eq!(tenant.seats_used("pro"), 2, "nothing is changed");
    assert_eq!(find(&tenant, "bob")["active"], true);
}

#[test]
fn what_is_applied_is_no_drift_any_more() {
    let tenant = town("2", "deny");
    // bob leaves before dan comes: with two seats there is one for dan.
    let told = reconcile(&tenant, EXPORT, &["--apply", "--yes", "--json"]).json();
    let applied = json!({ "done": 3, "refused": [] });
    assert_eq!(told["applied"], applied);
    assert_eq!(find(&tenant, "bob")["active"], false);
    assert_eq!(tenant.seats_used("pro"), 2);
    let cid = find(&tenant, "cid");
    assert_eq!(cid["userType"], "Employee");
    assert_eq!(cid[ENTERPRISE], json!({ "costCenter": "7" }));
    let dan = find(&tenant, "dan");
    assert_eq!(dan[ENTERPRISE]["department"], "Sales");
    let nothing = reconcile(&tenant, EXPORT, &["--json"]).json();
    for kind in ["create", "deactivate", "change"] {
        assert_eq!(nothing[kind], json!([]), "{kind}");
    }
    let again = reconcile(&tenant, EXPORT, &["--apply", "--yes"]).done();
    assert!(again.stdout.contains("0 of 0"), "{}", again.stdout);
}

#[test]
fn json_lines_change_what_they_name() {
    let tenant = town("5", "waitlist");
    let bob = find(&tenant, "bob");
    let path = format!("/Users/{}", bob["id"].as_str().unwrap());
    let keyed = json!([{ "op": "add", "path": "externalId", "value": "B" }]);
    tenant.scim().patch(&path, &keyed).expect(200);
    let lines = [
        json!({ "externalId": "B", "userName": "robert", "entitlements": ["gold"] }),
        json!({ "externalId": "N", "displayName": "nobody has no name" }),
    ];
    let text = lines.map(|line| format!("{line}\n")).concat();
    let by = ["--by", "externalId", "--apply", "--yes", "--json"];
    let told = drift(&reconcile(&tenant, &text, &by));
    assert_eq!(told["counts"]["unkeyed"], 2, "ann and cid are left alone");
    assert_eq!(told["applied"]["done"], 1);
    let refused = &told["applied"]["refused"][0];
    assert_eq!(
        (&refused["line"], &refused["status"]),
        (&json!(2), &json!(400))
    );
    let robert = find(&tenant, "robert");
    assert_eq!(robert["entitlements"], json!([{ "value": "gold" }]));
    assert_eq!(robert["id"], bob["id"]);
}

#[test]
fn a_row_that_is_refused_is_told_with_its_reason() {
    let tenant = town("2", "deny");
    let text = "userName,entitlements\nann,pro\nbob,pro\ncid,\neve,pro\nzoe,\n";
    let told = reconcile(&tenant, text, &["--apply", "--yes"]);
    assert_eq!(told.status, 1);
    assert!(told.stderr.contains("1 of 2 changes was refused"));
    for part in ["1 of 2 changes are done", "eve", "403", "pro"] {
        assert!(told.stdout.contains(part), "{part} in {}", told.stdout);
    }
    assert_eq!(find(&tenant, "zoe")["active"], true, "the others are done");
    assert_eq!(find(&tenant, "eve"), Value::Null);
}

#[test]
fn the_guard_holds_a_mass_deactivation() {
    let tenant = world().tenant("reconcile");
    let guard = r#"{"licensing":{"guard":{"max":2,"percent":100,"window":"PT1H"}}}"#;
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), guard).unwrap();
    let settings = file.path().to_str().unwrap();
    let command = ["tenant", "settings", "--tenant", &tenant.name, "--file"];
    world().cli(&[&command[..], &[settings]].concat()).done();
    tenant.license("pro", "9", "waitlist");
    for name in ["a", "b", "c", "d", "e", "stays"] {
        let user = user_with(name, &["pro"]);
        tenant.scim().post("/Users", &user).expect(201);
    }
    let text = "userName\nstays\n";
    let told = reconcile(&tenant, text, &["--apply", "--yes", "--json"]).json();
    assert_eq!(told["applied"]["done"], 5);
    let command = ["license", "held", "--tenant", &tenant.name, "--json"];
    let held = world().cli(&command).json();
    assert_eq!((&held["total"], tenant.seats_used("pro")), (&json!(3), 4));
    assert_eq!(held["held"].as_array().unwrap().len(), 3);
}

#[test]
fn accounts_and_seats_of_one_side_only_are_told() {
    let tenant = town("5", "waitlist");
    let eve = tenant
        .scim()
        .post("/Users", &user_with("eve", &[]))
        .expect(201);
    let leaves = patch(&json!([{ "op": "replace", "path": "active", "value": false }]));
    let path = format!("/Users/{}", eve.id());
    tenant
        .scim()
        .patch(&path, &leaves["Operations"])
        .expect(200);
    let text = "userName,sku\nANN,\ncid,pro\neve,\nzoe,pro\n";
    let accounts = ["--only", "accounts", "--json"];
    let told = drift(&reconcile(&tenant, text, &accounts));
    let orphans = json!([
        { "line": 4, "user": "eve", "here": "inactive" },
        { "line": 5, "user": "zoe", "here": null },
    ]);
    assert_eq!(told["orphanAccounts"], orphans);
    assert_eq!(names(&told["missingAccounts"]), ["bob"]);
    assert_eq!(told["missingAccounts"][0]["skus"], json!(["pro"]));
    let seats = told["orphanSeats"].as_array().unwrap();
    let seats: Vec<_> = seats
        .iter()
        .map(|seat| (&seat["userName"], &seat["here"], &seat["there"]))
        .collect();
    let expected = [
        (&json!("ann"), &json!("active"), &json!(false)),
        (&json!("cid"), &json!(null), &json!(true)),
    ];
    assert_eq!(seats, expected);
    let plain = reconcile(&tenant, text, &["--only", "accounts"]);
    assert!(plain.stdout.contains("missing accounts"), "{plain:#?}");
    let same = "userName,licenses\nann,pro\nbob,pro\ncid,\n";
    reconcile(&tenant, same, &accounts).json();
    let same = "{\"userName\":\"ann\"}\n{\"userName\":\"bob\"}\n";
    reconcile(&tenant, same, &accounts).json();
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let tenant = town("5", "waitlist");
    for text in ["", "userName\n", "mail\nx\n", "userName\nann\nAnn\n", "{}"] {
        reconcile(&tenant, text, &[]).refused();
    }
    let unasked = reconcile(&tenant, EXPORT, &["--apply"]);
    assert!(unasked.refused().contains("--yes"));
    let accounts = ["--only", "accounts", "--apply", "--yes"];
    reconcile(&tenant, EXPORT, &accounts).refused();
    assert_eq!(find(&tenant, "bob")["active"], true);
    let nowhere = ["reconcile", "nowhere.csv", "--tenant", &tenant.name];
    world().cli(&nowhere).refused();
}

/// More than a page, so that cursors are followed.
#[test]
fn all_pages_are_compared() {
    let tenant = world().tenant("reconcile");
    let text = (0..1100).fold("userName\n".to_owned(), |text, at| format!("{text}u{at}\n"));
    let told = reconcile(&tenant, &text, &["--apply", "--yes", "--json"]).json();
    assert_eq!(told["applied"]["done"], 1100);
    let nothing = reconcile(&tenant, &text, &["--json"]).json();
    assert_eq!(nothing["counts"]["here"], 1100);
    let half = text.split_inclusive('\n').take(501).collect::<String>();
    let told = drift(&reconcile(&tenant, &half, &["--json"]));
    assert_eq!(told["counts"]["deactivate"], 600);
}
