//! Cutting off an outbox's oldest part.

use rusqlite::{Connection, params};

use super::run;
use crate::convert::integer;

/// Removes events up to a position, at most `max`, and never the newest, since the next position is
/// one more than its.
pub(super) fn prune(
    connection: &Connection,
    space: i64,
    through: u64,
    max: u32,
) -> rusqlite::Result<u64> {
    let sql = "DELETE FROM event WHERE tenant = ?1 AND position IN \
               (SELECT position FROM event WHERE tenant = ?1 AND position <= ?2 \
                AND position < (SELECT max(position) FROM event WHERE tenant = ?1) \
                ORDER BY position LIMIT ?3)";
    let removed = run(connection, sql, params![space, integer(through), max])?;
    Ok(removed as u64)
}
