//! The policy may rewrite what is sent about users, within what a client could send.

use scimlet_tests::tenant::patch;
use serde_json::json;

use crate::world::{Rules, Shape, World, no, user};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

fn shaping(shape: Shape) -> World {
    World::new(
        &json!({}),
        Rules {
            shape: Some(shape),
            ..Rules::default()
        },
    )
}

#[test]
fn what_it_writes_is_what_was_sent() {
    let mut world = shaping(|question, mut user| {
        assert_eq!(question.operation, "create");
        user["title"] = json!("from the policy");
        Ok(user)
    });
    let ann = world.user(&json!({ "userName": "ann" }));
    let ann = world.ok("GET", &format!("/Users/{ann}"), &json!(null));
    assert_eq!(ann["title"], "from the policy");
}

#[test]
fn it_cannot_write_what_a_client_could_not() {
    let mut world = shaping(|_, mut user| {
        user["shoeSize"] = json!(44);
        Ok(user)
    });
    let ann = user(&json!({ "userName": "ann" }));
    let refused = (400, "invalidSyntax".to_owned());
    let (status, answer) = world.send("POST", "/Users", &ann);
    let detail = answer["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("policy"), "{status} {detail}");
    assert_eq!(world.refused("POST", "/Users", &ann).0, refused.0);
}

#[test]
fn it_rewrites_a_patch_as_a_message() {
    let mut world = shaping(|question, mut document| {
        if question.operation == "patch" {
            document["Operations"][0]["value"] = json!("from the policy");
        }
        Ok(document)
    });
    let ann = world.user(&json!({ "userName": "ann" }));
    world.patch(
        &ann,
        &json!({ "op": "replace", "path": "title", "value": "sent" }),
    );
    let ann = world.ok("GET", &format!("/Users/{ann}"), &json!(null));
    assert_eq!(ann["title"], "from the policy");
}

#[test]
fn its_no_is_the_answer() {
    let mut world = shaping(|_, _| Err(no("unwelcome")));
    let ann = user(&json!({ "userName": "ann" }));
    let refused = (403, "policyRefused".to_owned());
    assert_eq!(world.refused("POST", "/Users", &ann), refused);
}

#[test]
fn nobody_else_is_shown_to_it() {
    let mut world = shaping(|_, _| Err(no("unwelcome")));
    let group = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": "Field",
    });
    world.ok("POST", "/Groups", &group);
    world.license("pro", 1);
    assert_eq!(world.asked(), [] as [&str; 0]);
}

/// Under whatever name and in whatever place.
#[test]
fn nobody_is_made_inactive_by_another_name() {
    let shapes: [Shape; 3] = [
        |_, mut user| {
            user["Active"] = json!(false);
            Ok(user)
        },
        |_, mut user| {
            user[CORE] = json!({ "active": false });
            Ok(user)
        },
        |_, mut user| {
            user[CORE] = json!({ CORE: { "active": "False" } });
            Ok(user)
        },
    ];
    for (number, shape) in shapes.into_iter().enumerate() {
        let mut world = World::new(
            &json!({ "tolerances": { "coreUrnBlock": true, "boolStrings": true } }),
            Rules {
                shape: Some(shape),
                ..Rules::default()
            },
        );
        let ann = world.user(&json!({ "userName": "ann" }));
        assert_eq!(world.get(&ann)["active"], json!(true), "{number}: POST");
        let put = user(&json!({ "userName": "ann", "title": "x" }));
        world.ok("PUT", &format!("/Users/{ann}"), &put);
        assert_eq!(world.get(&ann)["active"], json!(true), "{number}: PUT");
    }
}

/// What a PATCH says nothing of, its rewriting cannot change.
#[test]
fn nobody_is_made_active_or_inactive_by_a_rewritten_patch() {
    // By what was sent nobody inactive gains anything; and what was sent may be no good itself.
    for (active, path, status) in [
        (true, "title", 503),
        (true, "nonsense", 503),
        (false, "title", 200),
        (false, "nonsense", 503),
    ] {
        let mut world = World::new(&json!({}), Rules::default());
        let ann = world.user(&json!({ "userName": "ann", "active": active }));
        world.rules(Rules {
            shape: Some(|_, mut document| {
                let comes = document["Operations"][0]["value"] == "come";
                document["Operations"] = json!([
                    { "op": "replace", "path": format!("{CORE}:active"), "value": comes },
                ]);
                Ok(document)
            }),
            ..Rules::default()
        });
        let says = if active { "go" } else { "come" };
        let sent = patch(&json!([{ "op": "replace", "path": path, "value": says }]));
        let (got, answer) = world.send("PATCH", &format!("/Users/{ann}"), &sent);
        assert_eq!(got, status, "{says} {path}: {answer}");
        assert_eq!(world.get(&ann)["active"], json!(active), "{says} {path}");
    }
}

