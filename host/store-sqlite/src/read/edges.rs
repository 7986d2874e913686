//! One page of ties for each query, in byte order of the other end.

use rusqlite::types::Value;
use rusqlite::{params, params_from_iter};
use scimlet_store::{Edge, EdgePage, EdgeQuery, End, Failure, Key};

use super::Space;
use crate::convert::{failure, number};
use scimlet_store::cursor::{decode_key, encode_key};

/// What a page of each kind of query selects from. The key `(?3, ?4)` is the known end, `?2` the
/// relation, and for one tie `(?5, ?6)` the other end.
const SOURCE: &str = "FROM edge WHERE tenant = ?1 AND relation = ?2 \
                      AND source_kind = ?3 AND source_id = ?4";
const TARGET: &str = "FROM edge WHERE tenant = ?1 AND relation = ?2 \
                      AND target_kind = ?3 AND target_id = ?4";

/// Answers each query.
pub(crate) fn edges(space: &Space<'_>, queries: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure> {
    queries.iter().map(|query| page(space, query)).collect()
}

/// The answer where a tenant has no data at all.
pub(crate) fn no_edges(query: &EdgeQuery) -> EdgePage {
    EdgePage {
        edges: Vec::new(),
        next: None,
        total: query.want_total.then_some(0),
    }
}

fn page(space: &Space<'_>, query: &EdgeQuery) -> Result<EdgePage, Failure> {
    let after = query.after.as_deref().map(decode_key).transpose()?;
    let mut edges = match &query.end {
        End::Source(source) => many(space, query, source, SOURCE, "target", after)?,
        End::Target(target) => many(space, query, target, TARGET, "source", after)?,
        End::Between(source, target) => {
            let edges = one(space, &query.relation, source, target)?;
            edges
                .into_iter()
                .filter(|_| after.as_ref().is_none_or(|a| target > a))
                .collect()
        }
    };
    let total = query.want_total.then(|| total(space, query)).transpose()?;
    let more = edges.len() > query.max as usize;
    edges.truncate(query.max as usize);
    let last = edges.last().filter(|_| more);
    let next = last.map(|edge| match &query.end {
        End::Source(_) | End::Between(..) => encode_key(&edge.target),
        End::Target(_) => encode_key(&edge.source),
    });
    Ok(EdgePage { edges, next, total })
}

/// One tie more than asked for, to see whether there is another page.
fn many(
    space: &Space<'_>,
    query: &EdgeQuery,
    end: &Key,
    from: &str,
    other: &str,
    after: Option<Key>,
) -> Result<Vec<Edge>, Failure> {
    if query.max == 0 {
        return Ok(Vec::new());
    }
    let behind = if after.is_some() {
        format!("AND ({other}_kind, {other}_id) > (?6, ?7)")
    } else {
        String::new()
    };
    let sql = format!(
        "SELECT {other}_kind, {other}_id, body {from} {behind} \
         ORDER BY {other}_kind, {other}_id LIMIT ?5"
    );
    let mut row = vec![
        Value::Integer(space.id),
        Value::Text(query.relation.clone()),
        Value::Text(end.kind.clone()),
        Value::Text(end.id.clone()),
        Value::Integer(i64::from(query.max) + 1),
    ];
    row.extend(
        after
            .into_iter()
            .flat_map(|key| [Value::Text(key.kind), Value::Text(key.id)]),
    );
    let mut statement = space.connection.prepare_cached(&sql).map_err(failure)?;
    let found = statement.query_map(params_from_iter(row), |row| {
        let found = Key {
            kind: row.get(0)?,
            id: row.get(1)?,
        };
        let (source, target) = match &query.end {
            End::Target(target) => (found, target.clone()),
            End::Source(source) | End::Between(source, _) => (source.clone(), found),
        };
        Ok(Edge {
            relation: query.relation.clone(),
            source,
            target,
            body: row.get(2)?,
        })
    });
    found.and_then(Iterator::collect).map_err(failure)
}

fn one(
    space: &Space<'_>,
    relation: &str,
    source: &Key,
    target: &Key,
) -> Result<Vec<Edge>, Failure> {
    let sql = format!("SELECT body {SOURCE} AND target_kind = ?5 AND target_id = ?6");
    let mut statement = space.connection.prepare_cached(&sql).map_err(failure)?;
    let row = params![
        space.id,
        relation,
        source.kind,
        source.id,
        target.kind,
        target.id
    ];
    let found = statement.query_map(row, |row| {
        let (source, target) = (source.clone(), target.clone());
        Ok(Edge {
            relation: relation.to_owned(),
            source,
            target,
            body: row.get(0)?,
        })
    });
    found.and_then(Iterator::collect).map_err(failure)
}

fn total(space: &Space<'_>, query: &EdgeQuery) -> Result<u64, Failure> {
    let (from, end) = match &query.end {
        End::Source(source) => (SOURCE, source),
        End::Target(target) => (TARGET, target),
        End::Between(source, target) => {
            return Ok(one(space, &query.relation, source, target)?.len() as u64);
        }
    };
    let sql = format!("SELECT count(*) {from}");
    let mut statement = space.connection.prepare_cached(&sql).map_err(failure)?;
    let row = params![space.id, query.relation, end.kind, end.id];
    statement
        .query_row(row, |row| row.get(0))
        .map(number)
        .map_err(failure)
}
