//! The rows, and what they are found by.

use scimlet_store::{Entry, Event, Key};
use serde::{Deserialize, Serialize};

pub(crate) const ENDPOINT: &str = "Endpoint";
pub(crate) const POSITION: &str = "Position";
pub(crate) const DELIVERY: &str = "Delivery";
pub(crate) const HOST: &str = "Host";

/// How far an endpoint has come, and how it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Position {
    /// Every event up to here has been delivered, was not wanted, or stands in a delivery.
    pub through: u64,
    /// The host that delivers.
    pub host: Option<String>,
    /// Since when nothing works; none: the last attempt did.
    pub failing: Option<Failing>,
    /// Whether attempts are held back.
    pub breaker: Breaker,
    /// Whether what waits for its time is to be tried at once: an admin has enabled the endpoint again.
    pub eager: bool,
    /// Whether it was told that the endpoint is degraded.
    pub degraded: bool,
    /// What is still to be told in the tenant's outbox.
    pub notices: Vec<Notice>,
    /// Parts of the outbox to be delivered once more, one after the other.
    pub replays: Vec<Replay>,
    /// How many replays there have been.
    pub replayed: u64,
    /// The last attempt.
    pub last: Option<Attempt>,
    /// When something was last delivered, in milliseconds since 1970-01-01T00:00:00Z.
    pub delivered_at: Option<u64>,
    /// Events delivered since the endpoint was made.
    pub delivered: u64,
    /// Attempts that failed since then.
    pub failed: u64,
}

/// An endpoint to which nothing has been delivered since.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Failing {
    /// The first failure, in milliseconds since 1970-01-01T00:00:00Z.
    pub since: u64,
    /// Failures without a success in between.
    pub tries: u32,
}

/// What keeps attempts from an endpoint that fails as a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Breaker {
    /// No attempt before then, in milliseconds since 1970-01-01T00:00:00Z, and then one alone; none:
    /// closed.
    pub until: Option<u64>,
    /// How often it has opened without a success in between.
    pub opened: u32,
}

/// A part of an outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Replay {
    /// Counts the endpoint's, from 1.
    pub number: u64,
    /// Behind this position.
    pub after: u64,
    /// Up to this one.
    pub through: u64,
}

/// Something about the endpoint itself that goes into the tenant's outbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Notice {
    /// The event's id, so that it is the same if it is written twice.
    pub id: String,
    /// When, in milliseconds since 1970-01-01T00:00:00Z.
    pub time: u64,
    /// What.
    pub kind: NoticeKind,
    /// Why: what the last attempt came to.
    pub reason: Option<String>,
}

/// What happened to an endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum NoticeKind {
    /// Nothing has been delivered for a while.
    Degraded,
    /// Something was, after that.
    Recovered,
    /// It is delivered to no longer.
    Disabled,
}

/// An event on its way, or at the end of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Delivery {
    /// To whom.
    pub endpoint: String,
    /// Whose event.
    pub tenant: String,
    /// Its place in the tenant's outbox.
    pub position: u64,
    /// The event, so that the outbox may be cut off.
    pub event: Event,
    /// The number of the replay that it belongs to; none: it is delivered as it happened.
    pub replay: Option<u64>,
    /// What is to become of it.
    pub state: DeliveryState,
    /// Since when it is here, in milliseconds since 1970-01-01T00:00:00Z.
    pub since: u64,
    /// How often it was tried.
    pub tries: u32,
    /// The attempts, oldest first; of very many, the first and the latest.
    pub attempts: Vec<Attempt>,
}

/// What is to become of a delivery.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "camelCase")]
pub enum DeliveryState {
    /// It is tried again.
    Retrying {
        /// Not before then, in milliseconds since 1970-01-01T00:00:00Z.
        due: u64,
    },
    /// It waits for an earlier one of the same subject.
    Waiting,
    /// It is not tried again, unless somebody asks for it.
    Dead {
        /// Why.
        reason: String,
        /// Since when, in milliseconds since 1970-01-01T00:00:00Z.
        since: u64,
    },
}