/// A word that has `active` in it is not `active`.
#[test]
fn a_title_is_a_title() {
    let mut world = World::new(&json!({}), Rules::default());
    let ann = world.user(&json!({ "userName": "ann" }));
    world.rules(Rules {
        shape: Some(|_, mut document| {
            document["Operations"] =
                json!([{ "op": "replace", "path": "title", "value": "Interactive designer" }]);
            Ok(document)
        }),
        ..Rules::default()
    });
    world.patch(
        &ann,
        &json!({ "op": "replace", "path": "title", "value": "x" }),
    );
    assert_eq!(world.get(&ann)["title"], "Interactive designer");
}

/// What it puts into a PUT is its addition, in every one: nobody's license comes and goes with each
/// other synchronisation.
#[test]
fn what_it_adds_to_a_put_stays() {
    let mut world = shaping(|question, mut document| {
        if question.operation != "patch" {
            let asked = document["entitlements"][0]["value"].clone();
            let sku = if asked == "pro" { "lite" } else { "basic" };
            document["entitlements"] = json!([{ "value": sku }]);
        }
        Ok(document)
    });
    for sku in ["pro", "lite", "basic"] {
        world.license(sku, 5);
    }
    let ann = world.user(&json!({ "userName": "ann", "asks": ["pro"] }));
    let bob = world.user(&json!({ "userName": "bob" }));
    for round in 0..3 {
        assert_eq!(world.has(&ann), ["lite active entitlements"], "{round}");
        assert_eq!(world.has(&bob), ["basic active entitlements"], "{round}");
        for (id, sent) in [
            (
                &ann,
                json!({ "userName": "ann", "asks": ["pro"], "title": format!("{round}") }),
            ),
            (
                &bob,
                json!({ "userName": "bob", "title": format!("{round}") }),
            ),
        ] {
            world.ok("PUT", &format!("/Users/{id}"), &user(&sent));
        }
    }
}

/// Another spelling of what somebody has is not taken for a removal.
#[test]
fn what_it_spells_otherwise_is_no_removal() {
    let settings = json!({
        "licensing": { "attributes": [{ "path": "userType", "map": { "Employee": "basic" } }] },
    });
    let mut world = World::new(
        &settings,
        Rules {
            shape: Some(|_, document| {
                let text = document.to_string();
                let text = text
                    .replace("EMPLOYEE", "Employee")
                    .replace("Professional", "pro");
                Ok(serde_json::from_str(&text).unwrap())
            }),
            ..Rules::default()
        },
    );
    for sku in ["pro", "basic"] {
        world.license(sku, 5);
    }
    let has = ["pro active entitlements", "basic active attribute:userType"];
    let ann = json!({ "userName": "ann", "userType": "EMPLOYEE", "asks": ["Professional"] });
    let ann = world.user(&ann);
    assert_eq!(world.has(&ann), has);
    for operation in [
        json!({ "op": "replace", "path": "userType", "value": "EMPLOYEE" }),
        json!({ "op": "replace", "path": "entitlements", "value": [{ "value": "Professional" }] }),
    ] {
        world.patch(&ann, &operation);
        assert_eq!(world.has(&ann), has, "{operation}");
    }
    let path = "entitlements[value eq \"Professional\"]";
    world.patch(&ann, &json!({ "op": "remove", "path": path }));
    assert_eq!(world.has(&ann), ["basic active attribute:userType"]);
}

#[test]
fn nobody_is_made_inactive_by_it() {
    let mut world = shaping(|_, mut user| {
        user["active"] = json!(false);
        Ok(user)
    });
    let ann = world.user(&json!({ "userName": "ann" }));
    let ann = world.ok("GET", &format!("/Users/{ann}"), &json!(null));
    assert_eq!(ann["active"], json!(true));
}
