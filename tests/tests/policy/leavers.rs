//! Nothing a policy says or does keeps a leaver licensed.

use scimlet_engine::facts::Broken;
use scimlet_tests::tenant::patch;
use serde_json::{Value, json};

use crate::world::{Rules, World, no, user};

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

/// Makes of everything what no schema knows.
fn spoils() -> Rules {
    Rules {
        shape: Some(|_, _| Ok(json!({ "nonsense": true }))),
        ..works()
    }
}

/// A way to leave.
type Leave = fn(&mut World, &str);

const WAYS: [(&str, Leave); 9] = [
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
    ("PATCH in other letters of JSON", |world, id| {
        let body = patch(&json!([{ "op": "replace", "path": "active", "value": false }]));
        let body = body.to_string().replace("active", r"\u0061ctiv\u0065");
        let (status, answer) = world.send_text("PATCH", &format!("/Users/{id}"), body);
        assert_eq!(status, 200, "{answer}");
    }),
    ("PATCH as text", |world, id| {
        world.patch(
            id,
            &json!({ "op": "Replace", "path": "active", "value": "False" }),
        );
    }),
    ("PUT in other letters of JSON", |world, id| {
        let body = r#"{
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "userName": "ann", "\u0041ctive": false
        }"#;
        let (status, answer) = world.send_text("PUT", &format!("/Users/{id}"), body.to_owned());
        assert_eq!(status, 200, "{answer}");
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
        ("spoils", spoils()),
    ] {
        for on_failure in ["refuse", "ignore"] {
            for (way, leave) in WAYS {
                let mut world = World::new(
                    &json!({
                        "tolerances": {
                            "coreUrnBlock": true, "opCase": true, "boolStrings": true,
                        },
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
                    // Providers say it again, where they have not heard the answer.
                    leave(&mut world, &ann);
                    assert_eq!(world.get(&ann)["active"], json!(false), "{name} {way}");
                }
                let moved_up = ["pro active entitlements", "lite active policy"];
                assert_eq!(world.has(&next), moved_up, "{name} {way}");
                world.sweep();
            }
        }
    }
}

/// Makes of every PATCH one of something else.
fn loses() -> Rules {
    Rules {
        shape: Some(|question, mut document| {
            if question.operation == "patch" {
                let other = json!({ "op": "replace", "path": "nickName", "value": "x" });
                document["Operations"] = json!([other]);
            }
            Ok(document)
        }),
        ..proposes()
    }
}

/// Grants what is proposed.
fn proposes() -> Rules {
    Rules {
        entitle: Some(|_, _, proposed| {
            let is_proposed = |sku: &&str| proposed.iter().any(|it| it == sku);
            Ok(["pro", "basic"].into_iter().filter(is_proposed).collect())
        }),
        ..Rules::default()
    }
}

/// A way to take from somebody what they ask for.
type Take = fn(&mut World, &str);

const TAKES: [(&str, Take); 4] = [
    ("PATCH", |world, id| {
        world.patch(id, &json!({ "op": "remove", "path": "entitlements" }));
    }),
    ("PATCH of one", |world, id| {
        let path = "entitlements[value eq \"pro\"]";
        world.patch(id, &json!({ "op": "remove", "path": path }));
    }),
    ("PATCH with an empty list", |world, id| {
        let empty = json!({ "op": "replace", "value": { "entitlements": [] } });
        world.patch(id, &empty);
    }),
    ("PUT", |world, id| {
        let put = user(&json!({ "userName": "ann" }));
        world.ok("PUT", &format!("/Users/{id}"), &put);
    }),
];

/// Somebody asks for `pro` no longer, and has this left, whatever the policy does meanwhile.
fn taken(settings: &Value, prepare: fn(&mut World), left: &[&str]) {
    for (name, rules) in [
        ("refuses", refuses()),
        ("fails", fails()),
        (
            "spoils",
            Rules {
                entitle: proposes().entitle,
                ..spoils()
            },
        ),
        ("loses", loses()),
    ] {
        for (way, take) in TAKES {
            let mut world = World::new(settings, proposes());
            world.license("pro", 1);
            prepare(&mut world);
            let ann = world.user(&json!({ "userName": "ann", "asks": ["pro"] }));
            world.rules(rules);
            take(&mut world, &ann);
            assert_eq!(world.has(&ann), left, "{name} {way}");
            assert_eq!(world.get(&ann)["entitlements"], Value::Null, "{name} {way}");
        }
    }
}

#[test]
fn a_license_that_is_asked_for_no_longer_goes() {
    taken(&json!({}), |_| {}, &[]);
}

#[test]
fn a_place_in_a_line_goes() {
    let full = |world: &mut World| {
        world.user(&json!({ "userName": "first", "asks": ["pro"] }));
    };
    taken(&json!({}), full, &[]);
}

#[test]
fn what_the_guard_holds_is_taken_all_the_same() {
    let guard = json!({ "licensing": { "guard": { "max": 0, "window": "PT1H" } } });
    taken(&guard, |_| {}, &["pro held guardHeld entitlements"]);
}

#[test]
fn what_means_no_license_goes_too() {
    let ignored = json!({ "licensing": { "entitlements": { "unmapped": "ignore" } } });
    taken(&ignored, |_| {}, &[]);
}

/// What comes in the place of something comes in its place.
#[test]
fn a_swap_that_the_policy_has_lost_is_carried_out() {
    let mut world = World::new(&json!({}), proposes());
    for sku in ["pro", "basic"] {
        world.license(sku, 1);
    }
    let ann = world.user(&json!({ "userName": "ann", "asks": ["pro"] }));
    world.rules(loses());
    let swap = json!({ "op": "replace", "path": "entitlements", "value": [{ "value": "basic" }] });
    world.patch(&ann, &swap);
    assert_eq!(world.has(&ann), ["basic active entitlements"]);
}

/// The default goes because something else comes: nothing is taken by that.
#[test]
fn who_has_the_default_is_given_nothing_against_the_policys_no() {
    let default = json!({ "licensing": { "default": ["basic"] } });
    for rules in [
        Rules {
            entitle: None,
            ..refuses()
        },
        Rules {
            shape: None,
            ..refuses()
        },
    ] {
        let mut world = World::new(&default, proposes());
        for sku in ["basic", "pro"] {
            world.license(sku, 5);
        }
        let ann = world.user(&json!({ "userName": "ann" }));
        assert_eq!(world.has(&ann), ["basic active default"]);
        world.rules(rules);
        let add = json!([{ "op": "add", "path": "entitlements", "value": [{ "value": "pro" }] }]);
        let refused = world.refused("PATCH", &format!("/Users/{ann}"), &patch(&add));
        assert_eq!(refused, (403, "policyRefused".to_owned()));
    }
}
