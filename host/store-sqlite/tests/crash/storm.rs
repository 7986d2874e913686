//! What the processes of the crash tests write: commits that touch every table.

use std::io::Write;
use std::path::Path;

use scimlet_store::{
    Adjust, Backend, Change, Claim, Edge, Entry, Event, Expectation, Guard, Key, Node, Outcome,
    Put, Store,
};
use scimlet_store_sqlite::SqliteBackend;

pub(super) const TENANT: &str = "storm";

pub(super) fn group() -> Key {
    Key {
        kind: "Group".to_owned(),
        id: "all".to_owned(),
    }
}

pub(super) fn user(id: &str) -> Key {
    Key {
        kind: "User".to_owned(),
        id: id.to_owned(),
    }
}

pub(super) fn claim(id: &str) -> Claim {
    Claim {
        path: "userName".to_owned(),
        value: id.to_owned(),
    }
}

/// Every user has this entry.
pub(super) fn everyone() -> Node {
    Node::Equal(Entry {
        path: "all".to_owned(),
        value: "yes".to_owned(),
    })
}

/// Creates the group that every user is tied to, if there is none yet.
pub(super) fn found(store: &dyn Store) {
    let group = Put {
        key: group(),
        body: "{}".to_owned(),
        replaces: None,
        entries: Vec::new(),
        claims: Vec::new(),
    };
    store.commit(&[Change::Put(group)]).unwrap();
}

/// One user with everything that a user has.
pub(super) fn changes(id: &str) -> Vec<Change> {
    let path = |path: &str, value: &str| Entry {
        path: path.to_owned(),
        value: value.to_owned(),
    };
    let put = Put {
        key: user(id),
        body: id.repeat(50),
        replaces: None,
        entries: vec![
            path("all", "yes"),
            path("userName", id),
            path("length", &id.len().to_string()),
        ],
        claims: vec![claim(id)],
    };
    let edge = Edge {
        relation: "member".to_owned(),
        source: group(),
        target: user(id),
        body: String::new(),
    };
    let adjust = Adjust {
        name: "rows".to_owned(),
        delta: 1,
        floor: 1,
        ceiling: None,
    };
    let event = Event {
        topic: "t".to_owned(),
        subject: user(id),
        body: String::new(),
    };
    vec![
        Change::Check(Guard {
            key: group(),
            expect: Expectation::Present,
        }),
        Change::Put(put),
        Change::Link(edge),
        Change::Adjust(adjust),
        Change::Emit(event),
    ]
}

pub(super) fn add(store: &dyn Store, id: &str) {
    assert_eq!(store.commit(&changes(id)).unwrap(), Outcome::Applied);
}

/// Adds users from many threads, and reports each when it is applied, until this process is killed.
pub(super) fn run(path: &Path, threads: usize) {
    let backend = SqliteBackend::open(path).unwrap();
    let store = backend.store(TENANT).unwrap();
    found(store.as_ref());
    let process = std::process::id();
    std::thread::scope(|scope| {
        for thread in 0..threads {
            let store = store.as_ref();
            scope.spawn(move || {
                for number in 0.. {
                    let id = format!("{process}-{thread}-{number}.");
                    add(store, &id);
                    // One write of a whole line, straight to the pipe.
                    let line = format!("applied {id}\n");
                    if std::io::stdout().lock().write_all(line.as_bytes()).is_err() {
                        return;
                    }
                }
            });
        }
    });
}
