//! The sizes of a bulk (RFC 7644 section 3.7.4): what is allowed passes with the server's defaults,
//! and what is more is refused by name.

use std::time::Instant;

use scimlet_tests::{Tenant, tenant};
use serde_json::{Value, json};

use crate::world;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn bulk(operations: &[Value]) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": operations,
    })
}

fn create(number: usize, data: &Value) -> Value {
    json!({ "method": "POST", "path": "/Users", "bulkId": format!("u{number}"), "data": data })
}

fn changes(users: &[Value], method: &str, data: &Value) -> Vec<Value> {
    let change = |user: &Value| {
        let path = format!("/Users/{}", user["id"].as_str().unwrap());
        json!({ "method": method, "path": path, "data": data })
    };
    users.iter().map(change).collect()
}

/// About everything that RFC 7643 section 8.3 shows of a user: some 3 KB.
fn full(number: usize) -> Value {
    let mut user = tenant::user(&format!("user{number}@example.com"));
    user["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE]);
    let address = |kind: &str| {
        json!({
            "type": kind, "streetAddress": "100 Universal City Plaza", "locality": "Hollywood",
            "region": "CA", "postalCode": "91608", "country": "US",
            "formatted": "100 Universal City Plaza\nHollywood, CA 91608 USA"
        })
    };
    let more = json!({
        "externalId": format!("701984-{number}"),
        "name": {
            "formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "givenName": "Barbara",
            "middleName": "Jane", "honorificPrefix": "Ms.", "honorificSuffix": "III"
        },
        "displayName": "Babs Jensen", "nickName": "Babs", "title": "Tour Guide",
        "profileUrl": "https://login.example.com/bjensen", "userType": "Employee",
        "preferredLanguage": "en-US", "locale": "en-US", "timezone": "America/Los_Angeles",
        "active": true,
        "emails": [
            { "value": format!("user{number}@example.com"), "type": "work", "primary": true },
            { "value": format!("babs{number}@jensen.org"), "type": "home" }
        ],
        "addresses": [address("work"), address("home"), address("other")],
        "phoneNumbers": [
            { "value": "555-555-5555", "type": "work" }, { "value": "555-555-4444", "type": "mobile" }
        ],
        "ims": [{ "value": "someaimhandle", "type": "aim" }],
        "photos": [
            { "value": "https://photos.example.com/profilephoto/72930000000Ccne/F", "type": "photo" },
            { "value": "https://photos.example.com/profilephoto/72930000000Ccne/T", "type": "thumbnail" }
        ],
        "entitlements": [{ "value": "pro" }],
        "x509Certificates": [{ "value": "MIIDQzCCAqygAwIBAgICEAAwDQYJKoZIhvcNAQEFBQAw".repeat(32) }],
        (ENTERPRISE): {
            "employeeNumber": number.to_string(), "costCenter": "4130", "organization": "Universal Studios",
            "division": "Theme Park", "department": "Tour Operations",
            "manager": { "value": if number == 0 { "26118915-6090-4610-87e4-49d8ca9f808d" } else { "bulkId:u0" } }
        }
    });
    for (name, value) in more.as_object().unwrap() {
        user[name] = value.clone();
    }
    user
}

fn send(tenant: &Tenant<'_>, operations: &[Value], status: &str) {
    let message = bulk(operations);
    let begun = Instant::now();
    let answer = tenant.scim().post("/Bulk", &message).expect(200);
    println!(
        "{} bytes, {} operations: {:?}",
        message.to_string().len(),
        operations.len(),
        begun.elapsed()
    );
    let outcomes = answer.body["Operations"].as_array().unwrap();
    assert_eq!(outcomes.len(), operations.len());
    for outcome in outcomes {
        assert_eq!(outcome["status"], status, "{outcome:#}");
    }
}

fn used(tenant: &Tenant<'_>) -> Value {
    let licenses = tenant.scim().get("/Entitlements").expect(200);
    licenses.body["Resources"][0]["totalAssignmentsUsed"].clone()
}

fn users(tenant: &Tenant<'_>) -> Vec<Value> {
    let all = tenant
        .scim()
        .get("/Users?count=1000&attributes=id")
        .expect(200);
    all.body["Resources"].as_array().unwrap().clone()
}

#[test]
fn a_thousand_full_users_are_one_request() {
    let tenant = world().tenant("bulk");
    let set = ["license", "set", "--tenant", &tenant.name, "pro", "--seats"];
    tenant.world.cli(&[&set[..], &["600"]].concat());
    let creates: Vec<Value> = (0..1000).map(|at| create(at, &full(at))).collect();
    assert!(
        bulk(&creates).to_string().len() > 3_000_000,
        "they are full"
    );
    send(&tenant, &creates, "201");
    assert_eq!(used(&tenant), 600);

    let all = users(&tenant);
    assert_eq!(all.len(), 1000);
    let rename = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "title", "value": "Guide" }],
    });
    send(&tenant, &changes(&all, "PATCH", &rename), "200");

    // 600 hold seats; the first 400 of them go, and those who wait move up one by one.
    send(
        &tenant,
        &changes(&all[..400], "DELETE", &Value::Null),
        "204",
    );
    assert_eq!(used(&tenant), 600);
    let waiting = "/Users?count=0&filter=urn:ietf:params:scim:schemas:extension:scimlet:2.0:User:\
                   licenses%5Bstate%20eq%20%22waiting%22%5D";
    assert_eq!(
        tenant.scim().get(waiting).expect(200).body["totalResults"],
        0
    );
}

