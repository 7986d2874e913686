//! What columns are, and what is said of those that are none.

use serde_json::json;

use crate::{Folder, counts, user, world};

#[test]
fn a_column_of_another_name_is_mapped_or_left_out() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let text = "Login,Nr,Shoes\nann@x,7,39\n";
    let why = folder.import(&tenant, "u.csv", text, &[]);
    assert!(
        why.refused().contains("`Login` is no attribute of User"),
        "{why:?}"
    );
    let options = [
        "--map",
        "Login=userName",
        "--map",
        "Nr=externalId",
        "--map",
        "Shoes=",
        "--json",
    ];
    let said = counts(&folder.again(&tenant, "u.csv", &options), [1, 0, 0, 0]);
    assert_eq!(said["ignored"], json!(["Shoes"]));
    assert_eq!(user(&tenant, "ann@x")["externalId"], "7");
    let options = ["--map", "Login=userName", "--ignore-unknown", "--json"];
    let said = counts(&folder.again(&tenant, "u.csv", &options), [0, 0, 1, 0]);
    assert_eq!(said["ignored"], json!(["Nr", "Shoes"]));
}

#[test]
fn a_header_that_cannot_be_meant_is_refused() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    for (header, options, part) in [
        ("userName,USERNAME", &[][..], "twice"),
        ("userName,groups.value", &[], "cannot be set"),
        ("userName,name", &[], "name one"),
        ("userName,name.shoes", &[], "no part `shoes`"),
        ("userName,emails[type].value", &[], "selected"),
        (
            "userName",
            &["--map", "Login=userName"],
            "no column `Login`",
        ),
        ("userName", &["--type", "Shoe"], "no resource type `Shoe`"),
    ] {
        let why = folder.import(&tenant, "u.csv", &format!("{header}\nann,x\n"), options);
        assert!(why.refused().contains(part), "{header}: {why:?}");
    }
    let json = "{\"userName\":\"ann\"}";
    folder
        .import(&tenant, "u.jsonl", json, &["--map", "a=userName"])
        .refused();
    folder
        .again(&tenant, "u.jsonl", &["--map", "a"])
        .wrong_usage();
}

#[test]
fn a_tenants_own_attributes_and_types_are_imported_like_any_other() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let settings = json!({
        "schemas": [
            { "id": "urn:example:hr:User", "attributes": [{ "name": "floor", "type": "integer" }] },
            { "id": "urn:example:Device", "attributes": [{ "name": "serial", "type": "string", "required": true }] },
        ],
        "resourceTypes": [
            { "name": "User", "schemaExtensions": [{ "schema": "urn:example:hr:User", "required": false }] },
            { "name": "Device", "endpoint": "/Devices", "schema": "urn:example:Device" },
        ],
    });
    let path = folder.write("settings.json", settings.to_string());
    let path = path.to_str().unwrap();
    world()
        .cli(&[
            "tenant",
            "settings",
            "--tenant",
            &tenant.name,
            "--file",
            path,
        ])
        .done();
    let text = "userName,urn:example:hr:User:floor\nann,3\nbob,high\n";
    counts(
        &folder.import(&tenant, "u.csv", text, &["--json"]),
        [1, 0, 0, 1],
    );
    assert_eq!(user(&tenant, "ann")["urn:example:hr:User"]["floor"], 3);
    let text = "serial,externalId\nA7,d1\nB8,d2\n";
    let device = ["--type", "Device", "--json"];
    counts(
        &folder.import(&tenant, "d.csv", text, &device),
        [2, 0, 0, 0],
    );
    let text = "serial,externalId\nA7,d1\nB9,d2\n";
    counts(
        &folder.import(&tenant, "d.csv", text, &device),
        [0, 1, 1, 0],
    );
}
