//! Some hundred rows: who of them is new, who is there already, and what becomes of each.

use std::collections::{HashMap, HashSet};

use serde_json::{Value, json};

use super::find::{Found, find, key};
use super::options::{Existing, Options};
use super::report::Refusal;
use super::row::Ready;
use super::send::{Operation, Sender};
use super::source::Raw;
use crate::local::LocalError;

/// Rows at most: what the component carries in one commit, without keeping others waiting for long.
const MAX_ROWS: usize = 500;

/// Bytes of rows at most: half of what a bulk may have, since there is more in it than rows.
const MAX_BYTES: usize = 2 << 20;

/// One row of a chunk.
#[derive(Debug)]
pub(super) struct Item<'t> {
    pub(super) number: u64,
    pub(super) line: usize,
    pub(super) raw: Raw,
    pub(super) ready: Result<Ready<'t>, Refusal>,
}

/// What has become of a row.
#[derive(Debug)]
pub(super) enum Fate {
    Created(String),
    Updated(String),
    Unchanged(String),
    Skipped(String),
    Refused(Refusal),
}

/// Rows that are carried out together.
#[derive(Default)]
pub(super) struct Chunk<'t> {
    pub(super) items: Vec<Item<'t>>,
    bytes: usize,
    /// What is looked for before it is created: of two rows with the same, the second must find the
    /// first.
    sought: HashSet<(&'static str, Box<str>)>,
}

impl<'t> Chunk<'t> {
    /// Takes a row in. False where it does not fit, and the chunk must be carried out first.
    pub(super) fn take(&mut self, item: Item<'t>, options: &Options) -> bool {
        let bytes = item.bytes();
        let is_full = self.items.len() >= MAX_ROWS || self.bytes.saturating_add(bytes) > MAX_BYTES;
        let sought = item.sought(options);
        let sought = sought.map(|(path, value)| (path, key(path, value)));
        let is_twice = sought.as_ref().is_some_and(|it| self.sought.contains(it));
        // What is too long for any chunk gets one of its own.
        if !self.items.is_empty() && (is_full || is_twice) {
            return false;
        }
        self.sought.extend(sought);
        self.bytes += bytes;
        self.items.push(item);
        true
    }

    /// Carries out all of it. `ours`: it may have been carried out before, by an import that began then and was
    /// killed; what was created since is its own.
    pub(super) fn carry_out(
        &self,
        sender: &Sender<'_>,
        options: &Options,
        ours: Option<u64>,
    ) -> Result<Vec<Fate>, LocalError> {
        let mut run = Run {
            chunk: self,
            sender,
            options,
            ours,
            fates: HashMap::new(),
            found: HashMap::new(),
        };
        let is_sought = |at: &usize| {
            self.item(*at)
                .is_some_and(|it| it.sought(options).is_some())
        };
        let (sought, unique): (Vec<_>, Vec<_>) = (0..self.items.len()).partition(is_sought);
        run.look(&sought)?;
        let is_new = |at: &usize| !run.found.contains_key(at);
        let new: Vec<_> = unique
            .into_iter()
            .chain(sought.into_iter().filter(is_new))
            .collect();
        run.create(new)?;
        run.meet()?;
        let unsaid = || Fate::Refused(Refusal::own("unanswered", "it was passed over".to_owned()));
        let mut fates = run.fates;
        let all = (0..self.items.len()).map(|at| fates.remove(&at).unwrap_or_else(unsaid));
        Ok(all.collect())
    }

    fn item(&self, at: usize) -> Option<&Item<'t>> {
        self.items.get(at)
    }

    fn ready(&self, at: usize) -> Option<&Ready<'t>> {
        self.item(at)?.ready.as_ref().ok()
    }

    /// Where a chunk begins.
    fn row(&self) -> u64 {
        self.items.first().map_or(0, |it| it.number)
    }
}

impl Item<'_> {
    /// About as many as it takes in a request.
    fn bytes(&self) -> usize {
        match &self.raw {
            Raw::Line(text) => text.len(),
            Raw::Fields(fields) => fields.iter().map(|it| it.len() + 30).sum(),
        }
    }

    /// What it is looked for by before it is created; none where it need not be.
    fn sought(&self, options: &Options) -> Option<(&'static str, &str)> {
        let ready = self.ready.as_ref().ok()?;
        let matched = ready.matched(options)?;
        (!options.is_unique(ready.kind)).then_some(matched)
    }
}

/// The carrying out of a chunk.
struct Run<'r, 't> {
    chunk: &'r Chunk<'t>,
    sender: &'r Sender<'r>,
    options: &'r Options,
    ours: Option<u64>,
    fates: HashMap<usize, Fate>,
    /// Who is there already, by row.
    found: HashMap<usize, Found>,
}

