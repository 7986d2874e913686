//! The outbox as a host looks after it: where it ends, and cutting off its oldest part.

use crate::Backend;

use super::desk::{Checked, Desk, emit, same, text, together, user};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    knows_where_an_outbox_ends,
    removes_the_oldest_events_in_bounded_steps,
    keeps_the_newest_event_so_that_its_position_is_never_given_again,
    removes_events_of_one_tenant_alone,
    removes_each_event_once_whoever_asks,
];

/// A desk with so many events.
fn with_events(backend: &dyn Backend, count: u64) -> Result<Desk, String> {
    let desk = Desk::new(backend)?;
    for number in 0..count {
        desk.apply(&[emit("t", &user("a"), &number.to_string())])?;
    }
    Ok(desk)
}

fn end(desk: &Desk) -> Result<u64, String> {
    desk.store.outbox_end().map_err(text)
}

fn prune(desk: &Desk, through: u64, max: u32) -> Result<u64, String> {
    desk.store.prune(through, max).map_err(text)
}

fn positions(desk: &Desk) -> Result<Vec<u64>, String> {
    let posted = desk.store.outbox(0, u32::MAX).map_err(text)?;
    Ok(posted.iter().map(|posted| posted.position).collect())
}

fn knows_where_an_outbox_ends(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    same("the end of no outbox", end(&desk)?, 0)?;
    desk.apply(&[emit("t", &user("a"), ""), emit("t", &user("b"), "")])?;
    let last = positions(&desk)?.last().copied().unwrap_or_default();
    same("the end", end(&desk)?, last)
}

fn removes_the_oldest_events_in_bounded_steps(backend: &dyn Backend) -> Checked {
    let desk = with_events(backend, 10)?;
    same("removed of none", prune(&desk, 0, 9)?, 0)?;
    same("removed at most none", prune(&desk, 5, 0)?, 0)?;
    same("removed at first", prune(&desk, 5, 3)?, 3)?;
    same("left", positions(&desk)?, (4..=10).collect())?;
    same("removed then", prune(&desk, 5, 3)?, 2)?;
    same("removed at last", prune(&desk, 5, 3)?, 0)?;
    same("left", positions(&desk)?, (6..=10).collect())?;
    let behind = desk.store.outbox(7, 2).map_err(text)?;
    let behind = behind.iter().map(|posted| posted.event.body.as_str());
    same("behind a position", behind.collect(), vec!["7", "8"])
}

fn keeps_the_newest_event_so_that_its_position_is_never_given_again(
    backend: &dyn Backend,
) -> Checked {
    let desk = with_events(backend, 4)?;
    same("removed of all", prune(&desk, u64::MAX, u32::MAX)?, 3)?;
    same("left", positions(&desk)?, vec![4])?;
    same("the end", end(&desk)?, 4)?;
    desk.apply(&[emit("t", &user("a"), "")])?;
    same("left", positions(&desk)?, vec![4, 5])?;
    let empty = Desk::new(backend)?;
    same("removed of no outbox", prune(&empty, u64::MAX, 9)?, 0)
}

fn removes_events_of_one_tenant_alone(backend: &dyn Backend) -> Checked {
    let (desk, other) = (with_events(backend, 3)?, with_events(backend, 3)?);
    same("removed", prune(&desk, 2, 9)?, 2)?;
    same("left of the other's", positions(&other)?, vec![1, 2, 3])
}

/// Several who cut off the same part, and one who writes meanwhile.
fn removes_each_event_once_whoever_asks(backend: &dyn Backend) -> Checked {
    let desk = with_events(backend, 40)?;
    let removed = together(4, |number| {
        if number == 0 {
            desk.apply(&[emit("t", &user("a"), "")])?;
            return Ok(vec![0]);
        }
        let mut removed = Vec::new();
        while removed.last() != Some(&0) {
            removed.push(prune(&desk, 30, 4)?);
        }
        Ok(removed)
    })?;
    same("removed in all", removed.iter().flatten().sum(), 30)?;
    same("left", positions(&desk)?, (31..=41).collect())
}
