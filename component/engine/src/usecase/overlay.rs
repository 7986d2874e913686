//! Facts in which what was decided so far has already happened: the operations of a bulk before this
//! one, or a group's new members when their licenses are settled.
//!
//! Answers every question of [`Facts`] as the store would if the changes so far were committed. It
//! keeps the changes themselves and where in them everything stands, and no copies. Facts come from
//! below when they are asked for; whatever a change rests on, it says itself, and the commit judges
//! it against the state after the changes before it.
//!
//! INVARIANT: a document that was touched is never again taken from below: what the store has of it
//! is the past. So a walk along a queue may skip for good those whom the bulk has moved.

mod merge;
mod pages;
mod table;
mod ties;
mod walk;

use std::collections::{BTreeMap, BTreeSet};

use self::table::Table;
use self::ties::Ties;
use self::walk::Walks;
use crate::facts::{
    Adjust, Change, Claim, EdgePage, EdgeQuery, Entry, Facts, Failure, Guard, Key, Page, Plan,
    Policy, Put, Row,
};
use crate::refusal::Refusal;
use crate::tenant::Tenant;

/// What one commit may hold, in bytes: less than a guest may hand over at a time, which is 16 MiB
/// (`Limits` of the runtime). Documents that are changed may be larger than the message that
/// changes them.
const MAX_WEIGHT: usize = 14 << 20;

/// What a text weighs beside its bytes.
const TEXT: usize = 24;

/// The facts below, and the changes so far.
pub(super) struct Overlay<'f> {
    tenant: &'f Tenant,
    below: &'f mut dyn Facts,
    changes: Vec<Change>,
    weight: usize,
    /// What became of each document that was touched.
    documents: BTreeMap<Key, Document>,
    /// The values that changed documents hold.
    claims: BTreeMap<Claim, Key>,
    deltas: BTreeMap<String, i64>,
    ties: Ties,
    tables: BTreeMap<String, Tables>,
    walks: Walks,
    /// Conditions that are stated already, and still hold if they did then.
    checked: Vec<Guard>,
    foreseen: Foreseen,
}

/// A document that was touched.
#[derive(Clone, Copy)]
enum Document {
    /// The change that wrote it last, and the version that this made.
    Written(usize, u64),
    Gone,
}

/// The documents of one kind that were touched, as they can be found.
#[derive(Default)]
struct Tables {
    /// As they are now.
    now: Table,
    /// As the store below still finds them.
    before: Table,
    /// Those of which the store below has not been asked yet how it finds them.
    unread: Vec<String>,
}

/// What was asked for before it was needed.
#[derive(Default)]
struct Foreseen {
    rows: BTreeMap<Key, Option<Row>>,
    holders: BTreeMap<Claim, Option<Key>>,
}

impl<'f> Overlay<'f> {
    pub(super) fn new(tenant: &'f Tenant, below: &'f mut dyn Facts) -> Self {
        Self {
            tenant,
            below,
            changes: Vec::new(),
            weight: 0,
            documents: BTreeMap::new(),
            claims: BTreeMap::new(),
            deltas: BTreeMap::new(),
            ties: Ties::default(),
            tables: BTreeMap::new(),
            walks: Walks::default(),
            checked: Vec::new(),
            foreseen: Foreseen::default(),
        }
    }

