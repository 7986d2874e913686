//! What the host keeps beside each instance.

use std::sync::Arc;

use scimlet_store::{Failure, Store};

use crate::ceiling::{Ceiling, TABLE_ELEMENTS};
use crate::config::Limits;
use crate::error::Stop;
use crate::meter::Meter;
use crate::policy::Bound;
use crate::said::Said;
use crate::turn::{Held, Turn};
use crate::wasi::{Stream, Witness};

/// The data of one wasmtime store.
///
/// INVARIANT: `store` is bound to one tenant when the instance is made and never replaced, so
/// nothing that a guest does reaches another tenant's data.
pub(crate) struct State {
    store: Arc<dyn Store>,
    pub(crate) meter: Meter,
    pub(crate) ceiling: Ceiling,
    /// The tenant's policy, bound as the store is; none: nothing is installed.
    policy: Option<Bound>,
    said: Said,
    turn: Arc<Turn>,
    /// Held from the first stale commit of a call until its end.
    held: Option<Held>,
}

impl State {
    pub(crate) fn new(
        store: Arc<dyn Store>,
        policy: Option<Bound>,
        turn: Arc<Turn>,
        limits: &Limits,
    ) -> Self {
        Self {
            store,
            meter: Meter::new(limits.guest_time, limits.host_calls),
            ceiling: Ceiling::new(limits.memory_bytes, TABLE_ELEMENTS),
            policy,
            said: Said::default(),
            turn,
            held: None,
        }
    }

    /// A call of the guest begins.
    pub(crate) fn begin(&mut self) {
        self.said.clear();
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

    /// Puts a question of the guest to the tenant's policy, off the guest's clock: the policy has one
    /// of its own. None: nothing is installed.
    pub(crate) fn consult<T>(
        &mut self,
        question: impl FnOnce(&Bound) -> T,
    ) -> Result<Option<T>, Stop> {
        self.meter.pause()?;
        let answer = self.policy.as_ref().map(question);
        self.meter.resume();
        Ok(answer)
    }

    /// The end of what the guest wrote to stderr in this call.
    pub(crate) fn stderr(&self) -> String {
        self.said.text()
    }
}

impl Witness for State {
    fn meter(&mut self) -> &mut Meter {
        &mut self.meter
    }

    /// The component has nothing to say on stdout.
    fn hear(&mut self, stream: Stream, bytes: &[u8]) {
        if stream == Stream::Stderr {
            self.said.push(bytes);
        }
    }
}
