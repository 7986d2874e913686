//! Endpoints that fail as a whole: the breaker, `Retry-After`, 410, days of failure; and events that do.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use scimlet_events::ledger::{DeliveryState, Which};
use scimlet_events::retry::Policy;
use scimlet_events::{Endpoint, State};
use tokio::time::{Instant, sleep};

use crate::receiver::{Receiver, Reply};
use crate::stage::Stage;

/// A receiver that is down until the switch is turned.
fn switched(up: &Arc<AtomicBool>) -> Arc<Receiver> {
    let up = Arc::clone(up);
    Receiver::new(move |_, _, _| {
        if up.load(Ordering::SeqCst) {
            Reply::Takes
        } else {
            Reply::Fails(None)
        }
    })
}

fn many(count: usize) -> Vec<String> {
    (0..count).map(|number| number.to_string()).collect()
}

fn emit(stage: &Stage, subjects: &[String]) {
    stage.emit(&subjects.iter().map(String::as_str).collect::<Vec<_>>());
}

fn dead(stage: &Stage, endpoint: &Endpoint) -> Vec<(u64, String, usize)> {
    let which = Which {
        tenant: "acme",
        endpoint: Some(&endpoint.id),
        state: Some("dead"),
    };
    let page = stage.ledger.deliveries(&which, None, 100).unwrap();
    let found = page.deliveries.into_iter().map(|found| found.value);
    let told = found.map(|delivery| match delivery.state {
        DeliveryState::Dead { reason, .. } => (delivery.position, reason, delivery.attempts.len()),
        other => panic!("{other:?}"),
    });
    told.collect()
}

/// The topics of the outbox that are about the endpoint itself.
fn told(stage: &Stage) -> Vec<String> {
    let outbox = stage
        .backend
        .store("acme")
        .unwrap()
        .outbox(0, u32::MAX)
        .unwrap();
    let about = outbox
        .into_iter()
        .filter(|posted| posted.event.subject.kind == "Endpoint");
    about.map(|posted| posted.event.topic).collect()
}

#[tokio::test(start_paused = true)]
async fn an_endpoint_that_is_down_is_left_alone_and_misses_nothing() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("down", |_| ());
    let up = Arc::new(AtomicBool::new(false));
    let receiver = switched(&up);
    let running = stage.start(&receiver);
    emit(&stage, &many(200));
    sleep(Duration::from_hours(1)).await;
    let seen = receiver.seen();
    assert!(seen.len() < 60, "{} attempts in an hour", seen.len());
    let tried: BTreeSet<_> = seen.iter().map(|seen| seen.position).collect();
    assert!(tried.len() < 12, "few events are written down: {tried:?}");
    let status = stage.status(&endpoint);
    assert_eq!(status.health, "degraded");
    assert!(status.next_attempt.is_some());
    assert_eq!(running.dispatcher.snapshot().open, 1);
    up.store(true, Ordering::SeqCst);
    let before = Instant::now();
    let status = stage.settled(&endpoint).await;
    assert!(
        before.elapsed() < Duration::from_mins(20),
        "{:?}",
        before.elapsed()
    );
    assert_eq!((status.health, status.dead), ("healthy", 0));
    let taken: BTreeSet<_> = receiver
        .taken()
        .into_iter()
        .filter(|it| *it <= 200)
        .collect();
    assert_eq!(taken.len(), 200);
    assert_eq!(told(&stage), ["endpoint.degraded", "endpoint.recovered"]);
}

#[tokio::test(start_paused = true)]
async fn while_it_is_tried_one_attempt_is_under_way() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("down", |_| ());
    let receiver = Receiver::new(|_, _, _| Reply::Stalls);
    let _running = stage.start(&receiver);
    emit(&stage, &many(50));
    stage.until(&endpoint, |status| status.failed >= 8).await;
    let before = stage.status(&endpoint).failed;
    sleep(Duration::from_mins(30)).await;
    let probes = stage.status(&endpoint).failed - before;
    // Each takes a minute, and there is a pause behind each.
    assert!((2..30).contains(&probes), "{probes} probes in half an hour");
}

#[tokio::test(start_paused = true)]
async fn a_breaker_that_is_open_survives_the_sender() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("asks", |_| ());
    let receiver = Receiver::new(|_, _, _| Reply::Fails(Some(Duration::from_mins(30))));
    let running = stage.start(&receiver);
    stage.emit(&["a", "b"]);
    stage.until(&endpoint, |status| status.failed >= 1).await;
    sleep(Duration::from_secs(2)).await;
    let attempts = receiver.seen().len();
    drop(running);
    let _running = stage.start(&receiver);
    sleep(Duration::from_mins(20)).await;
    assert_eq!(receiver.seen().len(), attempts, "it asked for half an hour");
    sleep(Duration::from_mins(20)).await;
    assert!(receiver.seen().len() > attempts);
}

#[tokio::test(start_paused = true)]
async fn what_an_endpoint_asks_for_is_heeded_within_bounds() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("asks", |_| ());
    let receiver = Receiver::new(|_, _, tries| match tries {
        1 => Reply::Fails(Some(Duration::from_hours(1_000_000))),
        _ => Reply::Takes,
    });
    let _running = stage.start(&receiver);
    stage.emit(&["a"]);
    stage.settled(&endpoint).await;
    let seen = receiver.seen();
    let waited = seen[1].at - seen[0].at;
    assert!(
        waited >= Policy::PROBE.asked && waited < Duration::from_hours(2),
        "{waited:?}"
    );
}

