//! The log: there is one, it is useful, and nothing in it is anybody's secret or name.

use scimlet_tests::{Request, Tenant, World, private_world};
use serde_json::json;

/// Unlikely to stand in a log for another reason.
const NAMES: [&str; 7] = [
    "zaphod.beeblebrox",
    "zaphod@heart-of-gold.example",
    "Beeblebrox",
    "Zaphod the Third",
    "+49-555-0042424",
    "s3cret-Pa55word",
    "galactic-guides",
];

/// A little of everything, good and bad.
fn live(tenant: &Tenant<'_>) {
    let scim = tenant.scim();
    tenant.license("pro", "1", "deny");
    let person = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": NAMES[0],
        "emails": [{ "value": NAMES[1] }],
        "name": { "familyName": NAMES[2] },
        "displayName": NAMES[3],
        "phoneNumbers": [{ "value": NAMES[4] }],
        "password": NAMES[5],
        "entitlements": [{ "value": "pro" }],
    });
    let id = scim.post("/Users", &person).expect(201).id();
    scim.post("/Users", &person).expect(409);
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": NAMES[6],
        "members": [{ "value": id }],
    });
    scim.post("/Groups", &group).expect(201);
    scim.send(Request::get("/Users").query("filter", &format!("userName eq \"{}\"", NAMES[0])))
        .expect(200);
    scim.send(Request::get("/Users").query("filter", &format!("emails xx \"{}\"", NAMES[1])))
        .expect(400);
    scim.get(&format!("/Users/{}", NAMES[0])).expect(404);
    scim.patch(
        &format!("/Users/{id}"),
        &json!([{ "op": "replace", "path": NAMES[2], "value": NAMES[1] }]),
    )
    .expect(400);
    scim.send(Request::new("POST", "/Users").bytes(format!("{{\"userName\":\"{}", NAMES[0])))
        .expect(400);
    scim.delete(&format!("/Users/{id}")).expect(204);
    tenant
        .bearer(&format!("{}x", tenant.token))
        .get("/Users")
        .expect(401);
    tenant.basic().get("/Users").expect(200);
}

fn logs_of(world: &World) -> (String, String) {
    let tenant = world.tenant("logs");
    live(&tenant);
    std::thread::sleep(std::time::Duration::from_millis(100));
    (world.logs(), tenant.token.clone())
}

fn holds_no_secret(logs: &str, token: &str) {
    for secret in NAMES.into_iter().chain([token, &token[token.len() / 2..]]) {
        let line = logs
            .lines()
            .find(|line| line.to_lowercase().contains(&secret.to_lowercase()));
        assert!(line.is_none(), "`{secret}` stands in the log: {line:?}");
    }
}

#[test]
fn no_token_and_no_personal_data_is_logged() {
    let world = private_world!();
    let (logs, token) = logs_of(&world);
    assert!(
        logs.contains("201") && logs.contains("POST"),
        "requests are logged:\n{logs}"
    );
    holds_no_secret(&logs, &token);
}

#[test]
fn not_even_with_everything_logged() {
    let world = private_world!(
        "--log-level",
        "info,scimlet_server=trace,scimlet_runtime=trace,scimlet_store=trace,scimlet_store_sqlite=trace"
    );
    let (logs, token) = logs_of(&world);
    holds_no_secret(&logs, &token);
}

#[test]
fn the_log_can_be_json_with_the_request_id_in_it() {
    let world = private_world!("--log", "json");
    let tenant = world.tenant("logs");
    let answer = tenant.scim().get("/Users").expect(200);
    let id = answer.header("x-request-id").unwrap();
    std::thread::sleep(std::time::Duration::from_millis(100));
    let logs = world.logs();
    let line = logs
        .lines()
        .find(|line| line.contains(id))
        .expect("the request is logged");
    let line: serde_json::Value = serde_json::from_str(line).expect("a line is JSON");
    assert_eq!(line["status"], 200, "{line}");
    for line in logs.lines() {
        serde_json::from_str::<serde_json::Value>(line).expect("every line is JSON");
    }
}
