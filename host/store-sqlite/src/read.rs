//! Questions, each on one snapshot.

mod edges;
mod find;
mod plan;
mod sql;
mod walk;

pub(crate) use edges::{edges, no_edges};
pub(crate) use find::{find, nothing};
pub(crate) use plan::check;

use rusqlite::{Connection, OptionalExtension, params};
use scimlet_store::{Claim, Event, Failure, Key, Posted, Row};

use crate::convert::{failure, integer, key, number};

/// A tenant's part of the file, on one snapshot.
pub(crate) struct Space<'a> {
    pub(crate) connection: &'a Connection,
    pub(crate) id: i64,
}

/// The number of a tenant's space; none if nothing was ever written there.
pub(crate) fn space(connection: &Connection, tenant: &str) -> Result<Option<i64>, Failure> {
    let sql = "SELECT id FROM space WHERE name = ?1";
    let mut statement = connection.prepare_cached(sql).map_err(failure)?;
    statement
        .query_row([tenant], |row| row.get(0))
        .optional()
        .map_err(failure)
}

pub(crate) fn load(space: &Space<'_>, keys: &[Key]) -> Result<Vec<Option<Row>>, Failure> {
    let sql = "SELECT version, body FROM document WHERE tenant = ?1 AND kind = ?2 AND id = ?3";
    let mut statement = space.connection.prepare_cached(sql).map_err(failure)?;
    let rows = keys.iter().map(|key| {
        let found = statement.query_row(params![space.id, key.kind, key.id], |row| {
            Ok(Row {
                key: key.clone(),
                version: number(row.get(0)?),
                body: row.get(1)?,
            })
        });
        found.optional()
    });
    rows.collect::<rusqlite::Result<_>>().map_err(failure)
}

pub(crate) fn holders(space: &Space<'_>, claims: &[Claim]) -> Result<Vec<Option<Key>>, Failure> {
    let sql = "SELECT kind, id FROM claim WHERE tenant = ?1 AND path = ?2 AND value = ?3";
    let mut statement = space.connection.prepare_cached(sql).map_err(failure)?;
    let holders = claims.iter().map(|claim| {
        let found = statement.query_row(params![space.id, claim.path, claim.value], |row| {
            key(row, 0)
        });
        found.optional()
    });
    holders.collect::<rusqlite::Result<_>>().map_err(failure)
}

pub(crate) fn counters(space: &Space<'_>, names: &[String]) -> Result<Vec<u64>, Failure> {
    let sql = "SELECT value FROM counter WHERE tenant = ?1 AND name = ?2";
    let mut statement = space.connection.prepare_cached(sql).map_err(failure)?;
    let values = names.iter().map(|name| {
        let found = statement
            .query_row(params![space.id, name], |row| row.get(0))
            .optional()?;
        Ok(number(found.unwrap_or_default()))
    });
    values.collect::<rusqlite::Result<_>>().map_err(failure)
}

pub(crate) fn outbox(space: &Space<'_>, after: u64, max: u32) -> Result<Vec<Posted>, Failure> {
    let sql = "SELECT position, topic, kind, id, body FROM event \
               WHERE tenant = ?1 AND position > ?2 ORDER BY position LIMIT ?3";
    let mut statement = space.connection.prepare_cached(sql).map_err(failure)?;
    let posted = statement.query_map(params![space.id, integer(after), max], |row| {
        let event = Event {
            topic: row.get(1)?,
            subject: key(row, 2)?,
            body: row.get(4)?,
        };
        Ok(Posted {
            position: number(row.get(0)?),
            event,
        })
    });
    posted.and_then(Iterator::collect).map_err(failure)
}

pub(crate) fn outbox_end(space: &Space<'_>) -> Result<u64, Failure> {
    let sql = "SELECT coalesce(max(position), 0) FROM event WHERE tenant = ?1";
    let mut statement = space.connection.prepare_cached(sql).map_err(failure)?;
    let end = statement.query_row([space.id], |row| row.get(0));
    end.map(number).map_err(failure)
}
