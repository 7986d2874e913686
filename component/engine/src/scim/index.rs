//! Which attributes are found by the store, and under which normalised values.
//!
//! INVARIANT: an indexed value stands in the index whole. Text longer than [`MAX_INDEXED`] is
//! refused when it is written, so a plan over indexed paths selects exactly.

mod definition;

pub(crate) use definition::Definition;

use crate::facts::{Claim, Entry};
use crate::scim::filter::{fold, number, values};
use crate::scim::schema::{Attribute, Kind, Place, Resolved, ResourceType, Target, Uniqueness};
use crate::scim::time;
use crate::scim::value::{Object, Value};

/// Bytes of one indexed text. E-mail addresses end at 320; a B-tree page should hold several.
pub const MAX_INDEXED: usize = 1024;

/// Indexed paths of the types that come with scimlet. Each costs a row of the index in every write,
/// so these are the attributes that identity providers match by, and those that reports filter by.
///
/// INVARIANT: every row that was ever written has the entries of these paths, so a plan may rely
/// on them. What is added to this table is not known of older rows: it must go the way of the
/// paths that a tenant's settings add.
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

/// The same of a type that a tenant's settings define.
const INDEXED_OF_OTHERS: &[&str] = &["externalId", "meta.lastModified"];

/// Which attributes of a type are found by the store, and which are unique: looked up once, when
/// the tenant is opened.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    indexed: Vec<Indexed>,
    unique: Vec<Unique>,
}

/// One path of the index.
#[derive(Clone, Debug)]
struct Indexed {
    /// In canonical spelling.
    path: String,
    place: Place,
    /// Whether every row has its entries, however old.
    is_base: bool,
}

impl Indexed {
    /// What rows are found by, in words that change when what stands in the index would.
    fn words(&self, kind: &ResourceType) -> Option<String> {
        let how = encoding(kind.at(self.place)?.leaf());
        Some(format!("{} {} {how}", kind.name(), self.path))
    }
}

/// One attribute whose values are claimed.
#[derive(Clone, Debug)]
struct Unique {
    /// `User:userName`
    path: String,
    place: Place,
    /// Whether every row claims its values, however old.
    is_base: bool,
}

impl Keys {
    /// Those of a type, with further paths of the tenant's settings.
    pub(crate) fn of(kind: &ResourceType, more: &[String]) -> Self {
        let base = INDEXED.iter().find(|(name, _)| *name == kind.name());
        let base = base.map_or(INDEXED_OF_OTHERS, |(_, paths)| paths);
        let mut keys = Self::default();
        for path in base {
            keys.index(kind, path, true);
        }
        for path in more {
            keys.index(kind, path, false);
        }
        for place in kind.places() {
            keys.unique.extend(unique(kind, place));
        }
        keys
    }

    fn index(&mut self, kind: &ResourceType, path: &str, is_base: bool) {
        let Some(Resolved::Attribute(target)) = kind.resolve(path) else {
            return;
        };
        let path = target.path();
        if let Some(place) = kind.place(target)
            && !self.indexed.iter().any(|known| known.path == path)
        {
            self.indexed.push(Indexed {
                path,
                place,
                is_base,
            });
        }
    }
}

fn unique(kind: &ResourceType, place: Place) -> Option<Unique> {
    let target = kind.at(place)?;
    if target.leaf().uniqueness == Uniqueness::None {
        return None;
    }
    let path = format!("{}:{}", kind.name(), target.path());
    let is_own = target.extension.unwrap_or(&kind.core).is_own;
    let is_standard = INDEXED.iter().any(|(name, _)| *name == kind.name());
    Some(Unique {
        path,
        place,
        is_base: is_standard && !is_own,
    })
}

/// What the rows of a type are found by, and claim, beyond what every row always did.
pub(crate) fn more(kind: &ResourceType) -> Vec<String> {
    let keys = &kind.keys;
    let indexed = keys.indexed.iter().filter(|it| !it.is_base);
    let unique = keys.unique.iter().filter(|it| !it.is_base);
    let claim = |it: &Unique| {
        let how = encoding(kind.at(it.place)?.leaf());
        Some(format!("{} {} unique {how}", kind.name(), it.path))
    };
    let indexed = indexed.filter_map(|it| it.words(kind));
    indexed.chain(unique.filter_map(claim)).collect()
}

/// Those paths beyond the base that every row of this type has entries of, given what is complete
/// (in the words of [`more`]).
pub(crate) fn complete(kind: &ResourceType, complete: &[String]) -> Vec<String> {
    let indexed = kind.keys.indexed.iter().filter(|it| !it.is_base);
    let known = indexed.filter(|it| {
        let words = it.words(kind);
        words.is_some_and(|words| complete.contains(&words))
    });
    known.map(|it| it.path.clone()).collect()
}

