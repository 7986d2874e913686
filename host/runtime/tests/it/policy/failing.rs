//! A policy that fails: whom it holds up, and for how long.

use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use scimlet_runtime::{PolicyConfig, PolicyFailure};
use scimlet_store::Failure;

use super::{hasty, policies, that_says, world_with};
use crate::world::hostile_policy;

const PAUSE: Duration = Duration::from_millis(1500);

fn with_breaker() -> PolicyConfig {
    PolicyConfig {
        failures: 3,
        pause: PAUSE,
        ..hasty()
    }
}

#[test]
fn is_suspended_after_some_failures_and_tried_again_after_a_while() {
    let (world, source) = world_with(hostile_policy(), with_breaker());
    let entitle = |user: &str| world.tell("acme", "/entitle", user);
    for _ in 0..3 {
        assert_eq!(entitle("misdeed:trap"), "failed: trapped");
    }
    assert_eq!(entitle("a"), "failed: suspended");
    assert_eq!(world.runtime.policies().suspended(), 1);
    assert_eq!(
        world.tell("globex", "/entitle", "a"),
        "pro (default)",
        "another tenant's works"
    );

    thread::park_timeout(PAUSE);
    assert_eq!(
        entitle("misdeed:trap"),
        "failed: trapped",
        "the one that tries"
    );
    assert_eq!(entitle("a"), "failed: suspended");

    thread::park_timeout(PAUSE);
    assert_eq!(entitle("a"), "pro (default)");
    assert_eq!(entitle("a"), "pro (default)", "and all is well");
    assert_eq!(world.runtime.policies().suspended(), 0);
    let suspended = |it: &&Option<PolicyFailure>| **it == Some(PolicyFailure::Suspended);
    assert_eq!(source.failures().iter().filter(suspended).count(), 2);
}

#[test]
fn one_failure_among_answers_suspends_nothing() {
    let (world, _) = world_with(hostile_policy(), with_breaker());
    for _ in 0..6 {
        assert_eq!(
            world.tell("acme", "/entitle", "misdeed:trap"),
            "failed: trapped"
        );
        assert_eq!(world.tell("acme", "/entitle", "a"), "pro (default)");
    }
}

#[test]
fn a_crowd_before_a_loop_is_sent_away_when_it_is_suspended() {
    let (world, source) = world_with(hostile_policy(), with_breaker());
    thread::scope(|scope| {
        for _ in 0..16 {
            scope.spawn(|| world.tell("acme", "/entitle", "misdeed:loop"));
        }
    });
    // Two at a time; whoever stands behind them gives up or is told.
    let loops = |it: &&Option<PolicyFailure>| **it == Some(PolicyFailure::Deadline);
    let loops = source.failures().iter().filter(loops).count();
    assert!((1..=4).contains(&loops), "{loops} have looped");
}

#[test]
fn code_that_cannot_be_read_is_no_fault_of_the_policys() {
    // Without a cache, so that the code is needed.
    let config = || scimlet_runtime::Config {
        cache_dir: None,
        policies: PolicyConfig {
            failures: 2,
            ..policies()
        },
        ..crate::world::small()
    };
    let mut world = crate::world::World::new(config());
    let source = super::install(&world, &that_says("unread:entitle"));
    world.runtime = scimlet_runtime::Runtime::new(crate::world::hostile(), config()).unwrap();
    let gone = Failure::Unavailable("gone fishing".to_owned());
    let code = std::mem::replace(&mut *source.code.lock().unwrap(), Err(gone));
    let entitle = || world.tell("acme", "/entitle", "a");
    for _ in 0..5 {
        assert_eq!(entitle(), "failed: unavailable", "and never suspended");
    }
    *source.code.lock().unwrap() = Ok(hostile_policy().to_vec());
    assert_eq!(entitle(), "failed: unavailable", "other bytes are not run");
    *source.code.lock().unwrap() = code;
    assert_eq!(entitle(), "pro (default)");
    assert_eq!(source.reads.load(Ordering::SeqCst), 7);
}
