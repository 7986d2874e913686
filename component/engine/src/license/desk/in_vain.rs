//! Those who ask in vain: there is no such license, or no seat and no waitlist.

use super::super::Grant;
use super::super::grant::{LIMIT_REACHED, TERM_OVER, UNKNOWN_LICENSE};
use crate::facts::{Adjust, Change, Facts};
use crate::refusal::Refusal;

/// The tenant's counter of such grants.
const COUNTER: &str = "license.in-vain";

/// What a request does to that counter. A change of a license states the number that it has found,
/// so that nobody who asks in vain at the same moment is overlooked.
#[derive(Default)]
pub(super) struct InVain {
    delta: i64,
    found: Option<u64>,
}

impl InVain {
    /// Whether a grant counts.
    pub(super) fn counts(grant: &Grant) -> bool {
        let reason = grant.reason.as_deref();
        let words = [UNKNOWN_LICENSE, LIMIT_REACHED, TERM_OVER];
        reason.is_some_and(|reason| words.contains(&reason))
    }

    /// A grant begins.
    pub(super) fn enter(&mut self, grant: &Grant) {
        self.delta += i64::from(Self::counts(grant));
    }

    /// A grant ends.
    pub(super) fn leave(&mut self, grant: &Grant) {
        self.delta -= i64::from(Self::counts(grant));
    }

    /// Asks for the counter, and makes what it says a condition.
    pub(super) fn find(&mut self, facts: &mut dyn Facts) -> Result<u64, Refusal> {
        let found = match self.found {
            Some(found) => found,
            None => counter(facts)?,
        };
        self.found = Some(found);
        Ok(found)
    }

    /// The counter's part of the commit.
    pub(super) fn change(&self) -> Option<Change> {
        let expected = self
            .found
            .map(|found| found.saturating_add_signed(self.delta));
        if self.delta == 0 && expected.is_none() {
            return None;
        }
        Some(Change::Adjust(Adjust {
            name: COUNTER.to_owned(),
            delta: self.delta,
            floor: expected.unwrap_or(0),
            ceiling: expected,
        }))
    }
}

/// How many ask in vain.
pub(super) fn counter(facts: &mut dyn Facts) -> Result<u64, Refusal> {
    let found = facts.counters(vec![COUNTER.to_owned()])?;
    Ok(found.first().copied().unwrap_or_default())
}
