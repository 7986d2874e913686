//! The order in which the licenses of one user are looked at (docs/licenses.md, "How one user is
//! settled").

use super::super::{Catalog, License, Want};

/// One license that is looked at.
pub(super) struct Node {
    pub(super) want: Want,
    /// Its place among the wants; those that come of others stand behind.
    pub(super) place: usize,
}

/// Every SKU that wants may lead to: what they ask for, and what that contains and falls back to.
pub(super) fn reach(catalog: &Catalog, wants: &[Want]) -> Vec<String> {
    let mut reached: Vec<String> = wants.iter().map(|want| want.sku.clone()).collect();
    let mut next = 0;
    while let Some(sku) = reached.get(next) {
        let terms = catalog.license(sku).map(|license| &license.terms);
        let led = terms
            .into_iter()
            .flat_map(|it| it.contains.iter().chain(&it.fallback));
        let led: Vec<String> = led.filter(|sku| !reached.contains(sku)).cloned().collect();
        for sku in led {
            if !reached.contains(&sku) {
                reached.push(sku);
            }
        }
        next += 1;
    }
    reached
}

/// The nodes in their order. Whatever does not depend on another one comes by its rank.
pub(super) fn order(catalog: &Catalog, wants: Vec<Want>) -> Vec<Node> {
    let priority = wants.iter().map(|want| want.priority).max().unwrap_or(0);
    let reached = reach(catalog, &wants);
    let derived = reached.into_iter().skip(wants.len()).map(|sku| Want {
        sku,
        sources: Vec::new(),
        blocked: None,
        unasked: false,
        asked: false,
        priority,
    });
    let all = wants.into_iter().chain(derived).enumerate();
    let mut rest: Vec<(Node, Option<&License>)> = all
        .map(|(place, want)| {
            let license = catalog.license(&want.sku);
            (Node { want, place }, license)
        })
        .collect();
    if rest
        .iter()
        .all(|(_, license)| license.is_none_or(|it| it.terms.is_plain()))
    {
        return rest.into_iter().map(|(node, _)| node).collect();
    }
    let mut ordered = Vec::with_capacity(rest.len());
    while !rest.is_empty() {
        let next = first(&rest);
        ordered.push(rest.remove(next).0);
    }
    ordered
}

/// The first of those that nothing else here precedes. The catalog has no circles; were there one,
/// its first member would come.
fn first(rest: &[(Node, Option<&License>)]) -> usize {
    let is_free = |license: Option<&License>| {
        let preceded = |other: &License| license.is_some_and(|it| other.precedes(it));
        let mut others = rest.iter().filter_map(|(_, other)| *other);
        !others.any(|other| Some(other) != license && preceded(other))
    };
    let free = rest.iter().enumerate().filter(|(_, (_, it))| is_free(*it));
    let best = free.min_by_key(|(_, (node, license))| {
        let rank = license.map_or(0, |it| it.terms.rank);
        (rank.saturating_neg(), node.place)
    });
    best.map_or(0, |(at, _)| at)
}
