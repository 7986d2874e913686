//! What new terms of a license mean for those who have it, wait for it, or asked for it in vain.

use std::collections::VecDeque;

use super::super::grant::TERM_OVER;
use super::super::{AfterTerm, Counts, Grant, License, Overage, State, queue_key};
use super::people::Person;
use super::queue::Queue;
use super::{Desk, InVain, MAX_PEOPLE};
use crate::facts::Facts;
use crate::refusal::Refusal;

/// Users who lose their seat in one commit when a term ends. The next commit goes on.
const MAX_EVICTED: usize = 500;

impl Desk<'_> {
    /// New terms of a license: those in its queues get what the terms give them, in order.
    /// Answers the seat counters as they will be.
    ///
    /// Where the terms were written, those who asked in vain are told why they still do: `all`.
    ///
    /// # Errors
    /// The store's failure.
    pub fn retermed(
        &mut self,
        facts: &mut dyn Facts,
        license: &License,
        all: bool,
    ) -> Result<Option<Counts>, Refusal> {
        self.in_vain.find(facts)?;
        self.open(facts, vec![license.clone()])?;
        let Some(number) = self.pool(&license.sku) else {
            return Ok(None);
        };
        self.dirty.insert(number);
        self.drain(facts)?;
        // Those who asked in vain stand behind those in the line.
        self.admit_in_vain(facts, number, all)?;
        self.drain(facts)?;
        Ok(self.counts(&license.id))
    }

    /// A license is withdrawn: who is blocked for want of a seat is blocked for want of a license.
    ///
    /// # Errors
    /// The store's failure.
    pub fn withdrawn(&mut self, facts: &mut dyn Facts, sku: &str) -> Result<(), Refusal> {
        self.in_vain.find(facts)?;
        let mut queue = Queue::new(State::Blocked, sku);
        while self.people.len() < MAX_PEOPLE
            && let Some(row) = queue.next(facts)?
        {
            let at = self.admit_row(&row)?;
            self.again(facts, at)?;
        }
        Ok(())
    }

    /// Users who asked in vain: before there was such a license, or when nobody could wait for
    /// it. They are additions now, oldest first; where that helps nothing they stay blocked, and
    /// are told why if `all` are looked at.
    pub(super) fn admit_in_vain(
        &mut self,
        facts: &mut dyn Facts,
        number: usize,
        all: bool,
    ) -> Result<(), Refusal> {
        let Some(pool) = self.pools.get(number) else {
            return Ok(());
        };
        let sku = pool.license.sku.clone();
        let mut queue = Queue::new(State::Blocked, &sku);
        let mut here = self.blocked_here(number, &sku);
        // Those beyond come with the next change of the license: nothing rests on them.
        while all || self.takes_in_vain(number) {
            if self.people.len() > self.step {
                self.has_more = self.has_more || self.takes_in_vain(number);
                break;
            }
            let Some(at) = self.next_in_vain(facts, &mut queue, &mut here, &sku)? else {
                break;
            };
            let person = self.people.get(at);
            let grant = person.and_then(|person| person.grant(&sku));
            if grant.is_some_and(InVain::counts) {
                self.again(facts, at)?;
            }
        }
        Ok(())
    }

    /// Those who were settled here and are blocked, in order: of them the store does not know the
    /// latest.
    fn blocked_here(&self, number: usize, sku: &str) -> VecDeque<(String, usize)> {
        let line = self.lines.get(&(number, State::Blocked));
        let is_so = |(_, at): &&(String, usize)| {
            let person = self.people.get(*at);
            person.is_some_and(|it| it.grant(sku).is_some_and(InVain::counts))
        };
        line.into_iter().flatten().filter(is_so).cloned().collect()
    }

    /// The next who asked in vain, here or in the store.
    fn next_in_vain(
        &mut self,
        facts: &mut dyn Facts,
        queue: &mut Queue,
        here: &mut VecDeque<(String, usize)>,
        sku: &str,
    ) -> Result<Option<usize>, Refusal> {
        while let Some(row) = queue.peek(facts)? {
            if self.by_id.contains_key(&row.key.id) {
                queue.pop();
                continue;
            }
            let person = Person::read(row)?;
            // Who is blocked for another reason is not helped by a seat.
            let Some(grant) = person.grant(sku).filter(|it| InVain::counts(it)) else {
                queue.pop();
                continue;
            };
            let key = queue_key(grant, &person.id);
            if here.front().is_some_and(|(first, _)| *first < key) {
                break;
            }
            queue.pop();
            let at = self.admit(person);
            self.stand(at);
            return Ok(Some(at));
        }
        Ok(here.pop_front().map(|(_, at)| at))
    }

    /// Whether it is of use to look at who asked in vain.
    fn takes_in_vain(&self, number: usize) -> bool {
        let pool = self.pools.get(number);
        pool.is_some_and(|pool| pool.license.overage != Overage::Deny || pool.has_room(9))
    }

    /// Seats have ended: those above the limit lose theirs, if the license says so. Some are left
    /// over where there are very many.
    ///
    /// # Errors
    /// The store's failure.
    pub fn evict(&mut self, facts: &mut dyn Facts, license: &License) -> Result<(), Refusal> {
        self.open(facts, vec![license.clone()])?;
        let Some(number) = self.pool(&license.sku) else {
            return Ok(());
        };
        if license.terms.after != AfterTerm::End {
            return Ok(());
        }
        let mut count = 0;
        for state in [State::Overage, State::Active] {
            let mut queue = Queue::backwards(state, &license.sku);
            while self.is_above(number, state) {
                if count == MAX_EVICTED {
                    self.has_more = true;
                    return Ok(());
                }
                let Some(row) = queue.next(facts)? else {
                    break;
                };
                // Somebody who was settled here may have another state by now.
                let at = self.admit_row(&row)?;
                let person = self.people.get(at);
                let grant = person.and_then(|person| person.grant(&license.sku));
                if grant.is_some_and(|grant| grant.state == state) {
                    count += 1;
                    self.unseat(facts, number, at)?;
                }
            }
        }
        self.drain(facts)
    }

    /// Looks at licenses without anybody asking: seats that are owed to a line, and those who have one of
    /// a lot that is over.
    ///
    /// # Errors
    /// The store's failure.
    pub fn look_at(&mut self, facts: &mut dyn Facts, licenses: &[License]) -> Result<(), Refusal> {
        self.open(facts, licenses.to_vec())?;
        for license in licenses {
            let ended = |end: u64| end <= self.at;
            if license
                .lots()
                .iter()
                .any(|lot| lot.end().is_some_and(ended))
                && !self.has_more
            {
                self.evict(facts, license)?;
            }
        }
        self.mark_open_lines();
        self.drain(facts)
    }

    /// Whether more have a seat than there are, and those in this state are to give theirs up.
    fn is_above(&self, number: usize, state: State) -> bool {
        let Some(pool) = self.pools.get(number) else {
            return false;
        };
        let Some(seats) = pool.seats else {
            return false;
        };
        match state {
            // Where there is no seat at all, nobody can be above the limit either.
            State::Overage => pool.counts.overage > 0 && seats == 0,
            _ => pool.counts.active > seats,
        }
    }

    /// Somebody's seat has ended: they wait, or are blocked where nobody may wait.
    fn unseat(&mut self, facts: &mut dyn Facts, number: usize, at: usize) -> Result<(), Refusal> {
        let (Some(pool), Some(person)) = (self.pools.get_mut(number), self.people.get_mut(at))
        else {
            return Ok(());
        };
        let mut grants = person.grants.iter_mut();
        let Some(grant) = grants.find(|grant| grant.sku == pool.license.sku) else {
            return Ok(());
        };
        let (state, reason) = match pool.license.overage {
            Overage::Deny => (State::Blocked, Some(TERM_OVER.to_owned())),
            _ => (State::Waiting, None),
        };
        let next = Grant {
            state,
            reason,
            until: None,
            reserved: false,
            ..grant.clone()
        };
        pool.restate(grant, &next);
        self.rests_on_catalog = true;
        self.in_vain.enter(&next);
        *grant = next;
        self.again(facts, at)
    }
}
