//! The way out: the client, the couriers, and what they take from the world.

use std::sync::Arc;
use std::time::Duration;

use scimlet_events::dispatch::{Couriers, test_event};
use scimlet_events::http::{Client, NoClient, Settings, SystemNames, Trust};
use scimlet_events::token::Issuer;
use scimlet_events::{Endpoint, Push, Webhook, World};
use serde_json::{Value, json};

use crate::world;

/// A receiver that takes longer to answer the phone is not there.
const CONNECT: Duration = Duration::from_secs(5);
/// What Standard Webhooks advises: time enough for a receiver that does its work before it answers.
const TOTAL: Duration = Duration::from_secs(20);

/// The world's time and chance, for delivery.
pub(crate) struct Chance;

impl World for Chance {
    fn now(&self) -> u64 {
        world::now()
    }

    fn random(&self) -> u64 {
        // Waiting times and ids: where there is no randomness, the clock has to do.
        world::random().map_or_else(|_| world::now(), u64::from_be_bytes)
    }
}

/// The client that everything leaves by.
pub(crate) fn client(allow_private: bool) -> Result<Client, NoClient> {
    Client::new(Settings {
        allow_private,
        connect: CONNECT,
        total: TOTAL,
        names: Arc::new(SystemNames),
        trust: Trust::System,
    })
}

/// Who brings events where.
pub(crate) fn couriers(client: &Client, issuer: &Issuer) -> Couriers {
    let world: Arc<dyn World> = Arc::new(Chance);
    let webhook = Webhook::new(client.clone(), Arc::clone(&world));
    let push = Push::new(client.clone(), issuer.clone(), world);
    Couriers::new()
        .with("webhook", Arc::new(webhook))
        .with("push", Arc::new(push))
}

/// Brings a test event to an endpoint, now and once, and tells what came of it.
pub(crate) async fn try_out(couriers: &Couriers, endpoint: &Endpoint) -> Value {
    let told = |delivered: bool, status: Option<u16>, took: Duration, reason: Option<&str>| {
        json!({
            "delivered": delivered,
            "status": status,
            "took": u64::try_from(took.as_millis()).unwrap_or(u64::MAX),
            "reason": reason,
        })
    };
    let not = |reason: &str| told(false, None, Duration::ZERO, Some(reason));
    let Some(courier) = couriers.of(&endpoint.target) else {
        return not("nothing is brought to such an endpoint: it fetches its events itself");
    };
    let event = match test_event(endpoint, &Chance) {
        Ok(event) => event,
        Err(error) => return not(&error.to_string()),
    };
    match courier.deliver(endpoint, &event).await {
        Ok(receipt) => told(true, Some(receipt.status), receipt.took, None),
        Err(refused) => told(false, refused.status, refused.took, Some(&refused.reason)),
    }
}
