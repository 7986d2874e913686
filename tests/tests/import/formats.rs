//! What files look like.

use std::io::Write as _;
use std::process::{Command, Stdio};

use scimlet_tests::server_binary;
use serde_json::json;

use crate::{ENTERPRISE, Folder, counts, user, world};

#[test]
fn a_sheet_says_what_its_columns_are_called() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let text = format!(
        "\u{feff}userName,name.givenName,\"emails[type eq \"\"work\"\"].value\",emails[type eq \"home\"].value,active,{ENTERPRISE}:department,\"entitlements\",roles.value\r\n\
         ann@x,\"Ann \"\"A\"\" Lee\",ann@work,,TRUE,\"R, D\r\n& more\",basic;pro,a\r\n\
         \r\n\
         bob@x,,bob@work,bob@home,false,,,\r\n"
    );
    let done = folder.import(&tenant, "u.csv", &text, &["--json"]);
    let said = counts(&done, [2, 0, 0, 0]);
    assert_eq!(said["rows"], 2);
    assert_eq!(said["refusedFile"], json!(null));
    let ann = user(&tenant, "ann@x");
    assert_eq!(ann["name"], json!({ "givenName": "Ann \"A\" Lee" }));
    assert_eq!(
        ann["emails"],
        json!([{ "type": "work", "value": "ann@work" }])
    );
    assert_eq!(ann["active"], true);
    assert_eq!(ann[ENTERPRISE], json!({ "department": "R, D\r\n& more" }));
    assert_eq!(
        ann["entitlements"],
        json!([{ "value": "basic" }, { "value": "pro" }])
    );
    assert_eq!(ann["roles"], json!([{ "value": "a" }]));
    let bob = user(&tenant, "bob@x");
    assert_eq!(bob["active"], false);
    assert_eq!(
        bob["emails"],
        json!([{ "type": "work", "value": "bob@work" }, { "type": "home", "value": "bob@home" }])
    );
    assert_eq!(bob.get(ENTERPRISE), None, "an empty field says nothing");
}

#[test]
fn lines_of_json_are_resources_as_scim_has_them() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let ann = json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "id": "from elsewhere", "meta": { "resourceType": "User", "version": "W/\"77\"" },
        "userName": "ann@x", "groups": [{ "value": "there" }], "title": "Boss",
        ENTERPRISE: { "department": "R&D" },
    });
    let text = format!("\u{feff}{ann}\r\n\r\n  {{\"userName\":\"bob@x\"}}");
    counts(
        &folder.import(&tenant, "u.ndjson", &text, &["--json"]),
        [2, 0, 0, 0],
    );
    let ann = user(&tenant, "ann@x");
    assert_eq!(
        (&ann["title"], &ann[ENTERPRISE]["department"]),
        (&json!("Boss"), &json!("R&D"))
    );
    assert_ne!(ann["id"], "from elsewhere");
    assert_eq!(ann.get("groups"), None);
    user(&tenant, "bob@x");
}

#[test]
fn what_a_file_is_shows_where_its_name_does_not_say_it() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    counts(
        &folder.import(&tenant, "a", "userName\nann", &["--json"]),
        [1, 0, 0, 0],
    );
    let json = "\n{\"userName\":\"bob\"}";
    counts(
        &folder.import(&tenant, "b.txt", json, &["--json"]),
        [1, 0, 0, 0],
    );
}

#[test]
fn standard_input_is_a_file_too() {
    let tenant = world().tenant("import");
    let mut child = Command::new(server_binary!())
        .args(["import", "-", "--json", "--tenant", &tenant.name])
        .args(["--data", world().data_path()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(b"userName\nann\n")
        .unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    user(&tenant, "ann");
}

#[test]
fn a_file_that_cannot_be_read_to_its_end_changes_nothing() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let unclosed = "userName,title\nann,x\nbob,\"open\ncid,x\n";
    let why = folder.import(&tenant, "u.csv", unclosed, &[]);
    assert!(why.refused().contains("line 3"), "{why:?}");
    folder.write("l.csv", b"userName\nann\nJos\xe9\n");
    let why = folder.again(&tenant, "l.csv", &[]);
    assert!(why.refused().contains("line 3 is not UTF-8"), "{why:?}");
    folder.again(&tenant, "nowhere.csv", &[]).refused();
    folder.import(&tenant, "empty.csv", "", &[]).refused();
    let users = tenant.scim().get("/Users").expect(200);
    assert_eq!(users.body["totalResults"], 0);
    assert!(!folder.has("u.csv.import.json"), "nothing to go on with");
}
