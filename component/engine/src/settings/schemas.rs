//! A tenant's own schemas: `schemas` in the settings.
//!
//! ```json
//! { "schemas": [ {
//!     "id": "urn:example:params:scim:schemas:extension:hr:1.0:User",
//!     "name": "HR",
//!     "attributes": [
//!       { "name": "badge", "type": "string", "caseExact": true, "uniqueness": "server" },
//!       { "name": "desk", "type": "complex", "subAttributes": [ { "name": "floor", "type": "integer" } ] }
//!     ]
//! } ] }
//! ```
//!
//! Each is a Schema as RFC 7643 section 7 has it, and as `/Schemas` serves it. What an attribute
//! does not say is the default of section 2.2. See [`super::types`] for how they come to be used.

mod attribute;

use serde_json::{Map, Value};

use super::reader::Reader;
use crate::scim::schema::{Schema, find};
use crate::scim::urn;

/// Schemas of one tenant. Each is looked at when a path is resolved.
const MAX_SCHEMAS: usize = 32;

/// Attributes of all of them together, with their parts.
const MAX_ATTRIBUTES: usize = 500;

/// Bytes of `schemas` and `resourceTypes` as JSON text: they are read each time that a tenant is
/// opened.
const MAX_BYTES: usize = 64 * 1024;

/// Bytes of a URN. It stands in paths of the index, and in the path of `/Schemas/URN`.
const MAX_URN: usize = 200;

/// What is known while schemas are read.
struct Known<'k> {
    /// Names of all resource types, for `referenceTypes`.
    types: &'k [String],
    /// Attributes that were read so far.
    attributes: usize,
}

impl Reader<'_> {
    /// `$.schemas`. `types` are the names of all resource types, those of the settings too.
    pub(super) fn schemas(&mut self, value: &Value, types: &[String]) -> Vec<Schema> {
        let at = "$.schemas";
        let Some(list) = self.list(at, value) else {
            return Vec::new();
        };
        if list.len() > MAX_SCHEMAS {
            self.problem(at, &format!("{MAX_SCHEMAS} schemas at most"));
            return Vec::new();
        }
        let mut known = Known {
            types,
            attributes: 0,
        };
        let mut schemas: Vec<Schema> = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let at = format!("{at}[{index}]");
            let Some(object) = self.object(&at, item) else {
                continue;
            };
            let schema = self.schema(&at, object, &mut known);
            let same = |other: &&Schema| other.id.eq_ignore_ascii_case(&schema.id);
            if schemas.iter().find(same).is_some() {
                self.problem(&format!("{at}.id"), "another schema has this URN");
            }
            schemas.push(schema);
        }
        if known.attributes > MAX_ATTRIBUTES {
            let detail = format!("{MAX_ATTRIBUTES} attributes at most, in all schemas together");
            self.problem(at, &detail);
        }
        self.ambiguous(&schemas);
        schemas
    }

    /// What both parts may be together.
    pub(super) fn not_too_large(&mut self, object: &Map<String, Value>) {
        let parts = ["schemas", "resourceTypes"].iter();
        let bytes: usize = parts
            .filter_map(|part| object.get(*part))
            .map(|part| part.to_string().len())
            .sum();
        if bytes > MAX_BYTES {
            let detail =
                format!("`schemas` and `resourceTypes` may have {MAX_BYTES} bytes, not {bytes}");
            self.problem("$", &detail);
        }
    }

    fn schema(&mut self, at: &str, object: &Map<String, Value>, known: &mut Known<'_>) -> Schema {
        // `schemas` and `meta` are in what /Schemas serves, and say nothing here.
        self.only(
            at,
            object,
            &["id", "name", "description", "attributes", "schemas", "meta"],
        );
        let id = self.text(at, object, "id");
        self.own_urn(&format!("{at}.id"), &id);
        let name = self.optional_text(at, object, "name");
        let tail = id.rsplit(':').next().unwrap_or_default().to_owned();
        let attributes = format!("{at}.attributes");
        let list = match object.get("attributes") {
            Some(value) => self.list(&attributes, value).cloned().unwrap_or_default(),
            None => Vec::new(),
        };
        if list.is_empty() {
            self.problem(&attributes, "a schema has one attribute at least");
        }
        Schema {
            id,
            name: name.unwrap_or(tail),
            description: self
                .optional_text(at, object, "description")
                .unwrap_or_default(),
            attributes: self.schema_attributes(&attributes, &list, known, false),
            is_own: true,
        }
    }

    /// A URN that a tenant may define.
    fn own_urn(&mut self, at: &str, id: &str) {
        if id.is_empty() {
            return;
        }
        if !is_urn(id) {
            let detail = "must be a URN such as `urn:example:schemas:1.0:Device`: `urn:`, a \
                          namespace, and letters, digits, `-`, `.`, `_` and `:`";
            self.problem(at, detail);
        } else if id.len() > MAX_URN {
            self.problem(at, &format!("a URN may have {MAX_URN} bytes"));
        } else if self.registry.schema(id).is_some() {
            self.problem(at, "this schema comes with the server");
        } else if RESERVED.iter().any(|reserved| starts(id, reserved)) {
            self.problem(at, "this namespace is the server's");
        }
    }

    /// No path may mean both an attribute of one schema and the whole of another one.
    fn ambiguous(&mut self, schemas: &[Schema]) {
        for (index, schema) in schemas.iter().enumerate() {
            let standard = self.registry.schemas().iter().map(AsRef::as_ref);
            let mut others = standard.chain(schemas);
            let clash = others.find(|other| holds(other, schema) || holds(schema, other));
            if let Some(other) = clash {
                let detail = format!("a path may mean this one or a part of `{}`", other.id);
                self.problem(&format!("$.schemas[{index}].id"), &detail);
            }
        }
    }
}

