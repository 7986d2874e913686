//! What can be a policy, and what is said about what cannot.

use std::time::Duration;

use scimlet_runtime::{Checked, Config, Hook, Limits, Policies, PolicyConfig};

use super::{hasty, policies, that_says};
use crate::world::{hostile, hostile_policy, small};

fn check_with(code: &[u8], policies: PolicyConfig) -> Result<Checked, String> {
    let policies = Policies::start(&Config {
        policies,
        ..small()
    })
    .unwrap();
    policies.check(code).map_err(|error| error.to_string())
}

fn refusal(code: &[u8]) -> String {
    check_with(code, policies()).unwrap_err()
}

/// (component (import NAME (instance)))
fn that_imports(name: &str) -> Vec<u8> {
    let length = u8::try_from(name.len()).unwrap();
    let mut code = b"\0asm\x0d\0\x01\0\x07\x03\x01\x42\0\x0a".to_vec();
    code.extend([length + 5, 1, 0, length]);
    code.extend(name.as_bytes());
    code.extend(b"\x05\0");
    code
}

/// A host that was killed while it wrote has left half a file; one that writes holds a lock.
#[test]
fn what_was_left_half_written_is_removed_at_the_start() {
    let dir = tempfile::tempdir().unwrap();
    let cache = dir.path().join("policies");
    std::fs::create_dir(&cache).unwrap();
    let make = |name: &str| std::fs::File::create(cache.join(name)).unwrap();
    make(".tmpleft.part");
    make("whole.cwasm");
    let busy = make(".tmpbusy.part");
    busy.lock().unwrap();
    let config = Config {
        cache_dir: Some(dir.path().to_owned()),
        ..small()
    };
    let start = || {
        Policies::start(&config).unwrap();
        let there = std::fs::read_dir(&cache).unwrap();
        let names = there.map(|it| it.unwrap().file_name().into_string().unwrap());
        let mut names: Vec<String> = names.collect();
        names.sort();
        names
    };
    assert_eq!(start(), [".tmpbusy.part", "whole.cwasm"]);
    drop(busy);
    assert_eq!(start(), ["whole.cwasm"]);
}

#[test]
fn a_policy_says_what_it_is() {
    let checked = check_with(hostile_policy(), policies()).unwrap();
    assert_eq!(checked.name, "hostile-policy");
    assert_eq!(checked.version, "1.2.3");
    assert_eq!(checked.hooks, [Hook::Shape, Hook::Entitle]);
    assert_eq!(checked.bytes, hostile_policy().len());
    assert!(checked.memory_bytes > 0 && checked.compiled_bytes > 0);
}

#[test]
fn what_a_policy_says_of_itself_must_make_sense() {
    for (itself, why) in [
        (
            "a:shape,dance",
            "there is no hook `dance`; take `shape`, `entitle`",
        ),
        ("a:shape,shape", "the hook `shape` is named twice"),
        ("a:", "it names no hook, so it would never be asked"),
        (
            "a:say-nothing",
            "its name must have 1 to 100 letters, on one line",
        ),
    ] {
        let said = refusal(&that_says(itself));
        assert_eq!(
            said,
            format!("what it says of itself makes no sense: {why}"),
            "{itself}"
        );
    }
}

#[test]
fn a_policy_must_be_able_to_say_what_it_is() {
    let said = check_with(&that_says("a:loop"), hasty()).unwrap_err();
    assert!(said.contains("time limit"), "{said}");
    let said = refusal(&that_says("a:panic"));
    assert!(said.contains("(crash)"), "{said}");
}

#[test]
fn no_policy_is_given_a_network() {
    for (import, remedy) in [
        ("wasi:http/outgoing-handler@0.2.6", "disableFeatures"),
        ("wasi:sockets/tcp@0.2.6", "--stub-wasi"),
        (
            "wasi:keyvalue/store@0.2.0",
            "what it needs to know is in the question",
        ),
        (
            "acme:billing/api",
            "what it needs to know is in the question",
        ),
    ] {
        let said = refusal(&that_imports(import));
        let begins = format!("it imports `{import}`, which no policy is given: ");
        assert!(said.starts_with(&begins) && said.contains(remedy), "{said}");
    }
}

#[test]
fn what_is_no_policy_is_told_what_it_is() {
    assert!(refusal(b"#!/bin/sh").starts_with("this is not a WebAssembly component"));
    assert!(refusal(b"\0asm\x01\0\0\0").starts_with("this is a core module, not a component"));
    assert_eq!(
        refusal(b"\0asm\x0d\0\x01\0"),
        "it does not export `scimlet:policy/hooks@0.1.0`; build it for the world \
         `scimlet:policy/policy`"
    );
    assert!(refusal(b"\0asm\x0d\0\x01\0\x0a\xff").starts_with("it does not compile: "));
    let engine = refusal(hostile());
    assert!(engine.starts_with("it imports `scimlet:s"), "{engine}");
}

#[test]
fn a_policy_has_a_size() {
    let most = hostile_policy().len() - 1;
    let small = PolicyConfig {
        code_bytes: most,
        ..policies()
    };
    let said = check_with(hostile_policy(), small).unwrap_err();
    assert!(
        said.contains(&format!("more than the {most} that")),
        "{said}"
    );
}

#[test]
fn a_policy_that_does_not_fit_the_memory_is_refused() {
    let limits = Limits {
        memory_bytes: 1 << 16,
        guest_time: Duration::from_secs(1),
        ..policies().limits
    };
    let said = check_with(
        hostile_policy(),
        PolicyConfig {
            limits,
            ..policies()
        },
    )
    .unwrap_err();
    assert!(said.contains("memory limit"), "{said}");
}

#[test]
fn what_was_compiled_once_is_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let config = || Config {
        cache_dir: Some(dir.path().to_path_buf()),
        ..small()
    };
    let digest = Policies::start(&config())
        .unwrap()
        .check(hostile_policy())
        .unwrap()
        .digest;
    let folder = dir.path().join("policies");
    let files: Vec<_> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|it| it.unwrap())
        .collect();
    assert_eq!(files.len(), 1, "one file, and nothing left over");
    assert!(files[0].file_name().to_str().unwrap().starts_with(&digest));
    let again = Policies::start(&config())
        .unwrap()
        .check(hostile_policy())
        .unwrap();
    assert_eq!(again.digest, digest);
}

#[test]
fn a_broken_file_in_the_cache_is_replaced() {
    let dir = tempfile::tempdir().unwrap();
    let config = || Config {
        cache_dir: Some(dir.path().to_path_buf()),
        ..small()
    };
    Policies::start(&config())
        .unwrap()
        .check(hostile_policy())
        .unwrap();
    let folder = dir.path().join("policies");
    let file = std::fs::read_dir(&folder)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let whole = std::fs::metadata(&file).unwrap().len();
    std::fs::write(&file, b"not what it was").unwrap();
    Policies::start(&config())
        .unwrap()
        .check(hostile_policy())
        .unwrap();
    assert_eq!(std::fs::metadata(&file).unwrap().len(), whole);
}
