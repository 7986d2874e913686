//! Bare SQLite: the rows of a POST, written in a loop by one thread, each in a transaction of its
//! own that is synced to the disk.
//!
//! The tables are the server's own, the rows are those that the engine decides on for the same
//! users, and the settings are the server's. Statements are kept prepared. There is no engine, no
//! HTTP, no check of anything: it is what a careful program without any of that could do.

use std::path::Path;
use std::time::{Duration, Instant};

use rusqlite::config::DbConfig;
use rusqlite::{Connection, params};
use scimlet_store::{Adjust, Change, Edge, Event, Put};

use super::posts::Posts;
use super::stats::rate;

const TABLES: &str = include_str!("../../../host/store-sqlite/migrations/0001_store.sql");

/// Users made before the clock runs.
const BATCH: usize = 200;

/// The loop, and what it writes.
pub(super) struct Bare {
    connection: Connection,
    posts: Posts,
    position: i64,
}

/// How many rows one POST writes, and how many bytes are in them.
pub(super) struct Weight {
    pub(super) rows: usize,
    pub(super) bytes: usize,
}

impl Bare {
    /// A new file in this folder.
    pub(super) fn create(folder: &Path, posts: Posts) -> Self {
        let opened = Connection::open(folder.join("bare.db"));
        let connection = opened.expect("a database");
        let set = |name: &str, value: &str| connection.pragma_update(None, name, value);
        set("journal_mode", "WAL").expect("a pragma");
        set("synchronous", "FULL").expect("a pragma");
        set("wal_autocheckpoint", "8000").expect("a pragma");
        connection.set_prepared_statement_cache_capacity(64);
        // Or SQLite, as it is built here, would prepare some statements anew at every use.
        let stable = DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG;
        connection.set_db_config(stable, true).expect("an option");
        connection.execute_batch(TABLES).expect("tables");
        Self {
            connection,
            posts,
            position: 0,
        }
    }

    /// Writes for so long; commits a second, and what each took.
    pub(super) fn run(&mut self, time: Duration) -> (f64, Vec<Duration>) {
        let mut samples = Vec::new();
        let mut spent = Duration::ZERO;
        while spent < time {
            let users: Vec<_> = (0..BATCH).map(|_| self.posts.next_changes()).collect();
            for changes in users {
                let begun = Instant::now();
                self.commit(&changes).expect("a commit");
                let took = begun.elapsed();
                spent += took;
                samples.push(took);
            }
        }
        (rate(samples.len(), spent), samples)
    }

    /// Writes what a thousand POSTs write, each in a transaction of its own, and then another
    /// thousand in one transaction; how long each took.
    pub(super) fn thousand(&mut self) -> [Duration; 2] {
        let [one, other]: [Vec<_>; 2] =
            std::array::from_fn(|_| (0..1000).map(|_| self.posts.next_changes()).collect());
        let begun = Instant::now();
        for changes in &one {
            self.commit(changes).expect("a commit");
        }
        let each = begun.elapsed();
        let begun = Instant::now();
        self.commit(&other.concat()).expect("a commit");
        [each, begun.elapsed()]
    }

    /// What one POST writes, on average over some.
    pub(super) fn weigh(&mut self) -> Weight {
        let mut weight = Weight { rows: 0, bytes: 0 };
        for _ in 0..100 {
            for change in self.posts.next_changes() {
                weight.add(&change);
            }
        }
        Weight {
            rows: weight.rows / 100,
            bytes: weight.bytes / 100,
        }
    }

    fn commit(&mut self, changes: &[Change]) -> rusqlite::Result<()> {
        self.write("BEGIN IMMEDIATE", [])?;
        for change in changes {
            match change {
                Change::Put(put) => self.put(put)?,
                Change::Link(edge) => self.link(edge)?,
                Change::Adjust(adjust) => self.adjust(adjust)?,
                Change::Emit(event) => self.emit(event)?,
                Change::Check(_) => {}
                Change::Delete(_) | Change::Unlink(_) | Change::Reindex(_) => {
                    panic!("a POST removes nothing")
                }
            }
        }
        self.write("COMMIT", [])
    }

