//! Documents of one kind, as they can be found: their index entries, and the evaluation of plans
//! over them. What a node means is said in `wit/store/store.wit`.

use std::collections::{BTreeMap, BTreeSet};

use crate::facts::{Entry, Failure, Node};

/// Values under one path, each with the id of a document that has it.
type Values = BTreeSet<(String, String)>;

/// Documents by id, and the index over them.
#[derive(Default)]
pub(super) struct Table {
    rows: BTreeMap<String, Vec<Entry>>,
    /// INVARIANT: holds exactly the entries of `rows`, by path.
    index: BTreeMap<String, Values>,
}

/// Ids in byte order, each once.
type Ids<'t> = Vec<&'t str>;

impl Table {
    pub(super) fn insert(&mut self, id: &str, entries: Vec<Entry>) {
        for Entry { path, value } in &entries {
            let at = (value.clone(), id.to_owned());
            match self.index.get_mut(path) {
                Some(values) => drop(values.insert(at)),
                None => drop(self.index.insert(path.clone(), Values::from([at]))),
            }
        }
        self.rows.insert(id.to_owned(), entries);
    }

    pub(super) fn remove(&mut self, id: &str) {
        for Entry { path, value } in self.rows.remove(id).unwrap_or_default() {
            if let Some(values) = self.index.get_mut(&path) {
                values.remove(&(value, id.to_owned()));
            }
        }
    }

    /// The smallest value of a document under a path.
    pub(super) fn smallest(&self, id: &str, path: &str) -> Option<&str> {
        smallest(self.rows.get(id)?, path)
    }

    /// The documents that a plan selects; all of them if it has no nodes.
    pub(super) fn select(&self, nodes: &[Node]) -> Result<Ids<'_>, Failure> {
        let mut sets: Vec<Ids<'_>> = Vec::with_capacity(nodes.len());
        for node in nodes {
            let set = match node {
                Node::Both(a, b) => {
                    let (a, b) = (operand(&sets, *a)?, operand(&sets, *b)?);
                    let both = a.iter().filter(|id| b.binary_search(id).is_ok());
                    both.copied().collect()
                }
                Node::Either(a, b) => {
                    let (a, b) = (operand(&sets, *a)?, operand(&sets, *b)?);
                    unique(a.iter().chain(b).copied())
                }
                Node::Negate(a) => {
                    let negated = operand(&sets, *a)?;
                    let others = self.ids().filter(|id| negated.binary_search(id).is_err());
                    others.collect()
                }
                leaf => self.matches(leaf),
            };
            sets.push(set);
        }
        Ok(sets.pop().unwrap_or_else(|| self.ids().collect()))
    }

    fn ids(&self) -> impl Iterator<Item = &str> {
        self.rows.keys().map(String::as_str)
    }

    /// The documents with an entry that satisfies a comparison.
    fn matches(&self, node: &Node) -> Ids<'_> {
        let (Node::Present(path)
        | Node::Equal(Entry { path, .. })
        | Node::StartsWith(Entry { path, .. })
        | Node::EndsWith(Entry { path, .. })
        | Node::Contains(Entry { path, .. })
        | Node::Less(Entry { path, .. })
        | Node::AtMost(Entry { path, .. })
        | Node::Greater(Entry { path, .. })
        | Node::AtLeast(Entry { path, .. })) = node
        else {
            return Ids::new();
        };
        let values = self.index.get(path).into_iter().flatten();
        let matching = values.filter(|(value, _)| satisfies(value, node));
        unique(matching.map(|(_, id)| id.as_str()))
    }
}

/// The smallest of these entries under a path.
pub(super) fn smallest<'e>(entries: &'e [Entry], path: &str) -> Option<&'e str> {
    let values = entries.iter().filter(|entry| entry.path == path);
    values.map(|entry| entry.value.as_str()).min()
}

fn satisfies(value: &str, node: &Node) -> bool {
    match node {
        Node::Present(_) => true,
        Node::Equal(entry) => value == entry.value,
        Node::StartsWith(entry) => value.starts_with(&entry.value),
        Node::EndsWith(entry) => value.ends_with(&entry.value),
        Node::Contains(entry) => value.contains(&entry.value),
        Node::Less(entry) => value < entry.value.as_str(),
        Node::AtMost(entry) => value <= entry.value.as_str(),
        Node::Greater(entry) => value > entry.value.as_str(),
        Node::AtLeast(entry) => value >= entry.value.as_str(),
        Node::Both(..) | Node::Either(..) | Node::Negate(_) => false,
    }
}

fn unique<'t>(ids: impl Iterator<Item = &'t str>) -> Ids<'t> {
    let mut ids: Ids<'t> = ids.collect();
    ids.sort_unstable();
    ids.dedup();
    ids
}

fn operand<'t, 's>(sets: &'s [Ids<'t>], number: u32) -> Result<&'s Ids<'t>, Failure> {
    let set = usize::try_from(number).ok().and_then(|at| sets.get(at));
    set.ok_or_else(|| Failure::Other(format!("a plan names the later node {number}")))
}
