//! The policy may rewrite what is sent about users, within what a client could send.

use serde_json::json;

use crate::world::{Rules, Shape, World, no, user};

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
