//! An import that is killed on the way ends as one that was not.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use scimlet_tests::{Request, Tenant, server_binary};
use serde_json::{Value, json};

use crate::{ENTERPRISE, EXTENSION, Folder, counts, said, world};

/// Rows of users.
const USERS: usize = 3000;
const GROUPS: usize = 12;

/// Where the import is killed: how many rows of which walk are written down.
const POINTS: [(&str, u64); 3] = [("resources", 500), ("resources", 2000), ("ties", 0)];

#[test]
fn an_import_killed_three_times_ends_as_one_that_was_not() {
    let folder = Folder::new();
    folder.write("all.jsonl", file());
    let (whole, broken) = (prepared("whole"), prepared("broken"));
    let whole_said = folder.again(&whole, "all.jsonl", &["--json"]);
    let whole_said = said(&whole_said);
    let refused = folder.read("all.jsonl.refused.jsonl");
    for (phase, row) in POINTS {
        kill_at(&folder, &broken, phase, row);
    }
    let last = folder.again(&broken, "all.jsonl", &["--json"]);
    let mut last_said = said(&last);
    assert_eq!(last_said["resumed"], true);
    assert_eq!(last_said["refused"], whole_said["refused"]);
    for name in ["tenant", "resumed"] {
        last_said[name].clone_from(&whole_said[name]);
    }
    assert_eq!(
        last_said, whole_said,
        "each row counts once, as what it was the first time"
    );
    assert_eq!(folder.read("all.jsonl.refused.jsonl"), refused);
    assert_eq!(state_of(&broken), state_of(&whole));
    assert!(!folder.has("all.jsonl.import.json"), "nothing is left");
    assert!(
        !folder.has("all.jsonl.import.json.links"),
        "nothing is left"
    );
    let verify = ["verify", "--tenant", &broken.name];
    broken.world.cli(&verify).done();
}

#[test]
fn an_import_goes_on_with_the_same_file_and_the_same_options_only() {
    let (tenant, other, folder) = (prepared("same"), prepared("other"), Folder::new());
    folder.write("all.jsonl", file());
    kill_at(&folder, &tenant, "resources", 500);
    for (tenant, options, part) in [
        (&tenant, &["--existing", "skip"][..], "options"),
        (&other, &[], "another tenant"),
    ] {
        let why = folder.again(tenant, "all.jsonl", options);
        assert!(why.refused().contains(part), "{why:?}");
    }
    let text = folder.read("all.jsonl");
    let why = folder.import(&tenant, "all.jsonl", &format!("{text}{{}}\n"), &[]);
    assert!(why.refused().contains("another file"), "{why:?}");
    // Who removes the state begins anew, and finds who is there.
    fs::remove_file(folder.path("all.jsonl.import.json")).unwrap();
    let done = said(&folder.again(&tenant, "all.jsonl", &["--json"]));
    assert_eq!(done["resumed"], false);
    assert!(done["unchanged"].as_u64().unwrap() >= 400, "{done}");
}

#[test]
fn a_state_elsewhere_is_kept_elsewhere() {
    let (tenant, folder) = (world().tenant("import"), Folder::new());
    let state = folder.path("elsewhere");
    let options = ["--state", state.to_str().unwrap(), "--json"];
    counts(
        &folder.import(&tenant, "u.csv", "userName\nann\n", &options),
        [1, 0, 0, 0],
    );
    assert!(!folder.has("elsewhere"));
    fs::write(&state, "no state").unwrap();
    folder.again(&tenant, "u.csv", &options).refused();
}

/// A tenant with a license that is too small for all who ask for it.
fn prepared(name: &str) -> Tenant<'static> {
    let tenant = world().tenant(name);
    tenant.license("pro", "700", "waitlist");
    tenant.license("few", "3", "deny");
    tenant
}

