//! One page of rows: what the nodes select, in the order asked for, from the cursor on.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Bound;

use crate::{Entry, Failure, Key, Order, Page, Plan, Row, Selection};

use super::select::select;
use super::space::{Space, Stored};
use crate::cursor::Place;

/// A row on its way to a page, with its place in the walk.
type Found<'a> = (Place, &'a str, &'a Stored);

/// Answers a plan, exactly.
pub(super) fn find(space: &Space, plan: &Plan) -> Result<Page, Failure> {
    let none = BTreeMap::new();
    let rows = space.rows.get(&plan.kind).unwrap_or(&none);
    let ids = select(space, plan)?;
    let total = ids.as_ref().map_or(rows.len(), BTreeSet::len);
    let ordered = plan.order.is_some();
    let after = plan
        .after
        .as_deref()
        .map(|cursor| Place::decode(cursor, ordered))
        .transpose()?;
    let row = |id: &'_ &str| {
        rows.get_key_value(*id)
            .map(|(id, stored)| (id.as_str(), stored))
    };

    let (found, next) = match (&plan.order, ids) {
        (Some(order), ids) => {
            let selected: Vec<_> = match &ids {
                Some(ids) => ids.iter().filter_map(row).collect(),
                None => rows
                    .iter()
                    .map(|(id, stored)| (id.as_str(), stored))
                    .collect(),
            };
            cut(sorted(selected, order, after.as_ref()).into_iter(), plan)
        }
        (None, Some(ids)) => {
            let from = ids.range::<str, _>(behind(after.as_ref()));
            cut(from.filter_map(row).map(by_id), plan)
        }
        (None, None) => {
            let from = rows.range::<str, _>(behind(after.as_ref()));
            cut(from.map(|(id, stored)| by_id((id.as_str(), stored))), plan)
        }
    };
    Ok(Page {
        rows: found
            .into_iter()
            .map(|(_, id, stored)| give(&plan.kind, id, stored))
            .collect(),
        next: next.map(|place| place.encode()),
        total: plan.want_total.then_some(total as u64),
        selection: Selection::Exact,
    })
}

fn behind(after: Option<&Place>) -> (Bound<&str>, Bound<&str>) {
    match after {
        Some(Place::Id(id) | Place::Value(_, id)) => (Bound::Excluded(id), Bound::Unbounded),
        None => (Bound::Unbounded, Bound::Unbounded),
    }
}

fn by_id<'a>((id, stored): (&'a str, &'a Stored)) -> Found<'a> {
    (Place::Id(id.to_owned()), id, stored)
}

/// Rows in order of their smallest value under a path, behind a place.
fn sorted<'a>(
    rows: Vec<(&'a str, &'a Stored)>,
    order: &Order,
    after: Option<&Place>,
) -> Vec<Found<'a>> {
    let found = rows.into_iter().map(|(id, stored)| {
        let value = smallest(stored, &order.path).map(str::to_owned);
        (Place::Value(value, id.to_owned()), id, stored)
    });
    let behind = |found: &Found<'_>| {
        after.is_none_or(|after| compare(&found.0, after, order.descending).is_gt())
    };
    let mut found: Vec<_> = found.filter(behind).collect();
    found.sort_by(|a, b| compare(&a.0, &b.0, order.descending));
    found
}

/// The smallest value of a row under a path.
fn smallest<'a>(stored: &'a Stored, path: &str) -> Option<&'a str> {
    let from = Entry {
        path: path.to_owned(),
        value: String::new(),
    };
    let first = stored
        .entries
        .range(from..)
        .next()
        .filter(|entry| entry.path == path);
    first.map(|entry| entry.value.as_str())
}

/// By value, rows without one last, or all of that turned round; rows alike in that by id, which
/// is never turned round.
fn compare(a: &Place, b: &Place, descending: bool) -> Ordering {
    let (value, id) = parts(a);
    let (other_value, other_id) = parts(b);
    let ascending = match (value, other_value) {
        (Some(value), Some(other)) => value.cmp(other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    let turned = if descending {
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

/// One page of a walk, and the place of its last row if there is more behind it.
fn cut<'a>(walk: impl Iterator<Item = Found<'a>>, plan: &Plan) -> (Vec<Found<'a>>, Option<Place>) {
    let mut page: Vec<Found<'a>> = Vec::new();
    let mut bytes = 0;
    for found in walk.skip(usize::try_from(plan.offset).unwrap_or(usize::MAX)) {
        bytes += found.2.body.len();
        let full = page.len() >= plan.max_rows as usize;
        let heavy = bytes > plan.max_bytes as usize && !page.is_empty();
        if full || heavy {
            let last = page.last().map(|found| found.0.clone());
            return (page, last);
        }
        page.push(found);
    }
    (page, None)
}

fn give(kind: &str, id: &str, stored: &Stored) -> Row {
    let key = Key {
        kind: kind.to_owned(),
        id: id.to_owned(),
    };
    Row {
        key,
        version: stored.version,
        body: stored.body.clone(),
    }
}
