//! Writing and removing a document, with what it is found by and what it holds.

use std::cmp::Ordering;

use rusqlite::{OptionalExtension, params};
use scimlet_store::{Claim, Entry, Key, Put, Reindex, Removal};

use super::commit::{Commit, Refusal};
use super::run;
use crate::convert::{integer, key};
use crate::pairs::{self, Pair};

/// A value that a put took from another document. The commit may only stand if the other one has
/// let go of it by the end, whether before the put or after it.
pub(super) struct Taken<'a> {
    pub(super) change: u32,
    pub(super) from: Key,
    pub(super) claim: &'a Claim,
}

/// The pairs that a document had before.
#[derive(Default)]
struct Before {
    entries: Vec<u8>,
    claims: Vec<u8>,
}

/// The pairs that a document has now, sorted, and as they are kept beside it.
struct Found<'a> {
    entries: Vec<Pair<'a>>,
    claims: Vec<Pair<'a>>,
    blobs: (Vec<u8>, Vec<u8>),
}

impl<'a> Found<'a> {
    fn of(entries: &'a [Entry], claims: &'a [Claim]) -> Self {
        let entries = entries.iter().map(|e| (e.path.as_str(), e.value.as_str()));
        let claims = claims.iter().map(|c| (c.path.as_str(), c.value.as_str()));
        let (entries, claims) = (pairs::sort(entries), pairs::sort(claims));
        let blobs = (pairs::encode(&entries), pairs::encode(&claims));
        Self {
            entries,
            claims,
            blobs,
        }
    }
}

/// A path, a value, and whether it is the smallest under its path.
type Ranked<'a> = (&'a str, &'a str, bool);

impl<'a> Commit<'a> {
    pub(super) fn put(&mut self, number: u32, put: &'a Put) -> Result<(), Refusal> {
        let Put {
            key,
            body,
            replaces,
            entries,
            claims,
        } = put;
        let found = Found::of(entries, claims);
        let before = match replaces {
            None => self.create(key, &found.blobs, body)?,
            Some(version) => self.replace(key, *version, &found.blobs, body)?,
        };
        self.turn(number, key, &before, &found, claims)
    }

    pub(super) fn reindex(&mut self, number: u32, reindex: &'a Reindex) -> Result<(), Refusal> {
        let Reindex {
            key,
            version,
            entries,
            claims,
        } = reindex;
        let found = Found::of(entries, claims);
        let before = self.before(key, *version)?;
        let (new_entries, new_claims) = &found.blobs;
        if before.entries == *new_entries && before.claims == *new_claims {
            return Ok(());
        }
        let sql = "UPDATE document SET entries = ?4, claims = ?5 \
                   WHERE tenant = ?1 AND kind = ?2 AND id = ?3";
        let row = params![self.space, key.kind, key.id, new_entries, new_claims];
        run(self.connection, sql, row)?;
        self.turn(number, key, &before, &found, claims)
    }

    /// Turns what a document was found by into what it is found by now.
    fn turn(
        &mut self,
        number: u32,
        key: &Key,
        before: &Before,
        found: &Found<'_>,
        claims: &'a [Claim],
    ) -> Result<(), Refusal> {
        if before.entries != found.blobs.0 {
            self.write_entries(key, &pairs::decode(&before.entries)?, &found.entries)?;
        }
        if before.claims != found.blobs.1 {
            let old = pairs::decode(&before.claims)?;
            self.free_claims(key, &old, &found.claims)?;
            for claim in claims {
                if !old.contains(&(claim.path.as_str(), claim.value.as_str())) {
                    self.take_claim(number, key, claim)?;
                }
            }
        }
        Ok(())
    }

    pub(super) fn delete(&mut self, removal: &Removal) -> Result<(), Refusal> {
        let Removal { key, version } = removal;
        let before = self.before(key, *version)?;
        self.write_entries(key, &pairs::decode(&before.entries)?, &[])?;
        self.free_claims(key, &pairs::decode(&before.claims)?, &[])?;
        let name = params![self.space, key.kind, key.id];
        for sql in [
            "DELETE FROM edge WHERE tenant = ?1 AND source_kind = ?2 AND source_id = ?3",
            "DELETE FROM edge WHERE tenant = ?1 AND target_kind = ?2 AND target_id = ?3",
            "DELETE FROM document WHERE tenant = ?1 AND kind = ?2 AND id = ?3",
        ] {
            run(self.connection, sql, name)?;
        }
        self.count(key, -1)
    }

    fn create(
        &self,
        key: &Key,
        (entries, claims): &(Vec<u8>, Vec<u8>),
        body: &str,
    ) -> Result<Before, Refusal> {
        let sql = "INSERT INTO document (tenant, kind, id, version, entries, claims, body) \
                   VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6) ON CONFLICT DO NOTHING";
        let row = params![self.space, key.kind, key.id, entries, claims, body];
        if run(self.connection, sql, row)? == 0 {
            return Err(Refusal::Stale);
        }
        self.count(key, 1)?;
        Ok(Before::default())
    }

