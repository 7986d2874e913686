//! The policy has the last word on who should hold what.

use scimlet_engine::facts::Broken;
use scimlet_tests::tenant::patch;
use serde_json::{Value, json};

use crate::world::{Rules, World, no, user};

/// Contractors get `lite` for `pro`; whoever is in `Field` gets `maps` as well.
fn swaps() -> Rules {
    Rules {
        entitle: Some(|_, user, proposed| {
            let mut skus = Vec::new();
            if proposed.iter().any(|sku| sku == "pro") {
                let is_contractor = user["userType"] == "Contractor";
                skus.push(if is_contractor { "lite" } else { "pro" });
            }
            let mut groups = user["groups"].as_array().into_iter().flatten();
            if groups.any(|group| group["display"] == "Field") {
                skus.push("maps");
            }
            Ok(skus)
        }),
        ..Rules::default()
    }
}

fn world(rules: Rules) -> World {
    let mut world = World::new(&json!({}), rules);
    for sku in ["pro", "lite", "maps"] {
        world.license(sku, 10);
    }
    world
}

#[test]
fn what_it_adds_is_granted_and_what_it_leaves_out_is_shown_where_it_is_asked_for() {
    let mut world = world(swaps());
    let ann = world.user(&json!({ "userName": "ann", "asks": ["pro"] }));
    let bob = world.user(&json!({ "userName": "bob", "userType": "Contractor", "asks": ["pro"] }));
    assert_eq!(world.has(&ann), ["pro active entitlements"]);
    let swapped = [
        "pro blocked policyDenied entitlements",
        "lite active policy",
    ];
    assert_eq!(world.has(&bob), swapped);
    world.patch(
        &bob,
        &json!({ "op": "replace", "path": "userType", "value": "Employee" }),
    );
    assert_eq!(world.has(&bob), ["pro active entitlements"]);
    world.patch(&bob, &json!({ "op": "remove", "path": "entitlements" }));
    assert_eq!(world.has(&bob), [] as [&str; 0]);
    assert_eq!(
        world.asked(),
        ["create ann", "create bob", "patch bob", "patch bob"]
    );
}

#[test]
fn it_sees_groups_and_is_asked_when_they_change() {
    let mut world = world(swaps());
    let ann = world.user(&json!({ "userName": "ann" }));
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Field", "members": [{ "value": ann }],
    });
    let group = world.ok("POST", "/Groups", &group);
    assert_eq!(world.has(&ann), ["maps active policy"]);
    let path = format!("/Groups/{}", group["id"].as_str().expect("an id"));
    world.ok("DELETE", &path, &json!(null));
    assert_eq!(world.has(&ann), [] as [&str; 0]);
    assert_eq!(world.asked(), ["create ann", "settle ann", "settle ann"]);
}

#[test]
fn its_no_refuses_what_adds_and_nothing_else() {
    let mut world = world(swaps());
    let ann = world.user(&json!({ "userName": "ann", "asks": ["pro", "lite"] }));
    let denied = [
        "pro active entitlements",
        "lite blocked policyDenied entitlements",
    ];
    assert_eq!(world.has(&ann), denied);
    world.rules(Rules {
        entitle: Some(|_, _, _| Err(no("frozen"))),
        ..Rules::default()
    });
    let bob = user(&json!({ "userName": "bob", "asks": ["pro"] }));
    let refused = (403, "policyRefused".to_owned());
    assert_eq!(world.refused("POST", "/Users", &bob), refused);
    // Nothing is asked for: nothing to refuse.
    world.user(&json!({ "userName": "cid" }));
    // What is held stays, what was denied stays denied, what goes goes.
    world.patch(
        &ann,
        &json!({ "op": "replace", "path": "title", "value": "x" }),
    );
    assert_eq!(world.has(&ann), denied);
    let fewer = json!({ "op": "replace", "path": "entitlements", "value": [{ "value": "maps" }] });
    world.patch(&ann, &fewer);
    assert_eq!(world.has(&ann), ["maps blocked policyRefused entitlements"]);
}

#[test]
fn another_policy_is_another_settlement_of_everybody() {
    let mut world = world(swaps());
    let bob = world.user(&json!({ "userName": "bob", "userType": "Contractor", "asks": ["pro"] }));
    world.rules(Rules {
        number: 1,
        entitle: Some(|_, _, _| Ok(vec!["pro"])),
        ..Rules::default()
    });
    world.sweep();
    assert_eq!(world.has(&bob), ["pro active entitlements"]);
    world.rules(Rules::default());
    world.patch(&bob, &json!({ "op": "remove", "path": "entitlements" }));
    assert_eq!(world.has(&bob), [] as [&str; 0]);
}

