//! Events about endpoints, written to the tenant's outbox: the one thing that the host has to say there.

use jiff::Timestamp;
use scimlet_store::{Event, Failure, Key, Posted};
use serde_json::json;

use super::session::Session;
use crate::ledger::{Notice, NoticeKind, Writing};
use crate::{Endpoint, Envelope, NotAnEnvelope, World};

/// Under a name of our own: no registry knows it.
const PREFIX: &str = "urn:scimlet:event:";

/// A fresh id for an event.
pub(super) fn new_id(world: &dyn World) -> String {
    format!("{:016x}{:016x}", world.random(), world.random())
}

impl Session {
    /// Writes the notices that stand in the position to the tenant's outbox. They are taken out of it with
    /// the next flush: if the host ends in between, they are written again under the same ids.
    pub(super) async fn tell_notices(&mut self) -> Result<(), Failure> {
        if self.position.notices.is_empty() {
            return Ok(());
        }
        let notices = std::mem::take(&mut self.position.notices);
        let mut writing = Writing::default();
        for notice in &notices {
            writing.emit(event(&self.endpoint, notice));
        }
        let store = std::sync::Arc::clone(self.tape.store());
        let told = self
            .shared
            .blocking(move |_| store.commit(&writing.changes()));
        told.await?;
        let now = self.shared.world.now();
        self.unwritten.since.get_or_insert(now);
        Ok(())
    }
}

fn event(endpoint: &Endpoint, notice: &Notice) -> Event {
    let topic = match notice.kind {
        NoticeKind::Degraded => "endpoint.degraded",
        NoticeKind::Recovered => "endpoint.recovered",
        NoticeKind::Disabled => "endpoint.disabled",
    };
    let mut data = json!({ "name": endpoint.name, "kind": endpoint.target.kind() });
    if let (Some(reason), Some(members)) = (&notice.reason, data.as_object_mut()) {
        members.insert("reason".to_owned(), reason.as_str().into());
    }
    about(endpoint, topic, &notice.id, notice.time, &data)
}

/// An event by which an endpoint can be tried. It stands in no outbox.
///
/// # Errors
/// [`crate::NotAnEnvelope`], which would be a fault of this crate.
pub fn test_event(endpoint: &Endpoint, world: &dyn World) -> Result<Envelope, NotAnEnvelope> {
    let data = json!({ "name": endpoint.name, "kind": endpoint.target.kind() });
    let id = new_id(world);
    let event = about(endpoint, "endpoint.test", &id, world.now(), &data);
    Envelope::read(&Posted { position: 0, event })
}

/// An envelope about an endpoint, as the engine writes those about documents.
fn about(endpoint: &Endpoint, topic: &str, id: &str, time: u64, data: &serde_json::Value) -> Event {
    let uri = format!("{PREFIX}{}", topic.replace('.', ":"));
    let body = json!({
        "id": id,
        "time": moment(time),
        "txn": id,
        "sub_id": {
            "format": "scim",
            "uri": format!("/Endpoints/{}", endpoint.id),
            "id": endpoint.id,
        },
        "events": { uri: data },
    });
    Event {
        topic: topic.to_owned(),
        subject: Key {
            kind: "Endpoint".to_owned(),
            id: endpoint.id.clone(),
        },
        body: body.to_string(),
    }
}

/// As SCIM writes moments: UTC, with milliseconds.
fn moment(time: u64) -> String {
    let time = i64::try_from(time).ok();
    let time = time.and_then(|time| Timestamp::from_millisecond(time).ok());
    format!("{:.3}", time.unwrap_or_default())
}
