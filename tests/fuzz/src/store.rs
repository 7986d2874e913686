//! The facts of one tenant in memory: what `host/store/src/memory` does, with less care for speed
//! and none for taking anything back.

use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

use scimlet_engine::Facts;
use scimlet_engine::facts::{
    Change, Claim, Edge, EdgePage, EdgeQuery, End, Entry, Expectation, Failure, Key, Node, Order,
    Page, Plan, Row, Selection,
};

/// The most nodes that the stores of `host/` take in one plan.
const MAX_NODES: usize = 512;

/// A stored document.
#[derive(Clone)]
pub struct Stored {
    /// Counts its writes.
    pub version: u64,
    /// JSON text.
    pub body: String,
    /// Where it is found.
    pub entries: BTreeSet<Entry>,
    claims: BTreeSet<Claim>,
}

/// One tenant's data.
#[derive(Clone, Default)]
pub struct Store {
    /// By kind and id.
    pub rows: BTreeMap<Key, Stored>,
    /// Who holds which value.
    claims: BTreeMap<Claim, Key>,
    /// Relation, source, target.
    ties: BTreeMap<(String, Key, Key), String>,
    /// All counters that were ever adjusted.
    pub counters: BTreeMap<String, u64>,
    /// Answer every plan with all rows of the kind, as a store may that understands no node.
    pub is_vague: bool,
}

impl Store {
    /// A counter.
    pub fn counter(&self, name: &str) -> u64 {
        self.counters.get(name).copied().unwrap_or_default()
    }

    /// The rows of a kind.
    pub fn of_kind(&self, kind: &str) -> impl Iterator<Item = (&str, &Stored)> {
        let rows = self.rows.iter().filter(move |(key, _)| key.kind == kind);
        rows.map(|(key, stored)| (key.id.as_str(), stored))
    }

    /// Makes all changes, or says which one is stale. Then the store is of no more use.
    pub fn commit(&mut self, changes: &[Change]) -> Result<(), String> {
        let mut taken = Vec::new();
        for (at, change) in changes.iter().enumerate() {
            self.make(change, &mut taken)
                .ok_or_else(|| format!("change {at} is stale: {change:?}"))?;
        }
        let holds = |(key, claim): &(Key, Claim)| {
            let stored = self.rows.get(key);
            stored.is_some_and(|stored| stored.claims.contains(claim))
        };
        match taken.iter().find(|it| holds(it)) {
            Some((key, claim)) => Err(format!("{claim:?} was taken from {key:?}, who has it")),
            None => Ok(()),
        }
    }

    fn make(&mut self, change: &Change, taken: &mut Vec<(Key, Claim)>) -> Option<()> {
        match change {
            Change::Put(put) => {
                let version = self.rows.get(&put.key).map(|stored| stored.version);
                (version == put.replaces).then_some(())?;
                self.free(&put.key);
                for claim in &put.claims {
                    let holder = self.claims.insert(claim.clone(), put.key.clone());
                    taken.extend(holder.map(|key| (key, claim.clone())));
                }
                let stored = Stored {
                    version: version.unwrap_or_default() + 1,
                    body: put.body.clone(),
                    entries: put.entries.iter().cloned().collect(),
                    claims: put.claims.iter().cloned().collect(),
                };
                self.rows.insert(put.key.clone(), stored);
            }
            // No request reindexes: that is a call of its own.
            Change::Reindex(_) => return None,
            Change::Delete(removal) => {
                let version = self.rows.get(&removal.key).map(|stored| stored.version);
                (version == Some(removal.version)).then_some(())?;
                self.free(&removal.key);
                self.rows.remove(&removal.key);
                let gone = |key: &Key| *key == removal.key;
                self.ties
                    .retain(|(_, source, target), _| !gone(source) && !gone(target));
            }
            Change::Link(edge) => {
                self.rows
                    .get(&edge.source)
                    .and(self.rows.get(&edge.target))?;
                self.ties.insert(tie(edge), edge.body.clone());
            }
            Change::Unlink(edge) => drop(self.ties.remove(&tie(edge))),
            Change::Adjust(adjust) => {
                let sum = self
                    .counter(&adjust.name)
                    .checked_add_signed(adjust.delta)?;
                let ceiling = adjust.ceiling.unwrap_or(i64::MAX as u64);
                (adjust.floor..=ceiling).contains(&sum).then_some(())?;
                self.counters.insert(adjust.name.clone(), sum);
            }
            Change::Check(guard) => {
                let version = self.rows.get(&guard.key).map(|stored| stored.version);
                let holds = match guard.expect {
                    Expectation::Absent => version.is_none(),
                    Expectation::Present => version.is_some(),
                    Expectation::Version(expected) => version == Some(expected),
                };
                holds.then_some(())?;
            }
            Change::Emit(event) => {
                serde_json::from_str::<serde_json::Value>(&event.body).ok()?;
            }
        }
        Some(())
    }

