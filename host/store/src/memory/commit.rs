//! All changes or none: each change is made as it is judged, with a note of how to take it back.

use crate::{
    Adjust, Change, Claim, Edge, Entry, Event, Expectation, Guard, Key, Outcome, Put, Reindex,
    Removal,
};

use super::space::{Space, Stored, Tie};

/// The largest value of a counter: 2^63-1, so that every backend can keep it in a signed integer.
const COUNTER_MAX: u64 = i64::MAX as u64;

/// A fact behind a change is no longer true.
struct Stale;

/// What stood somewhere before this commit.
enum Before {
    Row(Key, Option<Stored>),
    Claim(Claim, Option<Key>),
    Tie(Tie, Option<String>),
    Counter(String, Option<u64>),
    Events(usize),
}

/// A value that a put took from another document. The commit may only stand if the other one has
/// let go of it by the end, whether before the put or after it.
struct Taken {
    change: u32,
    from: Key,
    claim: Claim,
}

struct Transaction<'a> {
    space: &'a mut Space,
    before: Vec<Before>,
    taken: Vec<Taken>,
}

/// Makes all changes, or none and says which were stale.
pub(super) fn commit(space: &mut Space, changes: &[Change]) -> Outcome {
    let mut transaction = Transaction {
        space,
        before: Vec::new(),
        taken: Vec::new(),
    };
    let stale = transaction.run(changes);
    if stale.is_empty() {
        return Outcome::Applied;
    }
    transaction.take_back();
    Outcome::Stale(stale)
}