    fn put(&self, put: &Put) -> rusqlite::Result<()> {
        let Put {
            key,
            entries,
            claims,
            ..
        } = put;
        assert_eq!(put.replaces, None, "a POST replaces nothing");
        let pairs = entries.iter().map(|entry| (&entry.path, &entry.value));
        let held = claims.iter().map(|claim| (&claim.path, &claim.value));
        let (entry_blob, claim_blob) = (blob(pairs), blob(held));
        let sql = "INSERT INTO document VALUES (1, ?1, ?2, 1, ?3, ?4, ?5)";
        self.write(
            sql,
            params![key.kind, key.id, entry_blob, claim_blob, put.body],
        )?;
        let sql = "INSERT INTO tally VALUES (1, ?1, 1) \
                   ON CONFLICT DO UPDATE SET documents = documents + 1";
        self.write(sql, [&key.kind])?;
        for entry in entries {
            let sql = "INSERT INTO entry VALUES (1, ?1, ?2, ?3, ?4, 1)";
            self.write(sql, params![key.kind, entry.path, entry.value, key.id])?;
        }
        for claim in claims {
            let sql = "INSERT INTO claim VALUES (1, ?1, ?2, ?3, ?4)";
            self.write(sql, params![claim.path, claim.value, key.kind, key.id])?;
        }
        Ok(())
    }

    fn link(&self, edge: &Edge) -> rusqlite::Result<()> {
        let Edge { source, target, .. } = edge;
        let sql = "INSERT INTO edge VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)";
        let row = params![
            source.kind,
            source.id,
            edge.relation,
            target.kind,
            target.id,
            edge.body
        ];
        self.write(sql, row)
    }

    fn adjust(&self, adjust: &Adjust) -> rusqlite::Result<()> {
        if adjust.delta == 0 {
            return Ok(());
        }
        let sql = "INSERT INTO counter VALUES (1, ?1, ?2) \
                   ON CONFLICT DO UPDATE SET value = value + excluded.value";
        self.write(sql, params![adjust.name, adjust.delta])
    }

    fn emit(&mut self, event: &Event) -> rusqlite::Result<()> {
        let Event {
            topic,
            subject,
            body,
        } = event;
        self.position += 1;
        let sql = "INSERT INTO event VALUES (1, ?1, ?2, ?3, ?4, ?5)";
        self.write(
            sql,
            params![self.position, topic, subject.kind, subject.id, body],
        )
    }

    fn write(&self, sql: &str, values: impl rusqlite::Params) -> rusqlite::Result<()> {
        self.connection.prepare_cached(sql)?.execute(values)?;
        Ok(())
    }
}

/// As many bytes as the server keeps beside a document, in the same order.
fn blob<'a>(pairs: impl Iterator<Item = (&'a String, &'a String)>) -> Vec<u8> {
    let mut blob = Vec::new();
    for (path, value) in pairs {
        blob.push(0xFF);
        blob.extend_from_slice(path.as_bytes());
        blob.push(0xFE);
        blob.extend_from_slice(value.as_bytes());
    }
    blob
}

impl Weight {
    fn add(&mut self, change: &Change) {
        let (rows, bytes) = match change {
            Change::Put(put) => {
                let entries = put.entries.iter().map(|e| e.path.len() + e.value.len());
                let claims = put.claims.iter().map(|c| c.path.len() + c.value.len());
                let pairs: usize = entries.chain(claims).sum();
                let ids = (put.entries.len() + put.claims.len() + 1) * put.key.id.len();
                // The pairs stand in rows of their own, and once more beside the document.
                let rows = 2 + put.entries.len() + put.claims.len();
                (rows, put.body.len() + 2 * pairs + ids)
            }
            Change::Link(edge) => (1, edge.source.id.len() + edge.target.id.len()),
            Change::Adjust(adjust) if adjust.delta != 0 => (1, adjust.name.len() + 8),
            Change::Emit(event) => (1, event.topic.len() + event.body.len()),
            Change::Adjust(_)
            | Change::Check(_)
            | Change::Delete(_)
            | Change::Unlink(_)
            | Change::Reindex(_) => (0, 0),
        };
        self.rows += rows;
        self.bytes += bytes;
    }
}
