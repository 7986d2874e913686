//! Each limit, from the policy's side: what exceeds it is stopped and named, and the engine goes on.

use std::time::{Duration, Instant};

use scimlet_runtime::{Limits, PolicyConfig, PolicyFailure};

use super::{hasty, policies, world, world_with};
use crate::world::{World, hostile_policy};

/// What becomes of a user to whom the policy does this.
fn entitle(world: &World, misdeed: &str) -> String {
    world.tell("acme", "/entitle", &format!("misdeed:{misdeed}"))
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test is about time")]
fn an_endless_loop_is_stopped_in_time() {
    let (world, source) = world_with(hostile_policy(), hasty());
    let begun = Instant::now();
    assert_eq!(entitle(&world, "loop"), "failed: deadline");
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(290), "{took:?}");
    assert!(took < Duration::from_secs(5), "{took:?}");
    assert_eq!(source.failures(), [Some(PolicyFailure::Deadline)]);
}

/// In as many calls as it takes: a policy that stays just below its time in each would hold up a request
/// for as many times that.
#[test]
fn a_question_in_many_parts_has_the_limits_of_one() {
    let one_by_one = PolicyConfig {
        batch: 1,
        ..hasty()
    };
    let (world, source) = world_with(hostile_policy(), one_by_one);
    let users = |count| vec!["misdeed:work"; count].join("\n");
    assert_eq!(world.tell("acme", "/entitle", &users(1)), "pro (done)");
    let told = world.tell("acme", "/entitle", &users(30_000));
    assert_eq!(told, "failed: deadline");
    let told = world.tell("acme", "/shape", &users(30_000));
    assert_eq!(told, "failed: deadline");
    let late = Some(PolicyFailure::Deadline);
    assert_eq!(source.failures(), [None, late, late]);
    assert_eq!(
        world.tell("acme", "/entitle", &users(1)),
        "pro (done)",
        "and the next one all of it again"
    );
}

#[test]
fn a_memory_bomb_does_not_go_off() {
    let (world, _) = world();
    for misdeed in ["memory", "big"] {
        assert_eq!(entitle(&world, misdeed), "failed: too-large", "{misdeed}");
    }
}

#[test]
fn an_answer_may_not_be_larger_than_the_host_will_hold() {
    let (world, _) = world();
    assert_eq!(entitle(&world, "wide"), "failed: too-large");
    let told = world.tell("acme", "/shape", "misdeed:wide");
    assert_eq!(told, "failed: too-large");
}

#[test]
fn nor_may_a_question_be() {
    let limits = Limits {
        transfer_bytes: 1000,
        ..policies().limits
    };
    let (world, _) = world_with(
        hostile_policy(),
        PolicyConfig {
            limits,
            ..policies()
        },
    );
    let halves = format!("{}\n{}", "a".repeat(600), "b".repeat(600));
    assert_eq!(
        world.tell("acme", "/shape", &halves),
        halves,
        "one at a time"
    );
    let whole = "a".repeat(1200);
    assert_eq!(world.tell("acme", "/shape", &whole), "failed: too-large");
}

#[test]
fn recursion_ends_with_the_stack() {
    assert_eq!(entitle(&world().0, "deep"), "failed: trapped");
}

#[test]
fn what_a_policy_must_not_call_is_a_trap() {
    let (world, _) = world();
    for misdeed in ["trap", "panic", "sleep", "exit"] {
        assert_eq!(entitle(&world, misdeed), "failed: trapped", "{misdeed}");
    }
}

#[test]
fn a_flood_of_lines_is_stopped_and_a_talk_is_not() {
    let (world, _) = world();
    assert_eq!(entitle(&world, "flood"), "failed: trapped");
    assert_eq!(entitle(&world, "chat"), "pro (I have said it)");
}

#[test]
fn another_count_of_answers_is_nonsense() {
    let (world, _) = world();
    assert_eq!(entitle(&world, "short"), "failed: nonsense");
    let told = world.tell("acme", "/shape", "misdeed:short");
    assert_eq!(told, "failed: nonsense");
}

#[test]
fn what_a_policy_writes_is_the_engines_to_judge() {
    let (world, _) = world();
    assert_eq!(
        world.tell("acme", "/shape", "misdeed:nonsense"),
        "{\"userName\":"
    );
}

#[test]
fn a_bloated_instance_is_not_kept() {
    let (world, _) = world();
    assert_eq!(entitle(&world, "bloat"), format!("pro ({})", 200 << 20));
    assert_eq!(world.runtime.policies().idle(), 0);
}

#[test]
fn after_any_failure_the_next_question_is_answered() {
    let (world, _) = world();
    for misdeed in ["memory", "trap", "deep", "wide", "short", "sleep"] {
        assert_eq!(entitle(&world, "calls"), "pro (1)", "{misdeed}");
        assert!(entitle(&world, misdeed).starts_with("failed"), "{misdeed}");
        assert_eq!(
            world.runtime.policies().idle(),
            0,
            "{misdeed} must not leave its instance"
        );
    }
}
