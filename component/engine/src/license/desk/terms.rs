//! Who moves up: when a seat is freed, and when a license gets new terms.

use super::super::grant::{LIMIT_REACHED, UNKNOWN_LICENSE};
use super::super::{License, Overage, Pool, State, grants};
use super::{Desk, InVain, MAX_PROMOTIONS, Queue};
use crate::facts::Facts;
use crate::refusal::Refusal;

impl Desk<'_> {
    /// New terms of a license: those in its queues get what the terms give them, in order.
    /// Answers the seat counters as they will be: active, overage, waiting.
    ///
    /// # Errors
    /// 400 if that would move more than [`MAX_PROMOTIONS`] users at once.
    pub fn retermed(
        &mut self,
        facts: &mut dyn Facts,
        license: &License,
    ) -> Result<Option<[u64; 3]>, Refusal> {
        self.in_vain.find(facts)?;
        self.open(facts, vec![license.clone()])?;
        let Some(at) = self
            .pools
            .iter()
            .position(|pool| pool.license.id == license.id)
        else {
            return Ok(None);
        };
        self.move_up(facts, at)?;
        if license.overage == Overage::Allow {
            self.move_all(facts, at, State::Waiting, State::Overage)?;
            if let Some(pool) = self.pools.get_mut(at)
                && pool.waiting == 0
            {
                pool.rests_on_nobody_waiting();
            }
        }
        // Those who asked in vain stand behind those in the line.
        self.admit_blocked(facts, at)?;
        Ok(self
            .pools
            .get(at)
            .map(|pool| [pool.active, pool.overage, pool.waiting]))
    }

    /// A license is withdrawn: who is blocked for want of a seat is blocked for want of a license.
    ///
    /// # Errors
    /// The store's failure.
    pub fn withdrawn(&mut self, facts: &mut dyn Facts, sku: &str) -> Result<(), Refusal> {
        self.in_vain.find(facts)?;
        let mut queue = Queue::new(State::Blocked, sku);
        while self.others.len() < MAX_PROMOTIONS
            && let Some((id, version, document)) = self.next(facts, &mut queue)?
        {
            let mut held = grants(&document)
                .into_iter()
                .filter(|grant| grant.sku == sku);
            if held.any(|grant| grant.reason.as_deref() == Some(LIMIT_REACHED)) {
                let reason = Some(UNKNOWN_LICENSE);
                self.place(id, version, document, sku, State::Blocked, reason)?;
            }
        }
        Ok(())
    }

    /// Users who asked in vain: before there was such a license, or when nobody could wait for
    /// it. They are additions now, oldest first; where that helps nothing they stay blocked.
    fn admit_blocked(&mut self, facts: &mut dyn Facts, at: usize) -> Result<(), Refusal> {
        let Some(sku) = self.pools.get(at).map(|pool| pool.license.sku.clone()) else {
            return Ok(());
        };
        let mut queue = Queue::new(State::Blocked, &sku);
        // Those beyond come with the next change of the license: nothing rests on them.
        while self.others.len() < MAX_PROMOTIONS
            && let Some((id, version, document)) = self.next(facts, &mut queue)?
        {
            let blocked = grants(&document).into_iter().find(|grant| grant.sku == sku);
            let Some(pool) = self.pools.get_mut(at) else {
                break;
            };
            let (state, reason) = match pool.license.overage {
                _ if pool.has_room() => (State::Active, None),
                Overage::Waitlist => (State::Waiting, None),
                Overage::Allow => (State::Overage, None),
                Overage::Deny => (State::Blocked, Some(LIMIT_REACHED)),
            };
            if blocked.is_none_or(|it| !InVain::counts(&it) || it.reason.as_deref() == reason) {
                continue;
            }
            pool.enter(state);
            self.place(id, version, document, &sku, state, reason)?;
        }
        Ok(())
    }

    /// A seat is free, or may be: it goes to those in the line, and, where a license has no
    /// waitlist, to those who asked in vain.
    pub(super) fn rebalance(&mut self, facts: &mut dyn Facts, at: usize) -> Result<(), Refusal> {
        self.move_up(facts, at)?;
        let open = |pool: &Pool| pool.license.overage == Overage::Deny && pool.has_room();
        if self.pools.get(at).is_some_and(open) && self.in_vain.find(facts)? > 0 {
            self.admit_blocked(facts, at)?;
        }
        Ok(())
    }

    /// Gives free seats to those over the limit, then to those who wait, first come first served.
    fn move_up(&mut self, facts: &mut dyn Facts, at: usize) -> Result<(), Refusal> {
        for state in [State::Overage, State::Waiting] {
            self.move_all(facts, at, state, State::Active)?;
        }
        if let Some(pool) = self.pools.get_mut(at) {
            pool.rests_on_line();
        }
        Ok(())
    }

    /// Moves users from one state to another while there is somebody, and, for seats within the
    /// limit, while there is room.
    fn move_all(
        &mut self,
        facts: &mut dyn Facts,
        at: usize,
        from: State,
        to: State,
    ) -> Result<(), Refusal> {
        let Some(sku) = self.pools.get(at).map(|pool| pool.license.sku.clone()) else {
            return Ok(());
        };
        let mut queue = Queue::new(from, &sku);
        loop {
            let open = self.pools.get(at).is_some_and(|pool| {
                let queued = if from == State::Overage {
                    pool.overage
                } else {
                    pool.waiting
                };
                queued > 0 && (to != State::Active || pool.has_room())
            });
            let in_steps = to == State::Overage && self.others.len() >= MAX_PROMOTIONS;
            if !open || in_steps {
                return Ok(());
            }
            let Some((id, version, document)) = self.next(facts, &mut queue)? else {
                return Ok(());
            };
            if let Some(pool) = self.pools.get_mut(at) {
                pool.leave(from);
                pool.enter(to);
            }
            self.place(id, version, document, &sku, to, None)?;
        }
    }
}
