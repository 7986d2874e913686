//! References to what other operations create: `bulkId:NAME` (RFC 7644 section 3.7.2).

use std::collections::BTreeMap;

use crate::scim::bulk::Operation;
use crate::scim::query::decode;
use crate::scim::value::Value;

/// What stands before the name.
const PREFIX: &str = "bulkId:";

/// A reference from one operation to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Reference {
    /// The operation that creates what is meant.
    pub(super) to: usize,
    /// Whether it must have been created before: a member of a group must, a manager need not.
    pub(super) is_hard: bool,
}

/// The references of one operation.
#[derive(Clone, Debug, Default)]
pub(super) struct References {
    /// Each once.
    pub(super) known: Vec<Reference>,
    /// A name that no operation gives.
    pub(super) unknown: Option<String>,
}

/// Which operation creates what is called so.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, usize>);

impl Names {
    pub(super) fn of(operations: &[Operation<'_>]) -> Self {
        let named = operations.iter().enumerate().filter(|(_, it)| it.creates());
        let named = named.filter_map(|(at, it)| Some((it.bulk_id.clone()?, at)));
        Self(named.collect())
    }

    /// Of names and places.
    pub(super) fn new(names: impl IntoIterator<Item = (String, usize)>) -> Self {
        Self(names.into_iter().collect())
    }

    /// Everything that an operation refers to, in its path and in its data.
    pub(super) fn references(&self, operation: &Operation<'_>) -> References {
        let mut found = References::default();
        if let Some((_, name)) = in_path(&operation.path) {
            self.note(&name, true, &mut found);
        }
        match &operation.data {
            Some(Value::Object(data)) if operation.creates() => {
                for (name, value) in data.iter() {
                    let is_hard = name.eq_ignore_ascii_case("members");
                    self.search(value, is_hard, &mut found);
                }
            }
            Some(data) => self.search(data, false, &mut found),
            None => {}
        }
        found.known.sort_unstable();
        found.known.dedup();
        found
    }

    fn search(&self, value: &Value<'_>, is_hard: bool, found: &mut References) {
        match value {
            Value::Text(text) => {
                if let Some((before, name)) = in_text(text)
                    && (before.is_empty() || self.0.contains_key(name))
                {
                    self.note(name, is_hard, found);
                }
                let quoted = quoted(text).filter(|name| self.0.contains_key(*name));
                quoted.for_each(|name| self.note(name, is_hard, found));
            }
            Value::List(list) => list.iter().for_each(|it| self.search(it, is_hard, found)),
            Value::Object(object) => {
                for (_, value) in object.iter() {
                    self.search(value, is_hard, found);
                }
            }
            _ => {}
        }
    }

    fn note(&self, name: &str, is_hard: bool, found: &mut References) {
        match self.0.get(name) {
            Some(&to) => found.known.push(Reference { to, is_hard }),
            None => found.unknown = Some(name.to_owned()),
        }
    }

    /// The path with the id in the place of the name.
    pub(super) fn resolve_path(&self, path: &str, ids: &[String]) -> Option<String> {
        let (before, name) = in_path(path)?;
        let id = self.id(&name, ids)?;
        Some(format!("{before}{id}"))
    }

    /// Puts ids in the place of names, wherever they stand.
    pub(super) fn resolve(&self, value: &mut Value<'_>, ids: &[String]) {
        match value {
            Value::Text(text) => {
                if let Some(resolved) = self.resolve_text(text, ids) {
                    *value = Value::owned(resolved);
                }
            }
            Value::List(list) => list.iter_mut().for_each(|it| self.resolve(it, ids)),
            Value::Object(object) => object.values_mut().for_each(|it| self.resolve(it, ids)),
            _ => {}
        }
    }

    fn resolve_text(&self, text: &str, ids: &[String]) -> Option<String> {
        if let Some((before, name)) = in_text(text)
            && let Some(id) = self.id(name, ids)
        {
            return Some(format!("{before}{id}"));
        }
        if !text.contains(PREFIX) {
            return None;
        }
        // The pieces between quotes, in one pass: a text may be large and hold many names.
        let mut resolved = String::with_capacity(text.len());
        for (at, piece) in text.split('"').enumerate() {
            if at > 0 {
                resolved.push('"');
            }
            let name = piece.strip_prefix(PREFIX).filter(|_| at % 2 == 1);
            resolved.push_str(name.and_then(|name| self.id(name, ids)).unwrap_or(piece));
        }
        (resolved != text).then_some(resolved)
    }

    /// Whether a value refers to one of these operations.
    pub(super) fn refers(&self, value: &Value<'_>, to: &dyn Fn(usize) -> bool) -> bool {
        let mut found = References::default();
        self.search(value, true, &mut found);
        found.known.iter().any(|reference| to(reference.to))
    }

    fn id<'i>(&self, name: &str, ids: &'i [String]) -> Option<&'i str> {
        self.0
            .get(name)
            .and_then(|at| ids.get(*at))
            .map(String::as_str)
    }
}

/// A text that is a reference, or a URI that ends in one (a `$ref`): what is before it, and the name.
fn in_text(text: &str) -> Option<(&str, &str)> {
    if let Some(name) = text.strip_prefix(PREFIX) {
        return Some(("", name));
    }
    let (before, name) = text.rsplit_once(PREFIX)?;
    before.ends_with('/').then_some((before, name))
}

/// The names that stand in quotes within a text, as in the path of a PATCH:
/// `members[value eq "bulkId:qwerty"]`.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    let parts = text.split('"').skip(1).step_by(2);
    parts.filter_map(|part| part.strip_prefix(PREFIX))
}

/// The same for a path, where the name may be percent-encoded: `/Users/bulkId:qwerty`.
fn in_path(path: &str) -> Option<(&str, String)> {
    let (before, last) = path.rsplit_once('/')?;
    let last = decode(last, false).ok()?;
    let name = last.strip_prefix(PREFIX)?;
    let before = path.get(..=before.len())?;
    Some((before, name.to_owned()))
}
