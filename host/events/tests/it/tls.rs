//! Who is not who they say they are gets nothing.

use std::sync::Arc;

use scimlet_events::http::{Client, Settings, Trust};
use scimlet_events::{Courier as _, Receipt, Refused, Webhook};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::bench::{NOW, clock, event, hook, settings};
use crate::receiver::{Manners, Receiver};

/// A receiver whose certificate is for `hooks.test`, and the certificate.
async fn receiver() -> (Receiver, CertificateDer<'static>) {
    let signed = rcgen::generate_simple_self_signed(["hooks.test".to_owned()]).unwrap();
    let certificate = signed.cert.der().clone();
    let key = PrivateKeyDer::try_from(signed.signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.clone()], key)
        .unwrap();
    let tls = TlsAcceptor::from(Arc::new(config));
    (
        Receiver::with_tls(Manners::status(200), tls).await,
        certificate,
    )
}

async fn deliver(
    receiver: &Receiver,
    trust: Vec<CertificateDer<'static>>,
    host: &str,
) -> Result<Receipt, Refused> {
    let trust = Trust::These(trust);
    let client = Client::new(Settings {
        trust,
        ..settings()
    })
    .unwrap();
    let url = format!("https://{host}:{}/in", receiver.address.port());
    let courier = Webhook::new(client, clock(NOW));
    courier.deliver(&hook(&url), &event()).await
}

#[tokio::test]
async fn a_receiver_with_a_good_certificate_gets_the_event() {
    let (receiver, certificate) = receiver().await;
    let receipt = deliver(&receiver, vec![certificate], "hooks.test").await;
    assert_eq!(receipt.unwrap().status, 200);
    receiver.only();
}

#[tokio::test]
async fn a_certificate_of_nobody_we_trust_is_refused() {
    let (receiver, _) = receiver().await;
    let refused = deliver(&receiver, Vec::new(), "hooks.test")
        .await
        .unwrap_err();
    assert!(refused.reason.starts_with("no TLS: "), "{refused:?}");
    assert!(receiver.came().is_empty());
}

#[tokio::test]
async fn a_certificate_of_another_name_is_refused() {
    let (receiver, certificate) = receiver().await;
    let refused = deliver(&receiver, vec![certificate], "other.test")
        .await
        .unwrap_err();
    assert!(refused.reason.starts_with("no TLS: "), "{refused:?}");
    assert!(receiver.came().is_empty());
}

#[tokio::test]
async fn who_speaks_no_tls_is_refused() {
    let receiver = Receiver::new(Manners::status(200)).await;
    let refused = deliver(&receiver, Vec::new(), "hooks.test")
        .await
        .unwrap_err();
    assert!(refused.status.is_none(), "{refused:?}");
    assert!(receiver.came().is_empty());
}
