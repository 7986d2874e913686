//! The port: what scimlet asks of whoever keeps its data.
//!
//! [`Store`] is the Rust face of `wit/store/store.wit`, which says what each call promises: a
//! tenant's documents, index entries, claims, ties, counters and outbox. [`Registry`] is the
//! host's own part: tenants and credentials, which no component ever sees. A [`Backend`] offers
//! both. Backends live in crates beside this one; the in-memory one is [`memory`], and
//! [`contract`] is the suite that every backend passes.
//!
//! Nothing here knows wasm, SCIM or HTTP.

pub mod contract;
pub mod cursor;
mod data;
mod decimal;
pub mod memory;
mod registry;

pub use data::*;
pub use registry::*;

use std::sync::Arc;

/// One tenant's data. Calls block; the caller brings the thread.
///
/// Each call promises what the function of the same name in `wit/store/store.wit` promises.
/// `commit` orders and durability hold between all handles on the same data, in this process and
/// in others.
pub trait Store: Send + Sync {
    /// The documents under these keys, in this order.
    ///
    /// # Errors
    /// [`Failure`]; nothing happened.
    fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, Failure>;

    /// Who holds these values, in this order.
    ///
    /// # Errors
    /// [`Failure`]; nothing happened.
    fn holders(&self, claims: &[Claim]) -> Result<Vec<Option<Key>>, Failure>;

    /// The counters of these names, in this order.
    ///
    /// # Errors
    /// [`Failure`]; nothing happened.
    fn counters(&self, names: &[String]) -> Result<Vec<u64>, Failure>;

    /// One page of rows.
    ///
    /// # Errors
    /// [`Failure`]; nothing happened. A plan whose nodes name later nodes, or a cursor that this
    /// store did not give, is [`Failure::Other`].
    fn find(&self, plan: &Plan) -> Result<Page, Failure>;

    /// One page of ties for each query, in this order.
    ///
    /// # Errors
    /// [`Failure`]; nothing happened.
    fn edges(&self, queries: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure>;

    /// Makes all changes, durably, or none.
    ///
    /// # Errors
    /// [`Failure`]; whether the changes were made is then unknown.
    fn commit(&self, changes: &[Change]) -> Result<Outcome, Failure>;

    /// The events behind a position, in the order of commits, at most `max`. Positions rise from
    /// 1 and are never reused; a reader that asks behind the last one it saw misses none.
    ///
    /// # Errors
    /// [`Failure`]; nothing happened.
    fn outbox(&self, after: u64, max: u32) -> Result<Vec<Posted>, Failure>;

    /// The position of the newest event; 0 where there never was one. Cheap: it is asked again and
    /// again.
    ///
    /// # Errors
    /// [`Failure`]; nothing happened.
    fn outbox_end(&self) -> Result<u64, Failure>;

    /// Removes events up to a position, the oldest first, at most `max`; says how many. The newest
    /// event stays whatever is asked, so that its position is never given out again.
    ///
    /// # Errors
    /// [`Failure`]; how many were removed is then unknown.
    fn prune(&self, through: u64, max: u32) -> Result<u64, Failure>;
}

/// Everything a host keeps, in one place.
pub trait Backend: Send + Sync {
    /// The store of one tenant, whether or not the registry knows it. Cheap.
    ///
    /// # Errors
    /// [`Failure`] if the backend cannot be reached.
    fn store(&self, tenant: &str) -> Result<Arc<dyn Store>, Failure>;

    /// Tenants, credentials and policies.
    fn registry(&self) -> &dyn Registry;

    /// Whether the backend can answer and write right now.
    ///
    /// # Errors
    /// [`Failure`] if it cannot.
    fn ready(&self) -> Result<(), Failure>;
}