/// One attempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attempt {
    /// When it ended, in milliseconds since 1970-01-01T00:00:00Z.
    pub at: u64,
    /// How long it took, in milliseconds.
    pub took: u64,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What went wrong; none: nothing did.
    pub reason: Option<String>,
}

/// A host that delivers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Host {
    /// Until when it is believed to live, in milliseconds since 1970-01-01T00:00:00Z.
    pub(crate) until: u64,
}

/// Attempts of one delivery that are kept: of an endpoint that fails for days, hundreds.
const MOST_ATTEMPTS: usize = 200;
/// How many of the first are kept whatever comes.
const FIRST_ATTEMPTS: usize = 10;

impl Delivery {
    /// What names it, in tables and on the command line.
    #[must_use]
    pub fn id(&self) -> String {
        delivery_id(&self.endpoint, self.position, self.replay)
    }

    /// Notes an attempt.
    pub(crate) fn note(&mut self, attempt: Attempt) {
        self.tries = self.tries.saturating_add(1);
        if self.attempts.len() >= MOST_ATTEMPTS {
            self.attempts.remove(FIRST_ATTEMPTS);
        }
        self.attempts.push(attempt);
    }

    /// Whether it is still on its way.
    #[must_use]
    pub fn is_pending(&self) -> bool {
        !matches!(self.state, DeliveryState::Dead { .. })
    }

    pub(crate) fn key(&self) -> Key {
        delivery_key(&self.id())
    }

    pub(crate) fn entries(&self) -> Vec<Entry> {
        let Self {
            endpoint,
            tenant,
            position,
            state,
            ..
        } = self;
        let (word, place) = (state.word(), digits(*position));
        let entry = |path: String, value: &str| Entry {
            path,
            value: value.to_owned(),
        };
        let by_tenant = format!("{place}/{endpoint}");
        let mut entries = vec![
            entry(of_endpoint(endpoint), &place),
            entry(of_endpoint_in(endpoint, word), &place),
            entry(of_tenant(tenant), &by_tenant),
            entry(of_tenant_in(tenant, word), &by_tenant),
        ];
        if self.is_pending() {
            entries.push(entry(pending(endpoint), &place));
        }
        if let DeliveryState::Retrying { due } = state {
            entries.push(entry(due_path(endpoint), &digits(*due)));
        }
        entries
    }
}

impl DeliveryState {
    /// `retrying`, `waiting` or `dead`.
    #[must_use]
    pub fn word(&self) -> &'static str {
        match self {
            Self::Retrying { .. } => "retrying",
            Self::Waiting => "waiting",
            Self::Dead { .. } => "dead",
        }
    }
}

/// A delivery's name: its endpoint, the position, and the replay's number.
fn delivery_id(endpoint: &str, position: u64, replay: Option<u64>) -> String {
    let mark = replay.map(|number| format!(".r{number}"));
    format!("{endpoint}.{position}{}", mark.unwrap_or_default())
}

/// A number whose order as text is its order.
pub(crate) fn digits(number: u64) -> String {
    format!("{number:020}")
}

pub(crate) fn of_endpoint(endpoint: &str) -> String {
    format!("endpoint:{endpoint}")
}

pub(crate) fn of_endpoint_in(endpoint: &str, state: &str) -> String {
    format!("endpoint:{endpoint}:{state}")
}

pub(crate) fn of_tenant(tenant: &str) -> String {
    format!("tenant:{tenant}")
}

pub(crate) fn of_tenant_in(tenant: &str, state: &str) -> String {
    format!("tenant:{tenant}:{state}")
}

pub(crate) fn pending(endpoint: &str) -> String {
    format!("pending:{endpoint}")
}

pub(crate) fn due_path(endpoint: &str) -> String {
    format!("due:{endpoint}")
}

pub(crate) fn endpoint_key(id: &str) -> Key {
    key(ENDPOINT, id)
}

pub(crate) fn position_key(id: &str) -> Key {
    key(POSITION, id)
}

pub(crate) fn delivery_key(id: &str) -> Key {
    key(DELIVERY, id)
}

pub(crate) fn host_key(id: &str) -> Key {
    key(HOST, id)
}

fn key(kind: &str, id: &str) -> Key {
    Key {
        kind: kind.to_owned(),
        id: id.to_owned(),
    }
}
