//! The rows of the facts below, page by page, with what places them in a walk. The page last read of
//! a walk is kept: most walks are along a queue whose head was just served.

use std::cmp::Ordering;
use std::rc::Rc;

use serde::{Deserialize, Serialize};

use super::table::smallest;
use crate::facts::{Entry, Facts, Failure, Order, Plan, Row, Selection};
use crate::license::entries;
use crate::scim::value::Value;
use crate::tenant::Tenant;

/// Rows that are asked for at a time.
const PAGE_ROWS: u32 = 100;

/// Walks that are remembered.
const MAX_WALKS: usize = 16;

/// Where a row stands in a walk.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Place {
    /// Whether the largest value comes first.
    descending: bool,
    /// The row's smallest value under the path by which the walk is ordered.
    value: Option<String>,
    id: String,
}

impl Place {
    pub(super) fn new(order: Option<&Order>, value: Option<&str>, id: &str) -> Self {
        Self {
            descending: order.is_some_and(|order| order.descending),
            value: value.map(str::to_owned),
            id: id.to_owned(),
        }
    }

    pub(super) fn id(&self) -> &str {
        &self.id
    }
}

impl Ord for Place {
    /// By value, rows without one last, or all of that turned round; rows alike in that by id, which
    /// is never turned round.
    fn cmp(&self, other: &Self) -> Ordering {
        let ascending = match (&self.value, &other.value) {
            (Some(value), Some(other)) => value.cmp(other),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        let turned = if self.descending {
            ascending.reverse()
        } else {
            ascending
        };
        turned.then_with(|| self.id.cmp(&other.id))
    }
}

impl PartialOrd for Place {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// A page of a walk below.
pub(super) struct Leaf {
    pub(super) rows: Vec<(Place, Rc<Row>)>,
    pub(super) next: Option<String>,
    pub(super) selection: Selection,
}

/// The walks that were begun.
#[derive(Default)]
pub(super) struct Walks(Vec<Walk>);

struct Walk {
    /// What is walked along, and nothing of how far.
    plan: Plan,
    /// Whatever lies before here was touched, and is the past.
    start: Option<String>,
    /// The page read last, and where it begins.
    leaf: Option<(Option<String>, Rc<Leaf>)>,
}

impl Walks {
    /// The page that begins at a cursor; without one, where somebody who counts may stand.
    pub(super) fn leaf(
        &mut self,
        plan: &Plan,
        from: Option<&str>,
        tenant: &Tenant,
        below: &mut dyn Facts,
    ) -> Result<Rc<Leaf>, Failure> {
        let walk = self.walk(plan);
        let from = from.or(walk.start.as_deref()).map(str::to_owned);
        if let Some((at, leaf)) = &walk.leaf
            && *at == from
        {
            return Ok(Rc::clone(leaf));
        }
        let page = below.find(Plan {
            after: from.clone(),
            max_rows: PAGE_ROWS,
            max_bytes: plan.max_bytes,
            ..walk.plan.clone()
        })?;
        let rows = page.rows.into_iter();
        let leaf = Rc::new(Leaf {
            rows: rows.map(|row| placed(row, plan, tenant)).collect(),
            next: page.next,
            selection: page.selection,
        });
        walk.leaf = Some((from, Rc::clone(&leaf)));
        Ok(leaf)
    }

    /// Nobody on the page that a walk begins with counts any more: it begins with the next.
    pub(super) fn advance(&mut self, plan: &Plan, next: &str) {
        self.walk(plan).start = Some(next.to_owned());
    }

    fn walk(&mut self, plan: &Plan) -> &mut Walk {
        let plan = Plan {
            kind: plan.kind.clone(),
            nodes: plan.nodes.clone(),
            order: plan.order.clone(),
            ..Plan::default()
        };
        let known = self.0.iter().position(|walk| walk.plan == plan);
        let walk = match known {
            Some(at) => self.0.remove(at),
            None => Walk {
                plan,
                start: None,
                leaf: None,
            },
        };
        if self.0.len() >= MAX_WALKS {
            self.0.remove(0);
        }
        self.0.push_mut(walk)
    }
}

fn placed(row: Row, plan: &Plan, tenant: &Tenant) -> (Place, Rc<Row>) {
    let order = plan.order.as_ref();
    let entries = order.map(|_| entries_of(&row, tenant)).unwrap_or_default();
    let value = order.and_then(|order| smallest(&entries, &order.path));
    let place = Place::new(order, value, &row.key.id);
    (place, Rc::new(row))
}

/// How the facts below find a row: just as it was written.
pub(super) fn entries_of(row: &Row, tenant: &Tenant) -> Vec<Entry> {
    let kind = tenant.registry.by_name(&row.key.kind);
    match (kind, Value::parse(&row.body)) {
        (Some(kind), Ok(Value::Object(document))) => entries(kind, &row.key.id, &document),
        _ => Vec::new(),
    }
}