/// Whether the path of an attribute of one schema is the URN of another one.
fn holds(schema: &Schema, other: &Schema) -> bool {
    let Some((urn, name)) = other.id.rsplit_once(':') else {
        return false;
    };
    schema.id.eq_ignore_ascii_case(urn) && find(&schema.attributes, name).is_some()
}

/// What only the server defines: messages, and what it says of licenses.
const RESERVED: [&str; 3] = [
    "urn:ietf:params:scim:api:",
    "urn:ietf:params:scim:schemas:extension:scimlet:",
    urn::OKTA,
];

fn starts(text: &str, prefix: &str) -> bool {
    let head = text.get(..prefix.len());
    head.is_some_and(|head| head.eq_ignore_ascii_case(prefix))
}

/// A URN (RFC 8141 section 2), in the characters that the paths of a PATCH can carry. `urn:` is
/// lower case, so that a name in a document is known to be one.
fn is_urn(text: &str) -> bool {
    let Some((namespace, rest)) = text
        .strip_prefix("urn:")
        .and_then(|rest| rest.split_once(':'))
    else {
        return false;
    };
    let edge = |letter: Option<char>| letter.is_some_and(|it| it.is_ascii_alphanumeric());
    (2..=32).contains(&namespace.len())
        && namespace
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || it == '-')
        && edge(namespace.chars().next())
        && edge(namespace.chars().last())
        && edge(rest.chars().last())
        && rest
            .chars()
            .all(|it| it.is_ascii_alphanumeric() || "-._:".contains(it))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urns_have_a_namespace_and_a_name() {
        for urn in [
            "urn:ex:a",
            "urn:example:params:scim:1.0:User",
            "urn:a-1:x:y",
        ] {
            assert!(is_urn(urn), "{urn}");
        }
        for urn in [
            "",
            "urn:",
            "urn:a:b",
            "urn:ex:",
            "urn:-ex:a",
            "urn:ex:a b",
            "urn:ex:a[b",
            "URN:ex:a",
            "https://example.com/a",
            "urn:ex:a:",
        ] {
            assert!(!is_urn(urn), "{urn}");
        }
    }
}
