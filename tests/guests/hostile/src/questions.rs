//! Asks everything that there is to ask, and prints the answers.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::bindings::scimlet::scim::policy::{
    self, Failure, Grant, Installed, Question, Refusal, Subject,
};
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

/// What is installed.
pub fn describe_policy() -> String {
    match policy::describe() {
        Some(Installed { digest, hooks }) => format!("{digest} {}", hooks.join(",")),
        None => "nothing".to_owned(),
    }
}

/// Puts each line of a text to the policy as a document; its answers in words.
pub fn shape(lines: &str) -> String {
    let documents: Vec<_> = lines.lines().map(str::to_owned).collect();
    told(policy::shape(&question(), &documents), |document| document)
}

/// The same for users, to each of whom the settings would grant `pro`.
pub fn entitle(lines: &str) -> String {
    let subjects: Vec<_> = lines.lines().map(subject).collect();
    told(policy::entitle(&question(), &subjects), |grants| {
        let grant = |grant: Grant| format!("{} ({})", grant.license, grant.reason);
        grants.into_iter().map(grant).collect::<Vec<_>>().join(", ")
    })
}

fn told<T>(
    answer: Result<Vec<Result<T, Refusal>>, Failure>,
    words: impl Fn(T) -> String,
) -> String {
    let one = |one: Result<T, Refusal>| match one {
        Ok(answer) => words(answer),
        Err(Refusal { code, detail }) => format!("refused: {code}: {detail}"),
    };
    match answer {
        Ok(answers) => answers.into_iter().map(one).collect::<Vec<_>>().join("\n"),
        Err(failure) => format!("failed: {}", failure.name()),
    }
}

fn question() -> Question {
    Question {
        now: 1,
        principal: "idp".to_owned(),
        operation: "create".to_owned(),
    }
}

fn subject(user: &str) -> Subject {
    Subject {
        user: user.to_owned(),
        proposed: vec![Grant {
            license: "pro".to_owned(),
            reason: "default".to_owned(),
        }],
    }
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
