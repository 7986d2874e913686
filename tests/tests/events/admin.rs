//! `/admin/v1/endpoints` and `/admin/v1/deliveries`: answered by the host, in the shape of the command
//! line, and only to admins.

use scimlet_tests::{Actor, Answer, Request};
use serde_json::{Value, json};

use crate::receiver::Receiver;
use crate::troubles::neighbourly;

fn ask(actor: &Actor, method: &str, path: &str, body: Option<&Value>) -> Answer {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let mut request = Request::outside(method, &format!("/admin/v1{path}"));
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        request = request.query(name, value);
    }
    actor.send(match body {
        Some(body) => request.json(body),
        None => request,
    })
}

#[test]
fn endpoints_are_made_changed_tested_and_removed() {
    let world = neighbourly();
    let tenant = world.tenant("admin");
    let receiver = Receiver::willing();
    let admin = tenant.admin();
    let draft =
        json!({ "name": "crm", "kind": "webhook", "url": receiver.url("/crm"), "rate": 50 });
    let made = ask(&admin, "POST", "/endpoints", Some(&draft)).expect(201);
    assert!(made.str_at("/secret").starts_with("whsec_"), "{made:?}");
    let (id, _) = (
        made.id(),
        ask(&admin, "POST", "/endpoints", Some(&draft)).expect(409),
    );
    let list = ask(&admin, "GET", "/endpoints", None).expect(200);
    assert_eq!(list.at("/endpoints/0/id"), id.as_str());
    assert!(list.at("/endpoints/0").get("secret").is_none());
    let change = json!({ "rate": null, "events": ["license.*"] });
    let changed = ask(&admin, "PATCH", &format!("/endpoints/{id}"), Some(&change)).expect(200);
    assert_eq!(changed.at("/rate"), &Value::Null);
    assert_eq!(changed.at("/events"), &json!(["license.*"]));
    let tested = ask(&admin, "POST", "/endpoints/crm/test", None).expect(200);
    assert_eq!(tested.at("/delivered"), true, "{tested:?}");
    let rotated = ask(&admin, "POST", "/endpoints/crm/rotate", None).expect(200);
    assert_ne!(rotated.at("/secret"), made.at("/secret"));
    let replay = json!({ "from": 1 });
    ask(&admin, "POST", "/endpoints/crm/replay", Some(&replay)).expect(200);
    ask(&admin, "DELETE", "/endpoints/crm", None).expect(204);
    ask(&admin, "GET", "/endpoints/crm", None).expect(404);
}

#[test]
fn what_is_not_understood_is_refused() {
    let world = neighbourly();
    let tenant = world.tenant("strict");
    let admin = tenant.admin();
    for draft in [
        json!({}),
        json!({ "name": "x" }),
        json!({ "name": "x", "kind": "webhook" }),
        json!({ "name": "x", "kind": "pigeon" }),
        json!({ "name": "x", "kind": "poll", "url": "https://x.example" }),
        json!({ "name": "x", "kind": "poll", "colour": "red" }),
        json!({ "name": "x", "kind": "webhook", "url": "https://x.example", "secret": "whsec_short" }),
        json!({ "name": "x", "kind": "scim", "url": "https://x.example" }),
        json!([]),
    ] {
        ask(&admin, "POST", "/endpoints", Some(&draft)).error(400, None);
    }
    for path in [
        "/endpoints?a=b",
        "/deliveries?a=b",
        "/deliveries?state=gone",
        "/deliveries?count=0",
    ] {
        ask(&admin, "GET", path, None).error(400, None);
    }
    ask(&admin, "PUT", "/endpoints", Some(&json!({}))).expect(405);
    ask(&admin, "GET", "/deliveries/nothing", None).error(404, None);
    assert_eq!(
        ask(&admin, "GET", "/deliveries", None)
            .expect(200)
            .at("/deliveries"),
        &json!([])
    );
}

#[test]
fn nobody_but_admins_of_the_tenant_gets_in() {
    let world = neighbourly();
    let (tenant, other) = (world.tenant("mine"), world.tenant("theirs"));
    let draft = json!({ "name": "crm", "kind": "poll" });
    let made = ask(&tenant.admin(), "POST", "/endpoints", Some(&draft)).expect(201);
    for path in ["/endpoints", "/deliveries", "/endpoints/crm"] {
        ask(&tenant.anonymous(), "GET", path, None).expect(401);
        ask(&tenant.scim(), "GET", path, None).expect(403);
        ask(&tenant.reader(), "GET", path, None).expect(403);
    }
    for named in ["crm", &made.id()] {
        ask(&other.admin(), "GET", &format!("/endpoints/{named}"), None).expect(404);
        ask(
            &other.admin(),
            "DELETE",
            &format!("/endpoints/{named}"),
            None,
        )
        .expect(404);
    }
    ask(&tenant.admin(), "GET", "/endpoints/crm", None).expect(200);
}
