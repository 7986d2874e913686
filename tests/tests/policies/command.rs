//! `scimlet policy`: what each verb does, says and refuses.

use std::fs;
use std::path::Path;

use scimlet_tests::{Cli, shared_world};
use serde_json::{Value, json};

use crate::{file, hostile, policy, that_says};

fn run(words: &[&str]) -> Cli {
    shared_world!().cli(&[&["policy"][..], words].concat())
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn check_says_what_a_policy_is() {
    let checked = run(&["check", text(hostile()), "--json"]).json();
    assert_eq!(checked["name"], "hostile-policy");
    assert_eq!(checked["version"], "1.2.3");
    assert_eq!(checked["hooks"], json!(["shape", "entitle"]));
    assert_eq!(checked["bytes"], fs::metadata(hostile()).unwrap().len());
    let told = run(&["check", text(hostile())]).done().stdout;
    assert!(told.contains("hooks     shape,entitle"), "{told}");
}

#[test]
fn check_needs_no_data_and_makes_none() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let words = ["policy", "check", text(hostile()), "--data", text(&data)];
    shared_world!().bare_cli(&words).done();
    assert!(!data.exists());
}

#[test]
fn check_says_why_a_component_cannot_be_a_policy() {
    let strange = that_says("strange:dance");
    let nothing = file("no-policy.wasm", "#!/bin/sh");
    let mut network = b"\0asm\x0d\0\x01\0\x07\x03\x01\x42\0\x0a\x1d\x01\0\x18".to_vec();
    network.extend(b"wasi:sockets/tcp@0.2.600\x05\0");
    let network = file("network-policy.wasm", network);
    for (file, why) in [
        (strange.as_path(), "there is no hook `dance`"),
        (&nothing, "this is not a WebAssembly component"),
        (
            &network,
            "it imports `wasi:sockets/tcp@0.2.600`, which no policy is given",
        ),
        (Path::new("/nowhere.wasm"), "cannot read `/nowhere.wasm`"),
    ] {
        let refused = run(&["check", text(file)]);
        assert!(refused.refused().contains(why), "{refused:?}");
    }
}

/// A folder of cases: their names, and what they say.
fn cases(folder: &str, cases: &[(&str, Value)]) -> tempfile::TempDir {
    let folder = tempfile::Builder::new().prefix(folder).tempdir().unwrap();
    for (name, case) in cases {
        fs::write(folder.path().join(format!("{name}.json")), case.to_string()).unwrap();
    }
    folder
}

fn entitle(user: &str, answer: &Value) -> Value {
    json!({
        "hook": "entitle",
        "subjects": [{ "user": { "nickName": user }, "proposed": ["pro"] }],
        "answers": [answer],
    })
}

#[test]
fn test_runs_all_cases_of_a_folder() {
    let folder = cases(
        "right",
        &[
            ("granted", entitle("ann", &json!({ "grants": ["pro"] }))),
            (
                "refused",
                entitle("misdeed:refuse", &json!({ "refused": "notToday" })),
            ),
            (
                "shaped",
                json!({ "hook": "shape", "documents": [{ "a": 1 }], "answers": [{ "document": { "a": 1 } }] }),
            ),
        ],
    );
    let told = run(&["test", text(hostile()), text(folder.path())])
        .done()
        .stdout;
    for word in ["CASE", "MEMORY", "granted", "refused", "shaped", "passed"] {
        assert!(told.contains(word), "{told}");
    }
    let told = run(&["test", text(hostile()), text(folder.path()), "--json"]).json();
    assert_eq!((&told["passed"], &told["failed"]), (&json!(3), &json!(0)));
    let first = &told["cases"][0];
    assert_eq!(first["case"], "granted");
    assert_eq!(first["bytesOut"], "proentitlements".len());
    assert!(first["memoryBytes"].as_u64() > Some(1 << 16) && first["micros"].is_u64());
}

