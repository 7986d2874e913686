//! What an answer means.

use std::time::Duration;

use scimlet_events::{Courier as _, Refused, Verdict};

use crate::bench::{event, hook, webhook};
use crate::receiver::{Manners, Receiver};

async fn refused(manners: Manners) -> Refused {
    let receiver = Receiver::new(manners).await;
    let outcome = webhook().deliver(&hook(&receiver.url()), &event()).await;
    outcome.unwrap_err()
}

#[tokio::test]
async fn only_410_ends_it_and_only_413_kills_the_event() {
    for status in [
        300, 301, 302, 307, 308, 400, 401, 403, 404, 409, 422, 429, 500, 502, 503, 504,
    ] {
        let refused = refused(Manners::status(status)).await;
        assert_eq!(refused.verdict, Verdict::Later(None), "{status}");
        assert_eq!(refused.status, Some(status));
        assert!(refused.reason.contains(&status.to_string()), "{refused:?}");
    }
    assert_eq!(refused(Manners::status(410)).await.verdict, Verdict::Gone);
    assert_eq!(refused(Manners::status(413)).await.verdict, Verdict::Never);
}

#[tokio::test]
async fn a_receiver_may_say_when_to_come_again() {
    for (header, seconds) in [
        ("retry-after: 120\r\n", Some(120)),
        // The clock of the test stands at 10:00:07.123.
        ("retry-after: Sun, 22 Nov 2026 10:01:08 GMT\r\n", Some(60)),
        ("retry-after: Sun, 22 Nov 2026 09:00:00 GMT\r\n", Some(0)),
        ("retry-after: whenever\r\n", None),
        ("", None),
    ] {
        for status in [429, 500, 503] {
            let Verdict::Later(after) = refused(Manners::answer(status, header, "")).await.verdict
            else {
                panic!("{status} {header}");
            };
            let after = after.map(|after| after.as_secs());
            assert_eq!(after, seconds, "{status} {header}");
        }
    }
    let exact = refused(Manners::answer(503, "retry-after: 1\r\n", "")).await;
    assert_eq!(exact.verdict, Verdict::Later(Some(Duration::from_secs(1))));
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Receiver::new(Manners::status(200)).await;
    for status in [301, 302, 303, 307, 308] {
        let location = format!("location: {}\r\n", elsewhere.url());
        let refused = refused(Manners::answer(status, &location, "")).await;
        assert!(refused.reason.contains("redirects are not followed"));
    }
    assert!(elsewhere.came().is_empty());
}
