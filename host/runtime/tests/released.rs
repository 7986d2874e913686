//! The policy contract keeps its word: what was built against a released version still fits. The
//! released ones lie in `wit/released`.

#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::fs;
use std::path::{Path, PathBuf};

use wit_parser::Resolve;

const WORLD: &str = "policy";

fn wit() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2);
    root.unwrap().join("wit")
}

fn current() -> String {
    fs::read_to_string(wit().join("policy/policy.wit")).unwrap()
}

/// Each released version, and its text.
fn released() -> Vec<(String, String)> {
    let folders = fs::read_dir(wit().join("released/policy")).unwrap();
    let read = |folder: PathBuf| {
        let version = folder.file_name().unwrap().to_str().unwrap().to_owned();
        (
            version,
            fs::read_to_string(folder.join("policy.wit")).unwrap(),
        )
    };
    folders.map(|entry| read(entry.unwrap().path())).collect()
}

/// Whether what was built against one text fits the other. Both may be of one version, so the old one
/// is given another: the check looks at neither.
fn fits(old: &str, new: &str) -> Result<(), String> {
    let mut resolve = Resolve::default();
    let (head, body) = old.split_once(';').unwrap();
    let name = head.split('@').next().unwrap();
    let old = resolve
        .push_str("old.wit", &format!("{name}@0.0.1;{body}"))
        .unwrap();
    let new = resolve.push_str("new.wit", new).unwrap();
    let [old, new] =
        [old, new].map(|package| resolve.select_world(&[package], Some(WORLD)).unwrap());
    wit_component::semver_check(resolve, old, new).map_err(|error| format!("{error:#}"))
}

/// The contract with one thing changed.
fn changed(from: &str, to: &str) -> String {
    let text = current();
    assert!(text.contains(from), "the contract says `{from}`");
    text.replacen(from, to, 1)
}

#[test]
fn what_was_built_against_a_release_still_fits() {
    let released = released();
    assert!(!released.is_empty());
    for (version, text) in released {
        assert_eq!(fits(&text, &current()), Ok(()), "{version}");
    }
}

#[test]
fn a_release_is_filed_under_its_version() {
    for (version, text) in released() {
        let head = format!("package scimlet:policy@{version};");
        assert!(text.starts_with(&head), "{version}");
    }
}

#[test]
fn a_change_of_a_record_is_noticed() {
    let more = changed(
        "        tenant: string,",
        "        tenant: string,\n        region: string,",
    );
    assert!(fits(&current(), &more).is_err());
}

#[test]
fn a_change_of_an_answer_is_noticed() {
    let other = changed("list<result<string, refusal>>", "list<option<string>>");
    assert!(fits(&current(), &other).is_err());
}

#[test]
fn a_hook_that_every_policy_must_have_is_noticed() {
    let more = changed(
        "    describe: func() -> description;",
        "    describe: func() -> description;\n    leave: func();",
    );
    assert!(fits(&current(), &more).is_err());
}
