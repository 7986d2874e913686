//! A question and its answer: what arrives, and which instance answers.

use std::sync::atomic::Ordering;
use std::thread;

use scimlet_runtime::{Hook, PolicyConfig};

use super::{install, policies, switch, that_says, world, world_with};
use crate::world::hostile_policy;

#[test]
fn the_engine_hears_what_is_installed() {
    let (world, _) = world_with(&that_says("lean:entitle"), policies());
    let said = world.body("acme", "/policy");
    let digest = world
        .tenants
        .policy
        .lock()
        .unwrap()
        .as_ref()
        .unwrap()
        .digest
        .clone();
    assert_eq!(said, format!("{digest} entitle"));
    assert_eq!(digest.len(), 64);
}

#[test]
fn answers_come_in_the_order_of_the_questions() {
    let (world, source) = world();
    let users = "a\nmisdeed:refuse\nmisdeed:nothing\nb";
    assert_eq!(
        world.tell("acme", "/entitle", users),
        "pro (default)\nrefused: notToday: The policy does not feel like it.\n\npro (default)"
    );
    assert_eq!(
        world.tell("acme", "/shape", "one\nmisdeed:refuse\ntwo"),
        "one\nrefused: notToday: The policy does not feel like it.\ntwo"
    );
    let hooks: Vec<_> = source
        .asked
        .lock()
        .unwrap()
        .iter()
        .map(|it| it.hook)
        .collect();
    assert_eq!(hooks, [Hook::Entitle, Hook::Shape]);
    assert_eq!(source.failures(), [None, None]);
}

#[test]
fn the_host_adds_the_tenant_to_the_context() {
    let (world, _) = world();
    assert_eq!(
        world.tell("acme", "/shape", "misdeed:context"),
        "Context { tenant: \"acme\", now: 1, principal: \"idp\", operation: \"create\" }"
    );
}

#[test]
fn many_users_are_asked_about_in_batches() {
    let (world, _) = world_with(
        hostile_policy(),
        PolicyConfig {
            batch: 100,
            ..policies()
        },
    );
    let users = vec!["misdeed:batch"; 250].join("\n");
    let told = world.tell("acme", "/entitle", &users);
    let batches: Vec<_> = told.lines().collect();
    assert_eq!(batches.len(), 250);
    assert_eq!((batches[0], batches[249]), ("pro (100)", "pro (50)"));
}

#[test]
fn no_question_is_no_call() {
    let (world, _) = world();
    assert_eq!(world.tell("acme", "/entitle", ""), "");
}

#[test]
fn a_warm_instance_answers_again() {
    let (world, _) = world();
    for calls in 1..4 {
        let told = world.tell("acme", "/entitle", "misdeed:calls");
        assert_eq!(told, format!("pro ({calls})"));
    }
    assert_eq!(world.runtime.policies().idle(), 1);
}

#[test]
fn tenants_with_the_same_policy_never_share_an_instance() {
    let (world, _) = world();
    for tenant in ["acme", "globex", "initech"] {
        let told = world.tell(tenant, "/entitle", "misdeed:calls");
        assert_eq!(told, "pro (1)", "{tenant}");
    }
    assert_eq!(world.runtime.policies().idle(), 3);
}

#[test]
fn another_policy_takes_over_at_the_next_request() {
    let (world, old) = world();
    world.tell("acme", "/entitle", "a");
    let (digest, hooks) = {
        let policy = world.tenants.policy.lock().unwrap();
        let policy = policy.as_ref().unwrap();
        (policy.digest.clone(), policy.hooks.clone())
    };
    let new = install(&world, &that_says("other:entitle"));
    assert_eq!(world.tell("acme", "/entitle", "misdeed:calls"), "pro (1)");
    assert_eq!(world.runtime.policies().idle(), 1, "the old one's is gone");
    assert_eq!((old.failures().len(), new.failures().len()), (1, 1));
    switch(&world, digest, hooks, &old);
    world.tell("acme", "/entitle", "a");
    assert_eq!(old.failures().len(), 2, "and back");
}

#[test]
fn code_that_is_compiled_is_not_read_again() {
    let (world, source) = world();
    world.tell("acme", "/entitle", "a");
    world.tell("globex", "/entitle", "a");
    assert_eq!(source.reads.load(Ordering::SeqCst), 0);
}

#[test]
fn many_threads_ask_at_once() {
    let (world, source) = world();
    thread::scope(|scope| {
        for tenant in ["acme", "globex", "acme", "globex", "acme", "globex"] {
            let world = &world;
            scope.spawn(move || {
                for _ in 0..20 {
                    let told = world.tell(tenant, "/shape", "misdeed:context");
                    assert!(told.contains(tenant), "{told}");
                }
            });
        }
    });
    assert_eq!(source.failures(), vec![None; 120]);
    assert!(world.runtime.policies().idle() <= 4, "two for each tenant");
}
