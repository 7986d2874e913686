//! One page of ties, in byte order of the other end.

use crate::{Edge, EdgePage, EdgeQuery, End, Failure, Key};

use super::space::{Space, Tie};
use crate::cursor::{decode_key, encode_key};

/// Answers one query.
pub(super) fn page(space: &Space, query: &EdgeQuery) -> Result<EdgePage, Failure> {
    let after = query.after.as_deref().map(decode_key).transpose()?;
    let total = query
        .want_total
        .then(|| ties(space, query, None).count() as u64);
    let mut edges: Vec<Edge> = Vec::new();
    let mut next = None;
    for (other, edge) in ties(space, query, after.as_ref()) {
        if edges.len() >= query.max as usize {
            next = edges
                .last()
                .map(|edge| encode_key(other_end(edge, &query.end)));
            break;
        }
        debug_assert_eq!(
            *other,
            *other_end(&edge, &query.end),
            "pages turn by the other end"
        );
        edges.push(edge);
    }
    Ok(EdgePage { edges, next, total })
}

/// The end by which a query's answer is ordered.
fn other_end<'a>(edge: &'a Edge, end: &End) -> &'a Key {
    match end {
        End::Source(_) | End::Between(..) => &edge.target,
        End::Target(_) => &edge.source,
    }
}

/// The ties asked for, each with its other end, in order, behind one other end.
fn ties<'a>(
    space: &'a Space,
    query: &'a EdgeQuery,
    after: Option<&'a Key>,
) -> Box<dyn Iterator<Item = (&'a Key, Edge)> + 'a> {
    let behind = move |other: &Key| after.is_none_or(|after| other > after);
    match &query.end {
        End::Source(source) => {
            let here = move |tie: &Tie| tie.0 == *source && tie.1 == query.relation;
            let ties = space.forward.range(first(source, query, after)..);
            let ties = ties.take_while(move |(tie, _)| here(tie));
            let ties = ties.filter(move |(tie, _)| behind(&tie.2));
            Box::new(ties.map(|(tie, body)| (&tie.2, edge_of(tie, body))))
        }
        End::Target(target) => {
            let here = move |tie: &Tie| tie.0 == *target && tie.1 == query.relation;
            let ties = space.backward.range(first(target, query, after)..);
            let ties = ties
                .take_while(move |tie| here(tie))
                .filter(move |tie| behind(&tie.2));
            Box::new(ties.filter_map(|back| {
                let tie = (back.2.clone(), back.1.clone(), back.0.clone());
                space
                    .forward
                    .get(&tie)
                    .map(|body| (&back.2, edge_of(&tie, body)))
            }))
        }
        End::Between(source, target) => {
            let tie = (source.clone(), query.relation.clone(), target.clone());
            let found = space
                .forward
                .get_key_value(&tie)
                .filter(move |(tie, _)| behind(&tie.2));
            Box::new(
                found
                    .map(|(tie, body)| (&tie.2, edge_of(tie, body)))
                    .into_iter(),
            )
        }
    }
}

/// The least that can stand at or behind `after` under one end and relation.
fn first(end: &Key, query: &EdgeQuery, after: Option<&Key>) -> Tie {
    let least = || Key {
        kind: String::new(),
        id: String::new(),
    };
    (
        end.clone(),
        query.relation.clone(),
        after.cloned().unwrap_or_else(least),
    )
}

fn edge_of(tie: &Tie, body: &str) -> Edge {
    let (source, relation, target) = tie.clone();
    Edge {
        relation,
        source,
        target,
        body: body.to_owned(),
    }
}
