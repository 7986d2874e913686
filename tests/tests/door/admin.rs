//! `/admin/v1`: the same door as SCIM's. What is behind it is the component's business.

use scimlet_tests::{Actor, Request};
use serde_json::json;

use crate::world;

/// Both ways to say where.
fn both(actor: &Actor, tenant: &str) -> [Actor; 2] {
    [
        actor.under("/admin/v1"),
        actor.under(&format!("/t/{tenant}/admin/v1")),
    ]
}

#[test]
fn nobody_comes_in_without_a_credential() {
    let tenant = world().tenant("admin");
    for actor in both(&tenant.anonymous(), &tenant.name) {
        let answer = actor.get("/licenses").error(401, None);
        assert!(answer.header("www-authenticate").is_some(), "{answer:?}");
    }
    let other = world().tenant("other").admin();
    let [_, named] = both(&other, &tenant.name);
    named.get("/licenses").error(401, None);
}

#[test]
fn only_the_scope_admin_is_answered() {
    let tenant = world().tenant("admin");
    for actor in [tenant.reader(), tenant.scim(), tenant.basic()] {
        for actor in both(&actor, &tenant.name) {
            actor.get("/licenses").error(403, None);
            actor.post("/verify", &json!({})).error(403, None);
        }
    }
    for actor in both(&tenant.admin(), &tenant.name) {
        let answer = actor.get("/licenses").expect(200);
        assert_eq!(answer.header("content-type"), Some("application/json"));
    }
}

#[test]
fn what_is_not_there_is_the_components_404() {
    let tenant = world().tenant("admin");
    for actor in both(&tenant.admin(), &tenant.name) {
        for path in ["/nothing", "/nothing?a=b"] {
            let answer = actor.get(path).error(404, None);
            let detail = answer.str_at("/detail");
            assert!(!detail.contains("SCIM is at"), "not the host's: {detail}");
        }
    }
}

#[test]
fn limits_hold_there_too() {
    let tenant = world().tenant("admin");
    let large = json!("x".repeat(5 * 1024 * 1024));
    for actor in both(&tenant.admin(), &tenant.name) {
        actor.post("/verify", &large).error(413, None);
    }
}

#[test]
fn metrics_name_the_base_and_no_path() {
    let tenant = world().tenant("admin");
    for actor in both(&tenant.admin(), &tenant.name) {
        actor.get("/licenses/secret-sku/holders");
    }
    let numbers = tenant
        .anonymous()
        .send(Request::outside("GET", "/metrics"))
        .expect(200)
        .text;
    for route in ["/admin/v1", "/t/{tenant}/admin/v1"] {
        assert!(numbers.contains(&format!("route=\"{route}\"")), "{numbers}");
    }
    assert!(!numbers.contains("secret-sku"), "{numbers}");
}

/// Whoever decides of many users must not be taken to mean more than they said.
#[test]
fn what_is_not_understood_is_refused_and_changes_nothing() {
    let tenant = world().tenant("admin");
    let admin = tenant.admin().under("/admin/v1");
    for body in [
        json!({ "action": "release", "users": "ann" }),
        json!({ "action": "release", "user": ["ann"] }),
        json!({ "action": "release", "users": ["ann", 7] }),
        json!({ "action": "forget" }),
        json!({}),
        json!(["release"]),
    ] {
        admin.post("/held", &body).error(400, Some("invalidSyntax"));
    }
    let many: Vec<String> = (0..201).map(|at| format!("user{at}")).collect();
    let body = json!({ "action": "release", "users": many });
    admin.post("/held", &body).error(400, Some("invalidValue"));
    for path in [
        "/held?user=ann",
        "/held?count=0",
        "/held?count=many",
        "/history?sky=pro",
        "/history?count=1001",
        "/usage?by=userType&of=pro",
        "/licenses/pro/holders?stat=active",
    ] {
        admin.get(path).error(400, Some("invalidValue"));
    }
    for body in [
        json!({ "method": "POST", "path": "/.admin/held", "body": { "action": "release" } }),
        json!({ "method": "POST", "path": "/%2Eadmin/held", "body": { "action": "release" } }),
    ] {
        let answer = admin.post("/preview", &body);
        answer.error(400, Some("invalidValue"));
    }
    let body = json!({ "method": "POST", "path": "/Users", "headers": [] });
    admin
        .post("/preview", &body)
        .error(400, Some("invalidSyntax"));
}

#[test]
fn there_is_no_second_way_in() {
    let tenant = world().tenant("admin");
    for path in ["/.admin/licenses", "/%2Eadmin/licenses"] {
        tenant.admin().get(path).error(404, None);
    }
}