    /// Frees what a document holds, unless another one has taken it meanwhile.
    fn free(&mut self, key: &Key) {
        self.claims.retain(|_, holder| holder != key);
    }

    /// The ids that a plan selects.
    fn select(&self, plan: &Plan) -> BTreeSet<&str> {
        let all = || self.of_kind(&plan.kind).map(|(id, _)| id).collect();
        if self.is_vague {
            return all();
        }
        let mut sets: Vec<BTreeSet<&str>> = Vec::new();
        for node in &plan.nodes {
            let of = |at: &u32| &sets[*at as usize];
            let set = match node {
                Node::Both(a, b) => of(a) & of(b),
                Node::Either(a, b) => of(a) | of(b),
                Node::Negate(a) => &all() - of(a),
                leaf => {
                    let rows = self.of_kind(&plan.kind);
                    let found = rows.filter(|(_, it)| it.entries.iter().any(|it| meets(it, leaf)));
                    found.map(|(id, _)| id).collect()
                }
            };
            sets.push(set);
        }
        sets.pop().unwrap_or_else(all)
    }

    /// What a row is sorted by.
    fn place<'s>(&'s self, kind: &str, id: &'s str, order: &Order) -> (Option<&'s str>, &'s str) {
        let stored = self.rows.get(&Key::new(kind, id));
        let entries = stored.into_iter().flat_map(|stored| &stored.entries);
        let smallest = entries.filter(|it| it.path == order.path).min();
        (smallest.map(|entry| entry.value.as_str()), id)
    }
}

fn tie(edge: &Edge) -> (String, Key, Key) {
    (
        edge.relation.clone(),
        edge.source.clone(),
        edge.target.clone(),
    )
}

fn meets(entry: &Entry, leaf: &Node) -> bool {
    let test = |wanted: &Entry, test: &dyn Fn(&str, &str) -> bool| {
        entry.path == wanted.path && test(&entry.value, &wanted.value)
    };
    match leaf {
        Node::Present(path) => entry.path == *path,
        Node::Equal(it) => test(it, &|found, wanted| found == wanted),
        Node::StartsWith(it) => test(it, &|found, wanted| found.starts_with(wanted)),
        Node::EndsWith(it) => test(it, &|found, wanted| found.ends_with(wanted)),
        Node::Contains(it) => test(it, &|found, wanted| found.contains(wanted)),
        Node::Less(it) => test(it, &|found, wanted| found < wanted),
        Node::AtMost(it) => test(it, &|found, wanted| found <= wanted),
        Node::Greater(it) => test(it, &|found, wanted| found > wanted),
        Node::AtLeast(it) => test(it, &|found, wanted| found >= wanted),
        Node::Both(..) | Node::Either(..) | Node::Negate(..) => false,
    }
}

/// Rows without a value last, or first where the order is turned round; ids are never turned.
fn compare(a: (Option<&str>, &str), b: (Option<&str>, &str), descending: bool) -> Ordering {
    let by_value = (a.0.is_none(), a.0).cmp(&(b.0.is_none(), b.0));
    let by_value = if descending {
        by_value.reverse()
    } else {
        by_value
    };
    by_value.then_with(|| a.1.cmp(b.1))
}

impl Facts for Store {
    fn load(&mut self, keys: Vec<Key>) -> Result<Vec<Option<Row>>, Failure> {
        let row = |key: Key| {
            let stored = self.rows.get(&key)?;
            Some(Row {
                version: stored.version,
                body: stored.body.clone(),
                key,
            })
        };
        Ok(keys.into_iter().map(row).collect())
    }

