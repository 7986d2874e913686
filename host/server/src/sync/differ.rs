//! What is to be said of somebody there, and how it differs from what is there.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

/// The schema that says what licenses somebody has here: nobody else's business.
const OURS: &str = "urn:ietf:params:scim:schemas:extension:scimlet:";

/// What never goes there as it is here: what the other side sets, and what refers to ids.
const APART: [&str; 7] = [
    "id",
    "meta",
    "schemas",
    "groups",
    "members",
    "externalId",
    "password",
];

/// Attributes by their paths: `title`, `URN:department`.
pub(super) type Attributes = BTreeMap<Path, Value>;

/// Where an attribute stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path {
    pub(super) urn: Option<String>,
    pub(super) name: String,
}

impl Path {
    pub(super) fn own(name: &str) -> Self {
        let name = name.to_owned();
        Self { urn: None, name }
    }

    fn read(text: &str) -> Self {
        match text.rsplit_once(':') {
            Some((urn, name)) => Self {
                urn: Some(urn.to_owned()),
                name: name.to_owned(),
            },
            None => Self::own(text),
        }
    }

    fn of<'v>(&self, resource: &'v Value) -> Option<&'v Value> {
        match &self.urn {
            Some(urn) => resource.get(urn)?.get(&self.name),
            None => resource.get(&self.name),
        }
    }
}

impl std::fmt::Display for Path {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match &self.urn {
            Some(urn) => write!(out, "{urn}:{}", self.name),
            None => out.write_str(&self.name),
        }
    }
}

/// What a resource says that can be said elsewhere.
pub(super) fn attributes(resource: &Value) -> Attributes {
    let mut found = Attributes::new();
    for (name, value) in resource.as_object().into_iter().flatten() {
        if APART.contains(&name.as_str()) || name.starts_with(OURS) {
            continue;
        }
        match (name.contains(':'), value) {
            (true, Value::Object(members)) => {
                for (member, value) in members {
                    let path = Path {
                        urn: Some(name.clone()),
                        name: member.clone(),
                    };
                    found.insert(path, value.clone());
                }
            }
            _ => {
                found.insert(Path::own(name), value.clone());
            }
        }
    }
    found
}

/// What makes a copy say the same: operations of a PATCH. What was given once and is not said any more
/// is taken away; what the other side has of its own stays.
pub(super) fn operations(
    wanted: &Attributes,
    given: &BTreeSet<String>,
    copy: &Value,
) -> Vec<Value> {
    let changed = wanted
        .iter()
        .filter(|(path, value)| !path.of(copy).is_some_and(|there| says(there, value)))
        .map(|(path, value)| json!({ "op": "replace", "path": path.to_string(), "value": value }));
    let gone = given.iter().map(|text| Path::read(text));
    let gone = gone
        .filter(|path| !wanted.contains_key(path) && path.of(copy).is_some())
        .map(|path| json!({ "op": "remove", "path": path.to_string() }));
    changed.chain(gone).collect()
}

/// The copy as a whole, for who knows no PATCH.
pub(super) fn replaced(wanted: &Attributes, given: &BTreeSet<String>, copy: &Value) -> Value {
    let mut whole = attributes(copy);
    whole.retain(|path, _| wanted.contains_key(path) || !given.contains(&path.to_string()));
    whole.extend(
        wanted
            .iter()
            .map(|(path, value)| (path.clone(), value.clone())),
    );
    let mut body = body(&whole, copy.get("schemas"));
    if let (Some(body), Some(id)) = (body.as_object_mut(), copy.get("id")) {
        body.insert("id".to_owned(), id.clone());
    }
    body
}

/// A resource of these attributes.
pub(super) fn body(attributes: &Attributes, schemas: Option<&Value>) -> Value {
    let mut urns: BTreeSet<&str> = BTreeSet::new();
    let listed = schemas.and_then(Value::as_array);
    urns.extend(listed.into_iter().flatten().filter_map(Value::as_str));
    urns.retain(|urn| !urn.starts_with(OURS));
    let mut body = Map::new();
    for (path, value) in attributes {
        match &path.urn {
            None => {
                body.insert(path.name.clone(), value.clone());
            }
            Some(urn) => {
                urns.insert(urn);
                let extension = body.entry(urn.clone()).or_insert_with(|| json!({}));
                if let Some(extension) = extension.as_object_mut() {
                    extension.insert(path.name.clone(), value.clone());
                }
            }
        }
    }
    body.insert("schemas".to_owned(), json!(urns));
    body.into()
}

/// Whether what is there says what is wanted; it may say more (`display`, `$ref`, `formatted`).
fn says(there: &Value, wanted: &Value) -> bool {
    match (there, wanted) {
        (Value::Object(there), Value::Object(wanted)) => wanted
            .iter()
            .all(|(name, value)| there.get(name).is_some_and(|there| says(there, value))),
        (Value::Array(there), Value::Array(wanted)) => {
            // Values have no order (RFC 7643 section 2.4).
            there.len() == wanted.len()
                && wanted
                    .iter()
                    .all(|value| there.iter().any(|it| says(it, value)))
        }
        (there, wanted) => there == wanted,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_said() {
        let here = json!({
            "schemas": ["a"], "id": "1", "meta": {}, "groups": [], "userName": "ann", "title": "Boss",
            "emails": [{ "value": "a@x" }, { "value": "b@x", "type": "work" }],
            "urn:x:User": { "floor": 3 },
            "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User": { "licenses": [] },
        });
        let copy = json!({
            "id": "9", "userName": "ann", "nickName": "theirs", "locale": "de",
            "emails": [{ "value": "b@x", "type": "work", "display": "B" }, { "value": "a@x" }],
            "urn:x:User": { "floor": 2, "theirs": 1 },
        });
        let given = BTreeSet::from(["locale", "userName"].map(str::to_owned));
        let wanted = attributes(&here);
        let expected = [
            json!({ "op": "replace", "path": "title", "value": "Boss" }),
            json!({ "op": "replace", "path": "urn:x:User:floor", "value": 3 }),
            json!({ "op": "remove", "path": "locale" }),
        ];
        assert_eq!(operations(&wanted, &given, &copy), expected);
        let whole = replaced(&wanted, &given, &copy);
        assert_eq!(whole["id"], "9");
        assert_eq!(whole["urn:x:User"], json!({ "floor": 3, "theirs": 1 }));
        assert_eq!(
            (whole.get("locale"), &whole["nickName"]),
            (None, &json!("theirs"))
        );
        assert_eq!(operations(&wanted, &given, &whole), Vec::<Value>::new());
    }
}
