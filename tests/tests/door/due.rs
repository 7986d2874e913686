//! What is due by time is carried out by the server, without anybody asking.

use std::time::{Duration, Instant};

use scimlet_tests::tenant::user_with;
use serde_json::{Value, json};

use crate::world;

const TERMS: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:Entitlement";

/// Longer than the two seconds of the promise, for a machine that is busy with other tests.
const PATIENCE: Duration = Duration::from_secs(15);

#[test]
fn a_seat_for_some_time_ends_by_itself() {
    let tenant = world().tenant("due");
    let license = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Entitlement", TERMS],
        "value": "pro", "type": "License", "supported": true,
        "limitedAssignmentsPermitted": true, "totalAssignmentsPermitted": 0,
        TERMS: { "overage": "grace", "overageGrace": "PT2S" },
    });
    tenant.admin().post("/Entitlements", &license).expect(201);
    tenant
        .scim()
        .post("/Users", &user_with("ann", &["pro"]))
        .expect(201);
    assert_eq!(used(&tenant.entitlement("pro")), 1);
    let begun = Instant::now();
    while used(&tenant.entitlement("pro")) > 0 {
        assert!(begun.elapsed() < PATIENCE, "nobody carried it out");
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn used(license: &Value) -> u64 {
    license["totalAssignmentsUsed"].as_u64().unwrap_or_default()
}
