//! Scripts that once went wrong, kept in the shortest form in which they did.

use std::sync::Arc;

use scimlet_store::memory::MemoryBackend;
use scimlet_tests::inside::Dump;

use crate::script::Overage::{Allow, Deny, Waitlist};
use crate::script::{
    Act, Add, Bind, Create, Delete, Drop, License, Mode, Remove, Replace, Script, Seats, Term,
};
use crate::stage::Stage;
use crate::wire::shown;

#[track_caller]
fn play(default: Option<&'static str>, acts: &[Act]) {
    let store = Arc::new(MemoryBackend::new().tenant_store("t"));
    let script = Script::ticking(acts);
    if let Err(wrong) = Stage::native(store, default).play(&script) {
        panic!("{wrong}\n{script:?}");
    }
}

#[test]
fn a_license_that_is_removed_is_unknown_to_those_it_refused() {
    play(
        None,
        &[
            Create(0, None, vec!["pro"]),
            License("pro", Some(0), Deny),
            Remove("pro"),
        ],
    );
}

#[test]
fn a_license_that_comes_back_finds_those_it_refused() {
    play(
        None,
        &[
            Create(0, None, vec!["pro"]),
            License("pro", Some(0), Deny),
            Remove("pro"),
            License("pro", Some(1), Waitlist),
        ],
    );
}

#[test]
fn who_waits_comes_before_who_was_blocked() {
    play(
        Some("pro"),
        &[
            License("pro", Some(1), Waitlist),
            Create(0, None, vec!["pro"]),
            Create(1, None, vec!["pro"]),
            Mode("pro", Deny),
            Create(2, None, vec![]),
            Seats("pro", 2),
        ],
    );
}

#[test]
fn who_asked_before_there_was_a_license_keeps_the_place() {
    play(
        None,
        &[
            Create(1, None, vec![]),
            Create(0, None, vec!["ghost"]),
            Add(1, vec!["ghost"]),
            License("ghost", Some(0), Waitlist),
        ],
    );
}

#[test]
fn who_is_let_over_the_limit_keeps_the_place() {
    play(
        None,
        &[
            License("pro", Some(1), Waitlist),
            Create(0, None, vec!["pro"]),
            Create(1, None, vec![]),
            Create(2, None, vec!["pro"]),
            Add(1, vec!["pro"]),
            Mode("pro", Allow),
            Delete(0),
        ],
    );
}

#[test]
fn a_raised_limit_reaches_those_who_were_refused() {
    play(
        None,
        &[
            Create(0, None, vec!["pro"]),
            License("pro", Some(0), Deny),
            Seats("pro", 1),
        ],
    );
}

#[test]
fn two_licenses_freed_at_once_go_to_the_same_person() {
    play(
        None,
        &[
            License("pro", Some(1), Waitlist),
            License("lite", Some(1), Waitlist),
            Create(0, None, vec!["pro", "lite"]),
            Create(1, None, vec!["lite", "pro"]),
            Replace(0, vec![]),
            Drop(1, "pro"),
        ],
    );
}

#[test]
fn the_default_goes_when_its_user_is_written_after_a_license_came_that_was_asked_for() {
    play_to_no_default(&[
        License("pro", Some(5), Waitlist),
        Create(0, None, vec!["ghost"]),
        License("ghost", Some(1), Waitlist),
        Replace(0, vec!["ghost"]),
    ]);
}

/// Afterwards nobody may hold the default beside something else.
#[track_caller]
fn play_to_no_default(acts: &[Act]) {
    let store = Arc::new(MemoryBackend::new().tenant_store("t"));
    let mut stage = Stage::native(store.clone(), Some("pro"));
    stage.play(&Script::ticking(acts)).expect("so far so good");
    for (_, user) in Dump::of(store.as_ref()).documents("User") {
        let held = shown(&user);
        let active = held.iter().filter(|held| held.state == "active").count();
        assert!(active <= 1, "{held:?}");
    }
}

#[test]
fn the_answer_counts_those_whom_the_same_commit_puts_in_front() {
    let acts = [
        License("pro", Some(0), Waitlist),
        License("lite", Some(0), Allow),
        License("ghost", Some(1), Waitlist),
        Bind("ghost", Term::Contains(vec!["pro"])),
        Bind("pro", Term::Contains(vec!["lite"])),
        Create(0, None, vec!["ghost", "pro"]),
        Create(3, None, vec!["ghost"]),
        Replace(0, vec!["pro"]),
    ];
    let store = Arc::new(MemoryBackend::new().tenant_store("t"));
    let played = Stage::with_priorities(store).play(&Script::ticking(&acts));
    assert_eq!(played, Ok(()));
}

#[test]
fn who_was_refused_gets_what_the_same_commit_frees() {
    let acts = [
        License("pro", Some(1), Deny),
        License("lite", Some(0), Waitlist),
        License("ghost", Some(0), Waitlist),
        Bind("ghost", Term::Excludes(vec!["pro"])),
        Bind("pro", Term::Fallback(Some("lite"))),
        Create(0, None, vec!["ghost", "pro"]),
        Create(3, None, vec!["pro", "ghost"]),
        Seats("ghost", 2),
    ];
    let store = Arc::new(MemoryBackend::new().tenant_store("t"));
    let played = Stage::with_priorities(store).play(&Script::ticking(&acts));
    assert_eq!(played, Ok(()));
}
