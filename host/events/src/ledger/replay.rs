//! Delivering once more: one event, or a part of the outbox.

use jiff::Timestamp;
use scimlet_store::{Failure, Store};
use serde::Deserialize;

use super::rows::{DeliveryState, Replay};
use super::{Ledger, Refusal, Writing};
use crate::{Endpoint, Target};

/// Replays of one endpoint that may wait at a time.
const MOST: usize = 16;

/// Events carry the moment of their request, and are in the order of commits: nearly the same, and a
/// request takes no longer than this.
const SLACK_MS: i64 = 60_000;

/// Which part of the outbox.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Range {
    /// From a position to another, both included.
    Positions(u64, u64),
    /// Since a moment, in milliseconds since 1970-01-01T00:00:00Z.
    Since(u64),
}

/// What will be delivered once more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// From this position.
    pub from: u64,
    /// To this one.
    pub to: u64,
}

impl Ledger {
    /// Tries a delivery again at once: a dead letter, or one that waits for its time.
    ///
    /// # Errors
    /// [`Refusal`]; nothing was changed.
    pub fn replay_one(&self, tenant: &str, id: &str, now: u64) -> Result<(), Refusal> {
        Self::settle(|| {
            let found = self.delivery(tenant, id)?;
            let mut delivery = found.value;
            let position = self.position(&delivery.endpoint)?;
            let position = position.ok_or_else(|| Refusal::NoDelivery(id.to_owned()))?;
            // Its time begins anew; what was tried stays written.
            if !delivery.is_pending() {
                delivery.since = now;
            }
            delivery.state = DeliveryState::Retrying { due: now };
            let mut writing = Writing::default();
            writing.delivery(&delivery, Some(found.version))?;
            let endpoint = &delivery.endpoint;
            writing.position(endpoint, &position.value, Some(position.version))?;
            writing.noticed();
            Ok(self.commit(writing)?.then_some(()))
        })
    }

    /// Delivers a part of the outbox once more, beside what is new: the same events with the same ids,
    /// as far as they are still kept and the endpoint wants them.
    ///
    /// # Errors
    /// [`Refusal`]; nothing was changed.
    pub fn replay(&self, endpoint: &Endpoint, range: Range) -> Result<Replayed, Refusal> {
        if endpoint.target == Target::Poll {
            return Err(Refusal::Fetches(endpoint.name.clone()));
        }
        let outbox = self.tenant(&endpoint.tenant)?;
        let end = outbox.outbox_end()?;
        let (from, to) = match range {
            Range::Positions(from, to) => (from.max(1), to.min(end)),
            Range::Since(time) => (first_since(outbox.as_ref(), end, time)?, end),
        };
        if from <= to {
            self.change_position(&endpoint.id, |position| {
                if position.replays.len() >= MOST {
                    return Err(Refusal::TooManyReplays(MOST));
                }
                position.replayed += 1;
                position.replays.push(Replay {
                    number: position.replayed,
                    after: from.saturating_sub(1),
                    through: to,
                });
                Ok(())
            })?;
        }
        Ok(Replayed { from, to })
    }
}

/// The position of the first event of that time; by halves.
fn first_since(outbox: &dyn Store, end: u64, time: u64) -> Result<u64, Failure> {
    let time = i64::try_from(time).unwrap_or(i64::MAX) - SLACK_MS;
    let (mut low, mut high) = (1, end.saturating_add(1));
    while low < high {
        let middle = low + (high - low) / 2;
        if time_behind(outbox, middle - 1)?.is_none_or(|found| found >= time) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    Ok(low)
}

/// When the next event behind a position happened, in milliseconds; none: there is none that says so.
pub(crate) fn time_behind(outbox: &dyn Store, position: u64) -> Result<Option<i64>, Failure> {
    #[derive(Deserialize)]
    struct Timed {
        time: String,
    }
    let posted = outbox.outbox(position, 1)?;
    let body = posted.first().map(|posted| posted.event.body.as_str());
    let timed = body.and_then(|body| serde_json::from_str::<Timed>(body).ok());
    let time = timed.and_then(|timed| timed.time.parse::<Timestamp>().ok());
    Ok(time.map(Timestamp::as_millisecond))
}
