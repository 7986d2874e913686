//! `edges` over facts and changes.

use std::collections::{BTreeMap, BTreeSet};

use super::Overlay;
use super::merge::{Bounds, Cursor, Sheet, page};
use crate::facts::{Edge, EdgePage, EdgeQuery, End, Failure, Key};

/// Ties that are asked for at a time.
const PAGE_TIES: u32 = 1000;

/// From one document, under a relation, to another.
type Tie = (Key, String, Key);

/// The ties that were made or cut.
#[derive(Default)]
pub(super) struct Ties {
    /// Source, relation, target; none: cut.
    forward: BTreeMap<Tie, Option<Edge>>,
    /// INVARIANT: target, relation, source of exactly the ties in `forward`.
    backward: BTreeSet<Tie>,
    /// Documents that were removed, and their ties with them.
    gone: BTreeSet<Key>,
}

/// The other end of a tie, and the tie; none if it was cut.
type Own<'t> = (&'t Key, Option<&'t Edge>);

impl Ties {
    /// Makes a tie, or cuts it.
    pub(super) fn set(&mut self, edge: &Edge, is_there: bool) {
        let Edge {
            relation,
            source,
            target,
            ..
        } = edge;
        let tie = (source.clone(), relation.clone(), target.clone());
        self.backward
            .insert((target.clone(), relation.clone(), source.clone()));
        self.forward.insert(tie, is_there.then(|| edge.clone()));
    }

    /// A document is removed.
    pub(super) fn drop_all_of(&mut self, key: &Key) {
        let inward: Vec<Tie> = of(self.backward.range(first(key)..), key)
            .map(|(target, relation, source)| (source.clone(), relation.clone(), target.clone()))
            .collect();
        let outward = of(self.forward.range(first(key)..).map(|(tie, _)| tie), key);
        let ties: Vec<Tie> = outward.cloned().chain(inward).collect();
        for tie in ties {
            self.forward.insert(tie, None);
        }
        self.gone.insert(key.clone());
    }

    /// Whether nothing was done that a question could be about.
    fn leaves_alone(&self, query: &EdgeQuery) -> bool {
        self.gone.is_empty() && self.own(query).next().is_none()
    }

    /// What was made or cut at an end, in order of the other end.
    fn own<'t>(&'t self, query: &'t EdgeQuery) -> Box<dyn Iterator<Item = Own<'t>> + 't> {
        let relation = query.relation.as_str();
        match &query.end {
            End::Source(source) => {
                let ties = self.forward.range(first(source)..);
                let ties = ties.take_while(move |((it, ..), _)| it == source);
                let ties = ties.filter(move |((_, it, _), _)| it == relation);
                Box::new(ties.map(|((_, _, target), edge)| (target, edge.as_ref())))
            }
            End::Target(target) => {
                let ties = of(self.backward.range(first(target)..), target);
                let ties = ties.filter(move |(_, it, _)| it == relation);
                Box::new(ties.map(|(target, relation, source)| {
                    let tie = (source.clone(), relation.clone(), target.clone());
                    (source, self.forward.get(&tie).and_then(Option::as_ref))
                }))
            }
            End::Between(source, target) => {
                let tie = (source.clone(), query.relation.clone(), target.clone());
                let found = self.forward.get_key_value(&tie);
                Box::new(
                    found
                        .map(|((_, _, target), edge)| (target, edge.as_ref()))
                        .into_iter(),
                )
            }
        }
    }

    /// Whether the facts below still have the word about a tie.
    fn is_as_below(&self, edge: &Edge) -> bool {
        let gone = |key: &Key| self.gone.contains(key);
        let tie = (
            edge.source.clone(),
            edge.relation.clone(),
            edge.target.clone(),
        );
        !self.forward.contains_key(&tie) && !gone(&edge.source) && !gone(&edge.target)
    }
}

/// The least tie of a document.
fn first(key: &Key) -> Tie {
    (key.clone(), String::new(), Key::new("", ""))
}

fn of<'t>(ties: impl Iterator<Item = &'t Tie>, key: &Key) -> impl Iterator<Item = &'t Tie> {
    ties.take_while(move |tie| tie.0 == *key)
}

