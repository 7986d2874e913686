//! Documents: loading, creating, replacing, removing.

use crate::{Backend, Outcome};

use super::desk::{Checked, Desk, create, delete, key, put, same, text, user};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    loads_in_the_order_of_the_keys,
    knows_no_row_where_nothing_was_written,
    gives_bodies_back_byte_for_byte,
    takes_a_body_of_a_megabyte,
    takes_odd_names,
    counts_versions_from_one,
    creates_only_what_is_not_there,
    replaces_only_the_version_named,
    writes_one_row_several_times_in_a_commit,
    removes_only_the_version_named,
    begins_again_at_one_after_a_removal,
    keeps_kinds_apart,
    applies_an_empty_commit,
];

fn loads_in_the_order_of_the_keys(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[create(&user("a")), create(&user("b")), create(&user("c"))])?;
    let keys = [user("c"), user("x"), user("a"), user("c"), user("b")];
    let rows = desk.store.load(&keys).map_err(text)?;
    let ids: Vec<_> = rows
        .iter()
        .map(|row| row.as_ref().map(|row| row.key.id.as_str()))
        .collect();
    same(
        "the rows",
        ids,
        vec![Some("c"), None, Some("a"), Some("c"), Some("b")],
    )
}

fn knows_no_row_where_nothing_was_written(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    same("no keys", desk.store.load(&[]).map_err(text)?, vec![])?;
    desk.stored(&user("a"), None)?;
    desk.apply(&[create(&user("b"))])?;
    desk.stored(&user("a"), None)
}

fn gives_bodies_back_byte_for_byte(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let bodies = [
        "",
        " ",
        "{ \"b\" : 1,\n\t\"a\" : 1.0 }\r\n",
        "not json at all",
        "e\u{301} \u{e9} \u{1F600} \u{10FFFF} \u{FEFF}",
        "\\u0041 '' \"\" ; -- % _",
    ];
    for (number, body) in bodies.into_iter().enumerate() {
        let key = user(&number.to_string());
        desk.apply(&[put(&key, None, body, &[], &[])])?;
        desk.stored(&key, Some((1, body)))?;
    }
    Ok(())
}

fn takes_a_body_of_a_megabyte(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let body = "\u{e4}bc\u{1F600}".repeat(130_000);
    desk.apply(&[put(&user("a"), None, &body, &[("p", "v")], &[])])?;
    let row = desk.load(&user("a"))?;
    same(
        "the body's bytes are there",
        row.is_some_and(|row| row.body == body),
        true,
    )
}

fn takes_odd_names(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let keys = [
        key("", ""),
        key("User", ""),
        key("", "a"),
        key("%", "_"),
        key("K:1", "\u{1F600}'"),
    ];
    for key in &keys {
        desk.apply(&[put(key, None, &key.id, &[("", "")], &[])])?;
    }
    for key in &keys {
        desk.stored(key, Some((1, &key.id)))?;
    }
    Ok(())
}

fn counts_versions_from_one(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[put(&user("a"), None, "1", &[], &[])])?;
    for version in 1..=5 {
        desk.apply(&[put(
            &user("a"),
            Some(version),
            &format!("{}", version + 1),
            &[],
            &[],
        )])?;
        desk.stored(&user("a"), Some((version + 1, &format!("{}", version + 1))))?;
    }
    Ok(())
}

fn creates_only_what_is_not_there(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[put(&user("a"), None, "first", &[], &[])])?;
    desk.refuse(&[put(&user("a"), None, "second", &[], &[])], &[0])?;
    desk.stored(&user("a"), Some((1, "first")))
}

fn replaces_only_the_version_named(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.refuse(&[put(&user("a"), Some(1), "x", &[], &[])], &[0])?;
    desk.apply(&[put(&user("a"), None, "1", &[], &[])])?;
    desk.apply(&[put(&user("a"), Some(1), "2", &[], &[])])?;
    for wrong in [0, 1, 3, u64::MAX] {
        desk.refuse(&[put(&user("a"), Some(wrong), "x", &[], &[])], &[0])?;
    }
    desk.stored(&user("a"), Some((2, "2")))
}

fn writes_one_row_several_times_in_a_commit(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let a = user("a");
    desk.apply(&[
        put(&a, None, "1", &[("p", "1")], &[("c", "1")]),
        put(&a, Some(1), "2", &[("p", "2")], &[("c", "2")]),
        delete(&a, 2),
        put(&a, None, "3", &[("p", "3")], &[("c", "3")]),
    ])?;
    desk.stored(&a, Some((1, "3")))?;
    same("a freed value", desk.holder("c", "2")?, None)?;
    same("the held value", desk.holder("c", "3")?, Some(a.clone()))?;
    desk.refuse(
        &[
            put(&a, Some(1), "4", &[], &[]),
            put(&a, Some(1), "5", &[], &[]),
        ],
        &[1],
    )
}

fn removes_only_the_version_named(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.refuse(&[delete(&user("a"), 1)], &[0])?;
    desk.apply(&[create(&user("a"))])?;
    desk.refuse(&[delete(&user("a"), 2)], &[0])?;
    desk.refuse(&[delete(&user("a"), 0)], &[0])?;
    desk.apply(&[delete(&user("a"), 1)])?;
    desk.stored(&user("a"), None)?;
    desk.refuse(&[delete(&user("a"), 1)], &[0])
}

fn begins_again_at_one_after_a_removal(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[create(&user("a")), put(&user("a"), Some(1), "2", &[], &[])])?;
    desk.apply(&[delete(&user("a"), 2)])?;
    desk.refuse(&[put(&user("a"), Some(2), "x", &[], &[])], &[0])?;
    desk.apply(&[put(&user("a"), None, "new", &[], &[])])?;
    desk.stored(&user("a"), Some((1, "new")))
}

fn keeps_kinds_apart(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[put(&key("User", "a"), None, "user", &[], &[])])?;
    desk.stored(&key("Group", "a"), None)?;
    desk.apply(&[put(&key("Group", "a"), None, "group", &[], &[])])?;
    desk.apply(&[delete(&key("User", "a"), 1)])?;
    desk.stored(&key("Group", "a"), Some((1, "group")))
}

fn applies_an_empty_commit(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    same("nothing to do", desk.commit(&[])?, Outcome::Applied)
}
