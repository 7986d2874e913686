//! A table of values: what SCIM calls a thing, and what the platform calls it.

use super::{Passed, Why, quoted, same_text, text_of};
use crate::scim::value::Value;

/// What becomes of a value that is not in the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Other {
    /// The write is refused.
    #[default]
    Refuse,
    /// It stays as it is.
    Keep,
    /// There is no value then.
    Nothing,
}

/// The table.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// The value in SCIM as text, and the platform's.
    pub table: Vec<(String, Value<'static>)>,
    /// What becomes of others.
    pub other: Other,
}

impl Lookup {
    /// Two names for which the platform has one value, if there are any: which of them it means when it
    /// says so, nobody knows.
    #[must_use]
    pub fn ambiguous(&self) -> Option<(&str, &str)> {
        let pairs = self.table.iter().enumerate();
        let mut same = pairs.filter_map(|(at, (name, value))| {
            let mut before = self.table.iter().take(at);
            let twin = before.find(|(_, known)| same_text(known, value))?;
            Some((twin.0.as_str(), name.as_str()))
        });
        same.next()
    }

    pub(super) fn forward(&self, value: Value<'static>) -> Passed {
        let name = text_of(&value);
        let found = self
            .table
            .iter()
            .find(|(key, _)| Some(key) == name.as_ref());
        match (found, self.other) {
            (Some((_, found)), _) => Ok(Some(found.clone())),
            (None, Other::Keep) => Ok(Some(value)),
            (None, Other::Nothing) => Ok(None),
            (None, Other::Refuse) => {
                let known = self.table.iter().map(|(key, _)| key.clone());
                Err(unknown(&value, known.collect()))
            }
        }
    }

    pub(super) fn back(&self, value: Value<'static>) -> Passed {
        let found = self
            .table
            .iter()
            .find(|(_, known)| same_text(known, &value));
        match (found, self.other) {
            (Some((key, _)), _) => Ok(Some(Value::owned(key.clone()))),
            (None, Other::Keep) => Ok(Some(value)),
            (None, Other::Nothing | Other::Refuse) => {
                let known = self.table.iter().map(|(_, known)| known);
                Err(unknown(&value, known.filter_map(text_of).collect()))
            }
        }
    }
}

fn unknown(value: &Value<'_>, known: Vec<String>) -> Why {
    /// Names in a message.
    const MOST: usize = 10;
    let more = known.len() > MOST;
    let mut known: Vec<String> = known.into_iter().take(MOST).collect();
    if more {
        known.push("...".to_owned());
    }
    let (value, known) = (quoted(value), known.join(", "));
    Why(format!("{value} is not in the table, which has {known}"))
}
