//! `scimlet tenant create`.

use crate::{keys, world};

#[test]
fn create_prints_the_tenant_its_token_and_the_scope() {
    let made = world()
        .cli(&["tenant", "create", "cli-create", "--json"])
        .json();
    assert_eq!(keys(&made), ["scope", "tenant", "token"]);
    assert_eq!(made["tenant"], "cli-create");
    assert_eq!(made["scope"], "scim");
    assert!(
        made["token"].as_str().unwrap().len() >= 40,
        "256 bits do not fit into less"
    );
}

#[test]
fn create_says_the_token_without_json_too() {
    let cli = world().cli(&["tenant", "create", "cli-plain"]).done();
    let token = cli
        .stdout
        .split_whitespace()
        .max_by_key(|word| word.len())
        .unwrap();
    let actor = world().stranger(Some(format!("Bearer {token}")));
    actor.get("/Users").expect(200);
}

#[test]
fn create_takes_every_preset_of_the_contract() {
    for preset in [
        "rfc",
        "entra",
        "okta",
        "onelogin",
        "jumpcloud",
        "ping",
        "sailpoint",
    ] {
        let name = format!("cli-{preset}");
        world()
            .cli(&["tenant", "create", &name, "--preset", preset])
            .done();
        let settings = world()
            .cli(&["tenant", "settings", "--tenant", &name])
            .json();
        assert_eq!(settings["preset"], preset);
        let token = world()
            .cli(&["token", "create", "--tenant", &name, "--json"])
            .json();
        let actor = world().stranger(Some(format!("Bearer {}", token["token"].as_str().unwrap())));
        actor.get("/Users").expect(200);
    }
    world()
        .cli(&["tenant", "create", "cli-no-preset", "--preset", "nobody"])
        .wrong_usage();
}

#[test]
fn create_refuses_a_name_that_is_taken() {
    world().cli(&["tenant", "create", "cli-twice"]).done();
    let again = world().cli(&["tenant", "create", "cli-twice", "--json"]);
    assert!(again.refused().contains("cli-twice"), "{again:?}");
}

#[test]
fn create_refuses_names_that_no_path_can_hold() {
    for name in ["", "a b", "a/b", "..", "Ünï", "a\nb", &"a".repeat(500)] {
        let cli = world().cli(&["tenant", "create", name]);
        assert!([1, 2].contains(&cli.status), "{cli:?}");
    }
}
