//! What is due by time: terms that begin or end, seats for some time, work that was too much for one
//! request.

use crate::facts::{Change, Facts};
use crate::refusal::Refusal;
use crate::tenant::Tenant;

/// One step of what is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// All or none of them.
    pub changes: Vec<Change>,
    /// When to come again, in milliseconds; at once if that is past. None: nothing is due at any time
    /// that is known now; a request may change that.
    pub next: Option<u64>,
}

/// Decides one step of what is due at `now`. `seed` is good randomness, as for a request.
///
/// # Errors
/// The store's failure.
pub fn sweep(
    _tenant: &Tenant,
    _now: u64,
    _seed: (u64, u64),
    _facts: &mut dyn Facts,
) -> Result<Due, Refusal> {
    Ok(Due::default())
}
