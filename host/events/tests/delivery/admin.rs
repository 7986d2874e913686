//! What admins do beside a dispatcher that runs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use scimlet_events::World;
use scimlet_events::ledger::{Range, Refusal, Replayed, Which};
use tokio::time::sleep;

use crate::receiver::{Receiver, Reply};
use crate::stage::Stage;

#[tokio::test(start_paused = true)]
async fn a_dead_letter_is_replayed_and_discarded() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("picky", |_| ());
    let heals = Arc::new(AtomicBool::new(false));
    let receiver = {
        let heals = Arc::clone(&heals);
        Receiver::new(move |_, event, _| match event.position {
            1 | 2 if !heals.load(Ordering::SeqCst) => Reply::Never,
            _ => Reply::Takes,
        })
    };
    let _running = stage.start(&receiver);
    stage.emit(&["a", "b", "c"]);
    let status = stage.settled(&endpoint).await;
    assert_eq!(status.dead, 2);
    let id = |position: u64| format!("{}.{position}", endpoint.id);
    assert!(matches!(
        stage.ledger.replay_one("globex", &id(1), 0),
        Err(Refusal::NoDelivery(_))
    ));
    heals.store(true, Ordering::SeqCst);
    stage
        .ledger
        .replay_one("acme", &id(1), stage.clock.now())
        .unwrap();
    stage
        .until(&endpoint, |status| status.dead == 1 && status.retrying == 0)
        .await;
    assert_eq!(receiver.taken(), [3, 1]);
    stage
        .ledger
        .discard("acme", &id(2), stage.clock.now())
        .unwrap();
    assert_eq!(stage.status(&endpoint).dead, 0);
    sleep(Duration::from_mins(10)).await;
    assert_eq!(receiver.taken(), [3, 1]);
}

#[tokio::test(start_paused = true)]
async fn what_is_discarded_holds_nothing_back() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("stuck", |_| ());
    let receiver = Receiver::new(|_, event, _| match event.position {
        1 => Reply::Fails(None),
        _ => Reply::Takes,
    });
    let _running = stage.start(&receiver);
    stage.emit(&["a", "a"]);
    stage.until(&endpoint, |status| status.waiting == 1).await;
    let id = format!("{}.1", endpoint.id);
    stage
        .ledger
        .discard("acme", &id, stage.clock.now())
        .unwrap();
    stage.settled(&endpoint).await;
    assert_eq!(receiver.taken(), [2]);
    assert_eq!(stage.status(&endpoint).dead, 1, "it is a dead letter");
}

#[tokio::test(start_paused = true)]
async fn a_part_of_the_past_is_delivered_once_more_beside_what_is_new() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("all", |it| it.events = vec!["prov.*".to_owned()]);
    let receiver = Receiver::willing();
    let running = stage.start(&receiver);
    stage.emit(&["a", "b", "c", "d"]);
    stage.emit_as("license.granted", "a");
    stage.settled(&endpoint).await;
    let replayed = stage
        .ledger
        .replay(&endpoint, Range::Positions(2, 3))
        .unwrap();
    assert_eq!(replayed, Replayed { from: 2, to: 3 });
    stage.emit(&["e"]);
    stage.settled(&endpoint).await;
    let mut again = receiver.taken().split_off(4);
    again.sort_unstable();
    assert_eq!(again, [2, 3, 6]);
    let seen = receiver.seen();
    let id = |position| {
        seen.iter()
            .filter(move |it| it.position == position)
            .map(|it| it.id.clone())
    };
    assert_eq!(
        id(2).collect::<Vec<_>>(),
        ["event-2", "event-2"],
        "under the same id"
    );
    // A replay is as durable as all else.
    drop(running);
    stage
        .ledger
        .replay(&endpoint, Range::Positions(1, u64::MAX))
        .unwrap();
    let _running = stage.start(&receiver);
    stage.settled(&endpoint).await;
    let mut again = receiver.taken().split_off(7);
    again.sort_unstable();
    assert_eq!(again, [1, 2, 3, 4, 6]);
}

#[tokio::test(start_paused = true)]
async fn since_a_time_is_since_that_time() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("all", |_| ());
    for _ in 0..10 {
        stage.emit(&["a"]);
        sleep(Duration::from_hours(1)).await;
    }
    let since = stage.clock.now() - 3 * 60 * 60 * 1000;
    let replayed = stage.ledger.replay(&endpoint, Range::Since(since)).unwrap();
    assert_eq!(replayed, Replayed { from: 8, to: 10 });
    let all = stage.ledger.replay(&endpoint, Range::Since(0)).unwrap();
    assert_eq!(all, Replayed { from: 1, to: 10 });
    let none = stage
        .ledger
        .replay(&endpoint, Range::Since(stage.clock.now() + 120_000))
        .unwrap();
    assert!(none.from > none.to, "{none:?}");
}

#[tokio::test(start_paused = true)]
async fn a_change_is_heeded_within_a_second_and_disturbs_nobody_else() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("changed", |_| ());
    let other = stage.endpoint("other", |_| ());
    let receiver = Receiver::willing();
    let _running = stage.start(&receiver);
    stage.emit(&["a"]);
    stage.settled(&endpoint).await;
    let changed = stage.ledger.change(&endpoint.id, |endpoint| {
        endpoint.events = vec!["license.*".to_owned()];
        Ok(())
    });
    changed.unwrap();
    sleep(Duration::from_secs(2)).await;
    stage.emit(&["b"]);
    stage.settled(&endpoint).await;
    stage.settled(&other).await;
    let of = |name: &str| {
        receiver
            .seen()
            .iter()
            .filter(|it| it.endpoint == name)
            .count()
    };
    assert_eq!((of("changed"), of("other")), (1, 2));
}

#[tokio::test(start_paused = true)]
async fn a_removed_endpoint_is_gone_with_everything() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("removed", |_| ());
    let receiver = Receiver::new(|_, _, _| Reply::Fails(None));
    let _running = stage.start(&receiver);
    stage.emit(&["a", "b", "c", "a"]);
    stage.until(&endpoint, |status| status.retrying > 0).await;
    stage
        .ledger
        .remove(&endpoint.id, stage.clock.now())
        .unwrap();
    sleep(Duration::from_secs(3)).await;
    let attempts = receiver.seen().len();
    sleep(Duration::from_hours(5)).await;
    assert_eq!(receiver.seen().len(), attempts);
    assert!(stage.ledger.endpoint(&endpoint.id).unwrap().is_none());
    let which = Which {
        tenant: "acme",
        endpoint: None,
        state: None,
    };
    assert_eq!(stage.ledger.count(&which).unwrap(), 0);
    // Its name is free again.
    stage.endpoint("removed", |_| ());
}