    fn replace(
        &self,
        key: &Key,
        version: u64,
        (entries, claims): &(Vec<u8>, Vec<u8>),
        body: &str,
    ) -> Result<Before, Refusal> {
        let before = self.before(key, version)?;
        let sql = "UPDATE document SET version = version + 1, entries = ?4, claims = ?5, body = ?6 \
                   WHERE tenant = ?1 AND kind = ?2 AND id = ?3";
        run(
            self.connection,
            sql,
            params![self.space, key.kind, key.id, entries, claims, body],
        )?;
        Ok(before)
    }

    /// What a document has at this version; stale if it is not at this version.
    fn before(&self, key: &Key, version: u64) -> Result<Before, Refusal> {
        let sql = "SELECT entries, claims FROM document \
                   WHERE tenant = ?1 AND kind = ?2 AND id = ?3 AND version = ?4";
        let mut find = self.connection.prepare_cached(sql)?;
        let name = params![self.space, key.kind, key.id, integer(version)];
        let found = find.query_row(name, |row| {
            Ok(Before {
                entries: row.get(0)?,
                claims: row.get(1)?,
            })
        });
        found.optional()?.ok_or(Refusal::Stale)
    }

    fn count(&self, key: &Key, by: i64) -> Result<(), Refusal> {
        let sql = "INSERT INTO tally VALUES (?1, ?2, ?3) \
                   ON CONFLICT DO UPDATE SET documents = documents + excluded.documents";
        run(self.connection, sql, params![self.space, key.kind, by])?;
        Ok(())
    }

    /// Turns one sorted list of entries into another, touching only what differs.
    fn write_entries(&self, key: &Key, old: &[Pair<'_>], new: &[Pair<'_>]) -> Result<(), Refusal> {
        let (mut old, mut new) = (ranked(old).peekable(), ranked(new).peekable());
        loop {
            let order = match (old.peek(), new.peek()) {
                (None, None) => return Ok(()),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (Some(old), Some(new)) => (old.0, old.1).cmp(&(new.0, new.1)),
            };
            let gone = old.next_if(|_| order.is_le());
            let come = new.next_if(|_| order.is_ge());
            match (gone, come) {
                (Some(gone), None) => self.drop_entry(key, gone)?,
                (_, Some(come)) if gone != Some(come) => self.write_entry(key, come)?,
                _ => {}
            }
        }
    }

    fn write_entry(&self, key: &Key, (path, value, least): Ranked<'_>) -> Result<(), Refusal> {
        let sql = "INSERT INTO entry (tenant, kind, path, value, id, least) \
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6) \
                   ON CONFLICT DO UPDATE SET least = excluded.least";
        run(
            self.connection,
            sql,
            params![self.space, key.kind, path, value, key.id, least],
        )?;
        Ok(())
    }

    fn drop_entry(&self, key: &Key, (path, value, _): Ranked<'_>) -> Result<(), Refusal> {
        let sql = "DELETE FROM entry WHERE tenant = ?1 AND kind = ?2 AND path = ?3 AND value = ?4 \
                   AND id = ?5";
        run(
            self.connection,
            sql,
            params![self.space, key.kind, path, value, key.id],
        )?;
        Ok(())
    }

    /// Frees what a document held and no longer claims. What was taken from it is no longer its to
    /// free.
    fn free_claims(&self, key: &Key, old: &[Pair<'_>], new: &[Pair<'_>]) -> Result<(), Refusal> {
        let sql = "DELETE FROM claim WHERE tenant = ?1 AND path = ?2 AND value = ?3 \
                   AND kind = ?4 AND id = ?5";
        for (path, value) in old.iter().filter(|pair| !new.contains(pair)) {
            run(
                self.connection,
                sql,
                params![self.space, path, value, key.kind, key.id],
            )?;
        }
        Ok(())
    }

    fn take_claim(&mut self, change: u32, by: &Key, claim: &'a Claim) -> Result<(), Refusal> {
        let Claim { path, value } = claim;
        let row = params![self.space, path, value, by.kind, by.id];
        let sql = "INSERT INTO claim VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";
        if run(self.connection, sql, row)? > 0 {
            return Ok(());
        }
        let sql = "SELECT kind, id FROM claim WHERE tenant = ?1 AND path = ?2 AND value = ?3";
        let mut find = self.connection.prepare_cached(sql)?;
        let from = find.query_row(params![self.space, path, value], |row| key(row, 0))?;
        // The same claim twice in one put is one claim.
        if from != *by {
            let sql = "UPDATE claim SET kind = ?4, id = ?5 \
                       WHERE tenant = ?1 AND path = ?2 AND value = ?3";
            run(self.connection, sql, row)?;
            self.taken.push(Taken {
                change,
                from,
                claim,
            });
        }
        Ok(())
    }
}

/// Marks the first of each path in a sorted list.
fn ranked<'a>(pairs: &'a [Pair<'a>]) -> impl Iterator<Item = Ranked<'a>> {
    let mut before = None;
    pairs.iter().map(move |(path, value)| {
        let least = before.replace(*path) != Some(*path);
        (*path, *value, least)
    })
}
