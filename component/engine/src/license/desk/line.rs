//! Who moves up when a seat is free.

use super::super::grant::OVERAGE_ENDED;
use super::super::{Grant, Overage, Pool, State, queue_key, remembered};
use super::Desk;
use super::people::Person;
use super::queue::Queue;
use crate::facts::Facts;
use crate::refusal::Refusal;

/// Somebody in a line.
struct Head {
    person: usize,
    priority: u8,
}

impl Desk<'_> {
    /// Marks the open pools in which a seat is free although somebody is in the line.
    pub(super) fn mark_open_lines(&mut self) {
        for (at, pool) in self.pools.iter().enumerate() {
            let is_open = pool.has_room(9) || pool.has_room_above();
            if (pool.has_queue() && is_open) || pool.is_overcrowded() {
                self.dirty.insert(at);
            }
        }
    }

    /// Gives every seat that has become free to the next in its line, and so on, until nobody moves.
    pub(super) fn drain(&mut self, facts: &mut dyn Facts) -> Result<(), Refusal> {
        while let Some(number) = self.dirty.pop_first() {
            while self.pools.get(number).is_some_and(Pool::is_overcrowded) {
                self.give_up_one(facts, number, usize::MAX)?;
            }
            while let Some((head, to)) = self.next_up(facts, number)? {
                if self.people.len() > self.step {
                    // The rest moves by the sweep. Until then the seats that are left are owed to them.
                    self.dirty.insert(number);
                    self.has_more = true;
                    return Ok(());
                }
                self.move_up(facts, number, &head, to)?;
            }
            self.admit_blocked(facts, number)?;
            if let Some(pool) = self.pools.get_mut(number) {
                pool.rests_on_line();
            }
        }
        Ok(())
    }

    /// Who is next, and what they get: those above the limit come within it before those who wait.
    fn next_up(
        &mut self,
        facts: &mut dyn Facts,
        number: usize,
    ) -> Result<Option<(Head, State)>, Refusal> {
        let Some(pool) = self.pools.get(number) else {
            return Ok(None);
        };
        let (above, waiting) = (pool.counts.overage, pool.counts.waiting);
        let is_open = pool.has_room(9) || pool.has_room_above();
        if above > 0
            && pool.has_room(9)
            && let Some(head) = self.head(facts, number, State::Overage)?
            && self
                .pools
                .get(number)
                .is_some_and(|it| it.has_room(head.priority))
        {
            return Ok(Some((head, State::Active)));
        }
        if waiting == 0 || !is_open {
            return Ok(None);
        }
        let Some(head) = self.head(facts, number, State::Waiting)? else {
            return Ok(None);
        };
        Ok(match self.pools.get(number) {
            Some(pool) if pool.has_room(head.priority) => Some((head, State::Active)),
            Some(pool) if pool.has_room_above() && !self.has_had_its_time(number, &head) => {
                Some((head, State::Overage))
            }
            _ => None,
        })
    }

    /// Whether the time that somebody may be above the limit is over: they wait for a seat within it.
    fn has_had_its_time(&self, number: usize, head: &Head) -> bool {
        let pool = self.pools.get(number);
        if pool.is_none_or(|pool| pool.license.overage != Overage::Grace) {
            return false;
        }
        let sku = pool.map_or("", |pool| &pool.license.sku);
        let person = self.people.get(head.person);
        let grant = person.and_then(|person| person.grant(sku));
        grant.is_some_and(|grant| grant.reason.as_deref() == Some(OVERAGE_ENDED))
    }

    /// The first in a line.
    fn head(
        &mut self,
        facts: &mut dyn Facts,
        number: usize,
        state: State,
    ) -> Result<Option<Head>, Refusal> {
        let Some(sku) = self.pools.get(number).map(|pool| pool.license.sku.clone()) else {
            return Ok(None);
        };
        let here = self.first_here(number, state, &sku);
        let queue = self
            .queues
            .entry((number, state))
            .or_insert_with(|| Queue::new(state, &sku));
        // Of those who were settled here the store does not know the latest.
        while let Some(row) = queue.peek(facts)? {
            if self.by_id.contains_key(&row.key.id) {
                queue.pop();
                continue;
            }
            let person = Person::read(row)?;
            let Some(grant) = person.grant(&sku).filter(|it| it.state == state) else {
                queue.pop();
                continue;
            };
            let key = queue_key(grant, &person.id);
            if here.as_ref().is_some_and(|(first, _)| *first < key) {
                break;
            }
            queue.pop();
            let priority = grant.priority;
            let person = self.admit(person);
            self.stand(person);
            return Ok(Some(Head { person, priority }));
        }
        Ok(here.map(|(_, head)| head))
    }

    /// The first of those in a line who were settled here.
    fn first_here(&mut self, number: usize, state: State, sku: &str) -> Option<(String, Head)> {
        let line = self.lines.get_mut(&(number, state))?;
        while let Some((key, at)) = line.first().cloned() {
            let person = self.people.get(at);
            let grant = person.and_then(|person| person.grant(sku));
            let stands = |grant: &&Grant| {
                let id = person.map_or("", |person| &person.id);
                grant.state == state && queue_key(grant, id) == key
            };
            if let Some(grant) = grant.filter(stands) {
                let priority = grant.priority;
                return Some((
                    key,
                    Head {
                        person: at,
                        priority,
                    },
                ));
            }
            line.pop_first();
        }
        None
    }

    /// Gives somebody a seat, and settles them anew: another license of theirs may hang on it.
    fn move_up(
        &mut self,
        facts: &mut dyn Facts,
        number: usize,
        head: &Head,
        to: State,
    ) -> Result<(), Refusal> {
        if to == State::Active {
            self.make_room(facts, number, head.person)?;
        }
        let reserved = self.is_reserved(number, to, head.priority);
        let Some(pool) = self.pools.get_mut(number) else {
            return Ok(());
        };
        let license = pool.license.clone();
        let Some(person) = self.people.get_mut(head.person) else {
            return Ok(());
        };
        let grants = person.grants.iter_mut();
        let Some(grant) = grants.into_iter().find(|grant| grant.sku == license.sku) else {
            return Ok(());
        };
        pool.leave(grant);
        grant.state = to;
        grant.reason = None;
        grant.until = None;
        grant.reserved = reserved;
        // A place in one queue is a place in the next: who asked first stays first.
        if to == State::Active {
            grant.since.clone_from(&self.now);
        }
        pool.enter(grant);
        self.rests_on_catalog = true;
        let until = self.ends(&license, to);
        if let Some(person) = self.people.get_mut(head.person) {
            let mut grants = person.grants.iter_mut();
            if let Some(grant) = grants.find(|grant| grant.sku == license.sku) {
                grant.until = until;
            }
        }
        self.again(facts, head.person)
    }

    /// Settles somebody by what their grants remember of their wants.
    pub(super) fn again(&mut self, facts: &mut dyn Facts, at: usize) -> Result<(), Refusal> {
        let wants = self.people.get(at).map(|person| remembered(&person.grants));
        let wants = wants.unwrap_or_default();
        self.open_for(facts, at, &wants)?;
        self.decide(facts, at, wants)
    }

    /// Where a license has no waitlist and a seat is left, those who asked in vain are additions.
    fn admit_blocked(&mut self, facts: &mut dyn Facts, number: usize) -> Result<(), Refusal> {
        let open = |pool: &Pool| pool.license.overage == Overage::Deny && pool.has_room(9);
        if self.pools.get(number).is_some_and(open) && self.in_vain.find(facts)? > 0 {
            self.admit_in_vain(facts, number, false)?;
        }
        Ok(())
    }

    /// Makes sure that a seat is really free for `user`: the one that is kept for somebody longest
    /// is given up, if there is no other.
    pub(super) fn make_room(
        &mut self,
        facts: &mut dyn Facts,
        number: usize,
        user: usize,
    ) -> Result<(), Refusal> {
        if self.pools.get(number).is_some_and(Pool::is_crowded) {
            self.give_up_one(facts, number, user)?;
        }
        Ok(())
    }

    /// The seat that is kept and ends first is kept no longer.
    fn give_up_one(
        &mut self,
        facts: &mut dyn Facts,
        number: usize,
        user: usize,
    ) -> Result<(), Refusal> {
        let head = self.head(facts, number, State::Grace)?;
        let Some(head) = head.filter(|head| head.person != user) else {
            // The counter says that there is one, and there is none: it must not be asked for ever.
            return match self.pools.get_mut(number) {
                Some(pool) => Err(Refusal::Corrupt(format!(
                    "license {} counts {} seats in grace",
                    pool.license.id, pool.counts.grace
                ))),
                None => Ok(()),
            };
        };
        let (Some(pool), Some(person)) =
            (self.pools.get_mut(number), self.people.get_mut(head.person))
        else {
            return Ok(());
        };
        let sku = &pool.license.sku;
        if let Some(at) = person.grants.iter().position(|grant| grant.sku == *sku) {
            let grant = person.grants.remove(at);
            pool.leave(&grant);
        }
        Ok(())
    }
}
