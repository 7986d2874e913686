//! A change as the `PatchOp` that makes it (RFC 9967 section 2.4.2, `data`).

use serde_json::{Value, json};

use super::shallow::Shallow;
use crate::facts::{Change, Edge, Key};
use crate::scim::urn;

/// The operations for these paths, and for the members that come and go.
pub(super) fn operations(paths: &[String], after: &Shallow<'_>, members: Vec<Value>) -> Value {
    let mut operations: Vec<Value> = paths.iter().map(|path| operation(path, after)).collect();
    operations.extend(members);
    json!({ "schemas": [urn::PATCH], "Operations": operations })
}

fn operation(path: &str, after: &Shallow<'_>) -> Value {
    match value(path, after) {
        Some(value) => json!({ "op": "replace", "path": path, "value": value }),
        None => json!({ "op": "remove", "path": path }),
    }
}

/// What stands at a path: `title`, `name.familyName`, `urn:...:User:department`.
fn value(path: &str, after: &Shallow<'_>) -> Option<Value> {
    let read = |of: &Shallow<'_>, name: &str| serde_json::from_str(of.get(name)?.get()).ok();
    let inner = |name: &str, part: &str| {
        let object = Shallow::read(after.get(name)?.get())?;
        read(&object, part)
    };
    if let Some((urn, part)) = path.rsplit_once(':') {
        return inner(urn, part);
    }
    match path.split_once('.') {
        Some((name, part)) => inner(name, part),
        None => read(after, path),
    }
}

/// The members that changes put into a group, and take out of it.
pub(super) fn members(group: &Key, changes: &[Change]) -> Vec<Value> {
    let of_group = |edge: &&Edge| edge.source == *group && edge.relation == "member";
    let links = changes.iter().filter_map(|change| match change {
        Change::Link(edge) => Some(edge),
        _ => None,
    });
    let added: Vec<Value> = links
        .filter(of_group)
        .map(|edge| json!({ "value": edge.target.id, "type": edge.target.kind }))
        .collect();
    let unlinks = changes.iter().filter_map(|change| match change {
        Change::Unlink(edge) => Some(edge),
        _ => None,
    });
    let mut operations: Vec<Value> = unlinks
        .filter(of_group)
        .map(|edge| removal(&edge.target.id))
        .collect();
    if !added.is_empty() {
        operations.push(json!({ "op": "add", "path": "members", "value": added }));
    }
    if operations.is_empty() {
        // The group has changed because a member of it is gone with all its ties.
        let gone = changes.iter().filter_map(|change| match change {
            Change::Delete(removal) if removal.key != *group => Some(&removal.key),
            _ => None,
        });
        let members = gone.filter(|key| matches!(key.kind.as_str(), "User" | "Group"));
        operations.extend(members.map(|key| removal(&key.id)));
    }
    operations
}

fn removal(id: &str) -> Value {
    json!({ "op": "remove", "path": format!("members[value eq \"{id}\"]") })
}
