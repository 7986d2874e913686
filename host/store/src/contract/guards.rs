//! Conditions, and that a stale commit changes nothing at all.

use crate::{Backend, Change, EdgeQuery, End, Expectation, Node, Plan, Row};

use super::desk::{
    Checked, Desk, adjust, all, check, create, delete, edge, emit, entry, hold, key, put, same,
    text, user,
};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    checks_that_a_document_is_absent,
    checks_that_a_document_is_present,
    checks_the_version_of_a_document,
    judges_conditions_after_the_parts_before,
    changes_nothing_when_stale,
    changes_everything_when_applied,
    names_a_true_culprit,
];

fn checks_that_a_document_is_absent(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[check(&user("a"), Expectation::Absent)])?;
    desk.apply(&[create(&user("a"))])?;
    desk.refuse(&[check(&user("a"), Expectation::Absent)], &[0])?;
    desk.apply(&[check(&key("Group", "a"), Expectation::Absent)])
}

fn checks_that_a_document_is_present(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.refuse(&[check(&user("a"), Expectation::Present)], &[0])?;
    desk.apply(&[create(&user("a"))])?;
    desk.apply(&[check(&user("a"), Expectation::Present)])?;
    desk.stored(&user("a"), Some((1, "{}")))
}

fn checks_the_version_of_a_document(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.refuse(&[check(&user("a"), Expectation::Version(1))], &[0])?;
    desk.refuse(&[check(&user("a"), Expectation::Version(0))], &[0])?;
    desk.apply(&[create(&user("a"))])?;
    desk.apply(&[check(&user("a"), Expectation::Version(1))])?;
    for wrong in [0, 2, u64::MAX] {
        desk.refuse(&[check(&user("a"), Expectation::Version(wrong))], &[0])?;
    }
    Ok(())
}

fn judges_conditions_after_the_parts_before(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let a = user("a");
    desk.apply(&[
        check(&a, Expectation::Absent),
        create(&a),
        check(&a, Expectation::Version(1)),
        put(&a, Some(1), "2", &[], &[]),
        check(&a, Expectation::Version(2)),
        delete(&a, 2),
        check(&a, Expectation::Absent),
    ])?;
    desk.refuse(&[create(&a), check(&a, Expectation::Absent)], &[1])
}

/// One document `old` with an entry, a claim and a tie to itself, one counter, one event.
fn settled(backend: &dyn Backend) -> Result<Desk, String> {
    let desk = Desk::new(backend)?;
    let old = user("old");
    desk.apply(&[
        put(&old, None, "old", &[("p", "old")], &[("c", "old")]),
        Change::Link(edge("tie", &old, &old, "old")),
        adjust("n", 1, 0, None),
        emit("old", &old, "old"),
    ])?;
    Ok(desk)
}

/// Every kind of change at once: takes the place of all that `settled` wrote.
fn everything() -> Vec<Change> {
    let (old, new) = (user("old"), user("new"));
    vec![
        put(&new, None, "new", &[("p", "new")], &[("c", "new")]),
        Change::Unlink(edge("tie", &old, &old, "")),
        Change::Link(edge("tie", &new, &old, "new")),
        put(&old, Some(1), "older", &[("p", "older")], &[("c", "older")]),
        delete(&old, 2),
        adjust("n", 5, 0, None),
        emit("new", &new, "new"),
        Change::Link(edge("tie", &new, &new, "new")),
        check(&new, Expectation::Version(1)),
    ]
}

/// Everything there is must be of this name.
fn only(desk: &Desk, name: &str, counter: u64, events: usize) -> Checked {
    let row = Row {
        key: user(name),
        version: 1,
        body: name.to_owned(),
    };
    same("the rows", desk.find(&all("User"))?.rows, vec![row.clone()])?;
    let has_p = Plan {
        nodes: vec![Node::Present("p".to_owned())],
        ..all("User")
    };
    same(
        "the rows with an entry",
        desk.find(&has_p)?.rows,
        vec![row.clone()],
    )?;
    let by_value = Plan {
        nodes: vec![Node::Equal(entry("p", name))],
        ..all("User")
    };
    same(
        "the rows with its entry",
        desk.find(&by_value)?.rows,
        vec![row],
    )?;
    for value in ["old", "older", "new"] {
        let holder = (value == name).then(|| user(name));
        same("the holder", desk.holder("c", value)?, holder)?;
    }
    for end in ["old", "new"] {
        let wanted = if end == name {
            vec![edge("tie", &user(name), &user(name), name)]
        } else {
            vec![]
        };
        for end in [End::Source(user(end)), End::Target(user(end))] {
            let query = EdgeQuery {
                relation: "tie".to_owned(),
                end,
                after: None,
                max: 9,
                want_total: false,
            };
            let pages = desk.store.edges(&[query]).map_err(text)?;
            let ties: Vec<_> = pages.into_iter().flat_map(|page| page.edges).collect();
            same("the ties", ties, wanted.clone())?;
        }
    }
    same("the counter", desk.counter("n")?, counter)?;
    let posted = desk.store.outbox(0, 99).map_err(text)?;
    same("the events", posted.len(), events)
}

/// Every kind of stale change, behind a commit that would change everything.
fn changes_nothing_when_stale(backend: &dyn Backend) -> Checked {
    let desk = settled(backend)?;
    let spoilers = [
        check(&user("x"), Expectation::Present),
        put(&user("x"), Some(1), "", &[], &[]),
        put(&user("new"), None, "", &[], &[]),
        put(&user("x"), None, "", &[], &[("c", "new")]),
        delete(&user("x"), 1),
        Change::Link(edge("tie", &user("new"), &user("x"), "")),
        adjust("n", 1, 0, Some(6)),
        adjust("n", -7, 0, None),
    ];
    for spoiler in spoilers {
        let mut changes = everything();
        let last = u32::try_from(changes.len()).unwrap_or(u32::MAX);
        changes.push(spoiler);
        desk.refuse(&changes, &[last])?;
        only(&desk, "old", 1, 1)?;
    }
    Ok(())
}

fn changes_everything_when_applied(backend: &dyn Backend) -> Checked {
    let desk = settled(backend)?;
    desk.apply(&everything())?;
    only(&desk, "new", 6, 2)
}

fn names_a_true_culprit(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let fine = |number: usize| create(&user(&number.to_string()));
    for at in 0..5 {
        let mut changes: Vec<_> = (0..5).map(fine).collect();
        changes.insert(at, check(&user("x"), Expectation::Present));
        let at = u32::try_from(at).unwrap_or(u32::MAX);
        desk.refuse(&changes, &[at])?;
    }
    let two = [
        check(&user("x"), Expectation::Present),
        create(&user("a")),
        adjust("n", -1, 0, None),
    ];
    desk.refuse(&two, &[0, 2])?;
    hold(desk.load(&user("a"))?.is_none(), || {
        "half of a stale commit stands".to_owned()
    })
}
