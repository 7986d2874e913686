//! Everything that crosses the boundary arrives as it left: each field, each variant.

use scimlet_store::{
    Adjust, Change, Claim, EdgeQuery, End, Entry, Event, Expectation, Failure, Guard, Node, Order,
    Plan, Put, Removal,
};

use crate::world::{World, edge, key, request, small};

fn entry(value: &str) -> Entry {
    Entry {
        path: "userName".to_owned(),
        value: value.to_owned(),
    }
}

fn plan() -> Plan {
    Plan {
        kind: "User".to_owned(),
        nodes: vec![
            Node::Present("a".to_owned()),
            Node::Equal(entry("b")),
            Node::StartsWith(entry("c")),
            Node::EndsWith(entry("d")),
            Node::Contains(entry("e")),
            Node::Less(entry("f")),
            Node::AtMost(entry("g")),
            Node::Greater(entry("h")),
            Node::AtLeast(entry("i")),
            Node::Both(0, 1),
            Node::Either(2, 3),
            Node::Negate(9),
        ],
        order: Some(Order {
            path: "userName".to_owned(),
            descending: true,
        }),
        after: Some("cursor".to_owned()),
        offset: 7,
        max_rows: 8,
        max_bytes: 9,
        want_total: true,
    }
}

fn queries() -> Vec<EdgeQuery> {
    [
        End::Source(key("g")),
        End::Target(key("1")),
        End::Between(key("g"), key("1")),
    ]
    .into_iter()
    .map(|end| {
        let relation = "member".to_owned();
        EdgeQuery {
            relation,
            end,
            after: None,
            max: 3,
            want_total: true,
        }
    })
    .collect()
}

fn changes() -> Vec<Change> {
    let check = |expect| {
        Change::Check(Guard {
            key: key("1"),
            expect,
        })
    };
    vec![
        Change::Put(Put {
            key: key("1"),
            body: "{}".to_owned(),
            replaces: Some(3),
            entries: vec![entry("b")],
            claims: vec![Claim {
                path: "userName".to_owned(),
                value: "bjensen".to_owned(),
            }],
        }),
        Change::Delete(Removal {
            key: key("2"),
            version: 4,
        }),
        Change::Link(edge()),
        Change::Unlink(edge()),
        Change::Adjust(Adjust {
            name: "seats".to_owned(),
            delta: -1,
            floor: 1,
            ceiling: Some(5),
        }),
        check(Expectation::Absent),
        check(Expectation::Present),
        check(Expectation::Version(6)),
        Change::Emit(Event {
            topic: "seat".to_owned(),
            subject: key("1"),
            body: "{}".to_owned(),
        }),
    ]
}

#[test]
fn questions_arrive_at_the_store() {
    let world = World::new(small());
    world.body("acme", "/store");
    let store = &world.tenants.store;
    assert_eq!(*store.plans.lock().unwrap(), [plan()]);
    assert_eq!(*store.queries.lock().unwrap(), queries());
    assert_eq!(*store.changes.lock().unwrap(), changes());
}

#[test]
fn answers_arrive_at_the_guest() {
    let seen = World::new(small()).body("acme", "/store");
    let lines: Vec<&str> = seen.lines().collect();
    let user = "Key { kind: \"User\", id: \"1\" }";
    assert_eq!(
        lines,
        [
            format!(
                "Ok([Some(Row {{ key: {user}, version: 5, body: \"{{\\\"é\\\":1}}\" }}), None])"
            ),
            "Ok([Some(Key { kind: \"User\", id: \"bjensen\" })])".to_owned(),
            "Ok([5, 4])".to_owned(),
            format!(
                "Ok(Page {{ rows: [Row {{ key: {user}, version: 5, body: \"{{}}\" }}], \
             next: Some(\"more\"), total: Some(40), selection: Selection::Superset }})"
            ),
            format!(
                "Ok([EdgePage {{ edges: [Edge {{ relation: \"member\", \
             source: Key {{ kind: \"User\", id: \"g\" }}, target: {user}, body: \"{{}}\" }}], \
             next: None, total: Some(1) }}])"
            ),
            "Ok(Outcome::Stale([3]))".to_owned(),
        ]
    );
}

#[test]
fn failures_arrive_at_the_guest() {
    let world = World::new(small());
    let failures = [
        (
            Failure::Unavailable("a".to_owned()),
            "Err(Failure::Unavailable(\"a\"))",
        ),
        (Failure::Timeout, "Err(Failure::Timeout)"),
        (
            Failure::TooLarge("b".to_owned()),
            "Err(Failure::TooLarge(\"b\"))",
        ),
        (Failure::Other("c".to_owned()), "Err(Failure::Other(\"c\"))"),
    ];
    for (failure, seen) in failures {
        *world.tenants.store.failure.lock().unwrap() = Some(failure);
        assert_eq!(world.body("acme", "/slow"), seen);
    }
}

#[test]
fn a_request_and_its_answer_arrive_whole() {
    let answer = World::new(small()).call("acme", "/echo").unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers, request("/echo").headers);
    assert_eq!(
        answer.body,
        "Request { method: \"POST\", path: \"/echo\", query: Some(\"count=1\"), \
         headers: [Header { name: \"prefer\", value: \"none\" }], body: \"{\\\"ü\\\":1}\", \
         principal: Principal { id: \"idp\", scopes: [\"scim\"] }, now: 17, seed: (18, 19), \
         base-url: \"https://scim.example.com/scim/v2\" }"
    );
}