    fn holders(&mut self, claims: Vec<Claim>) -> Result<Vec<Option<Key>>, Failure> {
        let holder = |claim: &Claim| self.claims.get(claim).cloned();
        Ok(claims.iter().map(holder).collect())
    }

    fn counters(&mut self, names: Vec<String>) -> Result<Vec<u64>, Failure> {
        Ok(names.iter().map(|name| self.counter(name)).collect())
    }

    fn find(&mut self, plan: Plan) -> Result<Page, Failure> {
        if plan.nodes.len() > MAX_NODES {
            return Err(Failure::TooLarge("a plan".to_owned()));
        }
        let mut ids: Vec<&str> = self.select(&plan).into_iter().collect();
        let total = ids.len() as u64;
        if let Some(order) = &plan.order {
            ids.sort_by(|a, b| {
                let place = |id| self.place(&plan.kind, id, order);
                compare(place(a), place(b), order.descending)
            });
        }
        // A cursor is the id of the last row: nothing changes while one request is decided, and
        // between two the fuzzer may change whatever it likes, so it may have gone.
        let begin = match &plan.after {
            None => 0,
            Some(after) => match (ids.iter().position(|id| id == after), &plan.order) {
                (Some(at), _) => at + 1,
                (None, None) => ids.partition_point(|id| *id <= after.as_str()),
                (None, Some(_)) => 0,
            },
        };
        let offset = usize::try_from(plan.offset).unwrap_or(usize::MAX);
        let behind = ids.into_iter().skip(begin).skip(offset);
        let (mut rows, mut next, mut bytes): (Vec<Row>, _, _) = (Vec::new(), None, 0);
        for id in behind {
            let key = Key::new(&plan.kind, id);
            let stored = &self.rows[&key];
            bytes += stored.body.len();
            let is_heavy = bytes > plan.max_bytes as usize && !rows.is_empty();
            if rows.len() >= plan.max_rows as usize || is_heavy {
                next = rows.last().map(|row: &Row| row.key.id.clone());
                break;
            }
            rows.push(Row {
                version: stored.version,
                body: stored.body.clone(),
                key,
            });
        }
        let selection = if self.is_vague && !plan.nodes.is_empty() {
            Selection::Superset
        } else {
            Selection::Exact
        };
        Ok(Page {
            rows,
            next,
            total: plan.want_total.then_some(total),
            selection,
        })
    }

    fn edges(&mut self, queries: Vec<EdgeQuery>) -> Result<Vec<EdgePage>, Failure> {
        Ok(queries.iter().map(|query| self.page(query)).collect())
    }
}

impl Store {
    fn page(&self, query: &EdgeQuery) -> EdgePage {
        let asked = |source: &Key, target: &Key| match &query.end {
            End::Source(key) => key == source,
            End::Target(key) => key == target,
            End::Between(from, to) => from == source && to == target,
        };
        let other = |edge: &Edge| match query.end {
            End::Source(_) | End::Between(..) => edge.target.clone(),
            End::Target(_) => edge.source.clone(),
        };
        let found = self
            .ties
            .iter()
            .filter(|((relation, ..), _)| *relation == query.relation);
        let found = found.filter(|((_, source, target), _)| asked(source, target));
        let found = found.map(|((relation, source, target), body)| Edge {
            relation: relation.clone(),
            source: source.clone(),
            target: target.clone(),
            body: body.clone(),
        });
        let mut edges: Vec<Edge> = found.collect();
        edges.sort_by_key(other);
        let total = edges.len() as u64;
        let name = |key: &Key| format!("{}/{}", key.kind, key.id);
        if let Some(after) = &query.after {
            edges.retain(|edge| {
                let (kind, id) = after.split_once('/').unwrap_or_default();
                other(edge) > Key::new(kind, id)
            });
        }
        let more = edges.len() > query.max as usize;
        edges.truncate(query.max as usize);
        let last = edges.last().filter(|_| more);
        EdgePage {
            next: last.map(|edge| name(&other(edge))),
            edges,
            total: query.want_total.then_some(total),
        }
    }
}
