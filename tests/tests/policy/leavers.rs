//! Nothing a policy says or does keeps a leaver licensed.

use scimlet_engine::facts::Broken;
use scimlet_tests::tenant::patch;
use serde_json::{Value, json};

use crate::world::{Rules, World, no};

/// Says no to everything, in every hook.
fn refuses() -> Rules {
    Rules {
        entitle: Some(|_, _, _| Err(no("never"))),
        shape: Some(|_, _| Err(no("never"))),
        ..Rules::default()
    }
}

fn fails() -> Rules {
    Rules {
        broken: Some(Broken::Deadline),
        ..refuses()
    }
}

/// Turns everything that leaves round.
fn resists() -> Rules {
    Rules {
        number: 0,
        entitle: Some(|_, _, _| Ok(vec!["pro", "lite"])),
        shape: Some(|_, document| {
            let text = document.to_string();
            let text = text.replace("false", "true").replace("False", "True");
            Ok(serde_json::from_str(&text).expect("JSON still"))
        }),
        broken: None,
    }
}

fn works() -> Rules {
    Rules {
        entitle: Some(|_, _, _| Ok(vec!["pro", "lite"])),
        ..Rules::default()
    }
}

/// A way to leave.
type Leave = fn(&mut World, &str);

const WAYS: [(&str, Leave); 6] = [
    ("PATCH", |world, id| {
        world.patch(
            id,
            &json!({ "op": "replace", "path": "active", "value": false }),
        );
    }),
    ("PATCH without a path", |world, id| {
        world.patch(
            id,
            &json!({ "op": "replace", "value": { "active": false } }),
        );
    }),
    ("PUT", |world, id| {
        let user = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "ann", "active": false,
        });
        world.ok("PUT", &format!("/Users/{id}"), &user);
    }),
    ("PUT under the name of the core schema", |world, id| {
        let core = "urn:ietf:params:scim:schemas:core:2.0:User";
        let user = json!({
            "schemas": [core],
            core: { "userName": "ann", "active": false },
        });
        world.ok("PUT", &format!("/Users/{id}"), &user);
    }),
    ("DELETE", |world, id| {
        world.ok("DELETE", &format!("/Users/{id}"), &Value::Null);
    }),
    ("Bulk", |world, id| {
        let bulk = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{
                "method": "PATCH", "path": format!("/Users/{id}"),
                "data": patch(&json!([{ "op": "replace", "path": "active", "value": false }])),
            }],
        });
        let answer = world.ok("POST", "/Bulk", &bulk);
        assert_eq!(answer["Operations"][0]["status"], "200", "{answer}");
    }),
];

#[test]
fn every_way_out_is_open_whatever_the_policy_does() {
    for (name, rules) in [
        ("refuses", refuses()),
        ("fails", fails()),
        ("resists", resists()),
    ] {
        for on_failure in ["refuse", "ignore"] {
            for (way, leave) in WAYS {
                let mut world = World::new(
                    &json!({
                        "tolerances": { "coreUrnBlock": true },
                        "policy": { "onFailure": on_failure },
                    }),
                    works(),
                );
                for sku in ["pro", "lite"] {
                    world.license(sku, 1);
                }
                let ann = world.user(&json!({ "userName": "ann", "asks": ["pro"] }));
                let next = world.user(&json!({ "userName": "next", "asks": ["pro"] }));
                assert_eq!(
                    world.has(&next),
                    ["pro waiting entitlements", "lite waiting policy"]
                );
                world.rules(rules);
                leave(&mut world, &ann);
                if way != "DELETE" {
                    assert_eq!(world.has(&ann), [] as [&str; 0], "{name} {way}");
                }
                let moved_up = ["pro active entitlements", "lite active policy"];
                assert_eq!(world.has(&next), moved_up, "{name} {way}");
                world.sweep();
            }
        }
    }
}

#[test]
fn a_license_that_is_asked_for_no_longer_goes() {
    for rules in [refuses(), fails()] {
        let mut world = World::new(
            &json!({}),
            Rules {
                entitle: Some(|_, _, proposed| {
                    let pro = proposed.iter().any(|sku| sku == "pro");
                    Ok(if pro { vec!["pro"] } else { Vec::new() })
                }),
                ..Rules::default()
            },
        );
        world.license("pro", 1);
        let ann = world.user(&json!({ "userName": "ann", "asks": ["pro"] }));
        world.rules(rules);
        world.patch(&ann, &json!({ "op": "remove", "path": "entitlements" }));
        assert_eq!(world.has(&ann), [] as [&str; 0]);
    }
}
