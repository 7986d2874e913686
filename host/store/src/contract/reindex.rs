//! Reindexing: a document is found by something else, and stays as it is.

use crate::{Backend, Change, Node, Plan, Reindex};

use super::desk::{Checked, Desk, claim, delete, entry, put, same, user};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    reindexing_leaves_the_document_as_it_is,
    reindexing_replaces_the_entries,
    reindexing_replaces_the_claims,
    reindexing_needs_the_version_named,
    reindexing_refuses_a_value_that_another_holds,
    reindexing_goes_with_other_changes,
];

fn reindex(id: &str, version: u64, entries: &[(&str, &str)], claims: &[(&str, &str)]) -> Change {
    Change::Reindex(Reindex {
        key: user(id),
        version,
        entries: entries
            .iter()
            .map(|(path, value)| entry(path, value))
            .collect(),
        claims: claims
            .iter()
            .map(|(path, value)| claim(path, value))
            .collect(),
    })
}

/// The ids of the users that have this entry.
fn found(desk: &Desk, path: &str, value: &str) -> Result<Vec<String>, String> {
    let plan = Plan {
        kind: "User".to_owned(),
        nodes: vec![Node::Equal(entry(path, value))],
        max_rows: 10,
        max_bytes: u32::MAX,
        ..Plan::default()
    };
    desk.ids(&plan)
}

fn reindexing_leaves_the_document_as_it_is(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[put(&user("a"), None, "body", &[("p", "1")], &[])])?;
    desk.apply(&[put(&user("a"), Some(1), "body2", &[("p", "1")], &[])])?;
    desk.apply(&[reindex("a", 2, &[("q", "2")], &[("c", "3")])])?;
    desk.stored(&user("a"), Some((2, "body2")))?;
    desk.apply(&[reindex("a", 2, &[("q", "2")], &[("c", "3")])])?;
    desk.stored(&user("a"), Some((2, "body2")))
}

fn reindexing_replaces_the_entries(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let before = [("p", "1"), ("q", "1"), ("q", "3")];
    desk.apply(&[put(&user("a"), None, "", &before, &[])])?;
    desk.apply(&[reindex("a", 1, &[("q", "2"), ("q", "1")], &[])])?;
    same("by what is gone", found(&desk, "p", "1")?, vec![])?;
    same("by one more that is gone", found(&desk, "q", "3")?, vec![])?;
    same(
        "by what stays",
        found(&desk, "q", "1")?,
        vec!["a".to_owned()],
    )?;
    same(
        "by what came",
        found(&desk, "q", "2")?,
        vec!["a".to_owned()],
    )?;
    desk.apply(&[delete(&user("a"), 1)])?;
    same("when it is gone", found(&desk, "q", "2")?, vec![])
}

fn reindexing_replaces_the_claims(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[put(&user("a"), None, "", &[], &[("c", "1"), ("c", "2")])])?;
    desk.apply(&[reindex("a", 1, &[], &[("c", "2"), ("c", "3")])])?;
    same("who let go", desk.holder("c", "1")?, None)?;
    same("who keeps", desk.holder("c", "2")?, Some(user("a")))?;
    same("who took", desk.holder("c", "3")?, Some(user("a")))?;
    desk.apply(&[put(&user("b"), None, "", &[], &[("c", "1")])])
}

fn reindexing_needs_the_version_named(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.refuse(&[reindex("a", 1, &[], &[])], &[0])?;
    desk.apply(&[put(&user("a"), None, "", &[("p", "1")], &[])])?;
    desk.apply(&[put(&user("a"), Some(1), "", &[("p", "1")], &[])])?;
    desk.refuse(&[reindex("a", 1, &[], &[])], &[0])?;
    desk.refuse(&[reindex("a", 3, &[], &[])], &[0])?;
    same("by what is still there", found(&desk, "p", "1")?.len(), 1)
}

fn reindexing_refuses_a_value_that_another_holds(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[
        put(&user("a"), None, "", &[], &[("c", "1")]),
        put(&user("b"), None, "", &[("p", "1")], &[]),
    ])?;
    desk.refuse(&[reindex("b", 1, &[], &[("c", "1")])], &[0])?;
    same("who holds it", desk.holder("c", "1")?, Some(user("a")))?;
    same(
        "what the other is found by",
        found(&desk, "p", "1")?.len(),
        1,
    )?;
    desk.apply(&[
        reindex("b", 1, &[], &[("c", "1")]),
        reindex("a", 1, &[], &[]),
    ])?;
    same("who holds it now", desk.holder("c", "1")?, Some(user("b")))
}

fn reindexing_goes_with_other_changes(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[
        put(&user("a"), None, "1", &[("p", "1")], &[]),
        reindex("a", 1, &[("p", "2")], &[]),
        put(&user("a"), Some(1), "2", &[("p", "3")], &[]),
        reindex("a", 2, &[("p", "4")], &[]),
    ])?;
    desk.stored(&user("a"), Some((2, "2")))?;
    same("by the last one", found(&desk, "p", "4")?.len(), 1)?;
    same("by one before", found(&desk, "p", "3")?.len(), 0)
}
