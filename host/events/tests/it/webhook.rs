//! What a webhook gets, and that it can be sure of it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use scimlet_events::{Courier as _, Form, Secret, Webhook};
use serde_json::{Value, json};

use crate::bench::{NOW, client, clock, event, events, full, hook, secret, subject, webhook};
use crate::receiver::{Came, Manners, Receiver};

fn body(came: &Came) -> Value {
    serde_json::from_str(&came.body).unwrap()
}

/// As a receiver would check it, by hand.
fn is_signed_with(came: &Came, secret: &str) -> bool {
    let key = STANDARD
        .decode(secret.strip_prefix("whsec_").unwrap())
        .unwrap();
    let [id, timestamp] =
        ["webhook-id", "webhook-timestamp"].map(|name| came.header(name).unwrap());
    let content = format!("{id}.{timestamp}.{}", came.body);
    let key = hmac::Key::new(hmac::HMAC_SHA256, &key);
    let wanted = format!(
        "v1,{}",
        STANDARD.encode(hmac::sign(&key, content.as_bytes()))
    );
    let signatures = came.header("webhook-signature").unwrap();
    signatures.split(' ').any(|signature| signature == wanted)
}

#[tokio::test]
async fn an_event_arrives_as_standard_webhooks_says() {
    let receiver = Receiver::new(Manners::status(204)).await;
    let receipt = webhook().deliver(&hook(&receiver.url()), &event()).await;
    assert_eq!(receipt.unwrap().status, 204);
    let came = receiver.only();
    assert_eq!(came.line(), "POST /in HTTP/1.1");
    assert_eq!(came.header("content-type"), Some("application/json"));
    let id = "0199c0de-0000-7000-8000-000000000001";
    assert_eq!(came.header("webhook-id"), Some(id));
    assert_eq!(came.header("webhook-timestamp"), Some("1795341607"));
    assert!(is_signed_with(&came, &secret()));
    let wanted = json!({
        "type": "prov.patch",
        "timestamp": "2026-11-22T10:00:00.123Z",
        "data": {
            "tenant": "acme",
            "id": id,
            "position": 7,
            "txn": "0199c0de-0000-7000-8000-00000000abcd",
            "sub_id": subject(),
            "events": events(),
        },
    });
    assert_eq!(body(&came), wanted);
}

#[tokio::test]
async fn a_second_attempt_has_the_id_and_the_body_of_the_first_and_a_moment_of_its_own() {
    let receiver = Receiver::new(Manners::status(200)).await;
    let endpoint = hook(&receiver.url());
    for now in [NOW, NOW + 60_000] {
        let courier = Webhook::new(client(), clock(now));
        courier.deliver(&endpoint, &event()).await.unwrap();
    }
    let came = receiver.came();
    assert_eq!(came.len(), 2);
    assert_eq!(came[0].body, came[1].body);
    assert_eq!(came[0].header("webhook-id"), came[1].header("webhook-id"));
    assert_eq!(came[1].header("webhook-timestamp"), Some("1795341667"));
    assert!(came.iter().all(|came| is_signed_with(came, &secret())));
}

#[tokio::test]
async fn while_a_secret_is_replaced_both_are_good() {
    let receiver = Receiver::new(Manners::status(200)).await;
    let mut endpoint = hook(&receiver.url());
    let old = scimlet_events::sign::SigningSecret::shared([8; 32]);
    endpoint.secrets.push(Secret {
        value: old.clone(),
        until: Some(NOW + 1000),
    });
    for now in [NOW, NOW + 1000] {
        let courier = Webhook::new(client(), clock(now));
        courier.deliver(&endpoint, &event()).await.unwrap();
    }
    let came = receiver.came();
    assert!(is_signed_with(&came[0], &secret()) && is_signed_with(&came[0], &old));
    assert!(is_signed_with(&came[1], &secret()) && !is_signed_with(&came[1], &old));
}

#[tokio::test]
async fn the_full_form_is_for_those_who_ask_for_it() {
    let receiver = Receiver::new(Manners::status(200)).await;
    let mut endpoint = hook(&receiver.url());
    endpoint.form = Form::Full;
    webhook().deliver(&endpoint, &event()).await.unwrap();
    assert_eq!(body(&receiver.only())["data"]["events"], full());
}

#[tokio::test]
async fn without_a_secret_nothing_is_sent() {
    let receiver = Receiver::new(Manners::status(200)).await;
    let mut endpoint = hook(&receiver.url());
    endpoint.secrets.clear();
    let refused = webhook().deliver(&endpoint, &event()).await.unwrap_err();
    assert!(refused.reason.contains("endpoint rotate"), "{refused:?}");
    assert!(receiver.came().is_empty());
}
