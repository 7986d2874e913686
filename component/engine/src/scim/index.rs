//! Which attributes are found by the store, and under which normalised values.
//!
//! INVARIANT: an indexed value stands in the index whole. Text longer than [`MAX_INDEXED`] is
//! refused when it is written, so a plan over indexed paths selects exactly.

use crate::facts::{Claim, Entry};
use crate::scim::filter::{fold, values};
use crate::scim::schema::{Attribute, Kind, Resolved, ResourceType, Target, Uniqueness};
use crate::scim::time;
use crate::scim::value::{Object, Value};

/// Bytes of one indexed text. E-mail addresses end at 320; a B-tree page should hold several.
pub const MAX_INDEXED: usize = 1024;

/// Indexed paths by resource type. Each costs a row of the index in every write, so these are the
/// attributes that identity providers match by, and those that reports filter by.
const INDEXED: [(&str, &[&str]); 4] = [
    (
        "User",
        &[
            "userName",
            "externalId",
            "displayName",
            "active",
            "userType",
            "emails.value",
            "meta.lastModified",
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
            "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User:licenses.value",
        ],
    ),
    ("Group", &["displayName", "externalId", "meta.lastModified"]),
    ("Entitlement", &["value", "externalId", "meta.lastModified"]),
    ("Role", &["value", "externalId", "meta.lastModified"]),
];

/// The indexed paths of a type, in canonical spelling.
fn paths(kind: &ResourceType) -> &'static [&'static str] {
    INDEXED
        .iter()
        .find(|(name, _)| *name == kind.name())
        .map_or(&[], |(_, paths)| paths)
}

/// Whether the store finds rows of this type by this path (in canonical spelling).
#[must_use]
pub fn is_indexed(kind: &ResourceType, path: &str) -> bool {
    paths(kind).contains(&path)
}

/// The index entries of a resource.
#[must_use]
pub fn entries(kind: &ResourceType, resource: &Object<'_>) -> Vec<Entry> {
    let mut entries = Vec::new();
    for path in paths(kind) {
        let Some(Resolved::Attribute(target)) = kind.resolve(path) else {
            continue;
        };
        values(resource, &target, &mut |value| {
            if let Some(value) = encode(target.leaf(), value) {
                entries.push(Entry {
                    path: (*path).to_owned(),
                    value,
                });
            }
        });
    }
    entries.sort_unstable();
    entries.dedup();
    entries
}

/// The values that no other resource of this type may hold: those of attributes whose
/// `uniqueness` says so (RFC 7643 section 7).
#[must_use]
pub fn claims(kind: &ResourceType, resource: &Object<'_>) -> Vec<Claim> {
    let mut claims = Vec::new();
    let mut claim = |target: Target<'_>| {
        if target.leaf().uniqueness == Uniqueness::None {
            return;
        }
        values(resource, &target, &mut |value| {
            if let Some(value) = encode(target.leaf(), value) {
                claims.push(Claim {
                    path: format!("{}:{}", kind.name(), target.path()),
                    value,
                });
            }
        });
    };
    for attribute in &kind.core.attributes {
        claim(Target {
            extension: None,
            attribute,
            sub: None,
        });
    }
    for schema in &kind.extensions {
        for attribute in &schema.attributes {
            claim(Target {
                extension: Some(schema),
                attribute,
                sub: None,
            });
        }
    }
    claims.sort_unstable();
    claims.dedup();
    claims
}

/// A value as the index holds it: byte order is the attribute's order, case is folded where the
/// attribute ignores it. None for what is not indexed.
fn encode(attribute: &Attribute, value: &Value<'_>) -> Option<String> {
    match (attribute.kind, value) {
        (Kind::Boolean, Value::Bool(value)) => Some(value.to_string()),
        (Kind::DateTime, Value::Text(text)) => time::instant(text).map(time::sortable),
        (Kind::String, Value::Text(text)) if attribute.folds() => Some(fold(text)),
        (Kind::String | Kind::Reference, Value::Text(text)) => Some(text.clone().into_owned()),
        _ => None,
    }
}
