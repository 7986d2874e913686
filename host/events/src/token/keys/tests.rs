//! Keys come, sign and go.

use std::collections::BTreeSet;

use scimlet_store::Backend as _;
use scimlet_store::memory::MemoryBackend;
use serde_json::Value;

use super::*;

fn keys() -> Keys {
    Keys::new(MemoryBackend::new().store(".events").expect("a store"))
}

fn kids(keys: &Keys, now: u64) -> BTreeSet<String> {
    let set = keys.published("acme", now).expect("keys");
    let set: Value = serde_json::from_str(&set).expect("JSON");
    let kids = set["keys"].as_array().expect("a list").iter();
    kids.map(|key| key["kid"].as_str().expect("a name").to_owned())
        .collect()
}

fn signing(keys: &Keys, now: u64) -> String {
    keys.signing("acme", now).expect("a key").kid().to_owned()
}

#[test]
fn a_key_is_made_once_and_is_the_tenants_own() {
    let keys = keys();
    let first = signing(&keys, 0);
    assert_eq!(kids(&keys, 0), BTreeSet::from([first.clone()]));
    assert_eq!(signing(&keys, OVERLAP), first);
    let others = keys.signing("other", 0).expect("a key");
    assert_ne!(others.kid(), first);
}

#[test]
fn a_new_key_is_published_before_it_signs_and_an_old_one_after() {
    let keys = keys();
    let old = signing(&keys, 0);
    let new = keys.rotate("acme", 1000, Haste::Prepared).expect("a key");
    let both = BTreeSet::from([old.clone(), new.clone()]);
    let starts = 1000 + PREPARED;
    for (now, signs) in [
        (1000, &old),
        (starts - 1, &old),
        (starts + REMEMBERED, &new),
    ] {
        assert_eq!(signing(&keys, now), *signs, "{now}");
        assert_eq!(kids(&keys, now), both, "{now}");
    }
    assert_eq!(kids(&keys, starts + OVERLAP - 1), both);
    assert_eq!(kids(&keys, starts + OVERLAP), BTreeSet::from([new]));
}

#[test]
fn a_key_that_got_out_is_gone_at_once() {
    let keys = keys();
    let old = signing(&keys, 0);
    let new = keys.rotate("acme", 1000, Haste::AtOnce).expect("a key");
    assert_ne!(new, old);
    assert_eq!(kids(&keys, 1000), BTreeSet::from([new.clone()]));
    assert_eq!(signing(&keys, 1000 + REMEMBERED), new);
    let listed = keys.list("acme", 1000).expect("keys");
    let wanted = Listed {
        kid: new,
        signs: 1000,
        is_current: true,
    };
    assert_eq!(listed, [wanted]);
}

#[test]
fn whoever_comes_second_takes_the_key_of_the_first() {
    let ledger = MemoryBackend::new().store(".events").expect("a store");
    let both = [Keys::new(Arc::clone(&ledger)), Keys::new(ledger)];
    let [first, second] = both.each_ref().map(|keys| signing(keys, 0));
    assert_eq!(first, second);
}

#[test]
fn what_is_published_holds_no_secret() {
    let keys = keys();
    signing(&keys, 0);
    let set = keys.published("acme", 0).expect("keys");
    let set: Value = serde_json::from_str(&set).expect("JSON");
    let members: BTreeSet<_> = set["keys"][0].as_object().expect("a key").keys().collect();
    let members: Vec<_> = members.into_iter().map(String::as_str).collect();
    assert_eq!(members, ["alg", "crv", "kid", "kty", "use", "x", "y"]);
}
