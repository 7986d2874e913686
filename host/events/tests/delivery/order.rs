//! Order for each subject, side by side for different ones.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::receiver::{Receiver, Reply};
use crate::stage::Stage;

#[tokio::test(start_paused = true)]
async fn everything_arrives_once_and_leaves_nothing_but_the_position() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("all", |_| ());
    let receiver = Receiver::willing();
    let _running = stage.start(&receiver);
    for _ in 0..100 {
        stage.emit(&["a", "b", "c"]);
    }
    let status = stage.settled(&endpoint).await;
    let mut taken = receiver.taken();
    taken.sort_unstable();
    assert_eq!(taken, (1..=300).collect::<Vec<_>>());
    assert_eq!((status.position, status.delivered), (300, 300));
    assert_eq!(
        (status.dead, status.failed, status.health),
        (0, 0, "healthy")
    );
}

#[tokio::test(start_paused = true)]
async fn a_failing_event_holds_back_its_own_subject_alone() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("all", |_| ());
    let receiver = Receiver::new(|_, event, tries| {
        if event.position == 1 && tries < 4 {
            Reply::Fails(None)
        } else {
            Reply::Takes
        }
    });
    let _running = stage.start(&receiver);
    stage.emit(&["a", "b", "a", "c", "b", "a"]);
    let waiting = stage.until(&endpoint, |status| status.waiting == 2).await;
    assert_eq!(
        (waiting.retrying, waiting.lag),
        (1, 0),
        "the position has passed them"
    );
    assert_eq!(receiver.taken(), [2, 4, 5]);
    stage.settled(&endpoint).await;
    assert_eq!(receiver.taken(), [2, 4, 5, 1, 3, 6]);
    assert_eq!(stage.status(&endpoint).failed, 3);
}

#[tokio::test(start_paused = true)]
async fn different_subjects_go_side_by_side_up_to_the_bound() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("four", |endpoint| endpoint.concurrency = 4);
    let receiver = Receiver::new(|_, _, _| Reply::Slowly(Duration::from_secs(10)));
    let _running = stage.start(&receiver);
    let begun = Instant::now();
    let subjects: Vec<_> = (0..8).map(|number| number.to_string()).collect();
    stage.emit(&subjects.iter().map(String::as_str).collect::<Vec<_>>());
    stage.settled(&endpoint).await;
    assert_eq!(receiver.most_flying(), 4);
    assert!(
        begun.elapsed() < Duration::from_secs(25),
        "two rounds of ten seconds"
    );
}

#[tokio::test(start_paused = true)]
async fn one_subject_never_goes_side_by_side() {
    let stage = Stage::new();
    let endpoint = stage.endpoint("four", |_| ());
    let receiver = Receiver::new(|_, _, _| Reply::Slowly(Duration::from_secs(1)));
    let _running = stage.start(&receiver);
    stage.emit(&["a"; 10]);
    stage.settled(&endpoint).await;
    assert_eq!(receiver.most_flying(), 1);
    assert_eq!(receiver.taken(), (1..=10).collect::<Vec<_>>());
}

#[tokio::test(start_paused = true)]
async fn a_stalled_endpoint_slows_nobody_else() {
    let stage = Stage::new();
    let stalled = stage.endpoint("stalled", |_| ());
    let quick = stage.endpoint("quick", |_| ());
    let receiver = Receiver::new(|endpoint, _, _| match endpoint.name.as_str() {
        "stalled" => Reply::Stalls,
        _ => Reply::Takes,
    });
    let _running = stage.start(&receiver);
    let begun = Instant::now();
    for _ in 0..200 {
        stage.emit(&["a", "b", "c", "d", "e"]);
    }
    stage.settled(&quick).await;
    assert!(
        begun.elapsed() < Duration::from_secs(3),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(receiver.taken().len(), 1000);
    let status = stage.until(&stalled, |status| status.failed >= 4).await;
    assert_eq!(status.delivered, 0);
}

#[tokio::test(start_paused = true)]
async fn the_bell_is_heard_at_once() {
    let mut stage = Stage::new();
    stage.limits.poll = Duration::from_mins(10);
    stage.endpoint("all", |_| ());
    let receiver = Receiver::willing();
    let running = stage.start(&receiver);
    sleep(Duration::from_secs(2)).await;
    stage.emit(&["a"]);
    running.bell.ring("acme");
    sleep(Duration::from_millis(20)).await;
    assert_eq!(receiver.taken(), [1]);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_wanted_is_passed_over() {
    let stage = Stage::new();
    let licenses = stage.endpoint("licenses", |it| it.events = vec!["license.*".to_owned()]);
    let one = stage.endpoint("one", |it| it.resources = vec!["/Users/b".to_owned()]);
    let groups = stage.endpoint("groups", |it| it.resources = vec!["Group".to_owned()]);
    let receiver = Receiver::willing();
    let _running = stage.start(&receiver);
    stage.emit(&["a", "b"]);
    stage.emit_as("license.granted", "a");
    for endpoint in [&licenses, &one, &groups] {
        stage.settled(endpoint).await;
    }
    let mut seen: Vec<_> = receiver
        .seen()
        .into_iter()
        .map(|it| (it.endpoint, it.position))
        .collect();
    seen.sort_unstable();
    assert_eq!(seen, [("licenses".to_owned(), 3), ("one".to_owned(), 2)]);
}
