//! Each limit, from the guest's side: what exceeds it is stopped, named, and gone.

use std::time::{Duration, Instant};

use scimlet_runtime::{CallError, FaultKind, Limits};

use crate::world::{World, small};

/// Short enough for a test, long enough for a guest on a busy machine.
fn hasty() -> Limits {
    Limits {
        guest_time: Duration::from_millis(300),
        ..Limits::default()
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the test is about time")]
fn an_endless_loop_is_stopped_in_time() {
    let world = World::limited(hasty());
    let begun = Instant::now();
    let fault = world.fault("/loop");
    assert_eq!(fault.kind, FaultKind::Time);
    assert!(
        begun.elapsed() >= Duration::from_millis(290),
        "{:?}",
        begun.elapsed()
    );
    assert!(
        begun.elapsed() < Duration::from_secs(5),
        "{:?}",
        begun.elapsed()
    );
    assert!(CallError::from(fault).is_timeout());
}

#[test]
fn settings_that_never_end_are_stopped() {
    let world = World::limited(hasty());
    let error = world.call("loop", "/ok").unwrap_err();
    assert!(matches!(error, CallError::Guest(fault) if fault.kind == FaultKind::Time));
}

#[test]
fn waiting_for_the_store_does_not_count() {
    let world = World::limited(hasty());
    *world.tenants.store.delay.lock().unwrap() = Duration::from_millis(700);
    assert_eq!(world.body("acme", "/slow"), "Ok([])");
}

#[test]
fn a_memory_bomb_does_not_go_off() {
    let world = World::new(small());
    for path in ["/memory", "/big"] {
        assert_eq!(world.fault(path).kind, FaultKind::Memory, "{path}");
    }
}

#[test]
fn no_more_may_be_handed_over_than_the_host_will_hold() {
    let world = World::new(small());
    for path in ["/wide", "/flood"] {
        assert_eq!(world.fault(path).kind, FaultKind::Transfer, "{path}");
    }
}

#[test]
fn asking_without_end_is_stopped() {
    let world = World::limited(Limits {
        host_calls: 100,
        ..Limits::default()
    });
    assert_eq!(world.fault("/calls").kind, FaultKind::HostCalls);
}

#[test]
fn host_calls_are_counted_for_each_request() {
    let world = World::limited(Limits {
        host_calls: 6,
        ..Limits::default()
    });
    for _ in 0..5 {
        world.call("acme", "/store").unwrap();
    }
    assert_eq!(world.runtime.idle(), 1);
}

#[test]
fn recursion_ends_with_the_stack() {
    assert_eq!(World::new(small()).fault("/deep").kind, FaultKind::Stack);
}

#[test]
fn a_trap_is_a_crash() {
    let fault = World::new(small()).fault("/trap");
    assert_eq!(fault.kind, FaultKind::Crash);
    assert!(fault.cause.contains("unreachable"), "{}", fault.cause);
}

#[test]
fn a_panic_leaves_its_message() {
    let fault = World::new(small()).fault("/panic");
    assert_eq!(fault.kind, FaultKind::Crash);
    assert!(
        fault.stderr.contains("the path made me do it"),
        "{}",
        fault.stderr
    );
    assert!(
        !fault.to_string().contains("made me"),
        "stderr is for the operator alone"
    );
}

#[test]
fn noise_is_bounded_and_the_last_words_stay() {
    let fault = World::new(small()).fault("/noise");
    assert!(fault.stderr.len() <= 4096);
    assert!(fault.stderr.contains("here is Johnny"), "{}", fault.stderr);
}

#[test]
fn after_any_fault_the_next_request_works() {
    let world = World::limited(hasty());
    for path in [
        "/loop", "/memory", "/trap", "/panic", "/deep", "/wide", "/sleep",
    ] {
        assert_eq!(world.body("acme", "/ok"), "ok");
        world.fault(path);
        assert_eq!(
            world.runtime.idle(),
            0,
            "{path} must not leave its instance"
        );
        assert_eq!(world.body("acme", "/ok"), "ok");
    }
}
