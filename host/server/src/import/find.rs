//! Who is there already: many values of one attribute asked for at once.

use std::collections::HashMap;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::send::version;
use crate::local::{Ask, Local, LocalError};
use crate::percent::percent_encoded;
use crate::reconcile::By;

/// Values in one question: half as many as a filter may compare with, since two attributes may be asked
/// for.
const VALUES: usize = 100;

/// The most that a page has.
const PAGE: u32 = 1000;

/// Somebody who is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) id: String,
    pub(super) version: Option<u64>,
    /// When it was created, in milliseconds, where that is said.
    pub(super) created: Option<u64>,
    /// Whether there are others of the same value.
    pub(super) is_ambiguous: bool,
}

/// Those who have these values, by [`key`].
pub(super) fn find(
    local: &Local,
    endpoint: &str,
    paths: &[&str],
    values: &[&str],
) -> Result<HashMap<Box<str>, Found>, LocalError> {
    let mut found = HashMap::new();
    for values in values.chunks(VALUES) {
        let answer = local.send(&Ask {
            method: "GET",
            path: endpoint,
            query: Some(query(paths, values)),
            ..Ask::default()
        })?;
        let listed = answer.get("Resources").and_then(Value::as_array);
        for resource in listed.into_iter().flatten() {
            note(&mut found, paths, resource);
        }
    }
    Ok(found)
}

/// Two texts have the same key if they are the same value.
pub(super) fn key(path: &str, text: &str) -> Box<str> {
    let by = match path {
        "userName" | "displayName" => By::UserName,
        _ => By::ExternalId,
    };
    by.key(text)
}

fn query(paths: &[&str], values: &[&str]) -> String {
    let comparisons = values.iter().flat_map(|value| {
        // RFC 7644 section 3.4.2.2: a filter's text is a JSON string.
        paths
            .iter()
            .map(move |path| format!("{path} eq {}", json!(value)))
    });
    let filter = comparisons.collect::<Vec<_>>().join(" or ");
    let attributes = paths.join(",");
    format!(
        "attributes={},meta.version,meta.created&count={PAGE}&filter={}",
        percent_encoded(&attributes),
        percent_encoded(&filter)
    )
}

fn note(found: &mut HashMap<Box<str>, Found>, paths: &[&str], resource: &Value) {
    let Some(id) = resource.get("id").and_then(Value::as_str) else {
        return;
    };
    let tag = resource.pointer("/meta/version").and_then(Value::as_str);
    let created = resource.pointer("/meta/created").and_then(Value::as_str);
    let created = created.and_then(|text| text.parse::<Timestamp>().ok());
    let created = created.and_then(|moment| u64::try_from(moment.as_millisecond()).ok());
    for path in paths {
        let Some(value) = resource.get(*path).and_then(Value::as_str) else {
            continue;
        };
        let other = found.entry(key(path, value)).or_insert_with(|| Found {
            id: id.to_owned(),
            version: tag.and_then(version),
            created,
            is_ambiguous: false,
        });
        other.is_ambiguous |= other.id != id;
    }
}
