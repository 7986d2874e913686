//! An engine in which the people live that the examples name.

use serde_json::{Map, Value, json};

use super::super::side::{self, Side};
use scimlet_tests::inside::BASE;

/// Where the examples think that SCIM is.
const THEIR_BASE: &str = "https://example.com/v2";

pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
pub const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// Somebody whom groups of the examples have as a member.
#[derive(Clone, Copy)]
pub struct Person {
    /// The RFC's; ours are other ones.
    id: &'static str,
    /// What the RFC calls them in `display`, if it does.
    display: Option<&'static str>,
}

pub const BABS: Person = Person {
    id: "2819c223-7f76-453a-919d-413861904646",
    display: Some("Babs Jensen"),
};
pub const MANDY: Person = Person {
    id: "902c246b-6245-4190-8e05-00816be7344a",
    display: Some("Mandy Pepperidge"),
};
pub const JAMES: Person = Person {
    id: "08e1d05d-121c-4561-8b96-473d93df9210",
    display: Some("James Smith"),
};
/// RFC 7644 section 3.7.2 calls her so, but in no `display`.
const ALICE: Person = Person {
    id: "92b725cd-9465-4e7d-8c16-01f8e146b87a",
    display: None,
};

impl Person {
    /// As `members` of a group show them.
    pub fn member(self) -> Value {
        let Self { id, display } = self;
        let mut member = json!({
            "value": id,
            "$ref": format!("{THEIR_BASE}/Users/{id}"),
            "type": "User"
        });
        if let Some(display) = display {
            member["display"] = json!(display);
        }
        member
    }
}

/// An engine, and what is called differently in it.
pub struct World {
    pub side: Side,
    /// What the examples call it, and what it is called here.
    names: Vec<(&'static str, String)>,
}

impl World {
    /// Natively and as a component, with the settings that a new tenant has.
    pub fn both() -> [Self; 2] {
        [side::native("{}"), side::component("{}")].map(Self::new)
    }

    fn new(side: Side) -> Self {
        let names = vec![(THEIR_BASE, BASE.to_owned())];
        let mut world = Self { side, names };
        for person in [BABS, MANDY, JAMES, ALICE] {
            let user = json!({
                "schemas": [USER],
                "userName": format!("member {}", person.id),
                "displayName": person.display
            });
            let created = world.create("Users", &user).expect("a user");
            let id = created["id"].as_str().expect("an id").to_owned();
            world.names.push((person.id, id));
        }
        world
    }

    /// What an example means here: people and places have other names.
    pub fn translate(&self, example: &Value) -> Value {
        let mut text = example.to_string();
        for (theirs, ours) in &self.names {
            text = text.replace(theirs, ours);
        }
        serde_json::from_str(&text).expect("still JSON")
    }

    /// POST, which must be answered with 201 and what GET shows then.
    pub fn create(&mut self, endpoint: &str, resource: &Value) -> Result<Value, String> {
        let (status, created) = self
            .side
            .send("POST", &format!("/{endpoint}"), Some(resource));
        if status != 201 {
            return Err(format!("POST: {status} {created}"));
        }
        let found = self.get(endpoint, &created)?;
        if found == created {
            return Ok(found);
        }
        Err(format!("POST shows {created}\n    but GET {found}"))
    }

    /// A resource as it is now.
    pub fn get(&mut self, endpoint: &str, resource: &Value) -> Result<Value, String> {
        let (status, found) = self.side.send("GET", &path(endpoint, resource), None);
        if status == 200 {
            return Ok(found);
        }
        Err(format!("GET: {status} {found}"))
    }
}

/// Where a resource is.
#[track_caller]
pub fn path(endpoint: &str, resource: &Value) -> String {
    format!("/{endpoint}/{}", resource["id"].as_str().expect("an id"))
}

/// What is not in `found` as it is in `expected`, but for the attributes of `skip`: paths, and the
/// values. More may be found. Several values may stand in any order, and none of them is the same
/// as no attribute (RFC 7643 section 2.5).
pub fn missing(expected: &Value, found: &Value, skip: &[&str]) -> Vec<String> {
    missing_at(expected, found, "", skip)
}

fn missing_at(expected: &Value, found: &Value, path: &str, skip: &[&str]) -> Vec<String> {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => parts(expected, found, path, skip),
        (Value::Array(expected), Value::Null) if expected.is_empty() => vec![],
        (Value::Array(expected), Value::Array(values)) if expected.len() == values.len() => {
            let is = |one: &&Value, other| missing_at(one, other, path, skip).is_empty();
            let lost = expected
                .iter()
                .filter(|one| !values.iter().any(|it| is(one, it)));
            lost.map(|one| format!("{path}: no {one} in {found}"))
                .collect()
        }
        _ if expected == found => vec![],
        _ => vec![format!("{path}: should be {expected}, is {found}")],
    }
}

fn parts(
    expected: &Map<String, Value>,
    found: &Map<String, Value>,
    path: &str,
    skip: &[&str],
) -> Vec<String> {
    let mut all = Vec::new();
    for (name, value) in expected {
        let path = [path, name].join(if path.is_empty() { "" } else { "." });
        if !skip.contains(&path.as_str()) {
            let other = found.get(name).unwrap_or(&Value::Null);
            all.extend(missing_at(value, other, &path, skip));
        }
    }
    all
}
