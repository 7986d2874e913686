//! Standard Webhooks 1.0.0: a POST for each event, signed.

use std::sync::Arc;

use serde::Serialize;
use serde_json::value::RawValue;

use super::attempt::Attempt;
use super::{BoxFuture, Courier, Receipt, Refused, Verdict};
use crate::http::{Call, Client, Method};
use crate::sign::signatures;
use crate::{Endpoint, Envelope, Target, World};

/// Brings events to endpoints of the kind `webhook`.
pub struct Webhook {
    client: Client,
    world: Arc<dyn World>,
}

/// The body: the same at each attempt.
#[derive(Serialize)]
struct Payload<'a> {
    #[serde(rename = "type")]
    topic: &'a str,
    timestamp: &'a str,
    data: Data<'a>,
}

#[derive(Serialize)]
struct Data<'a> {
    tenant: &'a str,
    id: &'a str,
    position: u64,
    txn: &'a str,
    sub_id: &'a RawValue,
    events: &'a RawValue,
}

impl Webhook {
    /// `world` dates the attempts.
    #[must_use]
    pub fn new(client: Client, world: Arc<dyn World>) -> Self {
        Self { client, world }
    }

    async fn attempt(&self, endpoint: &Endpoint, event: &Envelope) -> Result<Receipt, Refused> {
        let attempt = Attempt::begin(self.world.now());
        let stays = |reason: String| attempt.refused(Verdict::Later(None), None, reason);
        let Target::Webhook { url } = &endpoint.target else {
            return Err(stays("the endpoint is no webhook".to_owned()));
        };
        let body = payload(endpoint, event).map_err(|error| stays(error.to_string()))?;
        let seconds = attempt.now / 1000;
        let signed = signatures(&endpoint.secrets, attempt.now, &event.id, seconds, &body)
            .map_err(|error| stays(error.to_string()))?;
        let timestamp = seconds.to_string();
        let call = Call::new(Method::POST, url)
            .header("webhook-id", &event.id)
            .header("webhook-timestamp", &timestamp)
            .header("webhook-signature", &signed)
            .body("application/json", body);
        let answer = self.client.send(call).await;
        let answer = answer.map_err(|error| attempt.failed(&error))?;
        let status = answer.status();
        // The status is the receipt; what else it says, and how slowly, is of no account.
        let outcome = match status {
            200..=299 => Ok(attempt.taken(status)),
            _ => Err(attempt.judged(&answer)),
        };
        answer.let_go().await;
        outcome
    }
}

impl Courier for Webhook {
    fn deliver<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        event: &'a Envelope,
    ) -> BoxFuture<'a, Result<Receipt, Refused>> {
        Box::pin(self.attempt(endpoint, event))
    }
}

fn payload(endpoint: &Endpoint, event: &Envelope) -> Result<String, serde_json::Error> {
    serde_json::to_string(&Payload {
        topic: &event.topic,
        timestamp: &event.time,
        data: Data {
            tenant: &endpoint.tenant,
            id: &event.id,
            position: event.position,
            txn: &event.txn,
            sub_id: &event.sub_id,
            events: event.events(endpoint.form),
        },
    })
}
