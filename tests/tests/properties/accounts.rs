//! Whatever happens to users, their accounts go along: in the store, and in what is told.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use scimlet_store::{Key, Plan, Store};
use scimlet_tests::inside::payload;
use serde_json::{Value, json};

use crate::cases;
use crate::patch::messages;
use crate::side::{Side, in_memory, path_of};
use crate::town::{LICENSING, Town, towns};

const MAPPING: &str = r#""mapping": { "fields": [
    { "field": "login", "path": "userName", "transforms": ["lower"] },
    { "field": "name", "template": "{name.givenName} {name.familyName}" },
    { "field": "mails", "path": "emails.value", "transforms": [{ "join": "," }] },
    { "field": "work", "path": "emails[type eq \"work\"].value", "direction": "both" },
    { "field": "status", "path": "active", "direction": "both",
      "transforms": [{ "boolean": ["on", "off"] }] },
    { "field": "title", "path": "title", "direction": "in" },
    { "field": "plans", "many": true,
      "path": "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User:licenses[state eq \"active\"].value" },
    { "field": "changed", "path": "meta.lastModified", "transforms": [{ "date": "YYYY-MM-DD" }] }
] }"#;

/// Something that happens to somebody or something.
#[derive(Clone, Debug)]
enum Event {
    Patch(Index, Value),
    Delete(Index),
    Account(Index, Value),
    Bulk(Vec<(Index, Value)>),
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let own = select(vec![
        json!({ "op": "replace", "path": "active", "value": false }),
        json!({ "op": "replace", "path": "active", "value": true }),
        json!({ "op": "replace", "path": "entitlements", "value": [{ "value": "pro" }] }),
        json!({ "op": "remove", "path": "entitlements" }),
        json!({ "op": "replace", "path": "totalAssignmentsPermitted", "value": 2 }),
        json!({ "op": "replace", "path": "emails", "value": [{ "value": "x@y", "type": "work" }] }),
        json!({ "op": "remove", "path": "members" }),
    ]);
    let own = own.prop_map(|operation| {
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        json!({ "schemas": [schema], "Operations": [operation] })
    });
    let body = prop_oneof![messages().prop_map(|message| message.json()), own];
    let said = select(vec![
        json!({ "status": "off" }),
        json!({ "status": "on", "lastSeen": "today" }),
        json!({ "title": "boss", "work": "w@x" }),
        json!({ "work": null, "lastSeen": null }),
        json!({ "internal": { "id": 7 } }),
        json!({ "login": "no" }),
    ]);
    let patch = (any::<Index>(), body);
    let event = prop_oneof![
        4 => patch.clone().prop_map(|(whose, body)| Event::Patch(whose, body)),
        1 => any::<Index>().prop_map(Event::Delete),
        3 => (any::<Index>(), said).prop_map(|(whose, said)| Event::Account(whose, said)),
        1 => vec(patch, 1..5).prop_map(Event::Bulk),
    ];
    vec(event, 0..10)
}

fn happens(side: &Side, built: &[Value], event: &Event) -> u16 {
    let id = |whose: &Index| whose.get(built)["id"].as_str().expect("an id").to_owned();
    let (status, answer) = match event {
        Event::Patch(whose, body) => side.send("PATCH", &path_of(whose.get(built)), Some(body)),
        Event::Delete(whose) => side.send("DELETE", &path_of(whose.get(built)), None),
        Event::Account(whose, said) => {
            let path = format!("/.admin/accounts/{}", id(whose));
            side.send("PATCH", &path, Some(said))
        }
        Event::Bulk(patches) => {
            let operation = |(whose, body): &(Index, Value)| json!({ "method": "PATCH", "path": path_of(whose.get(built)), "data": body });
            let operations: Vec<Value> = patches.iter().map(operation).collect();
            let schema = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
            let body = json!({ "schemas": [schema], "Operations": operations });
            side.send("POST", "/Bulk", Some(&body))
        }
    };
    assert!(status < 500, "{event:?}: {answer}");
    status
}

/// The rows of accounts: what is in them, and their versions.
fn rows(store: &dyn Store) -> BTreeMap<String, (Value, u64)> {
    let plan = Plan {
        kind: "Account".to_owned(),
        max_rows: 1000,
        max_bytes: 1 << 24,
        ..Plan::default()
    };
    let rows = store.find(&plan).expect("rows").rows.into_iter();
    let read = |row: scimlet_store::Row| {
        let body: Value = serde_json::from_str(&row.body).expect("JSON");
        let fields = body["fields"].as_object().expect("fields").iter();
        let all = fields.chain(body["own"].as_object().expect("own"));
        let account = all
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        (row.key.id, (Value::Object(account), row.version))
    };
    rows.map(read).collect()
}

/// What was told last of each account that is still there.
fn told(store: &dyn Store) -> BTreeMap<String, (Value, u64)> {
    let mut told = BTreeMap::new();
    for posted in store.outbox(0, 100_000).expect("the outbox") {
        if posted.event.topic != "account.changed" {
            continue;
        }
        let body = payload(&posted);
        let Key { kind, id } = posted.event.subject;
        assert_eq!(
            (kind.as_str(), body["id"].as_str()),
            ("User", Some(id.as_str()))
        );
        if body["removed"] == true {
            told.remove(&id);
        } else {
            told.insert(
                id,
                (
                    body["account"].clone(),
                    body["version"].as_u64().expect("a version"),
                ),
            );
        }
    }
    told
}

/// What is made of the users as they are now.
fn shown(side: &Side) -> BTreeMap<String, (Value, u64)> {
    let (status, answer) = side.send("GET", "/.admin/accounts?count=1000", None);
    assert_eq!(status, 200, "{answer}");
    let accounts = answer["accounts"].as_array().expect("accounts").iter();
    let one = |it: &Value| {
        let id = it["id"].as_str().expect("an id").to_owned();
        (
            id,
            (
                it["account"].clone(),
                it["version"].as_u64().expect("a version"),
            ),
        )
    };
    accounts.map(one).collect()
}

fn play(
    open: impl Fn(&'static str, &str, Arc<dyn Store>) -> Side,
    town: &Town,
    events: &[Event],
) -> Result<(), TestCaseError> {
    let store = in_memory();
    let settings = format!(r#"{{ {LICENSING}, {MAPPING}, "events": {{ "full": true }} }}"#);
    let side = open("side", &settings, store.clone());
    let mut built = town.build(&side);
    for event in events {
        let status = happens(&side, &built, event);
        if let (Event::Delete(whose), 204) = (event, status) {
            built.remove(whose.index(built.len()));
        }
        let shown = shown(&side);
        prop_assert_eq!(
            &rows(store.as_ref()),
            &shown,
            "in the store, after {:?}",
            event
        );
        prop_assert_eq!(&told(store.as_ref()), &shown, "told, after {:?}", event);
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn accounts_go_along_with_their_users(town in towns(5), events in events()) {
        play(Side::native, &town, &events)?;
        play(Side::component, &town, &events)?;
    }
}