    /// One on top of this one: for what may yet be given up.
    pub(super) fn inner(&mut self) -> Overlay<'_> {
        let weight = self.weight;
        Overlay {
            weight,
            ..Overlay::new(self.tenant, self)
        }
    }

    /// All changes, in order.
    pub(super) fn into_changes(self) -> Vec<Change> {
        self.changes
    }

    /// Asks for what will be needed, and forgets what was.
    pub(super) fn foresee(
        &mut self,
        keys: BTreeSet<Key>,
        claims: BTreeSet<Claim>,
    ) -> Result<(), Failure> {
        self.foreseen = Foreseen::default();
        let is_new = |key: &Key| !self.documents.contains_key(key);
        let keys: Vec<Key> = keys.into_iter().filter(is_new).collect();
        if !keys.is_empty() {
            let rows = self.below.load(keys.clone())?;
            self.foreseen.rows = keys.into_iter().zip(rows).collect();
        }
        let claims: Vec<Claim> = claims.into_iter().collect();
        if !claims.is_empty() {
            let holders = self.below.holders(claims.clone())?;
            self.foreseen.holders = claims.into_iter().zip(holders).collect();
        }
        Ok(())
    }

    /// Bytes of all changes so far, about.
    pub(super) fn weight(&self) -> usize {
        self.weight
    }

    /// Makes changes facts.
    ///
    /// # Errors
    /// 413 if the commit would outgrow what can be handed over; nothing has happened then.
    pub(super) fn absorb(&mut self, changes: Vec<Change>) -> Result<(), Refusal> {
        let added: usize = changes.iter().map(weight).sum();
        if self.weight + added > MAX_WEIGHT {
            let detail = format!(
                "what this request changes would exceed the {MAX_WEIGHT} bytes of one commit; send \
                 it in parts"
            );
            return Err(Refusal::Status(413, detail));
        }
        self.weight += added;
        for change in changes {
            if self.happens(&change) {
                self.changes.push(change);
            }
        }
        Ok(())
    }

    /// Whether a change is worth to be committed: a condition that is stated already is not.
    fn happens(&mut self, change: &Change) -> bool {
        match change {
            Change::Put(put) => self.written(put),
            Change::Delete(removal) => self.gone(&removal.key),
            Change::Link(edge) => self.ties.set(edge, true),
            Change::Unlink(edge) => self.ties.set(edge, false),
            Change::Adjust(Adjust { name, delta, .. }) => {
                if *delta != 0 {
                    *self.deltas.entry(name.clone()).or_default() += delta;
                }
            }
            Change::Check(guard) if self.checked.contains(guard) => return false,
            Change::Check(guard) => self.checked.push(guard.clone()),
            // No request reindexes.
            Change::Emit(_) | Change::Reindex(_) => {}
        }
        true
    }

    fn written(&mut self, put: &Put) {
        self.touch(&put.key, put.replaces.is_some());
        for claim in &put.claims {
            self.claims.insert(claim.clone(), put.key.clone());
        }
        let version = put.replaces.unwrap_or_default() + 1;
        let document = Document::Written(self.changes.len(), version);
        self.documents.insert(put.key.clone(), document);
        let tables = self.tables.entry(put.key.kind.clone()).or_default();
        tables.now.insert(&put.key.id, put.entries.clone());
    }

    fn gone(&mut self, key: &Key) {
        self.touch(key, true);
        self.documents.insert(key.clone(), Document::Gone);
        self.ties.drop_all_of(key);
    }

    /// Takes a document out of everything that is known of it.
    fn touch(&mut self, key: &Key, is_below: bool) {
        self.checked.retain(|guard| guard.key != *key);
        let tables = self.tables.entry(key.kind.clone()).or_default();
        match self.documents.get(key) {
            None if is_below => tables.unread.push(key.id.clone()),
            None | Some(Document::Gone) => {}
            Some(Document::Written(at, _)) => {
                tables.now.remove(&key.id);
                if let Some(Change::Put(old)) = self.changes.get(*at) {
                    for claim in &old.claims {
                        if self.claims.get(claim) == Some(key) {
                            self.claims.remove(claim);
                        }
                    }
                }
            }
        }
    }

    /// A touched document as it is now.
    fn row(&self, key: &Key, document: Document) -> Option<Row> {
        let Document::Written(at, version) = document else {
            return None;
        };
        match self.changes.get(at) {
            Some(Change::Put(put)) => Some(Row {
                key: key.clone(),
                version,
                body: put.body.clone(),
            }),
            _ => None,
        }
    }
}