#[tokio::test(start_paused = true)]
async fn gone_is_gone_until_an_admin_says_otherwise() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("gone", |_| ());
    let receiver = Receiver::new(|_, event, tries| match (event.position, tries) {
        (1, 1) => Reply::Gone,
        _ => Reply::Takes,
    });
    let _running = stage.start(&receiver);
    stage.emit(&["a"]);
    stage
        .until(&endpoint, |status| status.health == "disabled")
        .await;
    stage.emit(&["b", "c"]);
    sleep(Duration::from_hours(1)).await;
    assert_eq!(receiver.seen().len(), 1);
    assert_eq!(told(&stage), ["endpoint.disabled"]);
    let found = stage.ledger.endpoint(&endpoint.id).unwrap().unwrap().value;
    assert!(matches!(found.state, State::Disabled { reason, .. } if reason == "gone"));
    stage.ledger.enable(&endpoint.id).unwrap();
    sleep(Duration::from_secs(5)).await;
    let taken = receiver.taken();
    assert_eq!(
        taken.first(),
        Some(&1),
        "the event that was refused comes first"
    );
    assert_eq!(taken.len(), 4, "{taken:?}");
}

#[tokio::test(start_paused = true)]
async fn days_of_failure_disable_it_and_lose_nothing() {
    let mut stage = Stage::new();
    stage.limits.retry.total = Duration::from_hours(2);
    let endpoint = stage.endpoint("down", |_| ());
    let up = Arc::new(AtomicBool::new(false));
    let receiver = switched(&up);
    let _running = stage.start(&receiver);
    emit(&stage, &many(40));
    let status = stage
        .until(&endpoint, |status| status.health == "disabled")
        .await;
    assert_eq!((status.dead, status.delivered), (0, 0));
    assert_eq!(told(&stage), ["endpoint.degraded", "endpoint.disabled"]);
    up.store(true, Ordering::SeqCst);
    stage.ledger.enable(&endpoint.id).unwrap();
    let begun = Instant::now();
    stage.settled(&endpoint).await;
    assert!(
        begun.elapsed() < Duration::from_secs(10),
        "at once: {:?}",
        begun.elapsed()
    );
    let taken: BTreeSet<_> = receiver
        .taken()
        .into_iter()
        .filter(|it| *it <= 40)
        .collect();
    assert_eq!(taken.len(), 40);
}

#[tokio::test(start_paused = true)]
async fn an_event_that_is_never_taken_becomes_a_dead_letter_with_every_attempt() {
    let mut stage = Stage::new();
    stage.limits.retry.total = Duration::from_mins(10);
    let endpoint = stage.endpoint("picky", |_| ());
    let receiver = Receiver::new(|_, event, _| match event.position {
        2 => Reply::Fails(None),
        3 => Reply::Never,
        _ => Reply::Takes,
    });
    let _running = stage.start(&receiver);
    stage.emit(&["a", "b", "c", "b"]);
    // What works in between keeps the endpoint from being taken for broken.
    for _ in 0..80 {
        stage.emit(&["other"]);
        sleep(Duration::from_secs(10)).await;
    }
    stage.settled(&endpoint).await;
    let attempts = receiver
        .seen()
        .iter()
        .filter(|seen| seen.position == 2)
        .count();
    assert!(attempts > 5, "{attempts}");
    let expected = [
        (2, "given up: answered 503".to_owned(), attempts),
        (3, "answered 400".to_owned(), 1),
    ];
    assert_eq!(dead(&stage, &endpoint), expected);
    let of_b: Vec<_> = receiver
        .seen()
        .into_iter()
        .filter(|it| it.subject == "b" && it.taken)
        .collect();
    assert_eq!(
        of_b.len(),
        1,
        "the next one of the subject is not held back for ever"
    );
    assert_eq!(stage.status(&endpoint).health, "healthy");
}

#[tokio::test(start_paused = true)]
async fn a_courier_that_panics_has_failed() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("broken", |_| ());
    let receiver = Receiver::new(|_, event, tries| match (event.position, tries) {
        (1, 1) => Reply::Panics,
        _ => Reply::Takes,
    });
    let _running = stage.start(&receiver);
    stage.emit(&["a", "b", "a"]);
    let status = stage.settled(&endpoint).await;
    assert_eq!((status.failed, status.delivered), (1, 3));
}

#[tokio::test(start_paused = true)]
async fn a_rate_is_kept() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("slow", |endpoint| endpoint.rate = Some(10));
    let receiver = Receiver::willing();
    let _running = stage.start(&receiver);
    emit(&stage, &many(100));
    stage.settled(&endpoint).await;
    let seen = receiver.seen();
    for window in seen.windows(12) {
        let took = window[11].at - window[0].at;
        assert!(took >= Duration::from_secs(1), "twelve within {took:?}");
    }
    let took = seen[99].at - seen[0].at;
    assert!(took < Duration::from_secs(11), "{took:?}");
}
