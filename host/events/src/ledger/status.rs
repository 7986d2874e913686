//! How an endpoint is, as admins see it.

use scimlet_store::Failure;
use serde::Serialize;

use super::Ledger;
use super::deliveries::Which;
use super::rows::{Attempt, Failing};
use crate::{Endpoint, State};

/// How an endpoint is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Status {
    /// `healthy`, `failing` (the last attempt did not work), `degraded` (for a while) or `disabled`.
    pub health: &'static str,
    /// Up to which position it is looked after.
    pub position: u64,
    /// Events behind that.
    pub lag: u64,
    /// Deliveries that are tried again.
    pub retrying: u64,
    /// Deliveries that wait for one of these.
    pub waiting: u64,
    /// Dead letters.
    pub dead: u64,
    /// When it is tried next, in milliseconds since 1970-01-01T00:00:00Z; none: nothing is to be tried
    /// again.
    pub next_attempt: Option<u64>,
    /// Since when nothing works, and how often it was tried since.
    pub failing: Option<Failing>,
    /// The last attempt.
    pub last_attempt: Option<Attempt>,
    /// When something was last delivered, in milliseconds since 1970-01-01T00:00:00Z.
    pub last_delivered: Option<u64>,
    /// Events delivered in all.
    pub delivered: u64,
    /// Attempts that failed in all.
    pub failed: u64,
    /// Parts of the outbox that are still to be delivered once more.
    pub replays: u64,
}

impl Ledger {
    /// How an endpoint is.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn status(&self, endpoint: &Endpoint) -> Result<Status, Failure> {
        let position = self.position(&endpoint.id)?;
        let position = position.map(|found| found.value).unwrap_or_default();
        let end = self.tenant(&endpoint.tenant)?.outbox_end()?;
        let count = |state| {
            self.count(&Which {
                tenant: &endpoint.tenant,
                endpoint: Some(&endpoint.id),
                state: Some(state),
            })
        };
        let due = self.next_due(&endpoint.id)?;
        // While the breaker is open, nothing is tried before its time, and then something is at once.
        let next = position.breaker.until.or(due);
        let health = match (&endpoint.state, position.failing) {
            (State::Disabled { .. }, _) => "disabled",
            (State::Enabled, _) if position.degraded => "degraded",
            (State::Enabled, Some(_)) => "failing",
            (State::Enabled, None) => "healthy",
        };
        Ok(Status {
            health,
            position: position.through,
            lag: end.saturating_sub(position.through),
            retrying: count("retrying")?,
            waiting: count("waiting")?,
            dead: count("dead")?,
            next_attempt: next.filter(|_| endpoint.state == State::Enabled),
            failing: position.failing,
            last_attempt: position.last,
            last_delivered: position.delivered_at,
            delivered: position.delivered,
            failed: position.failed,
            replays: position.replays.len() as u64,
        })
    }
}
