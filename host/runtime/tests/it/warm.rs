//! Which instance answers: warm ones for their tenant and revision, fresh ones otherwise.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use scimlet_runtime::{CallError, Config, HostError};
use scimlet_store::{Failure, Store};

use crate::world::{World, request, small};

#[test]
fn a_warm_instance_answers_again() {
    let world = World::new(small());
    assert_eq!(world.body("acme", "/state"), "acme 1");
    assert_eq!(world.body("acme", "/state"), "acme 2");
    assert_eq!(world.tenants.opened.load(Ordering::SeqCst), 1);
    assert_eq!(world.runtime.idle(), 1);
}

#[test]
fn tenants_never_share_an_instance() {
    let world = World::new(small());
    assert_eq!(world.body("acme", "/state"), "acme 1");
    assert_eq!(world.body("globex", "/state"), "globex 1");
    assert_eq!(world.body("acme", "/state"), "acme 2");
    assert_eq!(world.runtime.idle(), 2);
}

#[test]
fn new_settings_take_a_fresh_instance() {
    let world = World::new(small());
    assert_eq!(world.body("acme", "/state"), "acme 1");
    world.tenants.revision.store(2, Ordering::SeqCst);
    assert_eq!(world.body("acme", "/state"), "acme 1");
    assert_eq!(world.body("acme", "/state"), "acme 2");
    assert_eq!(world.runtime.idle(), 1, "the old one is gone");
}

#[test]
fn a_bloated_instance_is_not_kept() {
    let world = World::new(small());
    assert_eq!(world.body("acme", "/bloat"), (32 << 20).to_string());
    assert_eq!(world.runtime.idle(), 0);
}

#[test]
fn handle_and_preview_reach_their_functions() {
    let world = World::new(small());
    assert_eq!(world.call("acme", "/ok").unwrap().status, 200);
    let answer = world
        .runtime
        .preview(&world.tenants, "acme", 1, request("/ok"))
        .unwrap();
    assert_eq!(answer.status, 299);
}

#[test]
fn steps_of_reindexing_reach_their_function() {
    let world = World::new(small());
    let step = |after| world.runtime.reindex(&world.tenants, "acme", 1, after, 7);
    let first = step(None).unwrap();
    assert_eq!((first.rows, first.total), (7, Some(14)));
    assert_eq!(step(first.next.as_deref()).unwrap().next, None);
    let refused = step(Some("nonsense"));
    assert!(matches!(refused, Err(CallError::Refused(why)) if why == "nonsense"));
    assert_eq!(world.runtime.idle(), 1, "a refusal is no fault");
}

#[test]
fn steps_of_what_is_due_reach_their_function() {
    let world = World::new(small());
    let step = |seed| world.runtime.sweep(&world.tenants, "acme", 1, 1000, seed);
    assert_eq!(step((0, 0)).unwrap(), None);
    assert_eq!(step((0, 7)).unwrap(), Some(1007));
    let refused = step((1, 0));
    assert!(matches!(refused, Err(CallError::Refused(why)) if why == "nonsense"));
    assert_eq!(world.runtime.idle(), 1, "a refusal is no fault");
}

#[test]
fn a_tenant_that_does_not_open_has_no_instance() {
    let world = World::new(small());
    assert!(matches!(
        world.call("nobody", "/ok"),
        Err(CallError::NoSuchTenant)
    ));
    assert!(
        world
            .call("unreachable", "/ok")
            .unwrap_err()
            .is_unavailable()
    );
    assert!(world.call("slow", "/ok").unwrap_err().is_timeout());
    let error = world.call("bad", "/ok").unwrap_err();
    assert!(matches!(error, CallError::Settings(problems) if problems.len() == 1));
    assert!(matches!(
        world.call("panic", "/ok"),
        Err(CallError::Guest(_))
    ));
    assert_eq!(world.runtime.idle(), 0);
}

#[test]
fn problems_are_told_with_their_place() {
    let world = World::new(small());
    let problems = world.runtime.problems("bad", None).unwrap();
    assert_eq!(problems.first().unwrap().path, "$.licensing");
    assert_eq!(world.runtime.problems("good", None).unwrap(), []);

    let store = Arc::clone(&world.tenants.store);
    let check = || {
        world
            .runtime
            .problems("good", Some(Arc::clone(&store) as Arc<dyn Store>))
    };
    assert_eq!(check().unwrap(), []);
    *store.failure.lock().unwrap() = Some(Failure::Timeout);
    assert_eq!(check().unwrap().first().unwrap().path, "$");
}

#[test]
fn a_warm_instance_gives_way_to_another_tenants_request() {
    let world = World::new(Config {
        max_instances: 1,
        ..small()
    });
    assert_eq!(world.body("acme", "/state"), "acme 1");
    assert_eq!(world.body("globex", "/state"), "globex 1");
    assert_eq!(world.runtime.idle(), 1);
}

#[test]
fn says_so_where_all_instances_are_at_work() {
    let world = World::new(Config {
        max_instances: 1,
        ..small()
    });
    *world.tenants.store.delay.lock().unwrap() = Duration::from_millis(500);
    thread::scope(|scope| {
        let slow = scope.spawn(|| world.call("acme", "/slow").map(drop));
        while world.tenants.opened.load(Ordering::SeqCst) == 0 {
            thread::yield_now();
        }
        thread::park_timeout(Duration::from_millis(100));
        let error = world.call("globex", "/ok").unwrap_err();
        assert!(
            matches!(error, CallError::Host(HostError::NoRoom)),
            "{error}"
        );
        assert!(error.is_unavailable());
        slow.join().unwrap().unwrap();
    });
    assert_eq!(world.body("globex", "/ok"), "ok");
}

#[test]
fn many_threads_share_one_runtime() {
    let world = World::new(small());
    thread::scope(|scope| {
        for tenant in ["acme", "globex", "initech", "hooli"] {
            let world = &world;
            scope.spawn(move || {
                for _ in 0..50 {
                    assert!(world.body(tenant, "/state").starts_with(tenant));
                }
            });
        }
    });
    assert_eq!(world.runtime.idle(), 4);
}
