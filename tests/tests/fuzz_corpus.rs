//! What the fuzzer found worth keeping (`tests/fuzz/corpus`), played through the same functions, with
//! the same assertions.

// Not a dependency: what lies below `tests/` cannot be a package outside of this workspace to cargo.
#[path = "../fuzz/src/lib.rs"]
mod scimlet_fuzz;

use std::fs;
use std::path::PathBuf;

/// Plays all files of a target's corpus; a panic in it says which request was to blame.
fn play(target: &str, through: fn(&[u8])) {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("fuzz/corpus");
    let files = fs::read_dir(folder.join(target)).expect("a corpus");
    let mut count = 0;
    for file in files {
        let file = file.expect("an entry").path();
        println!("{}", file.display());
        through(&fs::read(&file).expect("a file"));
        count += 1;
    }
    assert!(count > 50, "{count} files in the corpus of {target}");
}

fn request(data: &[u8]) {
    if let Some(script) = scimlet_fuzz::Script::read(data) {
        scimlet_fuzz::request(&script);
    }
}

#[test]
fn filters() {
    play("filter", scimlet_fuzz::filter);
}

#[test]
fn paths() {
    play("path", scimlet_fuzz::path);
}

#[test]
fn patches() {
    play("patch", scimlet_fuzz::patch);
}

#[test]
fn bulks() {
    play("bulk", scimlet_fuzz::bulk);
}

#[test]
fn requests() {
    play("request", request);
}

/// A store may answer with more rows than were asked for, if it says so (`wit/store/store.wit`,
/// `selection`): the others are neither shown, nor moved up, nor counted, nor adopted. The first
/// byte of each script has such a store asked as well, and the answers must be alike.
#[test]
fn a_store_that_gives_too_much_makes_no_difference() {
    const USER: &str = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName""#;
    for script in [
        // Nobody, by an index and one by one; in one order and another.
        "@\nGET /Users?filter=userName+eq+%22nobody%22",
        "@\nGET /Users?filter=userName+eq+%22ben%22&sortBy=userName&count=1",
        "@\nGET /Users?filter=userName+ne+%22ben%22&sortBy=name.familyName",
        "@\nGET /Users?filter=not+(title+pr)+or+externalId+eq+%22cid%22&cursor=",
        // The place of `cid` in a waitlist.
        "@\nGET /Users/~6",
        // Who leaves makes way for who waits, not for somebody else; then for nobody.
        "@\nDELETE /Users/~5\n%%\nDELETE /Users/~0",
        "@\nDELETE /Entitlements/~4\n%%\nPATCH /Entitlements/~1\n\n{\"schemas\":[\"urn:ietf:params:\
         scim:api:messages:2.0:PatchOp\"],\"Operations\":[{\"op\":\"replace\",\"path\":\
         \"totalAssignmentsPermitted\",\"value\":9}]}",
    ] {
        request(script.as_bytes());
    }
    // Who comes back by an `externalId` that is theirs, and a stranger with one that nobody has: not
    // even where there is only one to be taken for.
    let alone = "DELETE /Users/~0\n%%\nDELETE /Users/~5\n%%\nDELETE /Users/~6\n%%\n";
    for (before, external) in [("", "eli"), ("", "nobody"), (alone, "nobody")] {
        let body = format!(r#"{USER}:"new","externalId":"{external}"}}"#);
        request(format!("B\n{before}POST /Users\n\n{body}").as_bytes());
    }
}
