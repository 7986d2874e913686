//! Claims: a value has one holder at most.

use crate::Backend;

use super::desk::{Checked, Desk, claim, delete, key, put, same, text, user};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    names_the_holder_of_each_value,
    refuses_a_value_that_another_holds,
    refuses_a_value_across_kinds,
    refuses_two_rows_that_claim_one_value_in_a_commit,
    lets_a_row_keep_its_claims,
    counts_a_claim_named_twice_once,
    frees_what_a_replacement_no_longer_claims,
    frees_what_a_removed_row_held,
    takes_what_the_commit_freed_before,
    takes_what_the_commit_frees_later,
    lets_two_rows_exchange_their_values,
    refuses_a_value_that_is_let_go_and_taken_again,
    keeps_paths_apart,
    compares_values_byte_for_byte,
];

fn holding(id: &str, replaces: Option<u64>, values: &[&str]) -> crate::Change {
    let claims: Vec<_> = values.iter().map(|value| ("name", *value)).collect();
    put(&user(id), replaces, "{}", &[], &claims)
}

fn names_the_holder_of_each_value(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    same("no claims", desk.store.holders(&[]).map_err(text)?, vec![])?;
    desk.apply(&[holding("a", None, &["1", "2"]), holding("b", None, &["3"])])?;
    let asked = ["3", "x", "1", "3", "2"].map(|value| claim("name", value));
    let wanted = vec![
        Some(user("b")),
        None,
        Some(user("a")),
        Some(user("b")),
        Some(user("a")),
    ];
    same(
        "the holders",
        desk.store.holders(&asked).map_err(text)?,
        wanted,
    )
}

fn refuses_a_value_that_another_holds(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[holding("a", None, &["1"]), holding("b", None, &["2"])])?;
    desk.refuse(&[holding("c", None, &["0", "1"])], &[0])?;
    desk.refuse(
        &[
            holding("c", None, &["3"]),
            holding("b", Some(1), &["2", "1"]),
        ],
        &[1],
    )?;
    desk.stored(&user("c"), None)?;
    desk.stored(&user("b"), Some((1, "{}")))?;
    same("the holder", desk.holder("name", "1")?, Some(user("a")))?;
    same(
        "a value of the refused row",
        desk.holder("name", "0")?,
        None,
    )
}

fn refuses_a_value_across_kinds(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[holding("a", None, &["1"])])?;
    desk.refuse(
        &[put(&key("Group", "a"), None, "{}", &[], &[("name", "1")])],
        &[0],
    )
}

fn refuses_two_rows_that_claim_one_value_in_a_commit(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.refuse(
        &[holding("a", None, &["1"]), holding("b", None, &["1"])],
        &[1],
    )?;
    same("the holder", desk.holder("name", "1")?, None)
}

fn lets_a_row_keep_its_claims(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[holding("a", None, &["1", "2"])])?;
    desk.apply(&[holding("a", Some(1), &["2", "1", "3"])])?;
    for value in ["1", "2", "3"] {
        same("the holder", desk.holder("name", value)?, Some(user("a")))?;
    }
    Ok(())
}

fn counts_a_claim_named_twice_once(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[holding("a", None, &["1", "1"])])?;
    same("the holder", desk.holder("name", "1")?, Some(user("a")))?;
    desk.apply(&[holding("a", Some(1), &[]), holding("b", None, &["1", "1"])])?;
    same("the new holder", desk.holder("name", "1")?, Some(user("b")))
}

fn frees_what_a_replacement_no_longer_claims(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[holding("a", None, &["1", "2"])])?;
    desk.apply(&[holding("a", Some(1), &["2"])])?;
    same("the freed value", desk.holder("name", "1")?, None)?;
    desk.apply(&[holding("b", None, &["1"])])
}

fn frees_what_a_removed_row_held(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[holding("a", None, &["1"])])?;
    desk.apply(&[delete(&user("a"), 1)])?;
    same("the freed value", desk.holder("name", "1")?, None)?;
    desk.apply(&[holding("b", None, &["1"])])
}

fn takes_what_the_commit_freed_before(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[holding("a", None, &["1"]), holding("b", None, &["2"])])?;
    desk.apply(&[
        delete(&user("a"), 1),
        holding("b", Some(1), &[]),
        holding("c", None, &["1", "2"]),
    ])?;
    same("the first", desk.holder("name", "1")?, Some(user("c")))?;
    same("the second", desk.holder("name", "2")?, Some(user("c")))
}

fn takes_what_the_commit_frees_later(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[holding("a", None, &["1"]), holding("b", None, &["2"])])?;
    desk.apply(&[
        holding("c", None, &["1", "2"]),
        delete(&user("a"), 1),
        holding("b", Some(1), &[]),
    ])?;
    same("the first", desk.holder("name", "1")?, Some(user("c")))?;
    same("the second", desk.holder("name", "2")?, Some(user("c")))
}

fn lets_two_rows_exchange_their_values(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[holding("a", None, &["1"]), holding("b", None, &["2"])])?;
    desk.apply(&[holding("a", Some(1), &["2"]), holding("b", Some(1), &["1"])])?;
    same("the first", desk.holder("name", "1")?, Some(user("b")))?;
    same("the second", desk.holder("name", "2")?, Some(user("a")))?;
    desk.apply(&[delete(&user("a"), 2), delete(&user("b"), 2)])?;
    same("the first is free", desk.holder("name", "1")?, None)?;
    same("the second is free", desk.holder("name", "2")?, None)
}

fn refuses_a_value_that_is_let_go_and_taken_again(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[holding("a", None, &["1"])])?;
    desk.refuse(
        &[
            holding("a", Some(1), &[]),
            holding("b", None, &["1"]),
            holding("a", Some(2), &["1"]),
        ],
        &[1, 2],
    )?;
    same("the holder", desk.holder("name", "1")?, Some(user("a")))
}

fn keeps_paths_apart(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[
        put(&user("a"), None, "{}", &[], &[("p", "qr")]),
        put(&user("b"), None, "{}", &[], &[("pq", "r")]),
        put(&user("c"), None, "{}", &[], &[("", "pqr")]),
    ])?;
    same("the holder", desk.holder("pq", "r")?, Some(user("b")))
}

fn compares_values_byte_for_byte(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let values = [
        "a",
        "A",
        "a ",
        "\u{e9}",
        "e\u{301}",
        "%",
        "_",
        "",
        "\u{10FFFF}",
    ];
    for (number, value) in values.into_iter().enumerate() {
        desk.apply(&[holding(&number.to_string(), None, &[value])])?;
    }
    for (number, value) in values.into_iter().enumerate() {
        same(
            "the holder",
            desk.holder("name", value)?,
            Some(user(&number.to_string())),
        )?;
    }
    Ok(())
}
