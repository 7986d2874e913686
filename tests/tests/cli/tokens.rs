//! `scimlet token`: bearer tokens and Basic passwords.

use scimlet_tests::tenant::{basic_header, user};
use serde_json::Value;

use crate::{keys, world};

#[test]
fn create_prints_the_token_its_id_and_the_scope() {
    let tenant = world().tenant("tokens");
    for scope in ["scim", "scim:read", "admin"] {
        let made = tenant.new_credential(&["--scope", scope]);
        assert_eq!(keys(&made), ["id", "scope", "token"]);
        assert_eq!(made["scope"], scope);
        tenant
            .bearer(made["token"].as_str().unwrap())
            .get("/Users")
            .expect(200);
    }
}

#[test]
fn the_scope_is_scim_when_not_said() {
    assert_eq!(
        world().tenant("tokens").new_credential(&[])["scope"],
        "scim"
    );
}

#[test]
fn basic_prints_a_user_name_and_a_password() {
    let tenant = world().tenant("tokens");
    let made = tenant.new_credential(&["--basic", "--scope", "scim:read"]);
    assert_eq!(keys(&made), ["id", "password", "scope", "username"]);
    assert_eq!(made["scope"], "scim:read");
    let text = |key: &str| made[key].as_str().unwrap().to_owned();
    let actor = world().stranger(Some(basic_header(&text("username"), &text("password"))));
    actor.get("/Users").expect(200);
    actor.post("/Users", &user("a")).error(403, None);
    let wrong = world().stranger(Some(basic_header(&text("username"), "wrong")));
    wrong.get("/Users").error(401, None);
}

#[test]
fn a_token_made_beside_the_server_works_at_the_next_request_and_stops_when_revoked() {
    let tenant = world().tenant("tokens");
    let made = tenant.new_credential(&["--scope", "scim"]);
    let (token, id) = (
        made["token"].as_str().unwrap(),
        made["id"].as_str().unwrap(),
    );
    let actor = tenant.bearer(token);
    actor.post("/Users", &user("a")).expect(201);
    world().cli(&["token", "revoke", id]).done();
    actor.get("/Users").error(401, None);
    tenant.scim().get("/Users").expect(200);
}

#[test]
fn a_basic_credential_stops_when_revoked() {
    let tenant = world().tenant("tokens");
    let made = tenant.new_credential(&["--basic"]);
    let text = |key: &str| made[key].as_str().unwrap().to_owned();
    let actor = world().stranger(Some(basic_header(&text("username"), &text("password"))));
    actor.get("/Users").expect(200);
    world().cli(&["token", "revoke", &text("id")]).done();
    actor.get("/Users").error(401, None);
}

#[test]
fn list_shows_all_credentials_and_no_secret() {
    let tenant = world().tenant("tokens");
    let made = tenant.new_credential(&["--scope", "admin"]);
    let cli = world().cli(&["token", "list", "--tenant", &tenant.name, "--json"]);
    let list = cli.json();
    let ids: Vec<&Value> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|one| &one["id"])
        .collect();
    assert_eq!(ids.len(), 2, "{list}");
    assert!(ids.contains(&&made["id"]), "{list}");
    assert!(!cli.stdout.contains(made["token"].as_str().unwrap()));
    assert!(!cli.stdout.contains(&tenant.token));
    world()
        .cli(&["token", "list", "--tenant", &tenant.name])
        .done();
}

#[test]
fn unknown_tenants_ids_and_scopes_are_refused() {
    let tenant = world().tenant("tokens");
    world()
        .cli(&["token", "create", "--tenant", "nobody"])
        .refused();
    world()
        .cli(&["token", "list", "--tenant", "nobody"])
        .refused();
    world().cli(&["token", "revoke", "none"]).refused();
    world()
        .cli(&[
            "token",
            "create",
            "--tenant",
            &tenant.name,
            "--scope",
            "root",
        ])
        .wrong_usage();
}
