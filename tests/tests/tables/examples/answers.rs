//! Messages that only servers send: ours look like those of the examples.
//!
//! `BulkRequest` and `BulkResponse` go through the round trip alone, here and now: [`BULKS`] is
//! the place to post them from. So do security event tokens, which this server does not send.

use serde_json::{Value, json};

use super::super::none_wrong;
use super::world::{USER, World};
use super::{named, of_kind};

/// Requests that are answered with the message of an example: method, path, body.
type Request = (&'static str, &'static str, Option<Value>);

/// Members of `example` that `answer` has not, or of another type. What stands in `Resources` is
/// the matter of others.
pub fn unlike(example: &Value, answer: &Value) -> Vec<String> {
    let members = example.as_object().expect("a message").iter();
    let unlike = members.filter(|(name, value)| !same_type(value, &answer[name.as_str()]));
    unlike
        .map(|(name, value)| format!("{name}: {value}"))
        .collect()
}

/// Whether both are of one JSON type.
pub fn same_type(one: &Value, other: &Value) -> bool {
    std::mem::discriminant(one) == std::mem::discriminant(other)
}

/// What brings about the answer of an example; `{id}` is the user's of the world.
fn requests() -> [(&'static str, Request); 8] {
    let id_is_mine = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{ "op": "replace", "path": "id", "value": "mine" }]
    });
    let gone = "/Users/2819c223-7f76-453a-919d-413861904646";
    [
        ("rfc7644-3.6-a", ("GET", gone, None)),
        ("rfc7644-3.12-b", ("DELETE", gone, None)),
        ("rfc7644-3.12-c", ("PATCH", "/Users/{id}", Some(id_is_mine))),
        (
            "rfc7644-3.4.2-a",
            ("GET", "/Users?attributes=userName", None),
        ),
        (
            "rfc7644-3.4.2.4-a",
            ("GET", "/Users?startIndex=1&count=10", None),
        ),
        (
            "rfc7644-3.7.1-b",
            ("GET", "/Groups?filter=displayName%20pr", None),
        ),
        ("rfc7644-4-a", ("GET", "/ResourceTypes", None)),
        ("rfc9865-2-a", ("GET", "/Users?cursor&count=2", None)),
    ]
}

#[test]
fn our_answers_look_like_those_of_the_rfcs() {
    let requests = requests();
    let mut wrong = Vec::new();
    for (name, request) in &requests {
        for mut world in World::both() {
            if let Err(why) = compare(&mut world, name, request) {
                wrong.push(format!("{name} ({}): {why}", world.side.name));
            }
        }
    }
    none_wrong(requests.len(), &wrong);
}

fn compare(world: &mut World, name: &str, request: &Request) -> Result<(), String> {
    let (method, path, body) = request;
    let user = world.create(
        "Users",
        &json!({ "schemas": [USER], "userName": "bjensen" }),
    )?;
    let path = path.replace("{id}", user["id"].as_str().expect("an id"));
    let (status, answer) = world.side.send(method, &path, body.as_ref());
    let example = named(name);
    let meant = example.meant();
    let same = |name: &str| meant[name].is_null() || meant[name] == answer[name];
    let as_printed = status == example.status.unwrap_or(200)
        && ["schemas", "status", "scimType"].into_iter().all(same);
    let unlike = unlike(meant, &answer);
    if as_printed && unlike.is_empty() {
        return Ok(());
    }
    Err(format!("{status} {unlike:?} {answer}"))
}

/// What the RFC's second page has and ours has not: to return `previousCursor` is OPTIONAL, and
/// `totalResults` MAY be left out where nobody counts (RFC 9865 section 2). The first page counts.
const FIRST_OR_NEVER: [&str; 2] = ["previousCursor", "totalResults"];