impl Facts for Overlay<'_> {
    fn load(&mut self, keys: Vec<Key>) -> Result<Vec<Option<Row>>, Failure> {
        let known = |key: &Key| match self.documents.get(key) {
            Some(document) => Some(self.row(key, *document)),
            None => self.foreseen.rows.get(key).cloned(),
        };
        let mut rows: Vec<Option<Option<Row>>> = keys.iter().map(known).collect();
        let missing = keys.into_iter().zip(&rows).filter(|(_, row)| row.is_none());
        let missing: Vec<Key> = missing.map(|(key, _)| key).collect();
        if !missing.is_empty() {
            let mut asked = self.below.load(missing)?.into_iter();
            for row in rows.iter_mut().filter(|row| row.is_none()) {
                *row = asked.next();
            }
        }
        Ok(rows.into_iter().map(Option::flatten).collect())
    }

    fn holders(&mut self, claims: Vec<Claim>) -> Result<Vec<Option<Key>>, Failure> {
        let known = |claim: &Claim| match self.claims.get(claim) {
            Some(key) => Some(Some(key.clone())),
            None => self.foreseen.holders.get(claim).cloned(),
        };
        let mut holders: Vec<Option<Option<Key>>> = claims.iter().map(known).collect();
        let missing = claims.iter().zip(&holders).filter(|(_, it)| it.is_none());
        let missing: Vec<Claim> = missing.map(|(claim, _)| claim.clone()).collect();
        if !missing.is_empty() {
            let mut asked = self.below.holders(missing)?.into_iter();
            for holder in holders.iter_mut().filter(|it| it.is_none()) {
                *holder = asked.next();
            }
        }
        // Whoever was touched holds what it claims now, and nothing else.
        let still = |(claim, key): (&Claim, &Key)| {
            self.claims.get(claim) == Some(key) || !self.documents.contains_key(key)
        };
        let holders = claims.iter().zip(holders);
        Ok(holders
            .map(|(claim, key)| key.flatten().filter(|key| still((claim, key))))
            .collect())
    }

    fn counters(&mut self, names: Vec<String>) -> Result<Vec<u64>, Failure> {
        let counters = self.below.counters(names.clone())?;
        let moved = |(name, counter): (&String, u64)| {
            let delta = self.deltas.get(name).copied().unwrap_or_default();
            counter.saturating_add_signed(delta)
        };
        Ok(names.iter().zip(counters).map(moved).collect())
    }

    fn find(&mut self, plan: Plan) -> Result<Page, Failure> {
        if self.tables.contains_key(&plan.kind) {
            self.find_among(&plan)
        } else {
            self.below.find(plan)
        }
    }

    fn edges(&mut self, queries: Vec<EdgeQuery>) -> Result<Vec<EdgePage>, Failure> {
        self.edges_among(queries)
    }

    fn policy(&mut self) -> Option<&mut dyn Policy> {
        self.below.policy()
    }
}

/// About how many bytes a change is when it is handed over.
fn weight(change: &Change) -> usize {
    let text = |text: &str| text.len() + TEXT;
    let pairs = |path: &str, value: &str| text(path) + text(value);
    let key = |key: &Key| pairs(&key.kind, &key.id);
    let own = size_of::<Change>() * 2;
    let found = |entries: &[Entry], claims: &[Claim]| {
        let entries = entries.iter().map(|it| pairs(&it.path, &it.value));
        let claims = claims.iter().map(|it| pairs(&it.path, &it.value));
        entries.chain(claims).sum::<usize>()
    };
    own + match change {
        Change::Put(put) => key(&put.key) + text(&put.body) + found(&put.entries, &put.claims),
        Change::Reindex(it) => key(&it.key) + found(&it.entries, &it.claims),
        Change::Delete(removal) => key(&removal.key),
        Change::Link(edge) | Change::Unlink(edge) => {
            key(&edge.source) + key(&edge.target) + pairs(&edge.relation, &edge.body)
        }
        Change::Adjust(adjust) => text(&adjust.name),
        Change::Check(guard) => key(&guard.key),
        Change::Emit(event) => key(&event.subject) + pairs(&event.topic, &event.body),
    }
}
