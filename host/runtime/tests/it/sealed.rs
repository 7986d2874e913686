//! A component sees nothing of the world, and cannot hold it up.

use scimlet_runtime::FaultKind;

use crate::world::{World, small};

#[test]
fn there_is_no_world() {
    let seen = World::new(small()).body("acme", "/world");
    assert!(seen.starts_with("args [] env [] time Some(0ns) "), "{seen}");
    assert!(seen.ends_with("file false"), "{seen}");
}

#[test]
fn no_run_can_be_told_from_another() {
    let (one, other) = (World::new(small()), World::new(small()));
    assert_eq!(one.body("acme", "/world"), other.body("globex", "/world"));
}

#[test]
fn sleep_and_exit_are_forbidden() {
    let world = World::new(small());
    for path in ["/sleep", "/exit"] {
        let fault = world.fault(path);
        assert_eq!(fault.kind, FaultKind::Forbidden, "{path}: {}", fault.cause);
        assert!(fault.cause.contains("wasi:"), "{}", fault.cause);
    }
}

#[test]
fn an_absent_policy_is_not_installed_and_cannot_be_asked() {
    let world = World::new(small());
    assert_eq!(world.body("acme", "/policy"), "nothing");
    for path in ["/shape", "/entitle"] {
        assert_eq!(world.tell("acme", path, "{}"), "failed: unavailable");
    }
}