impl Transaction<'_> {
    fn run(&mut self, changes: &[Change]) -> Vec<u32> {
        for (number, change) in (0_u32..).zip(changes) {
            if self.make(number, change).is_err() {
                return vec![number];
            }
        }
        self.still_held()
    }

    fn make(&mut self, number: u32, change: &Change) -> Result<(), Stale> {
        match change {
            Change::Put(put) => self.put(number, put),
            Change::Reindex(reindex) => self.reindex(number, reindex),
            Change::Delete(removal) => self.delete(removal),
            Change::Link(edge) => self.link(edge),
            Change::Unlink(edge) => {
                self.set_tie(tie_of(edge), None);
                Ok(())
            }
            Change::Adjust(adjust) => self.adjust(adjust),
            Change::Check(guard) => self.check(guard),
            Change::Emit(event) => {
                self.emit(event);
                Ok(())
            }
        }
    }

    fn put(&mut self, number: u32, put: &Put) -> Result<(), Stale> {
        let stored = self.space.stored(&put.key).map(|stored| stored.version);
        if stored != put.replaces {
            return Err(Stale);
        }
        let found = (put.entries.as_slice(), put.claims.as_slice());
        let version = stored.unwrap_or_default() + 1;
        self.write(number, &put.key, version, put.body.clone(), found);
        Ok(())
    }

    fn reindex(&mut self, number: u32, reindex: &Reindex) -> Result<(), Stale> {
        let stored = self.space.stored(&reindex.key).ok_or(Stale)?;
        if stored.version != reindex.version {
            return Err(Stale);
        }
        let body = stored.body.clone();
        let found = (reindex.entries.as_slice(), reindex.claims.as_slice());
        self.write(number, &reindex.key, reindex.version, body, found);
        Ok(())
    }

    fn write(
        &mut self,
        number: u32,
        key: &Key,
        version: u64,
        body: String,
        (entries, claims): (&[Entry], &[Claim]),
    ) {
        let new = Stored {
            version,
            body,
            entries: entries.iter().cloned().collect(),
            claims: claims.iter().cloned().collect(),
        };
        self.free_claims(key);
        for claim in claims {
            let from = self.set_claim(claim, Some(key.clone()));
            if let Some(from) = from.filter(|holder| holder != key) {
                self.taken.push(Taken {
                    change: number,
                    from,
                    claim: claim.clone(),
                });
            }
        }
        self.set_row(key, Some(new));
    }

    fn delete(&mut self, removal: &Removal) -> Result<(), Stale> {
        self.check(&Guard {
            key: removal.key.clone(),
            expect: Expectation::Version(removal.version),
        })?;
        self.free_claims(&removal.key);
        for tie in self.space.ties_of(&removal.key) {
            self.set_tie(tie, None);
        }
        self.set_row(&removal.key, None);
        Ok(())
    }

    fn link(&mut self, edge: &Edge) -> Result<(), Stale> {
        for key in [&edge.source, &edge.target] {
            self.space.stored(key).ok_or(Stale)?;
        }
        self.set_tie(tie_of(edge), Some(edge.body.clone()));
        Ok(())
    }

    fn adjust(&mut self, adjust: &Adjust) -> Result<(), Stale> {
        let value = self.space.counter(&adjust.name);
        let sum = value.checked_add_signed(adjust.delta).ok_or(Stale)?;
        let ceiling = adjust.ceiling.unwrap_or(COUNTER_MAX).min(COUNTER_MAX);
        if sum < adjust.floor || sum > ceiling {
            return Err(Stale);
        }
        let old = self.space.set_counter(&adjust.name, Some(sum));
        self.before.push(Before::Counter(adjust.name.clone(), old));
        Ok(())
    }

    fn check(&self, guard: &Guard) -> Result<(), Stale> {
        let version = self.space.stored(&guard.key).map(|stored| stored.version);
        let holds = match guard.expect {
            Expectation::Absent => version.is_none(),
            Expectation::Present => version.is_some(),
            Expectation::Version(expected) => version == Some(expected),
        };
        if holds { Ok(()) } else { Err(Stale) }
    }

    fn emit(&mut self, event: &Event) {
        self.before.push(Before::Events(self.space.events.len()));
        self.space.events.push_back(event.clone());
    }

    /// Frees what a document holds. What was taken from it is no longer its to free.
    fn free_claims(&mut self, key: &Key) {
        let claims = self
            .space
            .stored(key)
            .map(|stored| stored.claims.clone())
            .unwrap_or_default();
        for claim in claims {
            if self.space.claims.get(&claim) == Some(key) {
                self.set_claim(&claim, None);
            }
        }
    }

    /// The puts that took a value which its old holder still claims.
    fn still_held(&self) -> Vec<u32> {
        let held = self.taken.iter().filter(|taken| {
            let holder = self.space.stored(&taken.from);
            holder.is_some_and(|stored| stored.claims.contains(&taken.claim))
        });
        let mut stale: Vec<u32> = held.map(|taken| taken.change).collect();
        stale.dedup();
        stale
    }

    fn set_row(&mut self, key: &Key, new: Option<Stored>) {
        let old = self.space.set_row(key, new);
        self.before.push(Before::Row(key.clone(), old));
    }

    fn set_claim(&mut self, claim: &Claim, holder: Option<Key>) -> Option<Key> {
        let old = self.space.set_claim(claim, holder);
        self.before.push(Before::Claim(claim.clone(), old.clone()));
        old
    }

    fn set_tie(&mut self, tie: Tie, body: Option<String>) {
        let old = self.space.set_tie(&tie, body);
        self.before.push(Before::Tie(tie, old));
    }

    /// Undoes every step, the last one first.
    fn take_back(self) {
        for before in self.before.into_iter().rev() {
            match before {
                Before::Row(key, old) => drop(self.space.set_row(&key, old)),
                Before::Claim(claim, old) => drop(self.space.set_claim(&claim, old)),
                Before::Tie(tie, old) => drop(self.space.set_tie(&tie, old)),
                Before::Counter(name, old) => drop(self.space.set_counter(&name, old)),
                Before::Events(count) => self.space.events.truncate(count),
            }
        }
    }
}

fn tie_of(edge: &Edge) -> Tie {
    (
        edge.source.clone(),
        edge.relation.clone(),
        edge.target.clone(),
    )
}
