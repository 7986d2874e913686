//! Walks over the rows that a plan selects: by id, or by the smallest value under a path.
//!
//! A walk by value has two legs, the rows that have one and the rows that have none; each begins
//! behind the cursor. Where the route gives few rows, they are gathered and sorted instead.

use std::cmp::Ordering;
use std::ops::ControlFlow;

use rusqlite::{params, params_from_iter};
use scimlet_store::{Failure, Order, Plan};

use super::Space;
use super::find::{Filling, Route};
use super::plan::{Checked, Test, Tree};
use super::sql::{Builder, Statement};
use crate::convert::failure;
use crate::pairs;
use scimlet_store::cursor::Place;

/// Gives the rows of a route to a page, in the plan's order, until it is full.
pub(super) fn walk(
    space: &Space<'_>,
    checked: &Checked<'_>,
    route: &Route<'_>,
    page: &mut Filling<'_>,
) -> Result<(), Failure> {
    let plan = checked.plan;
    let Some(order) = &plan.order else {
        let statement = by_id(space, plan, route, checked.after.as_ref());
        return run(space, statement, page, false).map(|_| ());
    };
    let on_order = route.all.iter().filter(|tree| is_on(tree, &order.path));
    // The order's own entries are the rows: whatever their number, the first ones are found at once.
    let is_own_line = on_order
        .clone()
        .any(|tree| bound(tree, &order.path).is_some());
    // Whoever satisfies a comparison has a value.
    let all_valued = on_order.count() > 0;
    if route.few && !is_own_line {
        return gathered(space, plan, route, order, checked.after.as_ref(), page);
    }
    let legs = if order.descending {
        [false, true]
    } else {
        [true, false]
    };
    for valued in legs {
        if !valued && (all_valued || every_row_has_value(space, plan, order)?) {
            continue;
        }
        let statement = match (valued, &checked.after) {
            // The cursor lies in the other leg: this one is over, or wanted from its beginning.
            (true, Some(Place::Value(None, _))) if !order.descending => continue,
            (false, Some(Place::Value(Some(_), _))) if order.descending => continue,
            (true, Some(Place::Value(Some(value), id))) => {
                with_value(space, plan, route, order, Some((value, id)))
            }
            (true, _) => with_value(space, plan, route, order, None),
            (false, Some(Place::Value(None, id))) => {
                without_value(space, plan, route, order, Some(id))
            }
            (false, _) => without_value(space, plan, route, order, None),
        };
        if run(space, statement, page, true)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// Rows by id.
fn by_id(space: &Space<'_>, plan: &Plan, route: &Route<'_>, after: Option<&Place>) -> Statement {
    let mut builder = Builder::new(space.id, &plan.kind);
    let from = builder.from(route);
    let behind = match after {
        Some(Place::Id(id) | Place::Value(_, id)) => format!("AND r.id > {}", builder.text(id)),
        None => String::new(),
    };
    let limit = builder.number(reach(plan));
    builder.finish(format!(
        "SELECT r.id {from} {behind} ORDER BY r.id LIMIT {limit}"
    ))
}

/// Rows that have a value, along the entries of the order's path.
fn with_value(
    space: &Space<'_>,
    plan: &Plan,
    route: &Route<'_>,
    order: &Order,
    after: Option<(&str, &str)>,
) -> Statement {
    let mut builder = Builder::new(space.id, &plan.kind);
    let path = builder.text(&order.path);
    let mut rest = String::new();
    for tree in &route.all {
        match bound(tree, &order.path) {
            Some(Bound::None) => {}
            Some(Bound::Below(test)) => {
                rest.push_str(" AND ");
                rest.push_str(&builder.least(test));
            }
            None => rest += &builder.conditions(std::iter::once(*tree)),
        }
    }
    let (direction, from, beyond) = if order.descending {
        ("DESC", "<=", "<")
    } else {
        ("ASC", ">=", ">")
    };
    let behind = after.map(|(value, id)| {
        let (value, id) = (builder.text(value), builder.text(id));
        // The first condition bounds the scan; the second only leaves out the cursor's own value.
        format!("AND r.value {from} {value} AND (r.value {beyond} {value} OR r.id > {id})")
    });
    let behind = behind.unwrap_or_default();
    let limit = builder.number(reach(plan));
    builder.finish(format!(
        "SELECT r.id, r.value FROM entry r WHERE r.tenant = ?1 AND r.kind = ?2 \
         AND r.path = {path} AND r.least = 1 {behind} {rest} \
         ORDER BY r.value {direction}, r.id ASC LIMIT {limit}"
    ))
}

/// What a comparison of the order's own path means for the smallest value of each row.
enum Bound<'a> {
    /// That there is one.
    None,
    /// That it lies below: then some value does, and not otherwise.
    Below(Test<'a>),
}

/// The same for a tree, if that can be said by the smallest value alone. That some value lies above
/// cannot: another one may be the smallest.
fn bound<'a>(tree: &Tree<'a>, path: &str) -> Option<Bound<'a>> {
    match tree {
        Tree::Leaf(leaf) if leaf.path == path => match leaf.test {
            Test::Any => Some(Bound::None),
            Test::Less(_) | Test::AtMost(_) => Some(Bound::Below(leaf.test)),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a tree is a comparison of this path.
fn is_on(tree: &Tree<'_>, path: &str) -> bool {
    matches!(tree, Tree::Leaf(leaf) if leaf.path == path)
}

/// Rows that have no value, by id.
fn without_value(
    space: &Space<'_>,
    plan: &Plan,
    route: &Route<'_>,
    order: &Order,
    after: Option<&str>,
) -> Statement {
    let mut builder = Builder::new(space.id, &plan.kind);
    let marker = builder.bind(pairs::marker(&order.path));
    let rest = builder.conditions(route.all.iter().copied());
    let behind = after
        .map(|id| format!("AND r.id > {}", builder.text(id)))
        .unwrap_or_default();
    let limit = builder.number(reach(plan));
    builder.finish(format!(
        "SELECT r.id, NULL FROM document r WHERE r.tenant = ?1 AND r.kind = ?2 \
         AND instr(r.entries, {marker}) = 0 {behind} {rest} ORDER BY r.id LIMIT {limit}"
    ))
}

/// Whether the leg of rows without a value is empty. To count the entries is far less than to look
/// through the documents, and most orders are by what every row has.
fn every_row_has_value(space: &Space<'_>, plan: &Plan, order: &Order) -> Result<bool, Failure> {
    let sql = "SELECT (SELECT count(*) FROM entry WHERE tenant = ?1 AND kind = ?2 AND path = ?3 \
               AND least = 1) = (SELECT documents FROM tally WHERE tenant = ?1 AND kind = ?2)";
    let mut statement = space.connection.prepare_cached(sql).map_err(failure)?;
    let answer: rusqlite::Result<Option<bool>> =
        statement.query_row(params![space.id, plan.kind, order.path], |row| row.get(0));
    // NULL where the kind has no documents at all: nothing to walk.
    Ok(answer.map_err(failure)?.unwrap_or(true))
}

/// As far as a page can reach: what is skipped, what is given, and one row to see that there is
/// more.
fn reach(plan: &Plan) -> u64 {
    plan.offset
        .saturating_add(u64::from(plan.max_rows))
        .saturating_add(1)
}

/// Gives what a statement finds to the page; breaks when that is full.
fn run(
    space: &Space<'_>,
    statement: Statement,
    page: &mut Filling<'_>,
    valued: bool,
) -> Result<ControlFlow<()>, Failure> {
    let mut prepared = space
        .connection
        .prepare_cached(&statement.sql)
        .map_err(failure)?;
    let mut rows = prepared
        .query(params_from_iter(statement.values))
        .map_err(failure)?;
    while let Some(row) = rows.next().map_err(failure)? {
        let id = row.get(0).map_err(failure)?;
        let place = if valued {
            Place::Value(row.get(1).map_err(failure)?, id)
        } else {
            Place::Id(id)
        };
        if page.take(place)?.is_break() {
            return Ok(ControlFlow::Break(()));
        }
    }
    Ok(ControlFlow::Continue(()))
}

/// The few rows of a route, with their values out of their own lists of entries.
fn gathered(
    space: &Space<'_>,
    plan: &Plan,
    route: &Route<'_>,
    order: &Order,
    after: Option<&Place>,
    page: &mut Filling<'_>,
) -> Result<(), Failure> {
    let mut builder = Builder::new(space.id, &plan.kind);
    let from = builder.from(route);
    let statement = builder.finish(format!(
        "SELECT s.id, (SELECT entries FROM document WHERE tenant = ?1 AND kind = ?2 AND id = s.id) \
         FROM (SELECT r.id {from}) s"
    ));
    let mut prepared = space
        .connection
        .prepare_cached(&statement.sql)
        .map_err(failure)?;
    let mut rows = prepared
        .query(params_from_iter(statement.values))
        .map_err(failure)?;
    let mut places = Vec::new();
    while let Some(row) = rows.next().map_err(failure)? {
        let entries: Vec<u8> = row.get(1).map_err(failure)?;
        let pairs = pairs::decode(&entries)?;
        // Pairs are sorted, so the first of the path is the smallest.
        let value = pairs.iter().find(|(path, _)| *path == order.path);
        let value = value.map(|(_, value)| (*value).to_owned());
        places.push(Place::Value(value, row.get(0).map_err(failure)?));
    }
    places.retain(|place| after.is_none_or(|after| compare(place, after, order).is_gt()));
    places.sort_by(|a, b| compare(a, b, order));
    for place in places {
        if page.take(place)?.is_break() {
            break;
        }
    }
    Ok(())
}

/// By value, rows without one last, or all of that turned round; rows alike in that by id, which
/// is never turned round.
fn compare(a: &Place, b: &Place, order: &Order) -> Ordering {
    let (value, id) = parts(a);
    let (other_value, other_id) = parts(b);
    let ascending = match (value, other_value) {
        (Some(value), Some(other)) => value.cmp(other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    let turned = if order.descending {
        ascending.reverse()
    } else {
        ascending
    };
    turned.then_with(|| id.cmp(other_id))
}

fn parts(place: &Place) -> (Option<&str>, &str) {
    match place {
        Place::Id(id) => (None, id),
        Place::Value(value, id) => (value.as_deref(), id),
    }
}
