//! The counting house: who asks for which license, who gets a seat, who waits.
//!
//! Three separate things: what a user asked for ([`wants`]), what is granted ([`Grant`]), and
//! why (the sources of a grant, each counted). Every request that can move a seat goes through
//! one [`Desk`], which works on a copy of the seat counters and at the end states, as conditions
//! of the commit, what its decisions rest on. Nothing here reads a counter and then writes it.
//!
//! INVARIANTS, for each license with a limit of `p`, in every committed state:
//! - somebody waits only if `active >= p` (nobody waits beside a free seat);
//! - somebody is over the limit only if `active >= p`;
//! - `active > p` only after the limit was lowered: nobody is evicted, nobody is added.

mod catalog;
mod desk;
mod grant;
mod intent;
mod pool;
mod row;

pub use catalog::{CATALOG, Catalog, License, Overage};
pub use desk::{Desk, MAX_PROMOTIONS, unmoved};
pub use grant::{Grant, State, grants, grants_value, queue_entries, queue_key, queue_path};
pub use intent::{Want, newly_asked, wants};
pub use pool::{Pool, counter_names};
pub use row::{entries, put};
