//! The history of seats: one line for every change of a grant, written in its commit and never again.

use serde::{Deserialize, Serialize};

use super::{Grant, State};
use crate::facts::{Change, Entry, Key, Put};

/// The kind of such rows. Their ids are in the order of time.
pub const HISTORY: &str = "History";

/// Where the lines of a user are found: by the id.
pub const OF: &str = "history.of";

/// What happened to a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// Somebody has one now.
    Added,
    /// Somebody has one no longer.
    Freed,
    /// Neither.
    Other,
}

impl Turn {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Added, Self::Freed, Self::Other];

    /// Where such lines of a license are found: by the moment.
    #[must_use]
    pub fn path(self, sku: &str) -> String {
        let word = match self {
            Self::Added => "added",
            Self::Freed => "freed",
            Self::Other => "other",
        };
        format!("history.{word}:{sku}")
    }

    fn of(from: Option<State>, to: Option<State>) -> Self {
        match (has_seat(from), has_seat(to)) {
            (false, true) => Self::Added,
            (true, false) => Self::Freed,
            _ => Self::Other,
        }
    }
}

/// Whether a state means that a seat is used.
#[must_use]
pub fn has_seat(state: Option<State>) -> bool {
    matches!(state, Some(State::Active | State::Overage | State::Held))
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Line {
    /// When, as SCIM writes moments.
    pub at: String,
    /// The id of the user.
    pub user: String,
    /// The SKU.
    pub sku: String,
    /// The state before; none: there was no grant.
    pub from: Option<String>,
    /// The state after; none: there is no grant.
    pub to: Option<String>,
    /// Since when the state before was.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub since: Option<String>,
    /// Why it is so now.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
    /// Who asked: now, or, for what is gone, before.
    pub sources: Vec<String>,
    /// What brought it about: the word of a [`Cause`](super::Cause).
    pub cause: String,
    /// Whose request it was.
    pub actor: String,
}

impl Line {
    /// The line of a change of a grant.
    #[must_use]
    pub fn of(
        (at, cause, actor): (&str, &str, &str),
        user: &str,
        before: Option<&Grant>,
        after: Option<&Grant>,
    ) -> Self {
        let word = |grant: Option<&Grant>| grant.map(|grant| grant.state.word().to_owned());
        let shown = after.or(before);
        Self {
            at: at.to_owned(),
            user: user.to_owned(),
            sku: shown.map(|grant| grant.sku.clone()).unwrap_or_default(),
            from: word(before),
            to: word(after),
            since: before.map(|grant| grant.since.clone()),
            reason: after.and_then(|grant| grant.reason.clone()),
            sources: shown.map(|grant| grant.sources.clone()).unwrap_or_default(),
            cause: cause.to_owned(),
            actor: actor.to_owned(),
        }
    }

    /// What happened to the seat.
    #[must_use]
    pub fn turn(&self) -> Turn {
        let state = |word: &Option<String>| word.as_deref().and_then(State::from_word);
        Turn::of(state(&self.from), state(&self.to))
    }

    /// The change that writes it.
    #[must_use]
    pub fn put(&self, id: String) -> Change {
        Change::Put(Put {
            key: Key {
                kind: HISTORY.to_owned(),
                id,
            },
            body: serde_json::to_string(self).unwrap_or_default(),
            replaces: None,
            entries: vec![
                Entry {
                    path: OF.to_owned(),
                    value: self.user.clone(),
                },
                Entry {
                    path: self.turn().path(&self.sku),
                    value: self.at.clone(),
                },
            ],
            claims: Vec::new(),
        })
    }
}
