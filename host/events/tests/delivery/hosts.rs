//! Several hosts on one store.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::receiver::{Receiver, Reply};
use crate::stage::Stage;

#[tokio::test(start_paused = true)]
async fn one_host_at_a_time_delivers_for_an_endpoint() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("all", |_| ());
    let receivers = [Receiver::willing(), Receiver::willing()];
    let _running: Vec<_> = receivers.iter().map(|it| stage.start(it)).collect();
    for _ in 0..50 {
        stage.emit(&["a", "b", "c"]);
        sleep(Duration::from_millis(300)).await;
    }
    stage.settled(&endpoint).await;
    let mut taken: Vec<_> = receivers.iter().flat_map(|it| it.taken()).collect();
    taken.sort_unstable();
    assert_eq!(taken, (1..=150).collect::<Vec<_>>(), "each event once");
    assert!(
        receivers.iter().any(|it| it.taken().is_empty()),
        "by one of them"
    );
}

#[tokio::test(start_paused = true)]
async fn who_is_killed_is_followed_within_seconds() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("all", |_| ());
    let receiver = Receiver::willing();
    let first = stage.start(&receiver);
    stage.emit(&["a"]);
    stage.settled(&endpoint).await;
    let _second = stage.start(&receiver);
    sleep(Duration::from_secs(5)).await;
    drop(first);
    let killed = Instant::now();
    stage.emit(&["b"]);
    stage.settled(&endpoint).await;
    assert!(
        killed.elapsed() < Duration::from_secs(10),
        "{:?}",
        killed.elapsed()
    );
}

#[tokio::test(start_paused = true)]
async fn who_stops_leaves_at_once_and_lets_what_is_under_way_end() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("all", |_| ());
    let receiver = Receiver::new(|_, _, _| Reply::Slowly(Duration::from_millis(400)));
    let first = stage.start(&receiver);
    stage.emit(&["a", "b"]);
    sleep(Duration::from_millis(1200)).await;
    stage.emit(&["c"]);
    sleep(Duration::from_millis(1100)).await;
    let begun = Instant::now();
    first.stop().await;
    assert!(
        begun.elapsed() < Duration::from_secs(1),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(
        stage.status(&endpoint).position,
        3,
        "all of it is written down"
    );
    let _second = stage.start(&receiver);
    stage.emit(&["d"]);
    let begun = Instant::now();
    stage.settled(&endpoint).await;
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "nobody waits: {:?}",
        begun.elapsed()
    );
    assert_eq!(receiver.taken(), [1, 2, 3, 4], "nothing twice");
}

/// A host whose word has run out, but which still runs, writes nothing over the one that came after it.
#[tokio::test(start_paused = true)]
async fn who_has_lost_an_endpoint_notices() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("all", |_| ());
    let receiver = Receiver::willing();
    let _running = stage.start(&receiver);
    stage.emit(&["a"]);
    stage.settled(&endpoint).await;
    let taken = stage.ledger.change_position(&endpoint.id, |position| {
        position.host = None;
        Ok(())
    });
    taken.unwrap();
    stage.emit(&["b", "c"]);
    stage.settled(&endpoint).await;
    let mut taken = receiver.taken();
    taken.sort_unstable();
    taken.dedup();
    assert_eq!(taken, [1, 2, 3]);
    let position = stage.ledger.position(&endpoint.id).unwrap().unwrap().value;
    assert!(position.host.is_some(), "it has taken the endpoint again");
}
