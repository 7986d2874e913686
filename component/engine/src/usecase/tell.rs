//! Events of a request: what has become of each resource, and everything that was said on the way.
//!
//! Every request, every operation of a bulk and every step of the sweep ends in [`follow`], so that there is
//! no way to a resource that nobody is told of. It looks at the final list of changes: whoever writes a
//! resource does not have to think of those who listen.

mod envelopes;
mod patch;
mod resource;
mod shallow;

use std::collections::BTreeMap;

use serde::Serialize;

use self::envelopes::Envelopes;
use self::resource::Teller;
use super::case::Case;
use crate::facts::{Change, Key, Row};
use crate::refusal::Refusal;

/// Rows that are asked for in one question.
const AT_ONCE: usize = 500;

/// Which request it was, for those who are told.
#[derive(Clone, Debug)]
pub(super) struct Txn {
    /// The `txn` of RFC 9967 section 2.2.
    pub(super) id: String,
    /// What the ids of its events begin with; no two commits have the same.
    pub(super) stem: String,
}

/// An event about a resource before it is put into its envelope.
struct Draft {
    topic: &'static str,
    subject: Key,
    /// The URI's last part and the payload.
    notice: (&'static str, String),
    full: Option<String>,
    external_id: Option<String>,
}

/// Tells of the resources that these changes write or remove, and puts all events into envelopes.
pub(super) fn follow(case: &mut Case<'_>, changes: &mut Vec<Change>) -> Result<(), Refusal> {
    let is_told =
        |change: &Change| matches!(change, Change::Put(_) | Change::Delete(_) | Change::Emit(_));
    if !changes.iter().any(is_told) {
        return Ok(());
    }
    let (first, last) = drafts(case, changes)?;
    let mut envelopes = Envelopes::new(case);
    let mut told: Vec<Change> = first.iter().map(|draft| envelopes.draft(draft)).collect();
    for change in changes.iter_mut() {
        if let Change::Emit(event) = change {
            envelopes.seal(event)?;
        }
    }
    told.append(changes);
    told.extend(last.iter().map(|draft| envelopes.draft(draft)));
    *changes = told;
    Ok(())
}

/// The event that an operation of an asynchronous request is done (RFC 9967 section 2.5.1.3). `path` says
/// where its resource is, below the base; the payload is an operation of a `BulkResponse`.
pub(super) fn completed(case: &Case<'_>, txn: &Txn, path: &str, payload: &str) -> Change {
    Envelopes::of(case, txn.clone()).completed(path, payload)
}

/// What is told of resources: what they are now before what was decided about them, and that they are gone
/// behind it.
fn drafts(case: &mut Case<'_>, changes: &[Change]) -> Result<(Vec<Draft>, Vec<Draft>), Refusal> {
    let main = main(case, changes);
    let before = before(case, changes, main.as_ref())?;
    let teller = Teller {
        case,
        changes,
        before: &before,
        main: main.as_ref(),
    };
    let (mut first, mut last) = (Vec::new(), Vec::new());
    for change in changes {
        match change {
            Change::Put(put) => first.extend(teller.written(put)),
            Change::Delete(removal) => last.extend(teller.removed(&removal.key)),
            _ => {}
        }
    }
    Ok((first, last))
}

/// The resource that the request itself is about.
fn main(case: &Case<'_>, changes: &[Change]) -> Option<Key> {
    let is_resource = |key: &&Key| case.tenant.registry.by_name(&key.kind).is_some();
    let removed = changes.iter().filter_map(|change| match change {
        Change::Delete(removal) => Some(&removal.key),
        _ => None,
    });
    let written = changes.iter().filter_map(|change| match change {
        Change::Put(put) => Some(&put.key),
        _ => None,
    });
    removed.chain(written).find(is_resource).cloned()
}

/// The rows of resources before the changes, as far as they are needed to tell what has changed: of the
/// resource that the request is about, and of all that an admin or the sweep has a hand in. Elsewhere the
/// kind says it: of other users it is licenses that change, of other groups members.
fn before(
    case: &mut Case<'_>,
    changes: &[Change],
    main: Option<&Key>,
) -> Result<BTreeMap<Key, Row>, Refusal> {
    let mut segments = case.request.path.split('/').filter(|it| !it.is_empty());
    // The sweep has no path.
    let by_admin = segments.next().is_none_or(|first| first == ".admin");
    let keys = changes.iter().filter_map(|change| match change {
        Change::Put(put) if put.replaces.is_some() => Some(&put.key),
        Change::Delete(removal) => Some(&removal.key),
        _ => None,
    });
    let wanted = |key: &&Key| {
        let is_simple = matches!(key.kind.as_str(), "User" | "Group");
        let is_resource = case.tenant.registry.by_name(&key.kind).is_some();
        is_resource && (Some(*key) == main || by_admin || !is_simple)
    };
    let mut rows = BTreeMap::new();
    let mut missing: Vec<Key> = Vec::new();
    for key in keys.filter(wanted) {
        match &case.known {
            Some(row) if row.key == *key => {
                rows.insert(key.clone(), row.clone());
            }
            _ => missing.push(key.clone()),
        }
    }
    for keys in missing.chunks(AT_ONCE) {
        let found = case.facts.load(keys.to_vec())?;
        rows.extend(
            found
                .into_iter()
                .flatten()
                .map(|row| (row.key.clone(), row)),
        );
    }
    Ok(rows)
}

impl Draft {
    /// An event without a payload, which has one form only.
    fn plain(topic: &'static str, subject: &Key, external_id: Option<String>) -> Self {
        Self {
            topic,
            subject: subject.clone(),
            notice: ("", "{}".to_owned()),
            full: None,
            external_id,
        }
    }
}

fn json(of: &impl Serialize) -> String {
    serde_json::to_string(of).unwrap_or_default()
}