#[test]
fn test_says_what_came_out_instead() {
    let folder = cases(
        "wrong",
        &[
            ("differs", entitle("ann", &json!({ "grants": ["lite"] }))),
            (
                "fickle",
                entitle("misdeed:calls", &json!({ "grants": ["pro"] })),
            ),
            ("traps", entitle("misdeed:panic", &json!({ "grants": [] }))),
        ],
    );
    let failed = run(&["test", text(hostile()), text(folder.path())]);
    assert_eq!(failed.status, 1, "{failed:?}");
    assert_eq!(
        failed.stderr.trim_end(),
        "scimlet: 3 of 3 cases have failed"
    );
    for word in [
        r#"expected  {"grants":["lite"]}"#,
        r#"got       {"grants":[{"license":"pro","reason":"entitlements"}]}"#,
        "asked the same once more, it gave another answer",
        "| the user made me do it",
    ] {
        assert!(failed.stdout.contains(word), "`{word}`: {}", failed.stdout);
    }
    let failed = run(&["test", text(hostile()), text(folder.path()), "--json"]);
    assert_eq!(failed.status, 1, "{failed:?}");
    let told: Value = serde_json::from_str(&failed.stdout).unwrap();
    let verdicts = told["cases"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| &it["verdict"]);
    assert_eq!(
        verdicts.collect::<Vec<_>>(),
        ["differs", "fickle", "trapped"]
    );
}

#[test]
fn test_refuses_cases_that_are_none() {
    let empty = cases("empty", &[]);
    let refused = run(&["test", text(hostile()), text(empty.path())]);
    assert!(
        refused.refused().contains("there is no `.json` file"),
        "{refused:?}"
    );
    let folder = cases("odd", &[("odd", json!({ "hook": "dance", "answers": [] }))]);
    let refused = run(&["test", text(hostile()), text(folder.path())]);
    assert!(
        refused
            .refused()
            .contains("odd.json` is no case: there is no hook"),
        "{refused:?}"
    );
}

#[test]
fn installs_are_listed_in_order_and_rolled_back() {
    let tenant = shared_world!().tenant("policy-cli");
    let (one, two) = (that_says("one:shape"), that_says("two:entitle"));
    let first = policy(&tenant, &["install", text(&one), "--json"]).json();
    assert_eq!(
        (&first["installed"], &first["before"]),
        (&json!(true), &Value::Null)
    );
    let again = policy(&tenant, &["install", text(&one), "--json"]).json();
    assert_eq!(
        again["installed"], false,
        "the same once more is nothing new"
    );
    let second = policy(&tenant, &["install", text(&two), "--json"]).json();
    assert_eq!(second["before"], first["digest"]);

    let current = || {
        let listed = policy(&tenant, &["list", "--json"]).json();
        let installs = listed["installs"].as_array().unwrap().clone();
        assert_eq!(installs.len(), 2, "{listed}");
        let current = installs.iter().find(|it| it["current"] == json!(true));
        current.map(|it| it["name"].clone())
    };
    assert_eq!(current(), Some(json!("two")));
    let told = policy(&tenant, &["list"]).done().stdout;
    assert!(
        told.contains("IN FORCE") && told.lines().count() == 3,
        "{told}"
    );

    policy(&tenant, &["rollback"]).done();
    assert_eq!(current(), Some(json!("one")));
    let none = policy(&tenant, &["rollback", "--json"]).json();
    assert_eq!(
        (&none["digest"], &none["before"]),
        (&Value::Null, &first["digest"])
    );
    assert_eq!(current(), None);
    let refused = policy(&tenant, &["rollback"]);
    assert!(
        refused.refused().contains("no policy is in force"),
        "{refused:?}"
    );
    let digest = second["digest"].as_str().unwrap();
    policy(&tenant, &["rollback", "--to", &digest[..12]]).done();
    assert_eq!(current(), Some(json!("two")));
    policy(&tenant, &["rollback", "--to", "none"]).done();
    assert_eq!(current(), None);
    let refused = policy(&tenant, &["rollback", "--to", "abc"]);
    assert!(
        refused.refused().contains("has installed no policy `abc`"),
        "{refused:?}"
    );
}

#[test]
fn nothing_is_installed_for_nobody_or_what_is_no_policy() {
    let tenant = shared_world!().tenant("policy-refused");
    let strange = that_says("strange:dance");
    let refused = policy(&tenant, &["install", text(&strange)]);
    assert!(
        refused.refused().contains("cannot be a policy"),
        "{refused:?}"
    );
    let refused = run(&["install", text(hostile()), "--tenant", "nobody-at-all"]);
    assert!(
        refused.refused().contains("no tenant `nobody-at-all`"),
        "{refused:?}"
    );
    let listed = policy(&tenant, &["list", "--json"]).json();
    assert_eq!(listed["installs"], json!([]));
}