/// The end by which an answer is ordered.
fn other<'e>(edge: &'e Edge, end: &End) -> &'e Key {
    match end {
        End::Source(_) | End::Between(..) => &edge.target,
        End::Target(_) => &edge.source,
    }
}

impl Overlay<'_> {
    /// One page for each question. Those that nothing was done about go down together.
    pub(super) fn edges_among(
        &mut self,
        queries: Vec<EdgeQuery>,
    ) -> Result<Vec<EdgePage>, Failure> {
        let alone = |query: &EdgeQuery| self.ties.leaves_alone(query);
        let is_alone: Vec<bool> = queries.iter().map(alone).collect();
        let down = queries.iter().zip(&is_alone).filter(|(_, alone)| **alone);
        let down: Vec<EdgeQuery> = down.map(|(query, _)| query.clone()).collect();
        let mut answers = if down.is_empty() {
            Vec::new().into_iter()
        } else {
            self.below.edges(down)?.into_iter()
        };
        let mut pages = Vec::with_capacity(queries.len());
        for (query, is_alone) in queries.into_iter().zip(is_alone) {
            let answer = if is_alone { answers.next() } else { None };
            match answer {
                Some(page) => pages.push(page),
                None => pages.push(self.merged(&query)?),
            }
        }
        Ok(pages)
    }

    fn merged(&mut self, query: &EdgeQuery) -> Result<EdgePage, Failure> {
        let total = if query.want_total {
            Some(self.count_ties(query)?)
        } else {
            None
        };
        let at = Cursor::<(String, String)>::decode(query.after.as_deref())?;
        let bounds = Bounds {
            skip: 0,
            most: query.max as usize,
            most_bytes: usize::MAX,
        };
        if query.max == 0 {
            return Ok(EdgePage {
                edges: Vec::new(),
                next: None,
                total,
            });
        }
        let place = |edge: &Edge| {
            let key = other(edge, &query.end);
            (key.kind.clone(), key.id.clone())
        };
        let own = self.ties.own(query).filter_map(|(_, edge)| edge);
        let own: Vec<_> = own.map(|edge| (place(edge), edge.clone())).collect();
        let weigh = |_: &Edge| 0;
        let (edges, next) = page(at, bounds, &own, weigh, |from| {
            let asked = EdgeQuery {
                after: from.map(str::to_owned),
                max: PAGE_TIES,
                want_total: false,
                ..query.clone()
            };
            let below = self.below.edges(vec![asked])?.pop();
            let (edges, next) = below
                .map(|page| (page.edges, page.next))
                .unwrap_or_default();
            let last = edges.last().map(place);
            let live = edges.into_iter().filter(|edge| self.ties.is_as_below(edge));
            let live = live.map(|edge| (place(&edge), edge)).collect();
            Ok(Sheet { live, last, next })
        })?;
        Ok(EdgePage {
            edges,
            next: next.map(|next| next.encode()),
            total,
        })
    }

    /// How many ties there are: those below, less those of them about which something was done, and
    /// those that were made.
    fn count_ties(&mut self, query: &EdgeQuery) -> Result<u64, Failure> {
        let made = self.ties.own(query).filter(|(_, edge)| edge.is_some());
        let made = made.count() as u64;
        let own = self.ties.own(query).map(|(other, _)| other);
        let others: BTreeSet<Key> = own.chain(&self.ties.gone).cloned().collect();
        let ends = [query.end.clone()].into_iter();
        let ends = ends.chain(others.into_iter().filter_map(|other| match &query.end {
            End::Source(source) => Some(End::Between(source.clone(), other)),
            End::Target(target) => Some(End::Between(other, target.clone())),
            End::Between(_, target) => (other == *target).then(|| query.end.clone()),
        }));
        let asked = |end: End| EdgeQuery {
            relation: query.relation.clone(),
            end,
            after: None,
            max: 0,
            want_total: true,
        };
        let pages = self.below.edges(ends.map(asked).collect())?;
        let mut totals = pages.iter().map(|page| page.total.unwrap_or_default());
        let all = totals.next().unwrap_or_default();
        let is_gone = match &query.end {
            End::Source(key) | End::Target(key) => self.ties.gone.contains(key),
            End::Between(source, _) => self.ties.gone.contains(source),
        };
        let left = if is_gone {
            0
        } else {
            all.saturating_sub(totals.sum::<u64>())
        };
        Ok(left + made)
    }
}
