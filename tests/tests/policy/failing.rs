//! A policy that traps, hangs or is not there: what the tenant has chosen happens, and is mended.

use scimlet_engine::facts::Broken;
use serde_json::json;

use crate::world::{Rules, World, user};

const ALL: [Broken; 6] = [
    Broken::Trapped,
    Broken::Deadline,
    Broken::TooLarge,
    Broken::Nonsense,
    Broken::Suspended,
    Broken::Unavailable,
];

/// Grants what is proposed, and `basic` to everybody.
fn works() -> Rules {
    Rules {
        entitle: Some(|_, _, proposed| {
            let is_asked = |sku: &&str| *sku == "basic" || proposed.iter().any(|it| it == sku);
            Ok(["pro", "basic"].into_iter().filter(is_asked).collect())
        }),
        ..Rules::default()
    }
}

fn fails(broken: Broken) -> Rules {
    Rules {
        broken: Some(broken),
        ..works()
    }
}

fn world(on_failure: &str) -> World {
    let mut world = World::new(&json!({ "policy": { "onFailure": on_failure } }), works());
    for sku in ["pro", "basic"] {
        world.license(sku, 10);
    }
    world
}

#[test]
fn refuse_refuses_what_adds() {
    let mut world = world("refuse");
    let ann = world.user(&json!({ "userName": "ann", "asks": ["pro"] }));
    for broken in ALL {
        world.rules(fails(broken));
        let bob = user(&json!({ "userName": "bob", "asks": ["pro"] }));
        assert_eq!(world.refused("POST", "/Users", &bob).0, 503, "{broken:?}");
        world.patch(
            &ann,
            &json!({ "op": "replace", "path": "title", "value": format!("{broken:?}") }),
        );
        let same = ["pro active entitlements", "basic active policy"];
        assert_eq!(world.has(&ann), same);
    }
}

#[test]
fn ignore_grants_and_marks_and_asks_again() {
    let mut world = world("ignore");
    world.rules(fails(Broken::Trapped));
    let ann = world.user(&json!({ "userName": "ann", "asks": ["pro"] }));
    let marked = ["pro active policyFailed entitlements"];
    assert_eq!(world.has(&ann), marked);
    world.sweep();
    assert_eq!(world.has(&ann), marked);
    world.rules(works());
    world.sweep();
    let settled = ["pro active entitlements", "basic active policy"];
    assert_eq!(world.has(&ann), settled);
    // Nobody is asked about again who is settled.
    world.asked();
    world.sweep();
    assert_eq!(world.asked(), [] as [&str; 0]);
}

#[test]
fn what_is_added_beside_a_removal_waits_for_the_policy() {
    let mut world = world("refuse");
    let ann = world.user(&json!({ "userName": "ann", "asks": ["basic"] }));
    world.rules(fails(Broken::Deadline));
    let swap = json!({ "op": "replace", "path": "entitlements", "value": [{ "value": "pro" }] });
    world.patch(&ann, &swap);
    assert_eq!(world.has(&ann), ["pro blocked policyFailed entitlements"]);
    world.rules(works());
    world.sweep();
    assert_eq!(
        world.has(&ann),
        ["pro active entitlements", "basic active policy"]
    );
}
