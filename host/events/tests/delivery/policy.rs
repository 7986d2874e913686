//! The one policy of trying again, as a function.

use std::time::Duration;

use proptest::prelude::*;
use scimlet_events::retry::{Fault, Policy};
use tokio::time::Instant;

use crate::stage::Clock;

fn policies() -> impl Strategy<Value = Policy> {
    prop_oneof![
        Just(Policy::DELIVERY),
        Just(Policy::PROBE),
        Just(Policy::QUESTION)
    ]
}

proptest! {
    #[test]
    fn no_wait_is_longer_than_its_ceiling(policy in policies(), tries in any::<u32>(), random in any::<u64>()) {
        let wait = policy.wait(tries, None, random);
        let doubled = 2_u32.saturating_pow(tries.saturating_sub(1));
        let ceiling = policy.first.saturating_mul(doubled).min(policy.most);
        prop_assert!(wait > Duration::ZERO && wait <= ceiling, "{wait:?} of {ceiling:?}");
    }

    #[test]
    fn what_is_asked_for_is_waited_for_within_the_bound(
        policy in policies(),
        tries in any::<u32>(),
        asked in 1..10_000_000_u64,
        random in any::<u64>(),
    ) {
        let asked = Duration::from_secs(asked);
        let wait = policy.wait(tries, Some(asked), random);
        let heeded = asked.min(policy.asked);
        prop_assert!(wait >= heeded && wait <= heeded + policy.first, "{wait:?}");
    }

    #[test]
    fn waits_are_spread_over_all_of_the_ceiling(policy in policies(), tries in 1..40_u32, seed in any::<u64>()) {
        let waits: Vec<_> = (0..200_u64)
            .map(|step| policy.wait(tries, None, seed.wrapping_add(step.wrapping_mul(0x9e37_79b9_7f4a_7c15))))
            .collect();
        let ceiling = policy.first.saturating_mul(2_u32.saturating_pow(tries - 1)).min(policy.most);
        let early = waits.iter().filter(|wait| **wait < ceiling / 2).count();
        prop_assert!((50..150).contains(&early), "{early} of 200 in the first half");
    }
}

#[tokio::test(start_paused = true)]
async fn runs_until_it_works() {
    let clock = Clock::new(1);
    let mut tries = 0;
    let work = || {
        tries += 1;
        let answer = match tries {
            5 => Ok("done"),
            _ => Err(Fault::Passing("later", None)),
        };
        async move { answer }
    };
    let done = Policy::QUESTION.run(clock.as_ref(), work).await;
    assert_eq!(done, Ok("done"));
}

#[tokio::test(start_paused = true)]
async fn gives_up_for_a_lasting_reason_and_after_its_time() {
    let clock = Clock::new(1);
    let done: Result<(), _> = Policy::QUESTION
        .run(clock.as_ref(), || async { Err(Fault::Lasting("never")) })
        .await;
    assert_eq!(done, Err("never"));
    let begun = Instant::now();
    let done: Result<(), _> = Policy::QUESTION
        .run(clock.as_ref(), || async {
            Err(Fault::Passing("later", None))
        })
        .await;
    assert_eq!(done, Err("later"));
    let took = begun.elapsed();
    let bounds = Policy::QUESTION.total..Policy::QUESTION.total + Policy::QUESTION.most;
    assert!(bounds.contains(&took), "{took:?}");
}
