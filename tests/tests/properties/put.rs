//! PUT of what GET has shown changes nothing: a client that reads, and writes back what it read,
//! does no harm (RFC 7644 section 3.5.1).

use std::sync::Arc;

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use scimlet_store::Store;
use scimlet_tests::inside::{Said, Watched};
use serde_json::{Value, json};

use crate::cases;
use crate::patch::messages;
use crate::side::{Side, in_memory, path_of};
use crate::town::{LICENSING, Town, towns};

const HR: &str = "urn:example:params:scim:schemas:extension:hr:1.0:User";

/// An extension of the tenant's own, with all that an attribute can be.
const SCHEMAS: &str = r#""schemas": [{
    "id": "urn:example:params:scim:schemas:extension:hr:1.0:User",
    "name": "HR",
    "attributes": [
        { "name": "badge", "type": "string", "mutability": "immutable" },
        { "name": "pin", "type": "string", "mutability": "writeOnly", "returned": "never" },
        { "name": "shoe", "type": "decimal" },
        { "name": "hired", "type": "dateTime" },
        { "name": "skills", "type": "string", "multiValued": true },
        { "name": "desk", "type": "complex", "subAttributes": [
            { "name": "floor", "type": "integer" },
            { "name": "window", "type": "boolean", "mutability": "immutable" }
        ] }
    ]
}],
"resourceTypes": [{ "name": "User", "schemaExtensions": [
    { "schema": "urn:example:params:scim:schemas:extension:hr:1.0:User", "required": false }
] }]"#;

/// A change between the creation and the day on which somebody writes back what was read.
#[derive(Clone, Debug)]
struct Change {
    whose: Index,
    body: Value,
}

fn hr() -> impl Strategy<Value = Value> {
    let desk = weighted(0.5, (any::<i8>(), any::<bool>()));
    let shoe = weighted(
        0.5,
        select(vec![json!(38), json!(38.5), json!(-0.0), json!(1e300)]),
    );
    let skills = select(vec![
        json!([]),
        json!(["a"]),
        json!(["a", "A", "a"]),
        Value::Null,
    ]);
    let day = select(vec![
        json!("2026-05-28T20:26:40.1Z"),
        json!("2026-05-28T20:26:40+02:00"),
    ]);
    (desk, shoe, skills, weighted(0.3, day)).prop_map(|(desk, shoe, skills, day)| {
        let desk = desk.map(|(floor, window)| json!({ "floor": floor, "window": window }));
        json!({ "badge": "B1", "pin": "0000", "desk": desk, "shoe": shoe, "skills": skills, "hired": day })
    })
}

/// Towns in which some users have what the tenant has thought of.
fn places() -> impl Strategy<Value = Town> {
    (towns(5), vec(weighted(0.5, hr()), 5)).prop_map(|(mut town, hr)| {
        for (user, hr) in town.users.iter_mut().zip(hr) {
            let Some(hr) = hr else { continue };
            user["schemas"]
                .as_array_mut()
                .expect("schemas")
                .push(HR.into());
            user[HR] = hr;
        }
        town
    })
}

fn changes() -> impl Strategy<Value = Vec<Change>> {
    let own = select(vec![
        json!({ "op": "replace", "path": format!("{HR}:skills"), "value": ["b", "b"] }),
        json!({ "op": "remove", "path": format!("{HR}:desk.floor") }),
        json!({ "op": "add", "path": format!("{HR}:shoe"), "value": 40 }),
        json!({ "op": "replace", "path": "entitlements", "value": [{ "value": "pro" }] }),
        json!({ "op": "remove", "path": "entitlements[value eq \"pro\"]" }),
        json!({ "op": "replace", "path": "active", "value": false }),
        json!({ "op": "remove", "path": "active" }),
        json!({ "op": "replace", "path": "displayName", "value": "new" }),
        json!({ "op": "remove", "path": "members" }),
        json!({ "op": "replace", "path": "totalAssignmentsPermitted", "value": 0 }),
    ]);
    let own = own.prop_map(|operation| {
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        json!({ "schemas": [schema], "Operations": [operation] })
    });
    let body = prop_oneof![messages().prop_map(|message| message.json()), own];
    let change = (any::<Index>(), body).prop_map(|(whose, body)| Change { whose, body });
    vec(change, 0..8)
}

/// Builds, changes, and writes back everything that is there.
fn play(
    open: impl Fn(&'static str, &str, Arc<dyn Store>) -> Side,
    name: &'static str,
    town: &Town,
    changes: &[Change],
) -> Result<(), String> {
    let store = Arc::new(Watched::new(in_memory()));
    let settings = format!("{{ {SCHEMAS}, {LICENSING} }}");
    let side = open(name, &settings, store.clone());
    let built = town.build(&side);
    for Change { whose, body } in changes {
        let (status, answer) = side.send("PATCH", &path_of(whose.get(&built)), Some(body));
        assert!(status < 500, "{body}\n{answer}");
    }
    built
        .iter()
        .try_for_each(|it| write_back(&side, &store, &path_of(it)))
}

fn write_back(side: &Side, store: &Watched, path: &str) -> Result<(), String> {
    let (_, before) = side.send("GET", path, None);
    store.take();
    let (status, answer) = side.send("PUT", path, Some(&before));
    let said = store.take();
    let commits = said.iter().filter(|said| matches!(said, Said::Commit(..)));
    let commits: Vec<&Said> = commits.collect();
    let (_, after) = side.send("GET", path, None);
    if status == 200 && answer == before && after == before && commits.is_empty() {
        return Ok(());
    }
    let name = side.name;
    Err(format!(
        "{name}: PUT {path} {before:#}\n{status} {answer:#}\n{after:#}\n{commits:#?}"
    ))
}

proptest! {
    #![proptest_config(cases(80))]

    #[test]
    fn what_was_read_and_is_written_back_changes_nothing(
        town in places(), changes in changes(),
    ) {
        play(Side::native, "native", &town, &changes).map_err(TestCaseError::fail)?;
        play(Side::component, "component", &town, &changes).map_err(TestCaseError::fail)?;
    }
}
