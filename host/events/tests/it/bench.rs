//! What every test works with: a client, a clock that stands, an event, an endpoint.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use scimlet_events::http::{Client, Names, Settings, Trust};
use scimlet_events::sign::SigningSecret;
use scimlet_events::token::{Issuer, Keys};
use scimlet_events::{
    BoxFuture, Endpoint, Envelope, Form, Push, Secret, State, Target, Webhook, World,
};
use scimlet_store::memory::MemoryBackend;
use scimlet_store::{Backend as _, Event, Key, Posted};
use serde_json::{Value, json};

/// 2026-11-22T10:00:07.123Z
pub(crate) const NOW: u64 = 1_795_341_607_123;

/// Long enough for what comes, short enough to wait for what does not.
const PATIENCE: Duration = Duration::from_secs(1);

/// A clock that stands, and no chance at all.
struct Still(u64);

impl World for Still {
    fn now(&self) -> u64 {
        self.0
    }

    fn random(&self) -> u64 {
        0
    }
}

pub(crate) fn clock(now: u64) -> Arc<dyn World> {
    Arc::new(Still(now))
}

/// Every name is this machine.
pub(crate) struct Here;

impl Names for Here {
    fn addresses(&self, _: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        Box::pin(async { Ok(vec![IpAddr::from([127, 0, 0, 1])]) })
    }
}

pub(crate) fn settings() -> Settings {
    Settings {
        allow_private: true,
        connect: PATIENCE,
        total: PATIENCE,
        names: Arc::new(Here),
        trust: Trust::These(Vec::new()),
    }
}

pub(crate) fn client() -> Client {
    Client::new(settings()).unwrap()
}

pub(crate) fn webhook() -> Webhook {
    Webhook::new(client(), clock(NOW))
}

pub(crate) fn keys() -> Arc<Keys> {
    Arc::new(Keys::new(MemoryBackend::new().store(".events").unwrap()))
}

pub(crate) fn push(keys: &Arc<Keys>) -> Push {
    let issuer = Issuer {
        base: "https://scim.example.com".to_owned(),
        keys: Arc::clone(keys),
    };
    Push::new(client(), issuer, clock(NOW))
}

pub(crate) fn secret() -> String {
    SigningSecret::shared([7; 32])
}

pub(crate) fn endpoint(target: Target) -> Endpoint {
    Endpoint {
        id: "ep_0123456789abcdef".to_owned(),
        tenant: "acme".to_owned(),
        name: "test".to_owned(),
        target,
        events: Vec::new(),
        resources: Vec::new(),
        form: Form::Notice,
        audience: None,
        secrets: vec![Secret {
            value: secret(),
            until: None,
        }],
        rate: None,
        concurrency: 1,
        state: State::Enabled,
        created: 0,
    }
}

pub(crate) fn hook(url: &str) -> Endpoint {
    endpoint(Target::Webhook {
        url: url.to_owned(),
    })
}

pub(crate) fn stream(url: &str) -> Endpoint {
    endpoint(Target::Push {
        url: url.to_owned(),
        authorization: Some("Bearer t0k3n".to_owned()),
    })
}

pub(crate) fn events() -> Value {
    json!({ "urn:ietf:params:scim:event:prov:patch:notice": {
        "attributes": ["name.familyName"], "version": "W/\"3\"",
    } })
}

pub(crate) fn full() -> Value {
    json!({ "urn:ietf:params:scim:event:prov:patch:full": {
        "data": { "name": { "familyName": "Lovelace" } }, "version": "W/\"3\"",
    } })
}

pub(crate) fn subject() -> Value {
    json!({ "format": "scim", "uri": "/Users/42", "externalId": "ada", "id": "42" })
}

pub(crate) fn event() -> Envelope {
    let body = json!({
        "id": "0199c0de-0000-7000-8000-000000000001",
        "time": "2026-11-22T10:00:00.123Z",
        "txn": "0199c0de-0000-7000-8000-00000000abcd",
        "sub_id": subject(),
        "events": events(),
        "full": full(),
    });
    let event = Event {
        topic: "prov.patch".to_owned(),
        subject: Key {
            kind: "User".to_owned(),
            id: "42".to_owned(),
        },
        body: body.to_string(),
    };
    Envelope::read(&Posted { position: 7, event }).unwrap()
}
