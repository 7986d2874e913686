//! One commit inside the open transaction: each change is judged and made in turn. The caller takes
//! everything back if the outcome is not *applied*.

use rusqlite::{Connection, OptionalExtension, params};
use scimlet_store::{Adjust, Change, Edge, Event, Expectation, Failure, Guard, Key, Outcome};

use super::put::Taken;
use super::run;
use crate::convert::failure;
use crate::pairs;

/// The largest value of a counter: 2^63-1.
const COUNTER_MAX: u64 = i64::MAX as u64;

/// Why a change is not made.
pub(super) enum Refusal {
    /// A fact behind it is no longer true.
    Stale,
    /// SQLite failed.
    Failed(Failure),
}

impl From<rusqlite::Error> for Refusal {
    fn from(error: rusqlite::Error) -> Self {
        Self::Failed(failure(error))
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// A commit under way.
pub(super) struct Commit<'a> {
    pub(super) connection: &'a Connection,
    pub(super) space: i64,
    /// Values taken from documents that must have let go of them by the end.
    pub(super) taken: Vec<Taken<'a>>,
    /// The position of the last event, once one is written.
    position: Option<i64>,
}

/// Makes all changes, or says which were stale.
pub(super) fn commit(
    connection: &Connection,
    space: i64,
    changes: &[Change],
) -> Result<Outcome, Failure> {
    let mut commit = Commit {
        connection,
        space,
        taken: Vec::new(),
        position: None,
    };
    for (number, change) in (0_u32..).zip(changes) {
        match commit.make(number, change) {
            Ok(()) => {}
            Err(Refusal::Stale) => return Ok(Outcome::Stale(vec![number])),
            Err(Refusal::Failed(failure)) => return Err(failure),
        }
    }
    let stale = commit.still_held()?;
    Ok(if stale.is_empty() {
        Outcome::Applied
    } else {
        Outcome::Stale(stale)
    })
}

impl<'a> Commit<'a> {
    fn make(&mut self, number: u32, change: &'a Change) -> Result<(), Refusal> {
        match change {
            Change::Put(put) => self.put(number, put),
            Change::Reindex(reindex) => self.reindex(number, reindex),
            Change::Delete(removal) => self.delete(removal),
            Change::Link(edge) => self.link(edge),
            Change::Unlink(edge) => self.unlink(edge),
            Change::Adjust(adjust) => self.adjust(adjust),
            Change::Check(guard) => self.check(guard),
            Change::Emit(event) => self.emit(event),
        }
    }

    fn link(&mut self, edge: &Edge) -> Result<(), Refusal> {
        let Edge {
            relation,
            source,
            target,
            body,
        } = edge;
        for end in [source, target] {
            self.version(end)?.ok_or(Refusal::Stale)?;
        }
        let sql = "INSERT INTO edge VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) \
                   ON CONFLICT DO UPDATE SET body = excluded.body";
        let space = self.space;
        let row = params![
            space,
            source.kind,
            source.id,
            relation,
            target.kind,
            target.id,
            body
        ];
        run(self.connection, sql, row)?;
        Ok(())
    }

    fn unlink(&mut self, edge: &Edge) -> Result<(), Refusal> {
        let Edge {
            relation,
            source,
            target,
            body: _,
        } = edge;
        let sql = "DELETE FROM edge WHERE tenant = ?1 AND source_kind = ?2 AND source_id = ?3 \
                   AND relation = ?4 AND target_kind = ?5 AND target_id = ?6";
        let row = params![
            self.space,
            source.kind,
            source.id,
            relation,
            target.kind,
            target.id
        ];
        run(self.connection, sql, row)?;
        Ok(())
    }

    fn adjust(&mut self, adjust: &Adjust) -> Result<(), Refusal> {
        let Adjust {
            name,
            delta,
            floor,
            ceiling,
        } = adjust;
        let sql = "SELECT value FROM counter WHERE tenant = ?1 AND name = ?2";
        let mut find = self.connection.prepare_cached(sql)?;
        let found = find
            .query_row(params![self.space, name], |row| row.get(0))
            .optional()?;
        let value: u64 = crate::convert::number(found.unwrap_or_default());
        let sum = value.checked_add_signed(*delta).ok_or(Refusal::Stale)?;
        let ceiling = ceiling.unwrap_or(COUNTER_MAX).min(COUNTER_MAX);
        if sum < *floor || sum > ceiling {
            return Err(Refusal::Stale);
        }
        if *delta != 0 {
            let sql = "INSERT INTO counter VALUES (?1, ?2, ?3) \
                       ON CONFLICT DO UPDATE SET value = excluded.value";
            run(
                self.connection,
                sql,
                params![self.space, name, crate::convert::integer(sum)],
            )?;
        }
        Ok(())
    }

    fn check(&self, guard: &Guard) -> Result<(), Refusal> {
        let version = self.version(&guard.key)?;
        let holds = match guard.expect {
            Expectation::Absent => version.is_none(),
            Expectation::Present => version.is_some(),
            Expectation::Version(expected) => version == Some(expected),
        };
        if holds { Ok(()) } else { Err(Refusal::Stale) }
    }

    fn emit(&mut self, event: &Event) -> Result<(), Refusal> {
        let last = match self.position {
            Some(position) => position,
            None => self.last_position()?,
        };
        let Event {
            topic,
            subject,
            body,
        } = event;
        let sql = "INSERT INTO event VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        let row = params![self.space, last + 1, topic, subject.kind, subject.id, body];
        run(self.connection, sql, row)?;
        self.position = Some(last + 1);
        Ok(())
    }

    fn last_position(&self) -> rusqlite::Result<i64> {
        let sql = "SELECT coalesce(max(position), 0) FROM event WHERE tenant = ?1";
        self.connection
            .prepare_cached(sql)?
            .query_row([self.space], |row| row.get(0))
    }

    fn version(&self, key: &Key) -> rusqlite::Result<Option<u64>> {
        let sql = "SELECT version FROM document WHERE tenant = ?1 AND kind = ?2 AND id = ?3";
        let mut find = self.connection.prepare_cached(sql)?;
        let found = find.query_row(params![self.space, key.kind, key.id], |row| row.get(0));
        Ok(found.optional()?.map(crate::convert::number))
    }

    /// The puts that took a value which its old holder still claims.
    fn still_held(&self) -> Result<Vec<u32>, Failure> {
        let mut stale = Vec::new();
        for Taken {
            change,
            from,
            claim,
        } in &self.taken
        {
            let claims = self.claims(from).map_err(failure)?.unwrap_or_default();
            let pair = (claim.path.as_str(), claim.value.as_str());
            if pairs::decode(&claims)?.contains(&pair) {
                stale.push(*change);
            }
        }
        stale.dedup();
        Ok(stale)
    }

    fn claims(&self, key: &Key) -> rusqlite::Result<Option<Vec<u8>>> {
        let sql = "SELECT claims FROM document WHERE tenant = ?1 AND kind = ?2 AND id = ?3";
        let mut find = self.connection.prepare_cached(sql)?;
        find.query_row(params![self.space, key.kind, key.id], |row| row.get(0))
            .optional()
    }
}