/// Users who have managers further down, groups above their members, and rows that are refused.
fn file() -> String {
    let mut text = String::new();
    let mut push = |row: Value| text += &format!("{row}\n");
    for group in 0..GROUPS {
        let members = (group..USERS).step_by(GROUPS * 2);
        let members: Vec<_> = members
            .map(|it| json!({ "value": format!("u{it}") }))
            .collect();
        let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
        push(json!({ "schemas": [schema], "id": format!("g{group}"),
            "displayName": format!("Group {group}"), "members": members }));
    }
    for user in 0..USERS {
        let sku = match user % 5 {
            0 => "pro",
            1 if user < 50 => "few",
            _ => "basic",
        };
        let mut row = json!({
            "id": format!("u{user}"), "userName": format!("user{user}@example.com"),
            "displayName": format!("User {user}"), "entitlements": [{ "value": sku }],
        });
        if user % 3 == 0 {
            let manager = format!("u{}", USERS - 1 - user);
            row[ENTERPRISE] = json!({ "manager": { "value": manager }, "department": "R&D" });
        }
        if user % 500 == 499 {
            row["active"] = json!("perhaps");
        }
        push(row);
    }
    text
}

/// Begins the import, or goes on with it, and kills it (SIGKILL) as soon as so much is written down.
fn kill_at(folder: &Folder, tenant: &Tenant<'_>, phase: &str, row: u64) {
    let mut child = Command::new(server_binary!())
        .args(["import", folder.path("all.jsonl").to_str().unwrap()])
        .args(["--tenant", &tenant.name, "--data", tenant.world.data_path()])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let deadline = Instant::now() + Duration::from_mins(3);
    let state = folder.path("all.jsonl.import.json");
    while !has_come(&state, phase, row) {
        assert!(
            child.try_wait().unwrap().is_none(),
            "it ended before {phase} {row}"
        );
        assert!(Instant::now() < deadline, "it never came to {phase} {row}");
        std::thread::sleep(Duration::from_millis(1));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(state.exists(), "there is something to go on with");
}

fn has_come(state: &Path, phase: &str, row: u64) -> bool {
    let Ok(text) = fs::read(state) else {
        return false;
    };
    // It is replaced as a whole, so whoever reads it reads all of it.
    let state: Value = serde_json::from_slice(&text).unwrap();
    state["phase"] == phase && state["place"]["row"].as_u64().unwrap() >= row
}

/// All that there is, by names: what differs from one tenant to the other (ids, times) is left out.
fn state_of(tenant: &Tenant<'_>) -> Value {
    let users = all(tenant, "/Users");
    let names: std::collections::BTreeMap<String, Value> = users
        .iter()
        .map(|it| {
            (
                it["id"].as_str().unwrap().to_owned(),
                it["userName"].clone(),
            )
        })
        .collect();
    let name = |value: &Value| names[value["value"].as_str().unwrap()].clone();
    let mut out = json!({ "users": {}, "groups": {} });
    for mut user in users {
        if user[ENTERPRISE]["manager"].is_object() {
            user[ENTERPRISE]["manager"] = name(&user[ENTERPRISE]["manager"]);
        }
        for license in user[EXTENSION]["licenses"]
            .as_array_mut()
            .into_iter()
            .flatten()
        {
            license.as_object_mut().unwrap().remove("since");
        }
        let object = user.as_object_mut().unwrap();
        for read_only in ["id", "meta", "groups"] {
            object.remove(read_only);
        }
        let key = user["userName"].as_str().unwrap().to_owned();
        out["users"][key] = user;
    }
    for group in all(tenant, "/Groups") {
        let key = group["displayName"].as_str().unwrap().to_owned();
        let listed = group["members"].as_array();
        let mut members: Vec<_> = listed.into_iter().flatten().map(name).collect();
        members.sort_by_key(ToString::to_string);
        out["groups"][key] = members.into();
    }
    out
}

fn all(tenant: &Tenant<'_>, path: &str) -> Vec<Value> {
    let (mut all, mut cursor) = (Vec::new(), String::new());
    loop {
        let request = Request::get(path)
            .query("count", "1000")
            .query("cursor", &cursor);
        let page = tenant.scim().send(request).expect(200);
        all.extend(page.body["Resources"].as_array().unwrap().iter().cloned());
        match page.body["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => return all,
        }
    }
}
