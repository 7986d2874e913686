//! What is old is removed, and nothing that somebody still needs.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use tokio::time::sleep;

use crate::receiver::{Receiver, Reply};
use crate::stage::Stage;

const DAY: Duration = Duration::from_hours(24);

/// The positions that are kept.
fn kept(stage: &Stage) -> Vec<u64> {
    let outbox = stage
        .backend
        .store("acme")
        .unwrap()
        .outbox(0, u32::MAX)
        .unwrap();
    outbox.iter().map(|posted| posted.position).collect()
}

fn stage() -> Stage {
    let mut stage = Stage::new();
    stage.limits.keep = Some(3 * DAY);
    stage.limits.poll = Duration::from_mins(5);
    stage.limits.beat = Duration::from_mins(20);
    stage.limits.lease = Duration::from_hours(1);
    stage
}

#[tokio::test(start_paused = true)]
async fn old_events_go_in_steps_and_the_newest_stays() {
    let stage = stage();
    let _running = stage.start(&Receiver::willing());
    stage.emit(&vec!["a"; 1200]);
    sleep(2 * DAY).await;
    stage.emit(&["b"; 10]);
    assert_eq!(kept(&stage).len(), 1210);
    sleep(DAY + Duration::from_hours(2)).await;
    assert_eq!(kept(&stage), (1201..=1210).collect::<Vec<_>>());
    sleep(3 * DAY).await;
    assert_eq!(kept(&stage), [1210]);
}

#[tokio::test(start_paused = true)]
async fn what_an_endpoint_has_not_got_is_kept_for_it() {
    let stage = stage();
    let up = Arc::new(AtomicBool::new(false));
    let endpoint = stage.endpoint("down", |_| ());
    let receiver = {
        let up = Arc::clone(&up);
        Receiver::new(move |_, _, _| {
            if up.load(Ordering::SeqCst) {
                Reply::Takes
            } else {
                Reply::Fails(None)
            }
        })
    };
    let subjects: Vec<_> = (0..600).map(|number| number.to_string()).collect();
    stage.emit(&subjects.iter().map(String::as_str).collect::<Vec<_>>());
    let _running = stage.start(&receiver);
    sleep(DAY + 3 * DAY).await;
    let lag = stage.status(&endpoint).lag;
    assert!(lag > 400, "{lag}");
    assert!(kept(&stage).len() as u64 >= lag);
    up.store(true, Ordering::SeqCst);
    sleep(DAY).await;
    assert_eq!(
        stage.status(&endpoint).delivered,
        602,
        "with what is said of the endpoint itself"
    );
    sleep(4 * DAY).await;
    assert_eq!(kept(&stage).len(), 1);
}
