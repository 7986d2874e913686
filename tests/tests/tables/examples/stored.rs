//! Users and groups of the examples: a client that sends one gets it back.
//!
//! All are sent as they are, most of them with an `id` and a `meta` that only a server sets. No
//! example needs a tolerance.

use serde_json::{Value, json};

use super::super::none_wrong;
use super::world::{GROUP, USER, World, missing, path};
use super::{Example, of_kind};

/// What is not as the client sent it, and why.
const NOT_THE_CLIENTS: [(&str, &str); 7] = [
    ("id", "readOnly (RFC 7643 section 3.1)"),
    ("meta", "readOnly (RFC 7643 section 3.1)"),
    ("schemas", "a set, which may be larger; compared as such"),
    (
        "groups",
        "readOnly: changed by way of the groups (RFC 7643 section 4.1.2)",
    ),
    ("password", "never returned (RFC 7643 section 4.1.1)"),
    (
        "members.display",
        "readOnly here (section 2.4): the member's, and not shown yet",
    ),
    (
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User.manager.displayName",
        "readOnly (RFC 7643 section 4.3)",
    ),
];

/// An `externalId` of nobody in the examples.
const LEFT: &str = "of the other";

#[test]
fn every_user_and_group_is_stored_as_it_is_sent() {
    each(create);
}

/// PUT takes them too, and nothing is left of what was there (RFC 7644 section 3.5.1).
#[test]
fn every_user_and_group_takes_the_place_of_another() {
    each(replace);
}

fn each(put: impl Fn(&mut World, &str, &Value) -> Result<Value, String>) {
    let examples = of_kind(&["User", "EnterpriseUser", "Group"]);
    let mut wrong = Vec::new();
    for example in &examples {
        for mut world in World::both() {
            let sent = world.translate(example.meant());
            let result = put(&mut world, endpoint(example), &sent);
            if let Err(why) = result.and_then(|found| is_there(&sent, &found)) {
                wrong.push(format!("{} ({}): {why}", example.name, world.side.name));
            }
        }
    }
    none_wrong(examples.len(), &wrong);
}

fn endpoint(example: &Example) -> &'static str {
    if example.kind == "Group" {
        "Groups"
    } else {
        "Users"
    }
}

fn create(world: &mut World, endpoint: &str, sent: &Value) -> Result<Value, String> {
    world.create(endpoint, sent)
}

fn replace(world: &mut World, endpoint: &str, sent: &Value) -> Result<Value, String> {
    let other = match endpoint {
        "Users" => json!({ "schemas": [USER], "userName": "other", "externalId": LEFT }),
        _ => json!({ "schemas": [GROUP], "displayName": "other", "externalId": LEFT }),
    };
    let other = world.create(endpoint, &other)?;
    let path = path(endpoint, &other);
    let (status, answer) = world.side.send("PUT", &path, Some(sent));
    if status != 200 {
        return Err(format!("PUT: {status} {answer}"));
    }
    let found = world.get(endpoint, &other)?;
    let left = found["externalId"] == LEFT;
    if left || found != answer || found["id"] != other["id"] {
        return Err(format!("PUT shows {answer}\n    but GET {found}"));
    }
    Ok(found)
}

fn is_there(sent: &Value, found: &Value) -> Result<(), String> {
    let skip = NOT_THE_CLIENTS.map(|(path, _)| path);
    let mut lost = missing(sent, found, &skip);
    if !found["password"].is_null() {
        lost.push("the password is shown".to_owned());
    }
    let schemas = found["schemas"].as_array().ok_or("no schemas")?;
    for schema in sent["schemas"].as_array().ok_or("no schemas sent")? {
        if !schemas.contains(schema) {
            lost.push(format!("schemas: no {schema}"));
        }
    }
    if lost.is_empty() {
        Ok(())
    } else {
        Err(lost.join("\n    "))
    }
}