#[test]
fn more_operations_than_are_allowed_are_413_and_do_nothing() {
    let tenant = world().tenant("bulk");
    let creates: Vec<Value> = (0..1001)
        .map(|at| create(at, &tenant::user(&format!("user{at}"))))
        .collect();
    let answer = tenant
        .scim()
        .post("/Bulk", &bulk(&creates))
        .error(413, None);
    assert!(answer.str_at("/detail").contains("maxOperations (1000)"));
    assert_eq!(
        tenant.scim().get("/Users").expect(200).body["totalResults"],
        0
    );
}

#[test]
fn more_bytes_than_are_allowed_are_413_and_do_nothing() {
    let tenant = world().tenant("bulk");
    let mut large = tenant::user("large");
    large["displayName"] = json!("x".repeat(5 * 1024 * 1024));
    let answer = tenant
        .scim()
        .post("/Bulk", &bulk(&[create(0, &large)]))
        .error(413, None);
    assert!(answer.str_at("/detail").contains("4194304"));
}

#[test]
fn a_bulk_that_changes_more_than_a_commit_takes_says_so_of_what_is_too_much() {
    let tenant = world().tenant("bulk");
    let texts = "x".repeat(60_000);
    let mut large = tenant::user("large");
    for name in [
        "nickName",
        "title",
        "profileUrl",
        "locale",
        "timezone",
        "preferredLanguage",
    ] {
        large[name] = json!(texts);
    }
    let id = tenant.scim().post("/Users", &large).expect(201);
    let path = format!("/Users/{}", id.str_at("/id"));
    let step = |at: usize| {
        let rename = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": [{ "op": "replace", "path": "displayName", "value": at.to_string() }],
        });
        json!({ "method": "PATCH", "path": path, "data": rename })
    };
    let steps: Vec<Value> = (0..100).map(step).collect();
    let answer = tenant.scim().post("/Bulk", &bulk(&steps)).expect(200);
    let outcomes = answer.body["Operations"].as_array().unwrap();
    let done = outcomes.iter().filter(|it| it["status"] == "200").count();
    let refused = outcomes.iter().filter(|it| it["status"] == "413").count();
    assert_eq!(done + refused, 100, "{answer:?}");
    assert!(done > 20 && refused > 20, "{done} done, {refused} refused");
    let now = tenant.scim().get(&path).expect(200);
    assert_eq!(now.str_at("/displayName"), (done - 1).to_string());
}
