//! An event as the engine wrote it (`component/engine/src/event`), read as far as delivery needs.

use scimlet_store::{Key, Posted};
use serde::Deserialize;
use serde_json::value::RawValue;

use crate::Form;

/// An event of a tenant's outbox.
#[derive(Clone, Debug)]
pub struct Envelope {
    /// Its place in the tenant's outbox.
    pub position: u64,
    /// What kind of thing: `prov.patch`, `license.granted`.
    pub topic: String,
    /// Which document it is about. Events of one subject are delivered in order.
    pub subject: Key,
    /// Unique, and the same for every delivery.
    pub id: String,
    /// When it happened, as SCIM writes moments.
    pub time: String,
    /// The same for all events of one request (RFC 9967 section 2.2).
    pub txn: String,
    /// The `sub_id` of a security event token (RFC 9967 section 2.1), as JSON.
    pub sub_id: Box<RawValue>,
    events: Box<RawValue>,
    full: Option<Box<RawValue>>,
}

/// An event of the outbox is no envelope: it is from an older version, or of somebody else.
#[derive(Debug, thiserror::Error)]
#[error("the event at {position} is no envelope: {cause}")]
pub struct NotAnEnvelope {
    /// Where it stands.
    pub position: u64,
    /// What is wrong with it. Holds none of its values.
    pub cause: serde_json::Error,
}

#[derive(Deserialize)]
struct Body {
    id: String,
    time: String,
    txn: String,
    sub_id: Box<RawValue>,
    events: Box<RawValue>,
    full: Option<Box<RawValue>>,
}

impl Envelope {
    /// Reads an event.
    ///
    /// # Errors
    /// [`NotAnEnvelope`].
    pub fn read(posted: &Posted) -> Result<Self, NotAnEnvelope> {
        let Posted { position, event } = posted;
        let body: Body = serde_json::from_str(&event.body).map_err(|cause| NotAnEnvelope {
            position: *position,
            cause,
        })?;
        Ok(Self {
            position: *position,
            topic: event.topic.clone(),
            subject: event.subject.clone(),
            id: body.id,
            time: body.time,
            txn: body.txn,
            sub_id: body.sub_id,
            events: body.events,
            full: body.full,
        })
    }

    /// The `events` claim of a security event token (RFC 8417 section 2.2), as JSON: one event URI and
    /// its payload. Where the full form is wanted and the engine did not write one, the other.
    #[must_use]
    pub fn events(&self, form: Form) -> &RawValue {
        match (form, &self.full) {
            (Form::Full, Some(full)) => full,
            (Form::Full | Form::Notice, _) => &self.events,
        }
    }
}
