//! Starting: the pool, the cache, and components that do not fit.

use std::fs;

use scimlet_runtime::{Config, Runtime, StartError};

use crate::world::{Fake, hostile, request, small};

#[test]
fn starts_with_a_pool() {
    assert!(
        Runtime::new(hostile(), Config::default())
            .unwrap()
            .is_pooling()
    );
}

#[test]
fn starts_without_a_pool_where_there_is_no_address_space() {
    // 2^20 slots of 4 GiB: more than any address space of today.
    let runtime = Runtime::new(
        hostile(),
        Config {
            max_instances: 1 << 20,
            ..small()
        },
    )
    .unwrap();
    assert!(!runtime.is_pooling());
    let answer = runtime
        .handle(&Fake::default(), "acme", 1, request("/ok"))
        .unwrap();
    assert_eq!(answer.body, "ok");
}

#[test]
fn the_second_start_compiles_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let cache_dir = Some(dir.path().join("compiled"));
    let start = || {
        Runtime::new(
            hostile(),
            Config {
                cache_dir: cache_dir.clone(),
                ..small()
            },
        )
    };
    assert!(!start().unwrap().was_cached());
    assert!(start().unwrap().was_cached());
}

#[cfg(unix)]
#[test]
fn the_cache_is_closed_to_others() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    let cache_dir = dir.path().join("compiled");
    Runtime::new(
        hostile(),
        Config {
            cache_dir: Some(cache_dir.clone()),
            ..small()
        },
    )
    .unwrap();
    let mode = fs::metadata(cache_dir).unwrap().permissions().mode();
    assert_eq!(mode & 0o077, 0);
}

#[test]
fn starts_without_a_cache_where_none_can_be() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    fs::write(&file, "in the way").unwrap();
    let config = Config {
        cache_dir: Some(file.join("compiled")),
        ..small()
    };
    assert!(!Runtime::new(hostile(), config).unwrap().was_cached());
}

#[test]
fn refuses_what_is_not_a_component() {
    let error = Runtime::new(b"\0asm, but not really", small())
        .err()
        .unwrap();
    assert!(matches!(error, StartError::Compile(_)), "{error}");
}

#[test]
fn refuses_a_component_without_a_provider() {
    // The preamble of a component, and nothing in it.
    let empty = b"\0asm\x0d\0\x01\0";
    let error = Runtime::new(empty, small()).err().unwrap();
    assert!(matches!(error, StartError::Link(_)), "{error}");
}

#[test]
fn refuses_a_component_that_wants_more_than_there_is() {
    // (component (import "foo:bar/baz" (instance)))
    let mut curious = b"\0asm\x0d\0\x01\0\x07\x03\x01\x42\0\x0a\x10\x01\0\x0b".to_vec();
    curious.extend_from_slice(b"foo:bar/baz\x05\0");
    let error = Runtime::new(&curious, small()).err().unwrap();
    assert!(matches!(error, StartError::Import(name) if name == "foo:bar/baz"));
}

#[test]
fn a_runtime_may_be_shared_between_threads() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Runtime>();
}
