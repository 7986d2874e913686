//! The port's data as JSON: what a store in another language reads and writes.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use scimlet_store::{
    Adjust, Change, Claim, EdgeQuery, End, Entry, Expectation, Guard, Key, Node, Order, Outcome,
    Page, Plan, Put, Row, Selection,
};
use serde_json::{Value, from_value, json, to_value};

fn key(id: &str) -> Key {
    Key {
        kind: "User".to_owned(),
        id: id.to_owned(),
    }
}

/// Written as this JSON, and read back as it was.
#[track_caller]
fn is<T>(value: &T, json: &Value)
where
    T: serde::Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
{
    assert_eq!(&to_value(value).unwrap(), json);
    assert_eq!(&from_value::<T>(json.clone()).unwrap(), value);
}

#[test]
fn variants_have_a_tag_and_a_value() {
    is(&Outcome::Applied, &json!({ "tag": "applied" }));
    is(
        &Outcome::Stale(vec![2]),
        &json!({ "tag": "stale", "val": [2] }),
    );
    is(&Node::Both(0, 1), &json!({ "tag": "both", "val": [0, 1] }));
    let between = End::Between(key("a"), key("b"));
    let ends = json!([{ "kind": "User", "id": "a" }, { "kind": "User", "id": "b" }]);
    is(&between, &json!({ "tag": "between", "val": ends }));
}

#[test]
fn numbers_of_64_bits_are_strings() {
    let adjust = Adjust {
        name: "seats".to_owned(),
        delta: i64::MIN,
        floor: u64::MAX,
        ceiling: None,
    };
    let json = json!({ "name": "seats", "delta": "-9223372036854775808",
        "floor": "18446744073709551615", "ceiling": null });
    is(
        &Change::Adjust(adjust),
        &json!({ "tag": "adjust", "val": json }),
    );
    let guard = Guard {
        key: key("a"),
        expect: Expectation::Version(7),
    };
    let expect = json!({ "tag": "version", "val": "7" });
    is(
        &guard,
        &json!({ "key": { "kind": "User", "id": "a" }, "expect": expect }),
    );
}

#[test]
fn numbers_may_be_numbers_and_none_may_be_left_out() {
    let page = json!({ "rows": [{ "key": { "kind": "User", "id": "a" }, "version": 3, "body": "" }],
        "selection": "exact" });
    let row = Row {
        key: key("a"),
        version: 3,
        body: String::new(),
    };
    let wanted = Page {
        rows: vec![row],
        next: None,
        total: None,
        selection: Selection::Exact,
    };
    assert_eq!(from_value::<Page>(page).unwrap(), wanted);
    let wrong = json!({ "rows": [], "total": "many", "selection": "exact" });
    assert!(from_value::<Page>(wrong).is_err());
}

#[test]
fn names_are_in_lower_camel_case() {
    let entry = Entry {
        path: "p".to_owned(),
        value: "v".to_owned(),
    };
    let plan = Plan {
        kind: "User".to_owned(),
        nodes: vec![Node::StartsWith(entry.clone())],
        order: Some(Order {
            path: "p".to_owned(),
            descending: true,
        }),
        ..Plan::default()
    };
    let written = json!({ "kind": "User", "order": { "path": "p", "descending": true },
        "nodes": [{ "tag": "starts-with", "val": { "path": "p", "value": "v" } }],
        "after": null, "offset": "0", "maxRows": 0, "maxBytes": 0, "wantTotal": false });
    is(&plan, &written);
    let put = Put {
        key: key("a"),
        body: "{}".to_owned(),
        replaces: Some(1),
        entries: vec![entry],
        claims: vec![Claim {
            path: "c".to_owned(),
            value: "v".to_owned(),
        }],
    };
    let written = json!({ "key": { "kind": "User", "id": "a" }, "body": "{}", "replaces": "1",
        "entries": [{ "path": "p", "value": "v" }], "claims": [{ "path": "c", "value": "v" }] });
    is(&Change::Put(put), &json!({ "tag": "put", "val": written }));
    let query = EdgeQuery {
        relation: "member".to_owned(),
        end: End::Source(key("a")),
        after: None,
        max: 2,
        want_total: true,
    };
    let source = json!({ "tag": "source", "val": { "kind": "User", "id": "a" } });
    is(
        &query,
        &json!({ "relation": "member", "end": source, "after": null, "max": 2,
        "wantTotal": true }),
    );
}
