//! Receivers that lie, stall, drop and never end: no courier hangs, panics or takes a broken answer for a
//! receipt.

use scimlet_events::{Courier as _, Verdict};

use crate::bench::{event, hook, keys, push, stream, webhook};
use crate::receiver::{Manners, Receiver};

fn says(text: &str) -> Manners {
    Manners::Says(text.to_owned())
}

#[tokio::test]
async fn what_is_no_answer_is_no_receipt() {
    for (what, manners) in [
        ("drops", says("")),
        ("stalls", Manners::SaysAndStalls(String::new())),
        ("drops in the head", says("HTTP/1.1 200 OK\r\nconte")),
        (
            "stalls in the head",
            Manners::SaysAndStalls("HTTP/1.1 200 OK\r\nx: ".to_owned()),
        ),
        (
            "speaks something else",
            says("220 mail.example.com ESMTP\r\n"),
        ),
        ("lies about the status", says("HTTP/1.1 2000 OK\r\n\r\n")),
        (
            "lies about the length",
            says("HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n"),
        ),
        (
            "has a head without end",
            Manners::SaysForEver("HTTP/1.1 200 OK\r\nx: ".to_owned()),
        ),
    ] {
        let receiver = Receiver::new(manners).await;
        let refused = webhook().deliver(&hook(&receiver.url()), &event()).await;
        let refused = refused.expect_err(what);
        assert_eq!(refused.verdict, Verdict::Later(None), "{what}");
        assert_eq!(refused.status, None, "{what}");
        assert!(!refused.reason.contains("127.0.0.1"), "{what}: {refused:?}");
    }
}

#[tokio::test]
async fn a_status_is_a_receipt_whatever_comes_behind_it() {
    let head = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\n";
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    for (what, manners) in [
        ("drops in the body", says(&format!("{head}half of "))),
        (
            "stalls in the body",
            Manners::SaysAndStalls(format!("{head}half of ")),
        ),
        (
            "has a body without end",
            Manners::SaysForEver(format!("{chunked}FFFFFFF\r\n")),
        ),
        ("has a body of a terabyte", {
            let head = head.replace("100", "1000000000000");
            Manners::SaysForEver(head)
        }),
        ("lies about chunks", says(&format!("{chunked}not hex\r\n"))),
    ] {
        let receiver = Receiver::new(manners).await;
        let receipt = webhook().deliver(&hook(&receiver.url()), &event()).await;
        assert_eq!(receipt.expect(what).status, 200, "{what}");
        assert_eq!(receiver.came().len(), 1, "{what}");
    }
}

#[tokio::test]
async fn an_error_that_never_ends_is_not_read_to_its_end() {
    let head = "HTTP/1.1 400 Bad\r\ncontent-length: 1000000000000\r\n\r\n";
    for manners in [
        Manners::SaysForEver(format!(
            "{head}{{\"err\":\"invalid_request\",\"description\":\""
        )),
        Manners::SaysAndStalls(format!("{head}{{\"err\":\"inval")),
    ] {
        let receiver = Receiver::new(manners).await;
        let refused = push(&keys())
            .deliver(&stream(&receiver.url()), &event())
            .await;
        let refused = refused.unwrap_err();
        assert_eq!(refused.verdict, Verdict::Later(None));
        assert_eq!(refused.status, Some(400));
    }
}

#[tokio::test]
async fn who_is_not_there_may_be_there_later() {
    let receiver = Receiver::new(Manners::status(200)).await;
    let url = receiver.url();
    drop(receiver);
    let refused = webhook().deliver(&hook(&url), &event()).await.unwrap_err();
    assert_eq!(refused.verdict, Verdict::Later(None));
    assert!(refused.reason.starts_with("no connection: "), "{refused:?}");
}

#[tokio::test]
async fn a_header_that_cannot_be_sent_is_named_and_not_shown() {
    let receiver = Receiver::new(Manners::status(202)).await;
    let mut endpoint = stream(&receiver.url());
    endpoint.target = scimlet_events::Target::Push {
        url: receiver.url(),
        authorization: Some("Bearer t0k3n\r\nx-forged: 1".to_owned()),
    };
    let refused = push(&keys())
        .deliver(&endpoint, &event())
        .await
        .unwrap_err();
    assert!(refused.reason.contains("`authorization`"), "{refused:?}");
    assert!(!refused.reason.contains("t0k3n"), "{refused:?}");
    assert!(receiver.came().is_empty());
}
