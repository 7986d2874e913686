//! A policy in force: what it does to requests of its tenant, and what it cannot do to others.

use std::thread;
use std::time::{Duration, Instant};

use scimlet_tests::tenant::{user, user_with};
use scimlet_tests::{Answer, Tenant, private_world, shared_world};
use serde_json::{Value, json};

use crate::{hostile, install, policy, that_says};

/// A user of whom the policy is asked this.
fn misdeed(name: &str, word: &str) -> Value {
    let mut user = user_with(name, &["pro"]);
    user["nickName"] = json!(format!("misdeed:{word}"));
    user
}

fn with_license<'a>(name: &str) -> Tenant<'a> {
    let tenant = shared_world!().tenant(name);
    tenant.license("pro", "5", "deny");
    tenant
}

fn post(tenant: &Tenant<'_>, user: &Value) -> Answer {
    tenant.scim().post("/Users", user)
}

#[test]
fn a_policy_is_in_force_from_the_next_request_on_and_so_is_its_rollback() {
    let tenant = with_license("policy-force");
    post(&tenant, &misdeed("ann", "refuse")).expect(201);
    install(&tenant, &that_says("strict:entitle"));
    let refused = post(&tenant, &misdeed("bob", "refuse")).error(403, Some("policyRefused"));
    assert!(
        refused.str_at("/detail").contains("does not feel like it"),
        "{refused:?}"
    );
    post(&tenant, &user_with("cid", &["pro"])).expect(201);
    policy(&tenant, &["rollback"]).done();
    post(&tenant, &misdeed("bob", "refuse")).expect(201);
}

#[test]
fn every_misdeed_is_an_answer_and_the_next_request_works() {
    let tenant = with_license("policy-misdeeds");
    install(&tenant, hostile());
    for (word, seats) in [
        ("memory", 1),
        ("deep", 2),
        ("wide", 3),
        ("nonsense", 4),
        ("short", 5),
    ] {
        let failed = post(&tenant, &misdeed("eve", word)).error(503, None);
        assert!(failed.header("retry-after").is_some(), "{word}: {failed:?}");
        post(&tenant, &user_with(&format!("good-{word}"), &["pro"])).expect(201);
        assert_eq!(tenant.seats_used("pro"), seats, "{word}");
    }
}

#[test]
fn a_policy_that_loops_keeps_no_leaver() {
    let tenant = with_license("policy-leaver");
    let ann = post(&tenant, &misdeed("ann", "loop")).expect(201).id();
    install(&tenant, hostile());
    assert_eq!(tenant.seats_used("pro"), 1);
    // Both hooks are asked about what makes them loop.
    let leave = json!([
        { "op": "replace", "path": "active", "value": false },
        { "op": "replace", "path": "title", "value": "misdeed:loop" },
    ]);
    let left = tenant.scim().patch(&format!("/Users/{ann}"), &leave);
    assert!([200, 204].contains(&left.status), "{left:?}");
    assert_eq!(tenant.seats_used("pro"), 0);
    tenant.scim().delete(&format!("/Users/{ann}")).expect(204);
}

#[test]
fn a_policy_that_loops_holds_up_nobody_else() {
    let (hostile_one, other) = (with_license("policy-loops"), with_license("policy-victim"));
    install(&hostile_one, hostile());
    let patience = Duration::from_secs(10);
    thread::scope(|scope| {
        for number in 0..12 {
            let tenant = &hostile_one;
            scope.spawn(move || {
                let user = misdeed(&format!("eve-{number}"), "loop");
                post(tenant, &user).error(503, None);
            });
        }
        for number in 0..5 {
            let begun = Instant::now();
            post(&other, &user_with(&format!("good-{number}"), &["pro"])).expect(201);
            assert!(begun.elapsed() < patience, "{:?}", begun.elapsed());
        }
    });
}

#[test]
fn a_policy_that_fails_is_suspended_and_works_again_later() {
    let world = private_world!();
    let (tenant, other) = (world.tenant("policy-broken"), world.tenant("policy-whole"));
    for tenant in [&tenant, &other] {
        tenant.license("pro", "9", "deny");
        install(tenant, hostile());
    }
    for number in 0..5 {
        post(&tenant, &misdeed(&format!("eve-{number}"), "trap")).error(503, None);
    }
    post(&tenant, &user_with("good", &["pro"])).error(503, None);
    post(&other, &user_with("good", &["pro"])).expect(201);
    assert!(world.metric("policies_suspended") > 0.5);
    assert!(world.metric("policy_failures") >= 6.0);
    assert!(world.metric("policy_call_duration_seconds_count") > 6.0);

    // What asks for nothing needs no policy's word.
    tenant.scim().get("/Users").expect(200);
    thread::sleep(Duration::from_secs(31));
    post(&tenant, &user_with("good", &["pro"])).expect(201);
    assert!(world.metric("policies_suspended") < 0.5);
}

#[test]
fn a_failure_is_logged_once_without_anybodys_name() {
    let world = private_world!();
    let tenant = world.tenant("policy-logged");
    tenant.license("pro", "9", "deny");
    install(&tenant, &that_says("logged:entitle"));
    post(&tenant, &misdeed("zaphod", "panic")).error(503, None);
    thread::sleep(Duration::from_millis(200));
    let logs = world.logs();
    let told: Vec<_> = logs
        .lines()
        .filter(|line| line.contains("the policy failed"))
        .collect();
    assert_eq!(told.len(), 1, "{logs}");
    for word in [tenant.name.as_str(), "trapped", "entitle", "unreachable"] {
        assert!(told[0].contains(word), "`{word}` is not in {}", told[0]);
    }
    assert!(
        !logs.contains("zaphod") && !logs.contains("made me do it"),
        "{logs}"
    );
}

#[test]
fn a_failure_is_ignored_where_the_tenant_says_so() {
    let tenant = with_license("policy-ignored");
    install(&tenant, hostile());
    let settings = json!({ "policy": { "onFailure": "ignore" } }).to_string();
    let settings = crate::file("policy-ignore.json", settings);
    let command = ["tenant", "settings", "--tenant", &tenant.name, "--file"];
    let command = [&command[..], &[settings.to_str().unwrap()]].concat();
    tenant.world.cli(&command).done();
    post(&tenant, &misdeed("ann", "trap")).expect(201);
    assert_eq!(tenant.seats_used("pro"), 1);
    post(&tenant, &user("bob")).expect(201);
}