impl Run<'_, '_> {
    /// Looks for rows that may be there already.
    fn look(&mut self, rows: &[usize]) -> Result<(), LocalError> {
        let mut asked: HashMap<(&str, &str), Vec<(usize, &str)>> = HashMap::new();
        for at in rows {
            let Some(ready) = self.chunk.ready(*at) else {
                continue;
            };
            if let Some((path, value)) = ready.matched(self.options) {
                let group = asked.entry((&ready.kind.endpoint, path)).or_default();
                group.push((*at, value));
            }
        }
        for ((endpoint, path), rows) in asked {
            let values: Vec<_> = rows.iter().map(|(_, value)| *value).collect();
            let found = find(self.sender.local, endpoint, &[path], &values)?;
            for (at, value) in rows {
                if let Some(found) = found.get(&key(path, value)) {
                    self.found.insert(at, found.clone());
                }
            }
        }
        Ok(())
    }

    /// Creates rows. Who turns out to be there already is found.
    fn create(&mut self, rows: Vec<usize>) -> Result<(), LocalError> {
        let (mut sent, mut operations) = (Vec::new(), Vec::new());
        for at in rows {
            match self.chunk.item(at).map(|it| &it.ready) {
                Some(Ok(ready)) => {
                    let body = Value::Object(ready.body.clone());
                    operations.push(Operation::create(&ready.kind.endpoint, body));
                    sent.push(at);
                }
                Some(Err(refusal)) => {
                    self.fates.insert(at, Fate::Refused(refusal.clone()));
                }
                None => {}
            }
        }
        let outcomes = self.sender.send(self.chunk.row(), &operations)?;
        let mut taken = Vec::new();
        for (at, outcome) in sent.into_iter().zip(outcomes) {
            match outcome {
                Ok(done) => {
                    self.fates.insert(at, Fate::Created(done.id));
                }
                Err(refusal) => {
                    if refusal.is_uniqueness() && self.is_unique(at) {
                        taken.push(at);
                    }
                    // Until it is found who it is.
                    self.fates.insert(at, Fate::Refused(refusal));
                }
            }
        }
        self.look(&taken)
    }

    fn is_unique(&self, at: usize) -> bool {
        let ready = self.chunk.ready(at);
        ready.is_some_and(|it| self.options.is_unique(it.kind))
    }

    /// Whether this import has created it, before it was killed.
    fn is_own(&self, found: &Found) -> bool {
        let created = self.ours.zip(found.created);
        created.is_some_and(|(began, created)| created >= began)
    }

    /// Does with those who are there already what is to be done with them.
    fn meet(&mut self) -> Result<(), LocalError> {
        let mut rows: Vec<_> = self.found.keys().copied().collect();
        rows.sort_unstable();
        let (mut sent, mut operations) = (Vec::new(), Vec::new());
        for at in rows {
            let (Some(ready), Some(found)) = (self.chunk.ready(at), self.found.get(&at)) else {
                continue;
            };
            let what = || match ready.matched(self.options) {
                Some((path, value)) => format!("{} of {path} `{value}`", ready.kind.name),
                None => ready.kind.name.clone(),
            };
            let fate = match self.options.existing {
                _ if found.is_ambiguous => {
                    let reason = format!("there are several {}", what());
                    Fate::Refused(Refusal::own("ambiguous", reason))
                }
                Existing::Skip | Existing::Refuse if self.is_own(found) => {
                    Fate::Created(found.id.clone())
                }
                Existing::Skip => Fate::Skipped(found.id.clone()),
                Existing::Refuse => {
                    let reason = format!("there is a {} already", what());
                    Fate::Refused(Refusal::own("exists", reason))
                }
                Existing::Update => {
                    let mut body = ready.body.clone();
                    body.remove("schemas");
                    let operation = json!({ "op": "replace", "value": body });
                    let endpoint = &ready.kind.endpoint;
                    operations.push(Operation::patch(endpoint, &found.id, &operation));
                    sent.push((at, found.clone()));
                    continue;
                }
            };
            self.fates.insert(at, fate);
        }
        let outcomes = self.sender.send(self.chunk.row(), &operations)?;
        self.note_updates(sent.into_iter().zip(outcomes));
        Ok(())
    }

    /// A row that changes nothing leaves the version as it was.
    fn note_updates(
        &mut self,
        outcomes: impl Iterator<Item = ((usize, Found), Result<super::send::Done, Refusal>)>,
    ) {
        let mut versions: HashMap<String, Option<u64>> = HashMap::new();
        for ((at, found), outcome) in outcomes {
            let before = versions.get(&found.id).copied().unwrap_or(found.version);
            let fate = match outcome {
                Ok(done) => {
                    versions.insert(found.id.clone(), done.version);
                    if done.version.is_some() && done.version == before {
                        Fate::Unchanged(found.id)
                    } else {
                        Fate::Updated(found.id)
                    }
                }
                Err(refusal) => Fate::Refused(refusal),
            };
            self.fates.insert(at, fate);
        }
    }
}
