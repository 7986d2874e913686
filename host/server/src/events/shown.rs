//! Endpoints and deliveries as JSON. No secret is among it.

use jiff::Timestamp;
use scimlet_events::ledger::{Attempt, Delivery, DeliveryState, Status};
use scimlet_events::{Endpoint, Form, State, Target};
use serde_json::{Value, json};

/// An endpoint and how it is.
pub(super) fn endpoint(endpoint: &Endpoint, status: &Status) -> Value {
    let (url, authorized) = match &endpoint.target {
        Target::Webhook { url } => (Some(url), false),
        Target::Push { url, authorization } => (Some(url), authorization.is_some()),
        Target::Scim { url, .. } => (Some(url), true),
        Target::Poll => (None, false),
    };
    let (state, reason, since) = match &endpoint.state {
        State::Enabled => ("enabled", None, None),
        State::Disabled { reason, since } => ("disabled", Some(reason), Some(moment(*since))),
    };
    let form = match endpoint.form {
        Form::Notice => "notice",
        Form::Full => "full",
    };
    let (known_by, deletes) = match &endpoint.target {
        Target::Scim {
            known_by, deletes, ..
        } => (Some(*known_by), Some(*deletes)),
        Target::Webhook { .. } | Target::Push { .. } | Target::Poll => (None, None),
    };
    json!({
        "knownBy": known_by,
        "deletes": deletes,
        "id": endpoint.id,
        "name": endpoint.name,
        "kind": endpoint.target.kind(),
        "url": url,
        "authorized": authorized,
        "events": endpoint.events,
        "resources": endpoint.resources,
        "form": form,
        "audience": endpoint.audience,
        "rate": endpoint.rate,
        "concurrency": endpoint.concurrency,
        "state": state,
        "disabledReason": reason,
        "disabledSince": since,
        "created": moment(endpoint.created),
        "status": self::status(status),
    })
}

fn status(status: &Status) -> Value {
    let failing = status
        .failing
        .map(|failing| json!({ "since": moment(failing.since), "tries": failing.tries }));
    json!({
        "health": status.health,
        "position": status.position,
        "lag": status.lag,
        "retrying": status.retrying,
        "waiting": status.waiting,
        "dead": status.dead,
        "replays": status.replays,
        "nextAttempt": status.next_attempt.map(moment),
        "failing": failing,
        "lastAttempt": status.last_attempt.as_ref().map(attempt),
        "lastDelivered": status.last_delivered.map(moment),
        "delivered": status.delivered,
        "failed": status.failed,
    })
}

/// A delivery, as a list has it.
pub(super) fn delivery(delivery: &Delivery) -> Value {
    let (due, reason, dead_since) = match &delivery.state {
        DeliveryState::Retrying { due } => (Some(moment(*due)), None, None),
        DeliveryState::Waiting => (None, None, None),
        DeliveryState::Dead { reason, since } => (None, Some(reason), Some(moment(*since))),
    };
    let subject = &delivery.event.subject;
    json!({
        "id": delivery.id(),
        "endpoint": delivery.endpoint,
        "position": delivery.position,
        "type": delivery.event.topic,
        "subject": { "kind": subject.kind, "id": subject.id },
        "state": delivery.state.word(),
        "replay": delivery.replay,
        "nextAttempt": due,
        "reason": reason,
        "deadSince": dead_since,
        "since": moment(delivery.since),
        "tries": delivery.tries,
        "lastAttempt": delivery.attempts.last().map(attempt),
    })
}

/// The same with every attempt and the event itself.
pub(super) fn whole_delivery(one: &Delivery) -> Value {
    let mut shown = delivery(one);
    if let Some(members) = shown.as_object_mut() {
        let attempts = one.attempts.iter().map(attempt).collect::<Vec<_>>();
        members.insert("attempts".to_owned(), attempts.into());
        let event = serde_json::from_str(&one.event.body).unwrap_or(Value::Null);
        members.insert("event".to_owned(), event);
    }
    shown
}

fn attempt(attempt: &Attempt) -> Value {
    json!({
        "at": moment(attempt.at),
        "took": attempt.took,
        "status": attempt.status,
        "reason": attempt.reason,
    })
}

/// As SCIM writes moments; empty for a time that no calendar has.
fn moment(time: u64) -> String {
    let time = i64::try_from(time).ok();
    let time = time.and_then(|time| Timestamp::from_millisecond(time).ok());
    time.map(|time| format!("{time:.3}")).unwrap_or_default()
}
