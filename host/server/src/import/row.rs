//! A row, made ready to be sent: what its type is, what is known about it, and what of it can be set.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::options::Options;
use super::report::Refusal;
use super::source::Said;
use super::types::{Attribute, Type, Types, get, same};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A row that can be sent.
#[derive(Debug)]
pub(super) struct Ready<'t> {
    pub(super) kind: &'t Type,
    /// What to set; nothing that refers to other rows.
    pub(super) body: Map<String, Value>,
    /// What it is called where it comes from.
    pub(super) id: Option<String>,
    /// What it refers to.
    pub(super) ties: Ties,
}

/// What a row refers to.
#[derive(Debug, Default)]
pub(super) struct Ties {
    /// What a group's members are called.
    pub(super) members: Vec<String>,
    /// What a user's manager is called, where the file has ids of its own.
    pub(super) manager: Option<String>,
}

impl Ties {
    pub(super) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.manager.is_none()
    }
}

/// What makes rows ready.
pub(super) struct Reader<'t> {
    pub(super) types: &'t Types,
    pub(super) options: &'t Options,
    /// What rows are that do not say it.
    pub(super) usual: &'t Type,
    /// What was left out so far, since the tenant does not know it.
    pub(super) ignored: BTreeSet<String>,
}

impl<'t> Reader<'t> {
    /// Makes a row ready, as far as it can be read.
    pub(super) fn ready(&mut self, said: Said) -> Result<Ready<'t>, Refusal> {
        let mut said = said.map_err(|what| Refusal::malformed(&what))?;
        let kind = self.types.said_by(&said).unwrap_or(self.usual);
        let id = take(&mut said, "id").and_then(text);
        let mut ties = Ties::default();
        if kind.is_group() {
            ties.members = members(take(&mut said, "members"))?;
        } else if kind.is_user() && id.is_some() {
            ties.manager = take_manager(&mut said);
        }
        let body = self.settable(kind, said);
        Ok(Ready {
            kind,
            body,
            id,
            ties,
        })
    }

    /// Without what only a server sets, and, where that is asked for, what this one does not know.
    fn settable(&mut self, kind: &Type, said: Map<String, Value>) -> Map<String, Value> {
        let mut body = Map::new();
        let mut schemas = vec![Value::from(kind.schema.id.as_str())];
        for (name, value) in said {
            if same(&name, "schemas") || same(&name, "meta") {
                continue;
            }
            if let (Some(extension), Value::Object(members)) = (kind.extension(&name), &value) {
                let members = members.iter().filter(|(name, _)| {
                    let shown = || format!("{}:{name}", extension.id);
                    self.is_settable(extension.attribute(name), shown)
                });
                let members: Map<_, _> = members.map(|(k, v)| (k.clone(), v.clone())).collect();
                if !members.is_empty() {
                    schemas.push(extension.id.as_str().into());
                    body.insert(name, members.into());
                }
            } else if self.is_settable(kind.schema.attribute(&name), || name.clone()) {
                body.insert(name, value);
            }
        }
        body.insert("schemas".to_owned(), schemas.into());
        body
    }

    /// What is not known is left to the component, which says what it thinks of it; or left out.
    fn is_settable(
        &mut self,
        attribute: Option<&Attribute>,
        shown: impl FnOnce() -> String,
    ) -> bool {
        match attribute {
            Some(attribute) => !attribute.is_read_only(),
            None if self.options.ignore_unknown => {
                self.ignored.insert(shown());
                false
            }
            None => true,
        }
    }
}

impl Ready<'_> {
    /// What it is found by where it was imported before, and the value; none if it has none.
    pub(super) fn matched(&self, options: &Options) -> Option<(&'static str, &str)> {
        let path = options.matched(self.kind);
        let value = get(&self.body, path)?.as_str()?;
        (!value.is_empty()).then_some((path, value))
    }
}

/// Takes a member out, whatever the case of its name.
fn take(body: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let key = body.keys().find(|key| same(key, name))?.clone();
    body.remove(&key)
}

fn text(value: Value) -> Option<String> {
    match value {
        Value::String(text) if !text.is_empty() => Some(text),
        _ => None,
    }
}

/// `[{"value": ...}]`, or the values alone, one or several.
fn members(listed: Option<Value>) -> Result<Vec<String>, Refusal> {
    let wrong = || Refusal::malformed("`members` is a list of `{\"value\": ID}`");
    let value = |member: Value| match member {
        Value::Object(mut member) => take(&mut member, "value").and_then(text),
        other => text(other),
    };
    match listed {
        None | Some(Value::Null) => Ok(Vec::new()),
        Some(Value::Array(listed)) => {
            let values = listed.into_iter().map(value);
            values.map(|it| it.ok_or_else(wrong)).collect()
        }
        Some(single) => Ok(vec![value(single).ok_or_else(wrong)?]),
    }
}

fn take_manager(user: &mut Map<String, Value>) -> Option<String> {
    let (urn, extension) = user.iter_mut().find(|(key, _)| same(key, ENTERPRISE))?;
    let extension = extension.as_object_mut()?;
    let manager = take(extension, "manager")?;
    let is_empty = extension.is_empty().then(|| urn.clone());
    if let Some(urn) = is_empty {
        user.remove(&urn);
    }
    match manager {
        Value::Object(mut manager) => take(&mut manager, "value").and_then(text),
        other => text(other),
    }
}
