//! What a receiver of security event tokens gets, and that it can be sure of it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{ECDSA_P256_SHA256_FIXED, UnparsedPublicKey};
use scimlet_events::{Courier as _, Verdict};
use serde_json::{Value, json};

use crate::bench::{NOW, event, events, keys, push, stream, subject};
use crate::receiver::{Came, Manners, Receiver};

fn json_of(part: &str) -> Value {
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// The header and the claims of a token that came.
fn token(came: &Came) -> (Value, Value) {
    let parts: Vec<_> = came.body.split('.').collect();
    assert_eq!(parts.len(), 3);
    (json_of(parts[0]), json_of(parts[1]))
}

/// Checks the signature with the published key of that name, by hand.
fn verify(came: &Came, published: &str) {
    let (signed, signature) = came.body.rsplit_once('.').unwrap();
    let published: Value = serde_json::from_str(published).unwrap();
    let mut keys = published["keys"].as_array().unwrap().iter();
    let key = keys.find(|key| key["kid"] == token(came).0["kid"]).unwrap();
    let number = |name: &str| URL_SAFE_NO_PAD.decode(key[name].as_str().unwrap()).unwrap();
    let point = [vec![4], number("x"), number("y")].concat();
    UnparsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point)
        .verify(
            signed.as_bytes(),
            &URL_SAFE_NO_PAD.decode(signature).unwrap(),
        )
        .unwrap();
}

#[tokio::test]
async fn an_event_arrives_as_rfc_8935_and_rfc_9967_say() {
    let receiver = Receiver::new(Manners::status(202)).await;
    let keys = keys();
    let receipt = push(&keys)
        .deliver(&stream(&receiver.url()), &event())
        .await;
    assert_eq!(receipt.unwrap().status, 202);
    let came = receiver.only();
    assert_eq!(came.line(), "POST /in HTTP/1.1");
    assert_eq!(
        came.header("content-type"),
        Some("application/secevent+jwt")
    );
    assert_eq!(came.header("accept"), Some("application/json"));
    assert_eq!(came.header("authorization"), Some("Bearer t0k3n"));
    let (header, claims) = token(&came);
    assert_eq!(header["typ"], "secevent+jwt");
    assert_eq!(header["alg"], "ES256");
    let wanted = json!({
        "iss": "https://scim.example.com/t/acme",
        "iat": 1_795_341_600,
        "jti": "0199c0de-0000-7000-8000-000000000001.ep_0123456789abcdef",
        "aud": "ep_0123456789abcdef",
        "txn": "0199c0de-0000-7000-8000-00000000abcd",
        "sub_id": subject(),
        "events": events(),
    });
    assert_eq!(claims, wanted);
    verify(&came, &keys.published("acme", NOW).unwrap());
}

#[tokio::test]
async fn a_second_attempt_claims_the_same_and_another_receiver_gets_another_token() {
    let receiver = Receiver::new(Manners::status(202)).await;
    let (keys, mut endpoint) = (keys(), stream(&receiver.url()));
    for _ in 0..2 {
        push(&keys).deliver(&endpoint, &event()).await.unwrap();
    }
    endpoint.id = "ep_fedcba9876543210".to_owned();
    endpoint.audience = Some("https://receiver.example.com".to_owned());
    push(&keys).deliver(&endpoint, &event()).await.unwrap();
    let claims: Vec<_> = receiver.came().iter().map(|came| token(came).1).collect();
    assert_eq!(claims[0], claims[1]);
    assert_ne!(claims[0]["jti"], claims[2]["jti"]);
    assert_eq!(claims[2]["aud"], "https://receiver.example.com");
    assert_eq!(claims[0]["txn"], claims[2]["txn"]);
}

#[tokio::test]
async fn only_202_acknowledges() {
    for status in [200, 201, 204] {
        let receiver = Receiver::new(Manners::status(status)).await;
        let refused = push(&keys())
            .deliver(&stream(&receiver.url()), &event())
            .await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.verdict, Verdict::Later(None), "{status}");
        assert!(refused.reason.contains("202"), "{refused:?}");
    }
}

#[tokio::test]
async fn an_error_of_rfc_8935_is_the_reason() {
    let later = Verdict::Later(None);
    for (body, verdict, reason) in [
        (
            r#"{"err":"invalid_request","description":"no such event"}"#,
            Verdict::Never,
            "answered 400 `invalid_request`: no such event",
        ),
        (
            r#"{"err":"invalid_key","description":"Key 12345 has been revoked."}"#,
            later,
            "answered 400 `invalid_key`: Key 12345 has been revoked.",
        ),
        (
            r#"{"err":"invalid_issuer"}"#,
            later,
            "answered 400 `invalid_issuer`",
        ),
        (
            r#"{"err":"invalid_audience"}"#,
            later,
            "answered 400 `invalid_audience`",
        ),
        (
            r#"{"err":"authentication_failed"}"#,
            later,
            "answered 400 `authentication_failed`",
        ),
        (
            r#"{"err":"access_denied"}"#,
            later,
            "answered 400 `access_denied`",
        ),
        (r#"{"err":"a\nb\u001b"}"#, later, "answered 400 `a b`"),
        (r#"{"err":7}"#, later, "answered 400"),
        ("<html>", later, "answered 400"),
        ("", later, "answered 400"),
    ] {
        let receiver = Receiver::new(Manners::answer(400, "", body)).await;
        let refused = push(&keys())
            .deliver(&stream(&receiver.url()), &event())
            .await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.verdict, verdict, "{body}");
        assert_eq!(refused.reason, reason, "{body}");
        assert_eq!(refused.status, Some(400), "{body}");
    }
}
