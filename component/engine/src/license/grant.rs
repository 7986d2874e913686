//! What a user was granted, as it stands in the user's own document.

use crate::facts::Entry;
use crate::scim::urn;
use crate::scim::value::{Object, Value};

/// The states of contract.md.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// A seat within the limit.
    Active,
    /// A seat above the limit.
    Overage,
    /// In the waitlist.
    Waiting,
    /// Not granted, for a reason.
    Blocked,
}

impl State {
    /// As it stands on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Overage => "overage",
            Self::Waiting => "waiting",
            Self::Blocked => "blocked",
        }
    }

    fn from_word(word: &str) -> Option<Self> {
        [Self::Active, Self::Overage, Self::Waiting, Self::Blocked]
            .into_iter()
            .find(|state| state.word() == word)
    }
}

/// One license of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The SKU.
    pub sku: String,
    /// What became of the wish.
    pub state: State,
    /// Why it is blocked: a stable word.
    pub reason: Option<String>,
    /// Since when there is a seat; until then, since when it was asked for: the order of a queue.
    pub since: String,
    /// Who asks for it.
    pub sources: Vec<String>,
}

/// No license of that SKU exists.
pub(super) const UNKNOWN_LICENSE: &str = "unknownLicense";
/// The tenant's settings do not map this entitlement.
pub(super) const UNMAPPED: &str = "unmapped";
/// No seat was free and the license does not let anybody wait.
pub(super) const LIMIT_REACHED: &str = "licenseLimitReached";

/// The grants in a user's document.
#[must_use]
pub fn grants(user: &Object<'_>) -> Vec<Grant> {
    let extension = user.get(urn::SCIMLET_USER).and_then(Value::as_object);
    let list = extension.and_then(|extension| extension.get("licenses"));
    list.map_or(&[][..], Value::elements)
        .iter()
        .filter_map(grant)
        .collect()
}

fn grant(value: &Value<'_>) -> Option<Grant> {
    let parts = value.as_object()?;
    let sources = parts.get("sources").map_or(&[][..], Value::elements);
    Some(Grant {
        sku: parts.get_text("value")?.to_owned(),
        state: State::from_word(parts.get_text("state")?)?,
        reason: parts.get_text("reason").map(str::to_owned),
        since: parts.get_text("since")?.to_owned(),
        sources: sources
            .iter()
            .filter_map(Value::as_text)
            .map(str::to_owned)
            .collect(),
    })
}

/// The extension that shows these grants; null where there are none.
#[must_use]
pub fn grants_value(grants: &[Grant]) -> Value<'static> {
    if grants.is_empty() {
        return Value::Null;
    }
    let mut extension = Object::new();
    extension.push("licenses", Value::List(grants.iter().map(value).collect()));
    Value::Object(extension)
}

fn value(grant: &Grant) -> Value<'static> {
    let text = |text: &str| Value::owned(text.to_owned());
    let mut parts = Object::with_capacity(5);
    parts.push("value", text(&grant.sku));
    parts.push("state", Value::text(grant.state.word()));
    if let Some(reason) = &grant.reason {
        parts.push("reason", text(reason));
    }
    parts.push("since", text(&grant.since));
    parts.push(
        "sources",
        Value::List(grant.sources.iter().map(|source| text(source)).collect()),
    );
    Value::Object(parts)
}

/// Where users in this state for this license are found, in the order of [`queue_key`].
#[must_use]
pub fn queue_path(state: State, sku: &str) -> String {
    format!("license.{}:{sku}", state.word())
}

/// A user's place in a queue: by time, then by id, so that two of the same millisecond have an
/// order too.
#[must_use]
pub fn queue_key(since: &str, id: &str) -> String {
    format!("{since}/{id}")
}

/// The index entries that put a user into queues.
pub fn queue_entries<'g>(id: &'g str, grants: &'g [Grant]) -> impl Iterator<Item = Entry> + 'g {
    let queued = grants.iter().filter(|grant| grant.state != State::Active);
    queued.map(|grant| Entry {
        path: queue_path(grant.state, &grant.sku),
        value: queue_key(&grant.since, id),
    })
}
