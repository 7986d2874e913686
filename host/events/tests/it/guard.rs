//! Nothing of ours is reached through an address that a tenant gave.

use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use scimlet_events::http::{Call, Client, Method, Names, SendError, Settings};
use scimlet_events::{BoxFuture, Courier as _, Verdict, Webhook};

use crate::bench::{NOW, clock, event, hook, settings};
use crate::receiver::{Manners, Receiver};

/// Gives another answer each time, the last one for ever; and counts.
struct Changing {
    answers: Vec<&'static str>,
    asked: AtomicUsize,
}

impl Changing {
    fn new(answers: &[&'static str]) -> Arc<Self> {
        Arc::new(Self {
            answers: answers.to_vec(),
            asked: AtomicUsize::new(0),
        })
    }
}

impl Names for Changing {
    fn addresses(&self, _: &str) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = self.answers.get(turn).or(self.answers.last()).unwrap();
        let addresses = answer.split_whitespace().map(|it| it.parse().unwrap());
        let addresses: Vec<IpAddr> = addresses.collect();
        Box::pin(async move { Ok(addresses) })
    }
}

fn guarded(names: &Arc<Changing>, allow_private: bool) -> Client {
    let names = Arc::clone(names) as Arc<dyn Names>;
    Client::new(Settings {
        allow_private,
        names,
        ..settings()
    })
    .unwrap()
}

async fn post(client: &Client, url: &str) -> Result<u16, SendError> {
    let answer = client.send(Call::new(Method::POST, url)).await?;
    Ok(answer.status())
}

#[tokio::test]
async fn a_name_that_means_this_network_is_not_connected_to() {
    let receiver = Receiver::new(Manners::status(200)).await;
    let url = format!("https://hooks.test:{}/", receiver.address.port());
    for inside in [
        "127.0.0.1",
        "::1",
        "::ffff:127.0.0.1",
        "0.0.0.0",
        "127.0.0.1 10.0.0.1",
    ] {
        let client = guarded(&Changing::new(&[inside]), false);
        assert_eq!(
            post(&client, &url).await,
            Err(SendError::Private),
            "{inside}"
        );
    }
    assert!(receiver.came().is_empty());
}

/// DNS rebinding: the name is harmless when somebody looks, and means this machine when it counts.
#[tokio::test]
async fn what_is_looked_up_is_what_is_connected_to() {
    let receiver = Receiver::new(Manners::status(200)).await;
    let port = receiver.address.port();
    let names = Changing::new(&["93.184.215.14", "127.0.0.1"]);
    let harmless = names.addresses("hooks.test").await.unwrap();
    assert!(scimlet_events::http::is_public(harmless[0]));
    let client = guarded(&names, false);
    let url = format!("https://hooks.test:{port}/");
    assert_eq!(post(&client, &url).await, Err(SendError::Private));
    assert!(receiver.came().is_empty());
    // One lookup, one connection: there is no second lookup that could answer differently.
    let names = Changing::new(&["127.0.0.1", "192.0.2.1"]);
    let client = guarded(&names, true);
    let url = format!("http://hooks.test:{port}/");
    assert_eq!(post(&client, &url).await, Ok(200));
    assert_eq!(names.asked.load(Ordering::SeqCst), 1);
    assert_eq!(receiver.came().len(), 1);
}

#[tokio::test]
async fn a_literal_of_this_network_is_refused_before_anything_is_sent() {
    let receiver = Receiver::new(Manners::status(200)).await;
    let names = Changing::new(&["93.184.215.14"]);
    let port = receiver.address.port();
    for host in ["127.0.0.1", "2130706433", "[::ffff:7f00:1]", "[::1]"] {
        let url = format!("https://{host}:{port}/");
        let client = guarded(&names, false);
        let courier = Webhook::new(client, clock(NOW));
        let refused = courier.deliver(&hook(&url), &event()).await.unwrap_err();
        // An address can be put right, so the event is kept.
        assert_eq!(refused.verdict, Verdict::Later(None), "{host}");
        assert!(
            refused.reason.contains("--allow-private-endpoints"),
            "{refused:?}"
        );
    }
    assert_eq!(names.asked.load(Ordering::SeqCst), 0);
    assert!(receiver.came().is_empty());
}

#[tokio::test]
async fn plain_http_is_for_neighbours() {
    let client = guarded(&Changing::new(&["93.184.215.14"]), false);
    let refused = post(&client, "http://hooks.test/").await.unwrap_err();
    assert!(refused.to_string().contains("https"), "{refused}");
}

#[tokio::test]
async fn a_name_that_means_nothing_says_so() {
    let client = guarded(&Changing::new(&[""]), true);
    let refused = post(&client, "http://hooks.test/").await.unwrap_err();
    assert!(matches!(refused, SendError::Connect(_)), "{refused:?}");
}
