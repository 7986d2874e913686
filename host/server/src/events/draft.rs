//! What an admin says of an endpoint, and of what is to be delivered once more.

use clap::ValueEnum;
use jiff::Timestamp;
use scimlet_events::ledger::Range;
use scimlet_events::{Form, KnownBy};
use serde::{Deserialize, Deserializer};

/// What is said; all of it may be left out when an endpoint is changed.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[expect(
    clippy::option_option,
    reason = "none: it is not said; null: it is taken away"
)]
pub(crate) struct Draft {
    pub(crate) name: Option<String>,
    /// Stays as it is from the beginning.
    pub(crate) kind: Option<Kind>,
    pub(crate) url: Option<String>,
    /// Null takes it away.
    #[serde(deserialize_with = "said")]
    pub(crate) authorization: Option<Option<String>>,
    pub(crate) events: Option<Vec<String>>,
    pub(crate) resources: Option<Vec<String>>,
    pub(crate) form: Option<Form>,
    #[serde(deserialize_with = "said")]
    pub(crate) audience: Option<Option<String>>,
    #[serde(deserialize_with = "said")]
    pub(crate) rate: Option<Option<u32>>,
    pub(crate) concurrency: Option<u32>,
    /// How webhooks are signed; only when the endpoint is made.
    pub(crate) signature: Option<Signature>,
    /// A secret that is known already; only when the endpoint is made.
    pub(crate) secret: Option<String>,
    /// What a second system knows resources by; only where it speaks SCIM.
    pub(crate) known_by: Option<KnownBy>,
    /// Whether who is deleted is deleted there; only where it speaks SCIM.
    pub(crate) deletes: Option<bool>,
    pub(crate) state: Option<Wanted>,
}

/// Where events go, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Kind {
    Webhook,
    Push,
    Poll,
    Scim,
}

/// How webhooks are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ValueEnum)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Signature {
    /// By a secret that both sides know
    #[default]
    Hmac,
    /// By a key whose public half the receiver knows
    Ed25519,
}

/// Whether it is to be delivered to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Wanted {
    Enabled,
    Disabled,
}

/// Which part of the outbox is to be delivered once more.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub(crate) struct Again {
    pub(crate) from: Option<u64>,
    pub(crate) to: Option<u64>,
    /// A moment, as SCIM writes them.
    pub(crate) since: Option<String>,
}

impl Again {
    /// None: it is not said, or twice.
    pub(crate) fn range(&self) -> Option<Range> {
        match (&self.since, self.from, self.to) {
            (Some(since), None, None) => {
                let since = since.parse::<Timestamp>().ok()?;
                u64::try_from(since.as_millisecond()).ok().map(Range::Since)
            }
            (None, Some(from), to) => Some(Range::Positions(from, to.unwrap_or(u64::MAX))),
            (None, None, Some(to)) => Some(Range::Positions(1, to)),
            _ => None,
        }
    }
}

/// What is there, be it null, was said.
fn said<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn null_is_something_else_than_nothing() {
        let read = |text| serde_json::from_str::<Draft>(text).map(|draft| draft.rate);
        assert_eq!(read("{}").ok(), Some(None));
        assert_eq!(read(r#"{"rate":null}"#).ok(), Some(Some(None)));
        assert_eq!(read(r#"{"rate":5}"#).ok(), Some(Some(Some(5))));
        assert!(read(r#"{"Rate":5}"#).is_err());
    }

    #[test]
    fn a_range_is_said_in_one_way() {
        let read = |text| serde_json::from_str::<Again>(text).ok()?.range();
        assert_eq!(read("{}"), None);
        assert_eq!(read(r#"{"from":3}"#), Some(Range::Positions(3, u64::MAX)));
        assert_eq!(read(r#"{"from":3,"to":9}"#), Some(Range::Positions(3, 9)));
        assert_eq!(
            read(r#"{"since":"1970-01-01T00:00:01Z"}"#),
            Some(Range::Since(1000))
        );
        assert_eq!(read(r#"{"since":"1970-01-01T00:00:01Z","to":1}"#), None);
        assert_eq!(read(r#"{"since":"yesterday"}"#), None);
    }
}