/// A policy that denies everybody everything is more likely wrong than meant.
#[test]
fn the_guard_holds_what_a_policy_takes_from_many() {
    let guard = json!({ "licensing": { "guard": { "max": 2, "window": "PT1H" } } });
    let mut world = World::new(&guard, swaps());
    world.license("pro", 10);
    let users: Vec<String> = (0..5)
        .map(|at| world.user(&json!({ "userName": format!("user{at}"), "asks": ["pro"] })))
        .collect();
    world.sweep();
    let denies = Rules {
        number: 1,
        entitle: Some(|_, _, _| Ok(Vec::new())),
        ..Rules::default()
    };
    world.rules(denies);
    world.sweep();
    for user in &users {
        assert_eq!(world.has(user), ["pro held guardHeld entitlements"]);
    }
    // Rolled back, all is as it was.
    world.rules(swaps());
    world.sweep();
    for user in &users {
        assert_eq!(world.has(user), ["pro active entitlements"]);
    }
}

#[test]
fn nonsense_is_a_failure() {
    let mut world = world(Rules {
        entitle: Some(|_, _, _| Ok(vec!["bad\u{7}sku"])),
        ..Rules::default()
    });
    let ann = user(&json!({ "userName": "ann", "asks": ["pro"] }));
    assert_eq!(world.refused("POST", "/Users", &ann).0, 503);
}

/// The tenant's settings know no `pro`, and the policy gives it all the same.
fn unmapped(on_failure: &str) -> World {
    let settings = json!({
        "licensing": { "entitlements": { "map": { "x": "lite" }, "unmapped": "block" } },
        "policy": { "onFailure": on_failure },
    });
    let gives = Rules {
        entitle: Some(|_, user, _| {
            let asks = user["entitlements"][0]["value"] == "pro";
            Ok(if asks { vec!["pro"] } else { Vec::new() })
        }),
        ..Rules::default()
    };
    let mut world = World::new(&settings, gives);
    world.license("pro", 10);
    world
}

#[test]
fn what_it_gives_for_an_entitlement_stays_while_it_fails_and_goes_with_the_entitlement() {
    for on_failure in ["refuse", "ignore"] {
        for rules in [
            Rules {
                entitle: Some(|_, _, _| Err(no("frozen"))),
                ..Rules::default()
            },
            Rules {
                broken: Some(Broken::Trapped),
                ..swaps()
            },
        ] {
            let mut world = unmapped(on_failure);
            let ann = world.user(&json!({ "userName": "ann", "asks": ["pro"] }));
            let given = ["pro active entitlements policy"];
            assert_eq!(world.has(&ann), given);
            world.rules(rules);
            world.patch(
                &ann,
                &json!({ "op": "replace", "path": "title", "value": "x" }),
            );
            assert_eq!(world.has(&ann), given);
            world.patch(&ann, &json!({ "op": "remove", "path": "entitlements" }));
            assert_eq!(world.has(&ann), [] as [&str; 0]);
        }
    }
}

/// A group, by the ids of its members.
fn group(name: &str, ids: &[&String]) -> Value {
    let members: Vec<_> = ids.iter().map(|id| json!({ "value": id })).collect();
    let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
    json!({ "schemas": [schema], "displayName": name, "members": members })
}

/// Who leaves a group leaves it, whoever comes with the same request, and though the settings give
/// nothing for it that is not given elsewhere.
#[test]
fn a_group_that_somebody_leaves_is_never_refused() {
    let map = json!({ "Field": "pro", "Sea": "pro", "Lake": "lite" });
    let settings = json!({ "licensing": { "groups": { "map": map } } });
    let refused = (403, "policyRefused".to_owned());
    for way in ["join", "leave and join", "replace", "rename"] {
        let mut world = World::new(&settings, swaps());
        for sku in ["pro", "lite", "maps"] {
            world.license(sku, 10);
        }
        let [lea, new] = ["lea", "new"].map(|name| world.user(&json!({ "userName": name })));
        world.ok("POST", "/Groups", &group("Sea", &[&lea]));
        let field = world.ok("POST", "/Groups", &group("Field", &[&lea]));
        assert_eq!(world.has(&lea).last().unwrap(), "maps active policy");
        world.rules(Rules {
            entitle: Some(|_, _, _| Err(no("frozen"))),
            ..Rules::default()
        });
        let join = json!({ "op": "add", "path": "members", "value": [{ "value": new }] });
        let leave = json!({ "op": "remove", "path": format!("members[value eq \"{lea}\"]") });
        let (method, body) = match way {
            "join" => ("PATCH", patch(&json!([join]))),
            "leave and join" => ("PATCH", patch(&json!([leave, join]))),
            "replace" => ("PUT", group("Field", &[&new])),
            _ => ("PUT", group("Lake", &[&lea])),
        };
        let path = format!("/Groups/{}", field["id"].as_str().unwrap());
        if way == "join" {
            assert_eq!(world.refused(method, &path, &body), refused);
            continue;
        }
        world.ok(method, &path, &body);
        let comes = if way == "rename" { &lea } else { &new };
        let is_new = |it: &String| it.contains(" blocked policyRefused group:");
        assert!(world.has(comes).iter().any(is_new), "{way}");
        let there = world.ok("GET", &path, &Value::Null)["members"][0]["value"].clone();
        assert_eq!(there, json!(comes), "{way}");
    }
}
