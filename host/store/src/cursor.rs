//! Where a page ended, as text: a tag, and what the next page begins behind. For backends that
//! walk by keys; any other may have cursors of its own.
//!
//! The tag tells the shapes apart, so that a cursor of one kind of walk is refused by another.

use crate::{Failure, Key};

/// The place of a row in a walk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// In a walk by id.
    Id(String),
    /// In a walk by value: the row's smallest value, if it has one, and its id.
    Value(Option<String>, String),
}

impl Place {
    /// The cursor behind this place.
    #[must_use]
    pub fn encode(&self) -> String {
        match self {
            Self::Id(id) => format!("i:{id}"),
            Self::Value(None, id) => format!("n:{id}"),
            Self::Value(Some(value), id) => format!("v:{}:{value}{id}", value.len()),
        }
    }

    /// The place that a cursor names in a walk by id, or by value if `ordered`.
    ///
    /// # Errors
    /// [`Failure::Other`] for a cursor of another walk, or none.
    pub fn decode(cursor: &str, ordered: bool) -> Result<Self, Failure> {
        let place = if let Some(id) = cursor.strip_prefix("i:") {
            Some(Self::Id(id.to_owned()))
        } else if let Some(id) = cursor.strip_prefix("n:") {
            Some(Self::Value(None, id.to_owned()))
        } else {
            cursor
                .strip_prefix("v:")
                .and_then(split)
                .map(|(v, id)| Self::Value(Some(v), id))
        };
        let place = place.filter(|place| matches!(place, Self::Value(..)) == ordered);
        place.ok_or_else(|| foreign(cursor))
    }
}

/// The cursor behind a tie, by its other end.
#[must_use]
pub fn encode_key(key: &Key) -> String {
    format!("k:{}:{}{}", key.kind.len(), key.kind, key.id)
}

/// The other end that a cursor names.
///
/// # Errors
/// [`Failure::Other`] for a cursor of another walk, or none.
pub fn decode_key(cursor: &str) -> Result<Key, Failure> {
    let parts = cursor.strip_prefix("k:").and_then(split);
    parts
        .map(|(kind, id)| Key { kind, id })
        .ok_or_else(|| foreign(cursor))
}

/// Takes `length:` off, and splits what follows after so many bytes.
fn split(text: &str) -> Option<(String, String)> {
    let (length, rest) = text.split_once(':')?;
    let (first, second) = rest.split_at_checked(length.parse().ok()?)?;
    Some((first.to_owned(), second.to_owned()))
}

fn foreign(cursor: &str) -> Failure {
    Failure::Other(format!("`{cursor}` is not a cursor for this question"))
}
