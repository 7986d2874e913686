//! What the guard keeps, remembered so that it can be undone: a row for each user of whom a seat is
//! held, with the user as they were before.

use serde::{Deserialize, Serialize};

use crate::facts::{Change, Entry, Key, Put, Removal, Row};
use crate::license::{Desk, Grant, Guarded, State, set};
use crate::refusal::Refusal;
use crate::scim::time;
use crate::scim::value::{Object, Value};
use crate::usecase::case::Case;

/// The kind of such rows; the id is the user's.
pub(in crate::usecase) const HELD: &str = "Held";

/// Where they are found: by the moment.
pub(in crate::usecase) const SINCE: &str = "held.since";

/// A user of whom seats are held.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::usecase) struct Held {
    /// The document before.
    pub(in crate::usecase) before: String,
    /// Whether the user is deleted.
    pub(in crate::usecase) deleted: bool,
    /// Of a deleted user: the document with nothing but the grants, which stand in no other.
    #[serde(default)]
    pub(in crate::usecase) licenses: String,
    /// Since when, as SCIM writes moments.
    pub(in crate::usecase) since: String,
}

/// What goes with the commit of a desk: rows for those of whom seats are held from now on, and none for
/// those of whom they are no longer. `own` is the user that the request is about, before it.
pub(super) fn remembered(
    case: &mut Case<'_>,
    desk: &Desk<'_>,
    own: Option<(&str, &Object<'_>)>,
) -> Result<Vec<Change>, Refusal> {
    let guarded = desk.guarded();
    if guarded.is_empty() {
        return Ok(Vec::new());
    }
    let keys = guarded.iter().map(|it| Key::new(HELD, it.id)).collect();
    let rows = case.facts.load(keys)?;
    let since = time::stamp(case.request.now);
    let mut changes = Vec::new();
    for (person, row) in guarded.into_iter().zip(rows) {
        let is_held = person.is_held;
        match (row, is_held) {
            (Some(row), false) => changes.push(gone(&row)),
            (None, true) => {
                let own = own.filter(|(id, _)| *id == person.id);
                let Some(before) = own.map(|(_, before)| before).or(person.document) else {
                    continue;
                };
                let held = Held {
                    before: serde_json::to_string(before).unwrap_or_default(),
                    deleted: person.leaves,
                    licenses: licenses(&person),
                    since: since.clone(),
                };
                changes.push(put(person.id, &held, None));
            }
            // The first loss counts: the user as they were before all of it.
            (Some(row), true) if person.leaves => {
                let held = Held {
                    deleted: true,
                    licenses: licenses(&person),
                    ..read(&row)?
                };
                changes.push(put(person.id, &held, Some(row.version)));
            }
            // Created again, and of some of it nothing came: it stands in a document once more.
            (Some(row), true) => {
                let held = read(&row)?;
                if held.deleted {
                    let held = Held {
                        deleted: false,
                        licenses: String::new(),
                        ..held
                    };
                    changes.push(put(person.id, &held, Some(row.version)));
                }
            }
            (None, false) => {}
        }
    }
    Ok(changes)
}

/// What is held of a user who is deleted.
fn licenses(person: &Guarded<'_>) -> String {
    if !person.leaves {
        return String::new();
    }
    let held = person.grants.iter().filter(|it| it.state == State::Held);
    let held: Vec<Grant> = held.cloned().collect();
    let mut user = Object::new();
    set(&mut user, &held, &[]);
    Value::Object(user).to_json()
}

/// Whether anything is held from these changes on.
pub(super) fn begins(changes: &[Change]) -> bool {
    let is_held = |change: &Change| matches!(change, Change::Put(put) if put.key.kind == HELD);
    changes.iter().any(is_held)
}

/// Reads such a row.
pub(in crate::usecase) fn read(row: &Row) -> Result<Held, Refusal> {
    serde_json::from_str(&row.body)
        .map_err(|error| Refusal::Corrupt(format!("Held {}: {error}", row.key.id)))
}

/// Removes it.
pub(in crate::usecase) fn gone(row: &Row) -> Change {
    Change::Delete(Removal {
        key: row.key.clone(),
        version: row.version,
    })
}

fn put(id: &str, held: &Held, replaces: Option<u64>) -> Change {
    Change::Put(Put {
        key: Key::new(HELD, id),
        body: serde_json::to_string(held).unwrap_or_default(),
        replaces,
        entries: vec![Entry {
            path: SINCE.to_owned(),
            value: held.since.clone(),
        }],
        claims: Vec::new(),
    })
}
