//! One tenant's data, and the few steps by which it changes.
//!
//! Each step returns what stood there before, so that a commit can take it back. The index and the
//! backward ties are kept true here and nowhere else.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use crate::{Claim, Entry, Event, Key, Posted, Row};

/// Values under one path of one kind, each with the id of a row that has it.
pub(super) type Values = BTreeSet<(String, String)>;

/// From one document, under a relation, to another.
pub(super) type Tie = (Key, String, Key);

/// One tenant's data.
#[derive(Default)]
pub(super) struct Space {
    /// Rows by kind, then by id.
    pub(super) rows: BTreeMap<String, BTreeMap<String, Stored>>,
    /// INVARIANT: holds exactly the entries of `rows`, by kind and path.
    index: BTreeMap<(String, String), Values>,
    /// Who holds each value.
    pub(super) claims: BTreeMap<Claim, Key>,
    /// Source, relation, target, and the tie's body.
    pub(super) forward: BTreeMap<Tie, String>,
    /// INVARIANT: target, relation, source of exactly the ties in `forward`.
    pub(super) backward: BTreeSet<Tie>,
    counters: BTreeMap<String, u64>,
    /// How many events were removed.
    pruned: u64,
    /// The event at position `n` stands at `n - 1 - pruned`.
    pub(super) events: VecDeque<Event>,
}

/// A row with what it is found by.
#[derive(Clone)]
pub(super) struct Stored {
    pub(super) version: u64,
    pub(super) body: String,
    pub(super) entries: BTreeSet<Entry>,
    pub(super) claims: BTreeSet<Claim>,
}

impl Space {
    pub(super) fn stored(&self, key: &Key) -> Option<&Stored> {
        self.rows.get(&key.kind)?.get(&key.id)
    }

    pub(super) fn row(&self, key: &Key) -> Option<Row> {
        let stored = self.stored(key)?;
        Some(Row {
            key: key.clone(),
            version: stored.version,
            body: stored.body.clone(),
        })
    }

    pub(super) fn counter(&self, name: &str) -> u64 {
        self.counters.get(name).copied().unwrap_or_default()
    }

    /// The values under a path, none if no row has one.
    pub(super) fn values(&self, kind: &str, path: &str) -> Option<&Values> {
        self.index.get(&(kind.to_owned(), path.to_owned()))
    }

    /// The events behind a position.
    pub(super) fn posted(&self, after: u64, max: u32) -> Vec<Posted> {
        let skip = usize::try_from(after.saturating_sub(self.pruned)).unwrap_or(usize::MAX);
        (self.pruned + 1..)
            .zip(&self.events)
            .skip(skip)
            .take(max as usize)
            .map(|(position, event)| Posted {
                position,
                event: event.clone(),
            })
            .collect()
    }

    /// The position of the newest event.
    pub(super) fn end(&self) -> u64 {
        self.pruned + self.events.len() as u64
    }

    /// Removes the oldest events, but never the newest.
    pub(super) fn prune(&mut self, through: u64, max: u32) -> u64 {
        let wanted = through.min(self.end().saturating_sub(1));
        let count = wanted.saturating_sub(self.pruned).min(u64::from(max));
        self.events
            .drain(..usize::try_from(count).unwrap_or_default());
        self.pruned += count;
        count
    }

    /// Puts a row in the place of the one under this key, or removes it.
    pub(super) fn set_row(&mut self, key: &Key, new: Option<Stored>) -> Option<Stored> {
        for entry in new.iter().flat_map(|stored| &stored.entries) {
            let path = (key.kind.clone(), entry.path.clone());
            let values = self.index.entry(path).or_default();
            values.insert((entry.value.clone(), key.id.clone()));
        }
        let kept = new
            .as_ref()
            .map(|stored| stored.entries.clone())
            .unwrap_or_default();
        let rows = self.rows.entry(key.kind.clone()).or_default();
        let old = match new {
            Some(stored) => rows.insert(key.id.clone(), stored),
            None => rows.remove(&key.id),
        };
        for entry in old.iter().flat_map(|stored| &stored.entries) {
            if !kept.contains(entry) {
                self.drop_entry(key, entry);
            }
        }
        old
    }

    fn drop_entry(&mut self, key: &Key, entry: &Entry) {
        if let Some(values) = self.index.get_mut(&(key.kind.clone(), entry.path.clone())) {
            values.remove(&(entry.value.clone(), key.id.clone()));
        }
    }

    /// Gives a value to a document, or frees it.
    pub(super) fn set_claim(&mut self, claim: &Claim, holder: Option<Key>) -> Option<Key> {
        match holder {
            Some(key) => self.claims.insert(claim.clone(), key),
            None => self.claims.remove(claim),
        }
    }

    /// Makes a tie or replaces its body, or removes it.
    pub(super) fn set_tie(&mut self, tie: &Tie, body: Option<String>) -> Option<String> {
        let (source, relation, target) = tie.clone();
        let back = (target, relation, source);
        if let Some(body) = body {
            self.backward.insert(back);
            self.forward.insert(tie.clone(), body)
        } else {
            self.backward.remove(&back);
            self.forward.remove(tie)
        }
    }

    /// Sets a counter, or makes it one that was never adjusted.
    pub(super) fn set_counter(&mut self, name: &str, value: Option<u64>) -> Option<u64> {
        match value {
            Some(value) => self.counters.insert(name.to_owned(), value),
            None => self.counters.remove(name),
        }
    }

    /// Every tie that begins or ends at a document, under any relation.
    pub(super) fn ties_of(&self, key: &Key) -> Vec<Tie> {
        let first = Key {
            kind: String::new(),
            id: String::new(),
        };
        let from = (key.clone(), String::new(), first);
        let outward = self.forward.range(from.clone()..).map(|(tie, _)| tie);
        let outward = outward.take_while(|tie| tie.0 == *key).cloned();
        let inward = self.backward.range(from..).take_while(|tie| tie.0 == *key);
        let inward = inward
            .map(|(target, relation, source)| (source.clone(), relation.clone(), target.clone()));
        outward.chain(inward).collect()
    }
}
