//! One page of rows: a walk gives ids in order, and each row is fetched until the page is full.

use std::ops::ControlFlow;

use rusqlite::{CachedStatement, OptionalExtension, params, params_from_iter};
use scimlet_store::{Failure, Key, Page, Plan, Row, Selection};

use super::Space;
use super::plan::{Checked, Tree};
use super::sql::{Builder, Cost, Statement, cost, exact};
use super::walk;
use crate::convert::{failure, number};
use scimlet_store::cursor::Place;

/// Rows of a source that are counted to judge it. To gather and sort so many costs about a
/// millisecond; with more than that, a walk along the order's own entries finds a page sooner.
const FEW: u64 = 1000;

/// Rows that are looked through so soon that no better source need be sought.
const HANDFUL: u64 = 16;

/// Where a walk gets its rows from, and what is left to ask of each. The default is every row.
#[derive(Default)]
pub(super) struct Route<'a> {
    /// The conjunct whose entries give the ids; none: every row of the kind.
    pub(super) source: Option<&'a Tree<'a>>,
    /// What each row must satisfy beyond that.
    pub(super) rest: Vec<&'a Tree<'a>>,
    /// Everything that each row must satisfy, wherever it comes from.
    pub(super) all: Vec<&'a Tree<'a>>,
    /// Whether the source is known to give few rows.
    pub(super) few: bool,
}

/// A page being filled.
pub(super) struct Filling<'a> {
    kind: &'a str,
    load: CachedStatement<'a>,
    space: i64,
    skip: u64,
    most_rows: usize,
    most_bytes: usize,
    bytes: usize,
    rows: Vec<Row>,
    last: Option<Place>,
    more: bool,
}

/// Answers a plan, exactly.
pub(crate) fn find(space: &Space<'_>, checked: &Checked<'_>) -> Result<Page, Failure> {
    let plan = checked.plan;
    let route = route_to(
        space,
        &plan.kind,
        checked.root.as_ref(),
        plan.order.is_some(),
    )?;
    let total = plan
        .want_total
        .then(|| total(space, &plan.kind, &route))
        .transpose()?;
    let is_past_the_end = total.is_some_and(|total| total <= plan.offset);
    let (rows, next) = if plan.max_rows == 0 || is_past_the_end {
        (Vec::new(), None)
    } else {
        let mut page = Filling::new(space, plan)?;
        walk::walk(space, checked, &route, &mut page)?;
        let next = page.last.filter(|_| page.more).map(|place| place.encode());
        (page.rows, next)
    };
    Ok(Page {
        rows,
        next,
        total,
        selection: Selection::Exact,
    })
}

/// The answer where a tenant has no data at all.
pub(crate) fn nothing(plan: &Plan) -> Page {
    let total = plan.want_total.then_some(0);
    Page {
        rows: Vec::new(),
        next: None,
        total,
        selection: Selection::Exact,
    }
}

/// Chooses the source, and what is left to ask of each of its rows.
fn route_to<'a>(
    space: &Space<'_>,
    kind: &str,
    root: Option<&'a Tree<'a>>,
    ordered: bool,
) -> Result<Route<'a>, Failure> {
    let mut all = Vec::new();
    conjuncts(root, &mut all);
    let mut sources: Vec<_> = all
        .iter()
        .filter_map(|tree| cost(tree).map(|cost| (*tree, cost)))
        .collect();
    sources.sort_by_key(|(_, cost)| *cost);
    let widest = sources.first().map(|(tree, _)| *tree);
    sources.retain(|(_, cost)| *cost < Cost::Path);
    // One source and no order: nothing depends on how many rows it has.
    let judged = sources.len() > 1 || ordered;
    let best = if judged {
        narrowest(space, kind, &sources)?
    } else {
        None
    };
    let source = best.map(|(tree, _)| tree).or(widest);
    let covered = |tree: &&Tree<'_>| {
        source.is_some_and(|source| std::ptr::eq(source, *tree) && exact(source))
    };
    Ok(Route {
        source,
        rest: all.iter().copied().filter(|tree| !covered(tree)).collect(),
        all,
        few: best.is_some_and(|(_, count)| count <= FEW),
    })
}

/// The source with the fewest rows, and how many those are. SQLite cannot know, for want of
/// statistics, and the first one may be `active eq true`.
fn narrowest<'a>(
    space: &Space<'_>,
    kind: &str,
    sources: &[(&'a Tree<'a>, Cost)],
) -> Result<Option<(&'a Tree<'a>, u64)>, Failure> {
    // A handful is as good as one: then no other source is counted to the end.
    for limit in [HANDFUL, FEW + 1] {
        let mut best = None;
        for (tree, _) in sources {
            let count = count_up_to(space, kind, tree, limit)?;
            if count < HANDFUL {
                return Ok(Some((tree, count)));
            }
            if best.is_none_or(|(_, least)| count < least) {
                best = Some((*tree, count));
            }
        }
        if limit > HANDFUL {
            return Ok(best);
        }
    }
    Ok(None)
}

