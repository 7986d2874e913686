//! An addition: somebody asks for a license and has no seat and no place in the line.

use super::super::grant::{LIMIT_REACHED, TERM_OVER, UNKNOWN_LICENSE};
use super::super::{Grant, License, Overage, Pool, Stage, State, Want};
use super::{Desk, InVain};
use crate::facts::Facts;
use crate::refusal::{Refusal, ScimType};
use crate::scim::time;

impl Desk<'_> {
    /// Where an addition ends up, in this order: a free seat; above the limit or in the waitlist,
    /// as the license says; refused.
    pub(super) fn add(
        &mut self,
        facts: &mut dyn Facts,
        at: usize,
        want: &Want,
        held: Option<&Grant>,
        license: &License,
    ) -> Result<Grant, Refusal> {
        let Some(number) = self.pool(&want.sku) else {
            return Ok(self.block(want, held, UNKNOWN_LICENSE));
        };
        // A seat that has just become free is for those in the line, whose turn comes: by standing in
        // it this one has it too, if anything is left.
        let is_owed = self.dirty.contains(&number);
        let has_room = |pool: &Pool| pool.has_room(want.priority) && !(is_owed && pool.has_queue());
        let state = match self.pools.get(number) {
            Some(pool) if has_room(pool) => State::Active,
            Some(pool) if pool.has_room_above() => State::Overage,
            Some(pool) if pool.license.overage == Overage::Deny => State::Blocked,
            _ => State::Waiting,
        };
        if state == State::Blocked {
            return self.refuse(number, want, held, license);
        }
        if state == State::Active {
            self.make_room(facts, number, at)?;
        }
        let grant = Grant {
            sku: want.sku.clone(),
            state,
            reason: None,
            since: self.since(held, state),
            until: self.ends(license, state),
            sources: want.sources.clone(),
            priority: want.priority,
            reserved: self.is_reserved(number, state, want.priority),
            over: false,
        };
        if let Some(held) = held {
            self.in_vain.leave(held);
        }
        if let Some(pool) = self.pools.get_mut(number) {
            pool.enter(&grant);
        }
        Ok(grant)
    }

    /// Since when. Who has asked in vain so far has asked since then: who asked first stays first.
    fn since(&self, held: Option<&Grant>, state: State) -> String {
        let asked = held.filter(|held| state != State::Active && InVain::counts(held));
        asked.map_or_else(|| self.now.clone(), |held| held.since.clone())
    }

    /// When a grant in this state ends by itself.
    pub(super) fn ends(&self, license: &License, state: State) -> Option<String> {
        let for_some_time = state == State::Overage && license.overage == Overage::Grace;
        let end = self.at.saturating_add(license.terms.over_grace);
        for_some_time.then(|| time::stamp(end))
    }

    /// Whether a grant counts among those for whom seats are reserved.
    pub(super) fn is_reserved(&self, number: usize, state: State, priority: u8) -> bool {
        let pool = self.pools.get(number);
        state == State::Active && pool.is_some_and(|pool| pool.is_reserved_for(priority))
    }

    /// No seat, and nobody may wait for one.
    fn refuse(
        &mut self,
        number: usize,
        want: &Want,
        held: Option<&Grant>,
        license: &License,
    ) -> Result<Grant, Refusal> {
        let stage = self.pools.get(number).map(|pool| pool.stage);
        if let Some(pool) = self.pools.get_mut(number) {
            pool.rests_on_line();
        }
        if want.asked && license.terms.fallback.is_none() {
            return Err(self.limit_reached(number, license));
        }
        let reason = match stage {
            Some(Stage::Over) => TERM_OVER,
            _ => LIMIT_REACHED,
        };
        Ok(self.block(want, held, reason))
    }

    fn limit_reached(&self, number: usize, license: &License) -> Refusal {
        let pool = self.pools.get(number);
        let seats = pool.and_then(|pool| pool.seats).unwrap_or_default();
        let sku = &license.sku;
        let detail = match pool.map(|pool| pool.stage) {
            Some(Stage::Over) => format!("the term of license `{sku}` is over; renew it"),
            Some(Stage::NotBegun) => format!("the term of license `{sku}` has not begun"),
            _ => format!(
                "all {seats} seats of license `{sku}` are taken; free one or raise the limit"
            ),
        };
        Refusal::Scim(ScimType::LicenseLimitReached, detail)
    }
}
