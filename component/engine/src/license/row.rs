//! A resource as a row of the store: its text, where it is found, what it claims.

use super::queue_entries;
use crate::facts::{Entry, Key, Put};
use crate::scim::index;
use crate::scim::schema::ResourceType;
use crate::scim::value::Object;

/// Where a resource is found. Users stand in the queues of their licenses too.
#[must_use]
pub fn entries(kind: &ResourceType, id: &str, resource: &Object<'_>) -> Vec<Entry> {
    let mut entries = index::entries(kind, resource);
    entries.extend(queue_entries(id, resource));
    entries
}

/// The change that writes a resource.
#[must_use]
pub fn put(kind: &ResourceType, id: &str, resource: &Object<'_>, replaces: Option<u64>) -> Put {
    Put {
        key: Key::new(kind.name(), id),
        body: serde_json::to_string(resource).unwrap_or_default(),
        replaces,
        entries: entries(kind, id, resource),
        claims: index::claims(kind, resource),
    }
}