/// What must all be true, taken apart.
fn conjuncts<'a>(tree: Option<&'a Tree<'a>>, into: &mut Vec<&'a Tree<'a>>) {
    match tree {
        Some(Tree::Both(both)) => {
            conjuncts(Some(&both.0), into);
            conjuncts(Some(&both.1), into);
        }
        Some(tree) => into.push(tree),
        None => {}
    }
}

fn count_up_to(space: &Space<'_>, kind: &str, tree: &Tree<'_>, limit: u64) -> Result<u64, Failure> {
    let mut builder = Builder::new(space.id, kind);
    let Some(source) = builder.source(tree) else {
        return Ok(limit);
    };
    let limit = builder.number(limit);
    let sql = format!("SELECT count(*) FROM (SELECT 1 FROM ({source}) LIMIT {limit})");
    count(space, builder.finish(sql))
}

/// How many rows a tree selects.
fn total(space: &Space<'_>, kind: &str, route: &Route<'_>) -> Result<u64, Failure> {
    let mut builder = Builder::new(space.id, kind);
    if let [Tree::Negate(negated)] = route.all.as_slice() {
        // All but those: what they are may stand in the index, who they are not stands nowhere.
        let all = total(space, kind, &Route::default())?;
        let those = total(space, kind, &route_to(space, kind, Some(negated), false)?)?;
        return Ok(all.saturating_sub(those));
    }
    if route.all.is_empty() {
        let sql = "SELECT coalesce(sum(documents), 0) FROM tally WHERE tenant = ?1 AND kind = ?2";
        return count(space, builder.finish(sql.to_owned()));
    }
    let from = builder.from(route);
    let sql = format!("SELECT count(*) {from}");
    count(space, builder.finish(sql))
}

fn count(space: &Space<'_>, statement: Statement) -> Result<u64, Failure> {
    let mut prepared = space
        .connection
        .prepare_cached(&statement.sql)
        .map_err(failure)?;
    let count = prepared.query_row(params_from_iter(statement.values), |row| row.get(0));
    count.map(number).map_err(failure)
}

impl Builder {
    /// The rows of a route as `r`: `FROM ... WHERE ...`, to which `AND` may be added.
    pub(super) fn from(&mut self, route: &Route<'_>) -> String {
        let source = route.source.and_then(|tree| self.source(tree));
        let from = source.map_or_else(
            || "FROM document r WHERE r.tenant = ?1 AND r.kind = ?2".to_owned(),
            |source| format!("FROM ({source}) r WHERE true"),
        );
        let rest = self.conditions(route.rest.iter().copied());
        from + &rest
    }
}

impl<'a> Filling<'a> {
    fn new(space: &Space<'a>, plan: &'a Plan) -> Result<Self, Failure> {
        let sql = "SELECT version, body FROM document WHERE tenant = ?1 AND kind = ?2 AND id = ?3";
        Ok(Self {
            kind: &plan.kind,
            load: space.connection.prepare_cached(sql).map_err(failure)?,
            space: space.id,
            skip: plan.offset,
            most_rows: plan.max_rows as usize,
            most_bytes: plan.max_bytes as usize,
            bytes: 0,
            rows: Vec::new(),
            last: None,
            more: false,
        })
    }

    /// Takes the next row of the walk; breaks when it is one too many.
    pub(super) fn take(&mut self, place: Place) -> Result<ControlFlow<()>, Failure> {
        if self.skip > 0 {
            self.skip -= 1;
            return Ok(ControlFlow::Continue(()));
        }
        if self.rows.len() >= self.most_rows {
            self.more = true;
            return Ok(ControlFlow::Break(()));
        }
        let (Place::Id(id) | Place::Value(_, id)) = &place;
        let Some(row) = self.fetch(id)? else {
            return Err(Failure::Other(format!(
                "the file is damaged: `{id}` has no document"
            )));
        };
        self.bytes = self.bytes.saturating_add(row.body.len());
        if self.bytes > self.most_bytes && !self.rows.is_empty() {
            self.more = true;
            return Ok(ControlFlow::Break(()));
        }
        self.rows.push(row);
        self.last = Some(place);
        Ok(ControlFlow::Continue(()))
    }

    fn fetch(&mut self, id: &str) -> Result<Option<Row>, Failure> {
        let row = self
            .load
            .query_row(params![self.space, self.kind, id], |row| {
                let key = Key {
                    kind: self.kind.to_owned(),
                    id: id.to_owned(),
                };
                Ok(Row {
                    key,
                    version: number(row.get(0)?),
                    body: row.get(1)?,
                })
            });
        row.optional().map_err(failure)
    }
}
