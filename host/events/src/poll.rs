//! Events that are fetched (RFC 8936): each is there until it is acknowledged.
//!
//! The endpoint's position is what everything has been acknowledged up to, or was not wanted; what was
//! acknowledged ahead of it stands in a row beside it (`Polled`). So nothing is written for an event that
//! waits to be fetched, and nothing when it is fetched: a receiver who crashes in between finds it again. Who
//! never acknowledges one event gets no further than [`WINDOW`] beyond it.
//!
//! An event of which the receiver says that it is wrong is a dead letter, with what was said. If an admin
//! has it delivered once more, it is fetched like the others.

mod walk;

use std::collections::{BTreeMap, BTreeSet};

use scimlet_store::{Failure, Key, Posted};
use serde::{Deserialize, Serialize};

use crate::ledger::{Attempt, Delivery, DeliveryState, Ledger, Position, Refusal, Stored, Writing};
use crate::said::said;
use crate::token::jti;
use crate::{Endpoint, Envelope};

use walk::Walk;

/// Events beyond the first that is not acknowledged that are looked at. It bounds what is read for one
/// request, and what is remembered of one endpoint.
pub const WINDOW: u64 = 5000;

const KIND: &str = "Polled";

/// Events that nobody wants are passed without a word, but not without end: they are to be cut off.
const UNTOLD: u64 = 250;

/// What a receiver says and asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ask {
    /// So many events at most.
    pub max: usize,
    /// The `jti`s of what has arrived.
    pub ack: BTreeSet<String>,
    /// And of what is wrong.
    pub errors: BTreeMap<String, SetError>,
}

/// What is wrong with a token (RFC 8936 section 2.6).
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SetError {
    /// A code of RFC 8935 section 2.4, or another one.
    pub err: String,
    /// In words.
    #[serde(default)]
    pub description: String,
}

/// What is there for a receiver.
#[derive(Debug, Default)]
pub struct Found {
    /// Events that are not acknowledged, the oldest first.
    pub events: Vec<Envelope>,
    /// Whether there are more of them.
    pub more: bool,
}

/// What was acknowledged ahead of the position.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Polled {
    acked: BTreeSet<u64>,
}

/// Takes in what the receiver says, and finds what is there for it. Blocks.
///
/// # Errors
/// [`Refusal`]; nothing was acknowledged.
pub fn fetch(ledger: &Ledger, endpoint: &Endpoint, ask: &Ask, now: u64) -> Result<Found, Refusal> {
    Ledger::settle(|| {
        let position = ledger.position(&endpoint.id)?;
        let position = position.ok_or_else(|| Refusal::NoEndpoint(endpoint.id.clone()))?;
        let polled = ledger.load::<Polled>(key(&endpoint.id))?;
        let mut desk = Desk {
            endpoint,
            ask,
            now,
            found: Found::default(),
            bytes: 0,
            acknowledged: 0,
            wrong: 0,
            writing: Writing::default(),
        };
        for delivery in ledger.pending(&endpoint.id)? {
            desk.again(delivery)?;
        }
        let known = polled.as_ref().map(|polled| polled.value.acked.clone());
        let mut walk = Walk::new(position.value.through, known.unwrap_or_default());
        walk.through(ledger.tenant(&endpoint.tenant)?.as_ref(), &mut desk)?;
        desk.write(ledger, position, polled, walk)
    })
}

/// One request at work.
struct Desk<'a> {
    endpoint: &'a Endpoint,
    ask: &'a Ask,
    now: u64,
    found: Found,
    bytes: usize,
    acknowledged: u64,
    wrong: u64,
    writing: Writing,
}

impl Desk<'_> {
    /// Looks at an event that the receiver has not acknowledged before; true: it does so now, or has said
    /// what is wrong with it.
    fn is_done(&mut self, posted: &Posted, event: Envelope) -> Result<bool, Failure> {
        let name = jti(&event.id, &self.endpoint.id);
        if self.ask.ack.contains(&name) {
            self.acknowledged += 1;
            return Ok(true);
        }
        if let Some(error) = self.ask.errors.get(&name) {
            let mut delivery = Delivery {
                endpoint: self.endpoint.id.clone(),
                tenant: self.endpoint.tenant.clone(),
                position: posted.position,
                event: posted.event.clone(),
                replay: None,
                state: DeliveryState::Waiting,
                since: self.now,
                tries: 0,
                attempts: Vec::new(),
            };
            self.bury(&mut delivery, error);
            self.writing.delivery(&delivery, None)?;
            return Ok(true);
        }
        self.offer(event, posted.event.body.len());
        Ok(false)
    }

    /// Looks at a dead letter that is to be delivered once more.
    fn again(&mut self, delivery: Stored<Delivery>) -> Result<(), Failure> {
        let Stored { version, mut value } = delivery;
        let posted = Posted {
            position: value.position,
            event: value.event.clone(),
        };
        let Ok(event) = Envelope::read(&posted) else {
            return Ok(());
        };
        let name = jti(&event.id, &self.endpoint.id);
        if self.ask.ack.contains(&name) {
            self.acknowledged += 1;
            self.writing.delete(value.key(), version);
        } else if let Some(error) = self.ask.errors.get(&name) {
            self.bury(&mut value, error);
            self.writing.delivery(&value, Some(version))?;
        } else {
            self.offer(event, posted.event.body.len());
        }
        Ok(())
    }

    fn offer(&mut self, event: Envelope, bytes: usize) {
        let is_full = self.found.events.len() >= self.ask.max || self.bytes >= walk::BYTES;
        if is_full {
            self.found.more = true;
        } else {
            self.bytes += bytes;
            self.found.events.push(event);
        }
    }

    fn bury(&mut self, delivery: &mut Delivery, error: &SetError) {
        self.wrong += 1;
        let mut reason = format!("the receiver said `{}`", said(&error.err));
        if !error.description.trim().is_empty() {
            reason.push_str(": ");
            reason.push_str(&said(&error.description));
        }
        delivery.note(Attempt {
            at: self.now,
            took: 0,
            status: None,
            reason: Some(reason.clone()),
        });
        delivery.state = DeliveryState::Dead {
            reason,
            since: self.now,
        };
    }

    /// None: somebody else was quicker.
    fn write(
        mut self,
        ledger: &Ledger,
        position: Stored<Position>,
        polled: Option<Stored<Polled>>,
        walk: Walk,
    ) -> Result<Option<Found>, Refusal> {
        let Stored { version, mut value } = position;
        let passed = walk.front.saturating_sub(value.through);
        if self.acknowledged == 0 && self.wrong == 0 && passed < UNTOLD {
            return Ok(Some(self.found));
        }
        value.through = walk.front;
        value.delivered += self.acknowledged;
        value.failed += self.wrong;
        if self.acknowledged > 0 {
            value.delivered_at = Some(self.now);
        }
        let known = polled.as_ref().map(|polled| &polled.value.acked);
        if known.is_none_or(|known| *known != walk.acked) {
            let row = Polled { acked: walk.acked };
            let replaces = polled.map(|polled| polled.version);
            self.writing.row(key(&self.endpoint.id), &row, replaces)?;
        }
        let is_written = ledger.advance(&self.endpoint.id, &value, version, self.writing)?;
        Ok(is_written.then_some(self.found))
    }
}

fn key(endpoint: &str) -> Key {
    Key {
        kind: KIND.to_owned(),
        id: endpoint.to_owned(),
    }
}

#[cfg(test)]
mod tests;
