//! The embedded default store: one SQLite file for all tenants.
//!
//! Writes go to one thread that owns the one writing connection. It takes every commit that waits,
//! makes them one after another inside one transaction, and answers all of them after one sync of
//! the disk: the more wait, the cheaper each becomes. Reads go past it, on connections of their
//! own, each question on one snapshot. Other processes may read and write the same file.
//!
//! Words: a *space* is a tenant's part of the file, known by a number; a *job* is one write on its
//! way to the writer; `pairs` is how a document's entries and claims are kept beside it.

mod convert;
mod copy;
mod pairs;
mod pool;
mod read;
mod registry;
mod schema;
mod writer;

use std::fmt;
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rusqlite::Connection;
use scimlet_store::{
    Backend, Change, Claim, EdgePage, EdgeQuery, Failure, Key, Outcome, Page, Plan, Posted,
    Registry, Row, Store,
};

pub use copy::{Copied, copy};

use pool::Pool;
use read::Space;
use writer::{Jobs, Work, Writer};

/// Everything a host keeps, in one SQLite file.
///
/// The writer ends when this is dropped, after the writes that were already waiting: stores that
/// outlive it answer questions still, but every commit with [`Failure::Unavailable`].
pub struct SqliteBackend {
    shared: Arc<Shared>,
    /// Held for its drop, which ends the writer's thread.
    _writer: Writer,
}

/// What the backend and its stores have in common.
struct Shared {
    pool: Pool,
    jobs: Jobs,
}

/// One tenant's part of a [`SqliteBackend`].
struct SqliteStore {
    shared: Arc<Shared>,
    tenant: String,
    /// The tenant's number, once a commit has given it one.
    space: OnceLock<i64>,
}

impl SqliteBackend {
    /// Opens the file, creates it where there is none, and brings its tables up to date. The
    /// folder must exist.
    ///
    /// # Errors
    /// [`Failure`] if the file cannot be opened, is no scimlet database, or was written by a newer
    /// scimlet.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        Self::around(path, schema::open_writer(path)?)
    }

    /// The same for a file that is thrown away: what is written is not durable, and quicker to write.
    ///
    /// # Errors
    /// [`Failure`], as above.
    pub fn open_scratch(path: &Path) -> Result<Self, Failure> {
        Self::around(path, schema::open_scratch_writer(path)?)
    }

    fn around(path: &Path, connection: Connection) -> Result<Self, Failure> {
        let (writer, jobs) = Writer::start(connection)?;
        let shared = Shared {
            pool: Pool::new(path),
            jobs,
        };
        Ok(Self {
            shared: Arc::new(shared),
            _writer: writer,
        })
    }
}

impl Backend for SqliteBackend {
    fn store(&self, tenant: &str) -> Result<Arc<dyn Store>, Failure> {
        Ok(Arc::new(SqliteStore {
            shared: Arc::clone(&self.shared),
            tenant: tenant.to_owned(),
            space: OnceLock::new(),
        }))
    }

    fn registry(&self) -> &dyn Registry {
        self
    }

    fn ready(&self) -> Result<(), Failure> {
        self.shared
            .pool
            .ask(|connection| read::space(connection, "").map(|_| ()))?;
        self.shared.jobs.send(Work::Ready).map(|_| ())
    }
}

impl SqliteStore {
    /// Asks the tenant's space, on one snapshot; none if the tenant has no commit yet.
    fn ask<T>(
        &self,
        question: impl FnOnce(&Space<'_>) -> Result<T, Failure>,
    ) -> Result<Option<T>, Failure> {
        self.shared.pool.ask(|connection| {
            let known = match self.space.get() {
                Some(space) => Some(*space),
                None => read::space(connection, &self.tenant)?,
            };
            let Some(id) = known else {
                return Ok(None);
            };
            // A number never changes once given, so it does not matter who sets it first.
            let _ = self.space.set(id);
            question(&Space { connection, id }).map(Some)
        })
    }
}

impl Store for SqliteStore {
    fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, Failure> {
        let found = self.ask(|space| read::load(space, keys))?;
        Ok(found.unwrap_or_else(|| vec![None; keys.len()]))
    }

    fn holders(&self, claims: &[Claim]) -> Result<Vec<Option<Key>>, Failure> {
        let found = self.ask(|space| read::holders(space, claims))?;
        Ok(found.unwrap_or_else(|| vec![None; claims.len()]))
    }

    fn counters(&self, names: &[String]) -> Result<Vec<u64>, Failure> {
        let found = self.ask(|space| read::counters(space, names))?;
        Ok(found.unwrap_or_else(|| vec![0; names.len()]))
    }

    fn find(&self, plan: &Plan) -> Result<Page, Failure> {
        let checked = read::check(plan)?;
        let found = self.ask(|space| read::find(space, &checked))?;
        Ok(found.unwrap_or_else(|| read::nothing(plan)))
    }

    fn edges(&self, queries: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure> {
        let found = self.ask(|space| read::edges(space, queries))?;
        Ok(found.unwrap_or_else(|| queries.iter().map(read::no_edges).collect()))
    }

    fn commit(&self, changes: &[Change]) -> Result<Outcome, Failure> {
        let tenant = self.tenant.clone();
        self.shared.jobs.send(Work::Commit {
            tenant,
            changes: changes.to_vec(),
        })
    }

    fn outbox(&self, after: u64, max: u32) -> Result<Vec<Posted>, Failure> {
        let found = self.ask(|space| read::outbox(space, after, max))?;
        Ok(found.unwrap_or_default())
    }

    fn outbox_end(&self) -> Result<u64, Failure> {
        let found = self.ask(read::outbox_end)?;
        Ok(found.unwrap_or_default())
    }

    fn prune(&self, through: u64, max: u32) -> Result<u64, Failure> {
        let tenant = self.tenant.clone();
        self.shared.jobs.prune(tenant, through, max)
    }
}

impl fmt::Debug for SqliteBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SqliteBackend").finish_non_exhaustive()
    }
}