/// Whether values are claimed that older rows may not claim.
pub(crate) fn has_young_claims(kind: &ResourceType) -> bool {
    kind.keys.unique.iter().any(|it| !it.is_base)
}

/// Whether the tenant's settings add paths to this type.
pub(crate) fn has_more(kind: &ResourceType) -> bool {
    kind.keys.indexed.iter().any(|it| !it.is_base)
}

/// Whether a plan may rely on this path (in canonical spelling): every row of this type has its
/// entries, however old.
#[must_use]
pub fn is_indexed(kind: &ResourceType, path: &str) -> bool {
    let mut indexed = kind.keys.indexed.iter();
    indexed.any(|it| it.is_base && it.path == path)
}

/// Whether values of this attribute are kept as keys of the store, which must not be long.
#[must_use]
pub fn is_key(kind: &ResourceType, target: &Target<'_>) -> bool {
    let path = target.path();
    target.leaf().uniqueness != Uniqueness::None
        || kind.keys.indexed.iter().any(|it| it.path == path)
}

/// The index entries of a resource.
#[must_use]
pub fn entries(kind: &ResourceType, resource: &Object<'_>) -> Vec<Entry> {
    let mut entries = Vec::with_capacity(kind.keys.indexed.len());
    for Indexed { path, place, .. } in &kind.keys.indexed {
        let Some(target) = kind.at(*place) else {
            continue;
        };
        values(resource, &target, &mut |value| {
            if let Some(value) = encode(target.leaf(), value) {
                entries.push(Entry {
                    path: path.clone(),
                    value,
                });
            }
        });
    }
    entries.sort_unstable();
    entries.dedup();
    entries
}

/// The values that no other resource of this type may hold: those of attributes, and of parts of
/// attributes, whose `uniqueness` says so (RFC 7643 section 7), in the core and in extensions.
#[must_use]
pub fn claims(kind: &ResourceType, resource: &Object<'_>) -> Vec<Claim> {
    let mut claims = Vec::new();
    for Unique { path, place, .. } in &kind.keys.unique {
        let Some(target) = kind.at(*place) else {
            continue;
        };
        values(resource, &target, &mut |value| {
            if let Some(value) = claimed(target.leaf(), value) {
                claims.push(Claim {
                    path: path.clone(),
                    value,
                });
            }
        });
    }
    claims.sort_unstable();
    claims.dedup();
    claims
}

/// How [`encode`] writes values of an attribute.
fn encoding(attribute: &Attribute) -> &'static str {
    match attribute.kind {
        Kind::Boolean => "boolean",
        Kind::DateTime => "time",
        Kind::Integer | Kind::Decimal => "number",
        Kind::String if attribute.folds() => "folded",
        Kind::String | Kind::Reference => "exact",
        Kind::Binary | Kind::Complex => "nothing",
    }
}

/// A value as the index holds it: byte order is the attribute's order, case is folded where the
/// attribute ignores it. None for what is not indexed.
fn encode(attribute: &Attribute, value: &Value<'_>) -> Option<String> {
    match (attribute.kind, value) {
        (Kind::Boolean, Value::Bool(value)) => Some(value.to_string()),
        (Kind::DateTime, Value::Text(text)) => time::instant(text).map(time::sortable),
        (Kind::Integer | Kind::Decimal, Value::Integer(value)) => Some(sortable(number(*value))),
        (Kind::Integer | Kind::Decimal, Value::Decimal(value)) => Some(sortable(*value)),
        (Kind::String, Value::Text(text)) if attribute.folds() => Some(fold(text)),
        (Kind::String | Kind::Reference, Value::Text(text)) => Some(text.clone().into_owned()),
        _ => None,
    }
}

/// A value as it is claimed: as it is indexed, but for numbers, which must be told apart where
/// comparing them as decimals does not.
fn claimed(attribute: &Attribute, value: &Value<'_>) -> Option<String> {
    match (attribute.kind, value) {
        (Kind::Integer | Kind::Decimal, Value::Integer(_) | Value::Decimal(_)) => {
            Some(value.to_json())
        }
        _ => encode(attribute, value),
    }
}

/// A number in 16 digits whose byte order is that of the numbers: the bits of an IEEE 754 number
/// are in order already, but for the sign.
#[must_use]
pub(crate) fn sortable(number: f64) -> String {
    // There is one zero.
    let bits = (number + 0.0).to_bits();
    let sign = 1 << 63;
    let ordered = if bits & sign == 0 { bits | sign } else { !bits };
    format!("{ordered:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_in_order_as_text() {
        let numbers = [f64::MIN, -2.5, -1.0, -0.0, 0.5, 1.0, 10.0, 1e300];
        let texts: Vec<_> = numbers.iter().map(|number| sortable(*number)).collect();
        assert!(texts.is_sorted(), "{texts:?}");
        assert_eq!(sortable(-0.0), sortable(0.0));
    }
}
