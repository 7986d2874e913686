//! Asks everything that there is to ask, and prints the answers.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::bindings::scimlet::scim::policy::{self, Question, Subject};
use crate::bindings::scimlet::store::store::{
    self, Adjust, Change, Claim, Edge, EdgeQuery, End, Entry, Event, Expectation, Guard, Key, Node,
    Order, Plan, Put, Removal,
};

/// Every question and every part of a commit, each variant once.
pub fn ask_all() -> String {
    [
        format!("{:?}", store::load(&[key("1"), key("2")])),
        format!("{:?}", store::holders(&[claim()])),
        format!(
            "{:?}",
            store::counters(&["seats".to_owned(), "more".to_owned()])
        ),
        format!("{:?}", store::find(&plan())),
        format!("{:?}", store::edges(&queries())),
        format!("{:?}", store::commit(&changes())),
    ]
    .join("\n")
}

/// What a component hears that asks a policy which is not there.
pub fn ask_policy() -> String {
    let question = Question {
        now: 1,
        principal: "idp".to_owned(),
        operation: "create".to_owned(),
    };
    let subject = Subject {
        user: "{}".to_owned(),
        proposed: Vec::new(),
    };
    format!(
        "{:?} {:?} {:?}",
        policy::describe(),
        policy::shape(&question, &["{}".to_owned()]),
        policy::entitle(&question, &[subject]),
    )
}

/// Everything that std offers to tell one run from another.
pub fn look_around() -> String {
    let order: Vec<u32> = (0..64)
        .map(|n| (n, ()))
        .collect::<HashMap<_, _>>()
        .into_keys()
        .collect();
    format!(
        "args {:?} env {:?} time {:?} hash {} order {:?} file {}",
        std::env::args().collect::<Vec<_>>(),
        std::env::vars().collect::<Vec<_>>(),
        SystemTime::now().duration_since(UNIX_EPOCH).ok(),
        RandomState::new().hash_one(1),
        order,
        std::fs::read("/etc/passwd").is_ok(),
    )
}

fn key(id: &str) -> Key {
    Key {
        kind: "User".to_owned(),
        id: id.to_owned(),
    }
}

fn claim() -> Claim {
    Claim {
        path: "userName".to_owned(),
        value: "bjensen".to_owned(),
    }
}

fn entry(value: &str) -> Entry {
    Entry {
        path: "userName".to_owned(),
        value: value.to_owned(),
    }
}

fn edge() -> Edge {
    Edge {
        relation: "member".to_owned(),
        source: key("g"),
        target: key("1"),
        body: "{}".to_owned(),
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
            Node::Both((0, 1)),
            Node::Either((2, 3)),
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
        End::Between((key("g"), key("1"))),
    ]
    .map(|end| EdgeQuery {
        relation: "member".to_owned(),
        end,
        after: None,
        max: 3,
        want_total: true,
    })
    .into()
}

fn changes() -> Vec<Change> {
    let guard = |expect| {
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
            claims: vec![claim()],
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
        guard(Expectation::Absent),
        guard(Expectation::Present),
        guard(Expectation::Version(6)),
        Change::Emit(Event {
            topic: "seat".to_owned(),
            subject: key("1"),
            body: "{}".to_owned(),
        }),
    ]
}
