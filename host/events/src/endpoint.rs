//! Who wants to be told, of what, and how.

use serde::{Deserialize, Serialize};

/// One receiver of a tenant's events.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Endpoint {
    /// Unique: `ep_` and 16 hex digits.
    pub id: String,
    /// Whose events.
    pub tenant: String,
    /// What the tenant calls it.
    pub name: String,
    /// Where they go, and how.
    pub target: Target,
    /// Patterns of topics: `license.*`, `prov.delete`; none: all.
    pub events: Vec<String>,
    /// Kinds (`User`) or resources (`/Users/42`); none: all.
    pub resources: Vec<String>,
    /// How much of a change is told.
    pub form: Form,
    /// What the `aud` claim of its security event tokens is; none: its own id.
    pub audience: Option<String>,
    /// What its deliveries are signed with, the newest first.
    pub secrets: Vec<Secret>,
    /// Deliveries a second at most; none: no bound.
    pub rate: Option<u32>,
    /// Deliveries under way at a time, all of different subjects.
    pub concurrency: u32,
    /// Whether it is delivered to.
    pub state: State,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub created: u64,
}

/// Where events go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(
    tag = "kind",
    rename_all = "camelCase",
    rename_all_fields = "camelCase"
)]
pub enum Target {
    /// Standard Webhooks: a POST for each event.
    Webhook {
        /// Where.
        url: String,
    },
    /// Security event tokens by POST (RFC 8935).
    Push {
        /// Where.
        url: String,
        /// The value of the `Authorization` header, if one is wanted.
        authorization: Option<String>,
    },
    /// Security event tokens, to be fetched (RFC 8936).
    Poll,
    /// A second system that speaks SCIM and is kept like this one.
    Scim {
        /// Its base, without a final slash.
        url: String,
        /// The value of the `Authorization` header.
        authorization: String,
        /// What it knows resources by: what its `externalId` is.
        #[serde(default)]
        known_by: KnownBy,
        /// Whether who is deleted here is deleted there; else they are deactivated.
        #[serde(default)]
        deletes: bool,
    },
}

/// What a second system knows our resources by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum KnownBy {
    /// Their ids here: for the other system, we are the client that defines it (RFC 7643 section 3.1).
    #[default]
    Id,
    /// The `externalId` that they have here: both systems know them by what a third one calls them.
    ExternalId,
}

impl Target {
    /// `webhook`, `push`, `poll` or `scim`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Webhook { .. } => "webhook",
            Self::Push { .. } => "push",
            Self::Poll => "poll",
            Self::Scim { .. } => "scim",
        }
    }
}

/// How much of a change is told (RFC 9967 section 2.4).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Form {
    /// Which attributes have changed.
    #[default]
    Notice,
    /// Their values too, where the tenant's settings keep them in the outbox.
    Full,
}

/// What deliveries are signed with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Secret {
    /// As Standard Webhooks writes it: `whsec_` (HMAC-SHA-256) or `whsk_` (ed25519), and base64.
    pub value: String,
    /// Until when it signs, in milliseconds since 1970-01-01T00:00:00Z; none: until it is replaced.
    pub until: Option<u64>,
}

/// Whether an endpoint is delivered to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum State {
    /// It is.
    Enabled,
    /// It is not, and its position waits.
    Disabled {
        /// Why: `gone` (it answered 410), `failing` (for days), `admin`.
        reason: String,
        /// Since when, in milliseconds since 1970-01-01T00:00:00Z.
        since: u64,
    },
}
