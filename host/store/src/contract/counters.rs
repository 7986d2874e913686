//! Counters, and the range that an adjustment must stay in.

use crate::Backend;

use super::desk::{Checked, Desk, adjust, same, text};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    reads_counters_in_order_and_zero_where_never_adjusted,
    adds_and_subtracts,
    stays_at_or_below_the_ceiling,
    stays_at_or_above_the_floor,
    never_leaves_the_range_of_all_counters,
    judges_a_delta_of_zero_as_a_condition,
    judges_several_adjusts_of_one_counter_in_order,
    judges_the_range_only_after_the_addition,
];

const MAX: u64 = i64::MAX as u64;

fn reads_counters_in_order_and_zero_where_never_adjusted(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let names = ["b", "x", "a", "b"].map(str::to_owned);
    same(
        "before",
        desk.store.counters(&names).map_err(text)?,
        vec![0, 0, 0, 0],
    )?;
    desk.apply(&[adjust("a", 1, 0, None), adjust("b", 2, 0, None)])?;
    same(
        "after",
        desk.store.counters(&names).map_err(text)?,
        vec![2, 0, 1, 2],
    )?;
    same("no names", desk.store.counters(&[]).map_err(text)?, vec![])
}

fn adds_and_subtracts(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    for (delta, wanted) in [(5, 5), (-2, 3), (100, 103), (-103, 0), (1, 1)] {
        desk.apply(&[adjust("n", delta, 0, None)])?;
        same("the counter", desk.counter("n")?, wanted)?;
    }
    Ok(())
}

fn stays_at_or_below_the_ceiling(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[adjust("n", 2, 0, Some(3))])?;
    desk.refuse(&[adjust("n", 2, 0, Some(3))], &[0])?;
    desk.apply(&[adjust("n", 1, 0, Some(3))])?;
    desk.refuse(&[adjust("n", 1, 0, Some(3))], &[0])?;
    desk.refuse(&[adjust("m", 1, 0, Some(0))], &[0])?;
    same("the counter", desk.counter("n")?, 3)
}

fn stays_at_or_above_the_floor(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.refuse(&[adjust("n", -1, 0, None)], &[0])?;
    desk.apply(&[adjust("n", 5, 5, None)])?;
    desk.refuse(&[adjust("n", -1, 5, None)], &[0])?;
    desk.apply(&[adjust("n", -1, 4, None)])?;
    desk.refuse(&[adjust("n", -5, 0, None)], &[0])?;
    same("the counter", desk.counter("n")?, 4)?;
    // No sum lies in an empty range.
    desk.refuse(&[adjust("n", 0, 9, Some(3))], &[0])
}

fn never_leaves_the_range_of_all_counters(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[adjust("n", i64::MAX, 0, None)])?;
    same("the largest counter", desk.counter("n")?, MAX)?;
    desk.refuse(&[adjust("n", 1, 0, None)], &[0])?;
    desk.refuse(&[adjust("n", 1, 0, Some(u64::MAX))], &[0])?;
    desk.refuse(&[adjust("n", i64::MAX, 0, Some(u64::MAX))], &[0])?;
    desk.refuse(&[adjust("n", i64::MIN, 0, None)], &[0])?;
    desk.apply(&[adjust("n", -i64::MAX, 0, None)])?;
    same("and back", desk.counter("n")?, 0)
}

fn judges_a_delta_of_zero_as_a_condition(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[adjust("n", 0, 0, Some(0))])?;
    desk.refuse(&[adjust("n", 0, 1, None)], &[0])?;
    desk.apply(&[adjust("n", 4, 0, None)])?;
    desk.apply(&[adjust("n", 0, 4, Some(4))])?;
    desk.refuse(&[adjust("n", 0, 0, Some(3))], &[0])?;
    desk.refuse(&[adjust("n", 0, 5, None)], &[0])?;
    same("the counter", desk.counter("n")?, 4)
}

fn judges_several_adjusts_of_one_counter_in_order(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[
        adjust("n", 3, 0, Some(3)),
        adjust("n", -2, 0, None),
        adjust("n", 2, 0, Some(3)),
    ])?;
    same("the counter", desk.counter("n")?, 3)?;
    // The end would fit, the way there does not.
    desk.refuse(
        &[adjust("n", 1, 0, Some(3)), adjust("n", -1, 0, None)],
        &[0],
    )?;
    desk.refuse(&[adjust("n", -3, 0, None), adjust("n", -1, 0, None)], &[1])?;
    desk.apply(&[adjust("n", -1, 0, None), adjust("n", 1, 0, Some(3))])?;
    same("the counter", desk.counter("n")?, 3)
}

/// A ceiling that was lowered below what is in use does not hinder giving back.
fn judges_the_range_only_after_the_addition(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[adjust("n", 10, 0, None)])?;
    desk.refuse(&[adjust("n", -1, 0, Some(5))], &[0])?;
    desk.apply(&[adjust("n", -5, 0, Some(5))])?;
    same("the counter", desk.counter("n")?, 5)
}
