//! What to tell the world: events for the outbox, written in the commit of the change.
//!
//! Whoever decides something says what has happened, as a topic and a payload. At the end of a request
//! (`usecase::tell`) each of them becomes an [`Envelope`](envelope::Envelope): ready to be delivered by a
//! host that knows nothing of what is in it.

pub mod envelope;
pub mod provision;

use serde::Serialize;

use crate::facts::{Event, Key};
use crate::license::{Grant, Pool, State};
use crate::scim::value::Object;

/// A seat was given to a user.
pub const GRANTED: &str = "license.granted";
/// A user was put into a waitlist.
pub const WAITING: &str = "license.waiting";
/// A user asked for what cannot be granted.
pub const BLOCKED: &str = "license.blocked";
/// A user moved up: from a waitlist, from over the limit, or from blocked.
pub const PROMOTED: &str = "license.promoted";
/// A seat is free, and kept for its former holder for some time.
pub const KEPT: &str = "license.kept";
/// The guard against mass revocation keeps a seat.
pub const HELD: &str = "license.held";
/// A user holds, or waits for, the license no longer.
pub const FREED: &str = "license.freed";

/// The topic of a grant that begins in this state.
#[must_use]
pub fn entered(state: State) -> &'static str {
    match state {
        State::Active | State::Overage => GRANTED,
        State::Waiting => WAITING,
        State::Blocked => BLOCKED,
        State::Grace => KEPT,
        State::Held => HELD,
    }
}

/// The topic of a grant that comes to this state without its user's doing.
#[must_use]
pub fn moved(state: State) -> &'static str {
    match state {
        State::Active | State::Overage => PROMOTED,
        _ => entered(state),
    }
}

/// The seats of a license in use have come to a threshold.
pub const THRESHOLD: &str = "license.threshold";

#[derive(Serialize)]
struct Threshold<'a> {
    value: &'a str,
    percent: u64,
    used: u64,
    seats: u64,
}

/// An event about the seats of a license.
#[must_use]
pub fn threshold(pool: &Pool, threshold: u64) -> Event {
    let body = Threshold {
        value: &pool.license.sku,
        percent: threshold,
        used: pool.counts.active.saturating_add(pool.counts.overage),
        seats: pool.seats.unwrap_or_default(),
    };
    Event {
        topic: THRESHOLD.to_owned(),
        subject: Key::new("Entitlement", &pool.license.id),
        body: serde_json::to_string(&body).unwrap_or_default(),
    }
}

#[derive(Serialize)]
struct License<'a> {
    value: &'a str,
    state: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    since: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    until: Option<&'a str>,
    sources: &'a [String],
}

/// An event about one license of one user: the grant as it is now, or as it was when freed.
#[must_use]
pub fn license(topic: &str, user: &str, grant: &Grant) -> Event {
    let body = License {
        value: &grant.sku,
        state: grant.state.word(),
        reason: grant.reason.as_deref(),
        since: &grant.since,
        until: grant.until.as_deref(),
        sources: &grant.sources,
    };
    Event {
        topic: topic.to_owned(),
        subject: Key::new("User", user),
        body: serde_json::to_string(&body).unwrap_or_default(),
    }
}

/// The account of a user has changed, or is gone.
pub const ACCOUNT: &str = "account.changed";

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Changed<'a> {
    id: &'a str,
    version: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    account: Option<&'a Object<'a>>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    removed: bool,
}

/// An event about an account; with all of it, as it is now, where the tenant keeps that in the outbox.
#[must_use]
pub fn account(id: &str, version: u64, account: Option<&Object<'_>>) -> Event {
    about_account(&Changed {
        id,
        version,
        account,
        removed: false,
    })
}

/// An event about an account that went with its user.
#[must_use]
pub fn account_removed(id: &str, version: u64) -> Event {
    about_account(&Changed {
        id,
        version,
        account: None,
        removed: true,
    })
}

fn about_account(account: &Changed<'_>) -> Event {
    Event {
        topic: ACCOUNT.to_owned(),
        subject: Key::new("User", account.id),
        body: serde_json::to_string(account).unwrap_or_default(),
    }
}
