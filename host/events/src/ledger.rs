//! What is remembered of delivery: rows in a space of its own, beside the tenants' and of the same port.
//!
//! Everything here blocks; the caller brings the thread. Words: a *position* is how far an endpoint has
//! come in its tenant's outbox, and what is known of its health; a *delivery* is an event that an endpoint
//! does not have yet and that the position has passed; a *host* is a process that delivers. One host at a
//! time delivers for an endpoint: the one that the position names, as long as its own row says that it
//! lives. Whatever it writes, it writes together with the position at the version that it knows, so that a
//! host which has lost its place can write nothing any more.

mod changes;
mod deliveries;
mod endpoints;
mod hosts;
mod positions;
mod replay;
mod rows;
mod status;

use std::sync::Arc;

use scimlet_store::{Backend, Failure, Key, Outcome, Plan, Row, Store};
use serde::Serialize;
use serde::de::DeserializeOwned;

pub use deliveries::{Deliveries, Which};
pub use endpoints::Refusal;
pub(crate) use replay::time_behind;
pub use replay::{Range, Replayed};
pub(crate) use rows::delivery_key;
pub use rows::{
    Attempt, Breaker, Delivery, DeliveryState, Failing, Notice, NoticeKind, Position, Replay,
};
pub use status::Status;

pub(crate) use changes::Writing;

/// No tenant's name begins with a dot.
const SPACE: &str = ".events";

/// Counts the changes that admins make, so that hosts notice them by one cheap question.
const CHANGES: &str = "changes";

/// How often a change is tried that somebody else was quicker with. A host that delivers at full speed
/// writes a few times a second.
const TRIES: u32 = 50;

/// A row, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored<T> {
    /// Counts the commits that wrote it.
    pub version: u64,
    /// What it says.
    pub value: T,
}

/// The ledger of delivery.
#[derive(Clone)]
pub struct Ledger {
    backend: Arc<dyn Backend>,
    space: Arc<dyn Store>,
}

impl Ledger {
    /// The ledger of this backend.
    ///
    /// # Errors
    /// [`Failure`] if the backend cannot be reached.
    pub fn new(backend: Arc<dyn Backend>) -> Result<Self, Failure> {
        let space = backend.store(SPACE)?;
        Ok(Self { backend, space })
    }

    /// The space itself: for rows of other kinds that belong to delivery, signing keys say.
    #[must_use]
    pub fn space(&self) -> &Arc<dyn Store> {
        &self.space
    }

    /// A tenant's outbox, with all else of its data.
    ///
    /// # Errors
    /// [`Failure`] if the backend cannot be reached.
    pub fn tenant(&self, name: &str) -> Result<Arc<dyn Store>, Failure> {
        self.backend.store(name)
    }

    /// The backend that all of this is in.
    pub(crate) fn backend(&self) -> &dyn Backend {
        self.backend.as_ref()
    }

    /// How many changes admins have made.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn changes(&self) -> Result<u64, Failure> {
        let counts = self.space.counters(&[CHANGES.to_owned()])?;
        Ok(counts.first().copied().unwrap_or_default())
    }

    pub(crate) fn load<T: DeserializeOwned>(&self, key: Key) -> Result<Option<Stored<T>>, Failure> {
        let rows = self.space.load(&[key])?;
        rows.into_iter().next().flatten().map(read).transpose()
    }

    /// All rows that a plan selects.
    fn all<T: DeserializeOwned>(&self, mut plan: Plan) -> Result<Vec<Stored<T>>, Failure> {
        plan.max_rows = 500;
        plan.max_bytes = 4 << 20;
        let mut found = Vec::new();
        loop {
            let page = self.space.find(&plan)?;
            for row in page.rows {
                found.push(read(row)?);
            }
            match page.next {
                Some(next) => plan.after = Some(next),
                None => return Ok(found),
            }
        }
    }

    fn commit(&self, writing: Writing) -> Result<bool, Failure> {
        Ok(self.space.commit(&writing.changes())? == Outcome::Applied)
    }

    /// Tries a change until nobody else was quicker. `attempt` answers none where it has to look again.
    pub(crate) fn settle<T>(
        mut attempt: impl FnMut() -> Result<Option<T>, Refusal>,
    ) -> Result<T, Refusal> {
        for _ in 0..TRIES {
            if let Some(done) = attempt()? {
                return Ok(done);
            }
        }
        Err(Refusal::Busy)
    }
}

fn read<T: DeserializeOwned>(row: Row) -> Result<Stored<T>, Failure> {
    let Row { key, version, body } = row;
    let value = serde_json::from_str(&body).map_err(|cause| {
        let Key { kind, id } = key;
        Failure::Other(format!(
            "`{kind}` `{id}` of the ledger does not read: {cause}"
        ))
    })?;
    Ok(Stored { version, value })
}

fn text(value: &impl Serialize) -> Result<String, Failure> {
    serde_json::to_string(value)
        .map_err(|cause| Failure::Other(format!("a row of the ledger cannot be written: {cause}")))
}
