//! `scimlet tenant settings`.

use scimlet_tests::tenant::user_with;
use serde_json::{Value, json};

use crate::world;

fn replace(tenant: &str, settings: &str) -> scimlet_tests::Cli {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), settings).unwrap();
    let path = file.path().to_str().unwrap();
    world().cli(&["tenant", "settings", "--tenant", tenant, "--file", path])
}

fn shown(tenant: &str) -> Value {
    world()
        .cli(&["tenant", "settings", "--tenant", tenant])
        .json()
}

#[test]
fn a_new_tenant_has_settings_that_are_json() {
    let tenant = world().tenant("settings");
    assert!(shown(&tenant.name).is_object());
}

#[test]
fn what_was_set_is_shown() {
    let tenant = world().tenant("settings");
    replace(&tenant.name, r#"{"preset":"rfc"}"#).done();
    assert_eq!(shown(&tenant.name)["preset"], "rfc");
}

#[test]
fn a_change_takes_effect_at_the_next_request() {
    let tenant = world().tenant("settings");
    tenant.license("pro", "5", "waitlist");
    let scim = tenant.scim();
    scim.post("/Users", &user_with("before", &["Professional"]))
        .expect(201);
    replace(
        &tenant.name,
        r#"{"preset":"rfc","tolerances":{},"licensing":{}}"#,
    )
    .done();
    scim.post("/Users", &user_with("after", &["pro"]))
        .expect(201);
    assert_eq!(tenant.seats_used("pro"), 1);
}

#[test]
fn unknown_keys_are_refused_by_their_path_and_the_old_settings_stay() {
    let tenant = world().tenant("settings");
    replace(&tenant.name, r#"{"preset":"rfc"}"#).done();
    for (settings, path) in [
        (r#"{"preste":"rfc"}"#, "preste"),
        (r#"{"preset":"nobody"}"#, "$.preset"),
        (r#"{"licensing":{"sets":3}}"#, "$.licensing"),
        (r#"{"tolerances":{"kindness":true}}"#, "$.tolerances"),
        (r#"{"preset":7}"#, "$.preset"),
        ("[]", "$"),
        (r#"{"preset":"#, ""),
    ] {
        let refused = replace(&tenant.name, settings);
        assert_eq!(refused.status, 1, "{refused:?}");
        assert!(refused.stderr.contains(path), "{path} in {refused:?}");
        assert_eq!(shown(&tenant.name), json!({ "preset": "rfc" }));
    }
    tenant.scim().get("/Users").expect(200);
}

#[test]
fn reindexing_changes_nothing_that_a_client_sees() {
    let tenant = world().tenant("reindex");
    let scim = tenant.scim();
    let user = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName": "old",
        "title": "Tour Guide",
    });
    let before = scim.post("/Users", &user).expect(201);
    replace(&tenant.name, r#"{"indexes":{"User":["title"]}}"#).done();
    let reindex = ["tenant", "reindex", "--tenant", &tenant.name, "--json"];
    let said = world().cli(&reindex).json();
    assert_eq!(said["tenant"], tenant.name);
    let filtered = scim.get("/Users?filter=title%20eq%20%22tour%20guide%22");
    let list = filtered.expect(200);
    assert_eq!(list.at("/totalResults"), &json!(1));
    assert_eq!(list.at("/Resources/0/meta"), before.at("/meta"));
    assert_eq!(world().cli(&reindex).json()["rows"], 0);
}

#[test]
fn a_file_that_is_not_there_is_refused() {
    let tenant = world().tenant("settings");
    let cli = world().cli(&[
        "tenant",
        "settings",
        "--tenant",
        &tenant.name,
        "--file",
        "/none",
    ]);
    assert!(cli.refused().contains("/none"));
}

#[test]
fn a_tenant_that_is_not_there_is_refused() {
    assert!(
        world()
            .cli(&["tenant", "settings", "--tenant", "nobody"])
            .refused()
            .contains("nobody")
    );
}
