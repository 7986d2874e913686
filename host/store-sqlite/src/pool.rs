//! Connections that only read, opened when they are needed and kept.

use std::path::{Path, PathBuf};
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

use rusqlite::Connection;
use scimlet_store::Failure;

use crate::convert::failure;
use crate::schema;

/// The most connections open at once. A question takes microseconds, so more of them than cores
/// serve nobody; this covers a large machine, and each costs a few file handles and its cache.
const MOST: usize = 32;

/// The pool.
pub(crate) struct Pool {
    path: PathBuf,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<Connection>,
    open: usize,
}

/// A connection taken from the pool; its drop gives it back.
struct Taken<'a> {
    pool: &'a Pool,
    connection: Option<Connection>,
}

impl Pool {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            state: Mutex::default(),
            returned: Condvar::new(),
        }
    }

    /// Asks on one snapshot.
    pub(crate) fn ask<T>(
        &self,
        question: impl FnOnce(&Connection) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let taken = self.take()?;
        let Some(connection) = &taken.connection else {
            return Err(Failure::Other(
                "a connection was given back too early".to_owned(),
            ));
        };
        run(connection, "BEGIN")?;
        let answer = question(connection);
        run(connection, "COMMIT")?;
        answer
    }

    fn take(&self) -> Result<Taken<'_>, Failure> {
        let mut state = self.lock();
        loop {
            if let Some(connection) = state.idle.pop() {
                return Ok(Taken {
                    pool: self,
                    connection: Some(connection),
                });
            }
            if state.open < MOST {
                break;
            }
            state = self
                .returned
                .wait(state)
                .unwrap_or_else(PoisonError::into_inner);
        }
        state.open += 1;
        drop(state);
        // From here on the place is counted, and its drop gives it free if nothing opens.
        let mut taken = Taken {
            pool: self,
            connection: None,
        };
        taken.connection = Some(schema::open_reader(&self.path)?);
        Ok(taken)
    }

    /// The state is whole between any two of its statements, so a panic elsewhere does not spoil it.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        // A question that panicked leaves its snapshot open: such a connection is not kept.
        let connection = self.connection.take().filter(Connection::is_autocommit);
        let mut state = self.pool.lock();
        match connection {
            Some(connection) => state.idle.push(connection),
            None => state.open -= 1,
        }
        drop(state);
        self.pool.returned.notify_one();
    }
}

fn run(connection: &Connection, sql: &str) -> Result<(), Failure> {
    let statement = connection.prepare_cached(sql);
    statement
        .and_then(|mut statement| statement.execute([]))
        .map(|_| ())
        .map_err(failure)
}
