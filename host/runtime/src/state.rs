//! What the host keeps beside each instance.

use std::sync::Arc;

use scimlet_store::{Failure, Store};

use crate::ceiling::Ceiling;
use crate::config::Limits;
use crate::error::Stop;
use crate::meter::Meter;
use crate::turn::{Held, Turn};

/// How much of stderr is kept: a panic's message, and what was said just before it.
const STDERR_BYTES: usize = 4 << 10;

/// The data of one wasmtime store.
///
/// INVARIANT: `store` is bound to one tenant when the instance is made and never replaced, so
/// nothing that a guest does reaches another tenant's data.
pub(crate) struct State {
    store: Arc<dyn Store>,
    pub(crate) meter: Meter,
    pub(crate) ceiling: Ceiling,
    stderr: Vec<u8>,
    turn: Arc<Turn>,
    /// Held from the first stale commit of a call until its end.
    held: Option<Held>,
}

impl State {
    pub(crate) fn new(store: Arc<dyn Store>, turn: Arc<Turn>, limits: &Limits) -> Self {
        let ceiling = Ceiling::new(limits.memory_bytes);
        Self {
            store,
            meter: Meter::new(limits),
            ceiling,
            stderr: Vec::new(),
            turn,
            held: None,
        }
    }

    /// A call of the guest begins.
    pub(crate) fn begin(&mut self) {
        self.stderr.clear();
        self.meter.start();
    }

    /// Puts a question of the guest to the store, off the guest's clock.
    pub(crate) fn ask<T>(
        &mut self,
        question: impl FnOnce(&dyn Store) -> Result<T, Failure>,
    ) -> Result<Result<T, Failure>, Stop> {
        self.meter.pause()?;
        let answer = question(&*self.store);
        self.meter.resume();
        Ok(answer)
    }

    /// After a stale commit: goes on when those who were stale before have been answered. Between
    /// two looks at the guest's clock little is charged, however long they lie apart (see
    /// [`crate::meter`]), so this wait needs no pause of its own.
    pub(crate) fn wait_for_turn(&mut self) {
        if self.held.is_none() {
            self.held = self.turn.take();
        }
    }

    /// A call of the guest ends.
    pub(crate) fn end(&mut self) {
        self.held = None;
    }

    /// Keeps the end of what the guest writes to stderr.
    pub(crate) fn write_stderr(&mut self, bytes: &[u8]) {
        self.stderr.extend_from_slice(bytes);
        let surplus = self.stderr.len().saturating_sub(STDERR_BYTES);
        self.stderr.drain(..surplus);
    }

    /// The end of what the guest wrote to stderr in this call.
    pub(crate) fn stderr(&self) -> String {
        String::from_utf8_lossy(&self.stderr).trim_end().to_owned()
    }
}
