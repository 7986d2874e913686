//! The PATCH examples of RFC 7644 section 3.5.2 and what it says they do: to the user of RFC 7643
//! section 8.2, and to groups.

use serde_json::{Map, Value, json};

use super::super::none_wrong;
use super::world::{BABS, GROUP, JAMES, MANDY, Person, World, path};
use super::{named, of_kind};

/// A group before and after.
const GROUPS: [(&str, &[Person], &[Person]); 8] = [
    ("rfc7644-3.5.2-a", &[], &[BABS]),
    ("rfc7644-3.5.2.1-a", &[JAMES], &[JAMES, BABS]),
    // "If the value already exists [...], no changes SHOULD be made".
    ("rfc7644-3.5.2.1-a", &[JAMES, BABS], &[JAMES, BABS]),
    ("rfc7644-3.5.2.2-a", &[BABS, MANDY], &[MANDY]),
    ("rfc7644-3.5.2.2-b", &[BABS, MANDY], &[]),
    ("rfc7644-3.5.2.2-d", &[BABS, MANDY], &[MANDY, JAMES]),
    ("rfc7644-3.5.2.2-e", &[MANDY], &[BABS, JAMES]),
    ("rfc7644-3.5.2.3-a", &[MANDY], &[BABS, JAMES]),
];

/// What becomes of a resource.
struct Case {
    file: &'static str,
    endpoint: &'static str,
    start: Value,
    /// Attributes that are so afterwards, null for those that are gone; all others are as before.
    changes: Value,
}

#[test]
fn every_patch_does_what_the_rfc_says() {
    let cases: Vec<Case> = groups().chain(users()).collect();
    let examples = of_kind(&["PatchOp"]);
    let mut wrong = Vec::new();
    for example in &examples {
        let mut its = cases.iter().filter(|it| it.file == example.name).peekable();
        if its.peek().is_none() {
            wrong.push(format!("{}: not in the table", example.name));
        }
        for case in its {
            for mut world in World::both() {
                if let Err(why) = play(&mut world, case, example.meant()) {
                    wrong.push(format!("{} ({}): {why}", case.file, world.side.name));
                }
            }
        }
    }
    none_wrong(examples.len(), &wrong);
}

fn groups() -> impl Iterator<Item = Case> {
    GROUPS.into_iter().map(|(file, before, after)| {
        let values = |of: &[Person]| of.iter().map(|it| it.member()).collect::<Vec<_>>();
        let mut start = json!({ "schemas": [GROUP], "displayName": "Tour Guides" });
        start["members"] = json!(values(before));
        let changes = match after {
            [] => json!({ "members": null }),
            _ => json!({ "members": values(after) }),
        };
        Case {
            file,
            endpoint: "Groups",
            start,
            changes,
        }
    })
}

fn users() -> impl Iterator<Item = Case> {
    let barbara = named("rfc7643-8.2-a").corrected.expect("a user");
    let email = |at: usize| barbara["emails"][at].clone();
    let (work, home) = (email(0), email(1));
    let mut street = barbara["addresses"].clone();
    street[0]["streetAddress"] = json!("1010 Broadway Ave");
    let mut address = barbara["addresses"].clone();
    address[0] = named("rfc7644-3.5.2.3-b").meant()["Operations"][0]["value"].clone();
    let other = json!({ "value": "other@example.org", "type": "other", "primary": true });
    let table = [
        (
            "rfc7644-3.5.2.1-b",
            json!({ "emails": [work], "nickName": null }),
            json!({ "emails": [work, home], "nickName": "Babs" }),
        ),
        ("rfc7644-3.5.2.2-c", json!({}), json!({ "emails": [home] })),
        (
            "rfc7644-3.5.2.3-b",
            json!({}),
            json!({ "addresses": address }),
        ),
        (
            "rfc7644-3.5.2.3-c",
            json!({}),
            json!({ "addresses": street }),
        ),
        (
            "rfc7644-3.5.2.3-d",
            json!({ "emails": [other], "nickName": "Barb" }),
            json!({ "emails": [work, home], "nickName": "Babs" }),
        ),
    ];
    table
        .into_iter()
        .map(move |(file, otherwise, changes)| Case {
            file,
            endpoint: "Users",
            start: changed(&barbara, &otherwise),
            changes,
        })
}

fn play(world: &mut World, case: &Case, message: &Value) -> Result<(), String> {
    let before = world.create(case.endpoint, &world.translate(&case.start))?;
    let path = path(case.endpoint, &before);
    let message = world.translate(message);
    let (status, answer) = world.side.send("PATCH", &path, Some(&message));
    if !matches!(status, 200 | 204) {
        return Err(format!("{status} {answer}"));
    }
    let after = world.get(case.endpoint, &before)?;
    if status == 200 && answer != after {
        return Err(format!("PATCH shows {answer}\n    but GET {after}"));
    }
    let expected = changed(&before, &world.translate(&case.changes));
    let [expected, found] = [&expected, &after].map(settled);
    if expected == found {
        return Ok(());
    }
    Err(format!("should be {expected}\n    but is    {found}"))
}

/// A resource with some attributes otherwise; null takes one away.
fn changed(resource: &Value, changes: &Value) -> Value {
    let mut resource = resource.clone();
    let own = resource.as_object_mut().expect("a resource");
    for (name, value) in changes.as_object().expect("changes") {
        if value.is_null() {
            own.remove(name);
        } else {
            own.insert(name.clone(), value.clone());
        }
    }
    resource
}

/// Without what only the server sets (`meta`, `display` of members), and the values of an attribute
/// in one order: they have none (RFC 7643 section 2.4).
fn settled(resource: &Value) -> Value {
    let own = resource.as_object().expect("a resource").iter();
    let own = own.filter(|(name, _)| *name != "meta");
    let own = own.map(|(name, value)| match value {
        Value::Array(values) => (name.clone(), in_order(name, values)),
        _ => (name.clone(), value.clone()),
    });
    Value::Object(own.collect::<Map<_, _>>())
}

fn in_order(name: &str, values: &[Value]) -> Value {
    let mut values = values.to_vec();
    if name == "members" {
        for member in &mut values {
            member.as_object_mut().expect("a member").remove("display");
        }
    }
    values.sort_by_key(Value::to_string);
    Value::Array(values)
}
