//! The counting house: who asks for which license, who gets a seat, who waits.
//!
//! Three separate things: what a user asked for ([`wants`]), what is granted ([`Grant`]), and
//! why (the sources of a grant, each counted). Every request that can move a seat goes through
//! one [`Desk`], which works on a copy of the seat counters and at the end states, as conditions
//! of the commit, what its decisions rest on. Nothing here reads a counter and then writes it.
//! docs/licenses.md says what is decided, and in which order.
//!
//! INVARIANTS, for each license with a limit of `p` at a moment, in every committed state:
//! - somebody waits only if no seat within the limit is left for their priority, and none above it;
//! - somebody is over the limit only if `active >= p`;
//! - `active + grace > p` only after the limit was lowered: nobody is evicted, nobody is added.
//!
//! The limit moves by itself when a term begins or ends. Until the sweep, or anybody who asks for
//! the license, has seen that, somebody may wait beside a free seat; nobody is ever given one that
//! is not there.

mod catalog;
mod cause;
mod desk;
mod grant;
pub mod history;
mod intent;
mod pool;
mod row;
mod terms;

pub use catalog::{CATALOG, Catalog, License, Overage};
pub use cause::Cause;
pub use desk::{Desk, Guarded, MAX_PEOPLE, Moment, unmoved};
pub use grant::{
    Assigned, DUE, Grant, POLICY_DENIED, POLICY_FAILED, POLICY_REFUSED, State, UNASKED, assigned,
    grant, grants, is_derived, queue_entries, queue_key, queue_path, set,
};
pub use intent::{Around, Want, newly_asked, priority, remembered, wants};
pub use pool::{COUNTERS, Counts, Pool, counter_names};
pub use row::{entries, put};
pub use terms::{AfterTerm, Lot, Stage, Terms};
