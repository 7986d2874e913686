//! Opening the file: what every connection is told, and the steps that bring the tables up to date.

use std::path::Path;
use std::thread::park_timeout;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, ErrorCode, OpenFlags};
use scimlet_store::Failure;

use crate::convert::{failure, integer};

/// How long a statement waits for another process that holds the file.
pub(crate) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);

/// Statements kept prepared by each connection: every fixed one, and the plans that recur.
const STATEMENTS: usize = 128;

/// Pages that the log may reach before they are moved into the file. SQLite's own 1000 make every
/// hundredth commit wait for the move; this many (32 MB) spread it over thousands, and the log
/// stays short enough to recover within a moment.
const CHECKPOINT_PAGES: u32 = 4000;

/// Bytes of a page. A key that fills more than a quarter of its page spills into a page of its own;
/// a user with its entries has 1 to 2 KB, which spills with SQLite's own 4096.
const PAGE_BYTES: u32 = 8192;

/// Kilobytes of pages that each connection keeps: the upper levels of every tree, and what was
/// written lately.
const CACHE_KILOBYTES: i32 = 16 * 1024;

/// Each step takes the file from its position in this list to the next one.
const MIGRATIONS: &[&str] = &[
    include_str!("../migrations/0001_store.sql"),
    include_str!("../migrations/0002_policies.sql"),
];

/// How often a file is asked to become a WAL file: [`BUSY_TIMEOUT`] in all.
const TRIES: u32 = 100;

/// Opens the one connection that writes, and brings the tables up to date.
pub(crate) fn open_writer(path: &Path) -> Result<Connection, Failure> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE
        | OpenFlags::SQLITE_OPEN_CREATE
        | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = open(path, flags)?;
    prepare_writer(&connection).map_err(failure)?;
    migrate(&mut connection)?;
    Ok(connection)
}

/// The same for a file that is thrown away: nobody waits for the disk.
pub(crate) fn open_scratch_writer(path: &Path) -> Result<Connection, Failure> {
    let connection = open_writer(path)?;
    connection
        .pragma_update(None, "synchronous", "OFF")
        .map_err(failure)?;
    Ok(connection)
}

/// Opens a connection that only reads.
pub(crate) fn open_reader(path: &Path) -> Result<Connection, Failure> {
    open(
        path,
        OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX,
    )
}

fn open(path: &Path, flags: OpenFlags) -> Result<Connection, Failure> {
    let opened = Connection::open_with_flags(path, flags).and_then(|connection| {
        connection.busy_timeout(BUSY_TIMEOUT)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS);
        // One plan for a statement, whatever is bound to it: else SQLite, built with STAT4, prepares
        // a statement anew each time a value that its plan might look at is bound.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        // Savepoints and sorts need no file of their own.
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        // Negative: kilobytes rather than pages.
        connection.pragma_update(None, "cache_size", -CACHE_KILOBYTES)?;
        Ok(connection)
    });
    opened.map_err(|error| match failure(error) {
        Failure::Unavailable(text) => {
            Failure::Unavailable(format!("`{}` does not open: {text}", path.display()))
        }
        other => other,
    })
}

/// FULL syncs the log at every commit: an answered commit survives the loss of power.
fn prepare_writer(connection: &Connection) -> rusqlite::Result<()> {
    // Heeded only by a file that is still empty.
    connection.pragma_update(None, "page_size", PAGE_BYTES)?;
    write_ahead(connection)?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "wal_autocheckpoint", CHECKPOINT_PAGES)
}

/// Turns the file to WAL, which lasts. Two processes that did so with the same new file would wait
/// for each other for ever, so SQLite says "busy" to one of them at once: that one asks again.
fn write_ahead(connection: &Connection) -> rusqlite::Result<()> {
    connection.busy_timeout(Duration::ZERO)?;
    let mut turned = connection.pragma_update(None, "journal_mode", "WAL");
    for _ in 1..TRIES {
        let busy =
            |error: &rusqlite::Error| error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy);
        if !turned.as_ref().is_err_and(busy) {
            break;
        }
        park_timeout(BUSY_TIMEOUT / TRIES);
        turned = connection.pragma_update(None, "journal_mode", "WAL");
    }
    turned?;
    connection.busy_timeout(BUSY_TIMEOUT)
}

/// Takes every step that the file has not seen. Two processes may come here at once: whoever is
/// second finds nothing left to do.
fn migrate(connection: &mut Connection) -> Result<(), Failure> {
    let transaction = connection
        .transaction_with_behavior(rusqlite::TransactionBehavior::Immediate)
        .map_err(failure)?;
    let version: usize = transaction
        .query_row("PRAGMA user_version", [], |row| row.get::<_, u32>(0))
        .map(|version| version as usize)
        .map_err(failure)?;
    let Some(steps) = MIGRATIONS.get(version..) else {
        return Err(Failure::Other(format!(
            "the database is of version {version}, written by a newer scimlet: this one knows \
             versions up to {}",
            MIGRATIONS.len()
        )));
    };
    for step in steps {
        transaction.execute_batch(step).map_err(failure)?;
    }
    if !steps.is_empty() {
        let newest = integer(MIGRATIONS.len() as u64);
        transaction
            .pragma_update(None, "user_version", newest)
            .map_err(failure)?;
    }
    transaction.commit().map_err(failure)
}