#[test]
fn a_page_in_the_middle_looks_like_that_of_the_rfc() {
    let mut example = named("rfc9865-2-b").meant().clone();
    let members = example.as_object_mut().expect("a message");
    members.retain(|name, _| !FIRST_OR_NEVER.contains(&name.as_str()));
    for mut world in World::both() {
        let (_, first) = world.side.send("GET", "/Users?cursor&count=1", None);
        let next = first["nextCursor"].as_str().expect("more");
        let path = format!("/Users?cursor={next}&count=1");
        let (status, second) = world.side.send("GET", &path, None);
        assert_eq!(status, 200, "{second}");
        assert_eq!(unlike(&example, &second), [""; 0], "{second}");
    }
}

/// What each message may hold, by example; an asterisk marks what it must hold (RFC 7644 sections
/// 3.4.2, 3.4.3, 3.5.2, 3.7 and 3.12; RFC 9865 sections 2 and 3).
fn messages() -> Value {
    json!({
        "BulkRequest": { "Operations*": [], "failOnErrors": 0 },
        "BulkResponse": { "Operations*": [] },
        "Error": { "status*": "", "scimType": "", "detail": "" },
        "ListResponse": {
            "totalResults*": 0,
            "Resources": [],
            "startIndex": 0,
            "itemsPerPage": 0,
            "nextCursor": "",
            "previousCursor": ""
        },
        "PatchOp": { "Operations*": [] },
        "SearchRequest": {
            "attributes": [],
            "excludedAttributes": [],
            "filter": "",
            "sortBy": "",
            "sortOrder": "",
            "startIndex": 0,
            "count": 0,
            "cursor": ""
        }
    })
}

#[test]
fn every_message_is_of_its_schema() {
    let messages = messages();
    let kinds: Vec<&str> = messages
        .as_object()
        .expect("kinds")
        .keys()
        .map(|it| &**it)
        .collect();
    let examples = of_kind(&kinds);
    let wrong = examples.iter().filter_map(|example| {
        let why = deviations(example.meant(), &example.kind, &messages[&example.kind]);
        (!why.is_empty()).then(|| format!("{}: {why:?}", example.name))
    });
    none_wrong(examples.len(), &wrong.collect::<Vec<_>>());
}

fn deviations(message: &Value, kind: &str, members: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    let urn = format!("urn:ietf:params:scim:api:messages:2.0:{kind}");
    if message["schemas"] != json!([urn]) {
        wrong.push("schemas".to_owned());
    }
    for name in members.as_object().expect("members").keys() {
        if name.ends_with('*') && message[name.trim_end_matches('*')].is_null() {
            wrong.push(format!("no {name}"));
        }
    }
    for (name, value) in message.as_object().expect("a message") {
        let must = format!("{name}*");
        let like = members.get(name).or(members.get(must));
        if name != "schemas" && !like.is_some_and(|like| same_type(like, value)) {
            wrong.push(format!("{name}: {value}"));
        }
    }
    wrong
}

/// The bulk requests of the RFC, whole. Nothing is posted yet: the endpoint comes with bulk. They
/// need the users that they name (`rfc7644-3.7.3-c`), and 3.7.1-a wants a group in a circle, which
/// is refused here.
const BULKS: [&str; 4] = [
    "rfc7644-3.7.1-a",
    "rfc7644-3.7.2-a",
    "rfc7644-3.7.2-d",
    "rfc7644-3.7.3-c",
];

#[test]
fn every_bulk_is_of_operations_that_the_rfc_knows() {
    for name in BULKS {
        let example = named(name);
        assert_eq!(example.request.as_deref(), Some("POST /v2/Bulk"), "{name}");
        for operation in example.meant()["Operations"]
            .as_array()
            .expect("operations")
        {
            let method = operation["method"].as_str().expect("a method");
            let path = operation["path"].as_str().expect("a path");
            assert!(
                ["POST", "PUT", "PATCH", "DELETE"].contains(&method),
                "{name}"
            );
            assert!(
                path.starts_with("/Users") || path.starts_with("/Groups"),
                "{name}"
            );
            assert_eq!(operation["data"].is_object(), method != "DELETE", "{name}");
        }
    }
}
