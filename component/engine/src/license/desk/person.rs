//! One user: which of the wants become grants, and what becomes of grants that nobody wants.

use super::super::grant::{
    GUARD_HELD, MUTUALLY_EXCLUSIVE, OVERAGE_ENDED, POLICY_FAILED, PREREQUISITE_MISSING,
    UNKNOWN_LICENSE, is_derived,
};
use super::super::{Grant, License, Overage, State, Want};
use super::Desk;
use super::order::{Node, order};
use crate::facts::Facts;
use crate::refusal::Refusal;
use crate::scim::time;

impl Desk<'_> {
    /// Decides somebody's grants anew. The pools that may move are open. Nobody else's are touched,
    /// but for a seat that was kept for its former holder; who moves up is [`Desk::drain`]'s question.
    pub(super) fn decide(
        &mut self,
        facts: &mut dyn Facts,
        at: usize,
        wants: Vec<Want>,
    ) -> Result<(), Refusal> {
        let Some(person) = self.people.get_mut(at) else {
            return Ok(());
        };
        let before = std::mem::take(&mut person.grants);
        let before: Vec<Grant> = before.into_iter().filter_map(|it| self.ended(it)).collect();
        let nodes = order(&self.catalog, wants);
        let asked: Vec<String> = nodes
            .iter()
            .filter(|node| !node.want.sources.is_empty())
            .map(|node| node.want.sku.clone())
            .collect();
        let mut decided: Vec<(usize, Grant)> = Vec::with_capacity(nodes.len());
        // What goes, goes first: who gives up one license for another may need the seat.
        for grant in &before {
            if !nodes.iter().any(|node| node.want.sku == grant.sku) {
                let kept = self.release(at, grant, &asked);
                decided.extend(kept.map(|grant| (usize::MAX, grant)));
            }
        }
        for Node { mut want, place } in nodes {
            let held = before.iter().find(|grant| grant.sku == want.sku);
            want.sources.extend(self.brought(&want.sku, &decided));
            let grant = if want.sources.is_empty() {
                held.and_then(|held| self.release(at, held, &asked))
            } else {
                Some(self.grant(facts, at, &want, held, &decided)?)
            };
            decided.extend(grant.map(|grant| (place, grant)));
        }
        decided.sort_by_key(|(place, _)| *place);
        if let Some(person) = self.people.get_mut(at) {
            person.grants = decided.into_iter().map(|(_, grant)| grant).collect();
        }
        self.stand(at);
        Ok(())
    }

    /// What is left of a grant by the time: a seat above the limit may have become a place in the
    /// line, and one that was kept may be kept no longer.
    fn ended(&mut self, grant: Grant) -> Option<Grant> {
        let license = self.catalog.license(&grant.sku);
        let for_some_time = license.is_some_and(|it| it.overage == Overage::Grace);
        let is_past = grant.until.as_ref().is_some_and(|until| *until <= self.now);
        let is_over = is_past && (for_some_time || grant.state != State::Overage);
        let Some(at) = self.pool(&grant.sku).filter(|_| is_over) else {
            return Some(grant);
        };
        let pool = self.pools.get_mut(at)?;
        let next = match grant.state {
            State::Overage => Some(Grant {
                state: State::Waiting,
                reason: Some(OVERAGE_ENDED.to_owned()),
                until: None,
                ..grant.clone()
            }),
            State::Grace => None,
            _ => return Some(grant),
        };
        self.rests_on_catalog = true;
        match &next {
            Some(next) => pool.restate(&grant, next),
            None => pool.leave(&grant),
        }
        self.dirty.insert(at);
        next
    }

    /// The sources that other licenses of the user are of this one.
    fn brought(&self, sku: &str, decided: &[(usize, Grant)]) -> Vec<String> {
        let mut sources = Vec::new();
        for (_, grant) in decided {
            let Some(license) = self.catalog.license(&grant.sku) else {
                continue;
            };
            if grant.state.is_granted() && license.terms.contains.iter().any(|it| it == sku) {
                sources.push(format!("license:{}", grant.sku));
            }
            if grant.lacks_a_seat() && license.terms.fallback.as_deref() == Some(sku) {
                sources.push(format!("fallback:{}", grant.sku));
            }
        }
        sources
    }

    /// Decides one want. `held` is what the user has under this SKU so far.
    fn grant(
        &mut self,
        facts: &mut dyn Facts,
        at: usize,
        want: &Want,
        held: Option<&Grant>,
        decided: &[(usize, Grant)],
    ) -> Result<Grant, Refusal> {
        if let Some(reason) = want.blocked {
            return Ok(self.deny(want, held, reason));
        }
        self.rests_on_catalog = true;
        let catalog = std::rc::Rc::clone(&self.catalog);
        let Some(license) = catalog.license(&want.sku) else {
            return Ok(self.block(want, held, UNKNOWN_LICENSE));
        };
        let granted = || decided.iter().filter(|(_, it)| it.state.is_granted());
        let has = |sku: &String| granted().any(|(_, grant)| grant.sku == *sku);
        if !license.terms.requires.iter().all(has) {
            return Ok(self.block(want, held, PREREQUISITE_MISSING));
        }
        let other = |sku: &str| catalog.license(sku);
        let excludes = |grant: &Grant| other(&grant.sku).is_some_and(|it| it.excludes(license));
        if granted().any(|(_, grant)| excludes(grant)) {
            return Ok(self.block(want, held, MUTUALLY_EXCLUSIVE));
        }
        let mut grant = match held {
            Some(held) if held.state != State::Blocked => {
                self.keep(facts, at, want, held, license)?
            }
            held => self.add(facts, at, want, held, license)?,
        };
        if grant.state.is_granted() {
            grant.reason = want.unasked.then(|| POLICY_FAILED.to_owned());
        }
        Ok(grant)
    }

    /// A grant that is still wanted.
    fn keep(
        &mut self,
        facts: &mut dyn Facts,
        at: usize,
        want: &Want,
        held: &Grant,
        license: &License,
    ) -> Result<Grant, Refusal> {
        let mut kept = Grant {
            sources: want.sources.clone(),
            ..held.clone()
        };
        match held.state {
            State::Active | State::Blocked => return Ok(kept),
            State::Overage => {
                // As the license has it now: for some time, or for good.
                let until = self.ends(license, State::Overage);
                kept.until = until.map(|until| kept.until.unwrap_or(until));
                return Ok(kept);
            }
            State::Waiting => kept.priority = want.priority,
            State::Held => {
                kept.state = if held.over {
                    State::Overage
                } else {
                    State::Active
                };
                kept.over = false;
                kept.reason = None;
            }
            State::Grace => {
                let pool = self.pool(&want.sku).and_then(|at| self.pools.get(at));
                if !pool.is_some_and(|pool| pool.has_room(want.priority)) {
                    self.leave_pool(held);
                    return self.add(facts, at, want, None, license);
                }
                kept.state = State::Active;
                kept.until = None;
                kept.priority = want.priority;
                kept.reserved = pool.is_some_and(|pool| pool.is_reserved_for(want.priority));
            }
        }
        if let Some(pool) = self.pool(&want.sku).and_then(|at| self.pools.get_mut(at)) {
            pool.restate(held, &kept);
        }
        Ok(kept)
    }

    /// A want that is not granted whatever the seats. Settings or a policy that do so to many may be
    /// wrong: a seat that is lost by it is the guard's concern.
    fn deny(&mut self, want: &Want, held: Option<&Grant>, reason: &'static str) -> Grant {
        match held {
            Some(held) if held.state == State::Held => return held.clone(),
            Some(held) if held.state.is_granted() => {
                self.lost += 1;
                if self.holds {
                    return self.hold(held);
                }
            }
            _ => {}
        }
        self.block(want, held, reason)
    }

    /// A want that is not granted. A seat that the user had is free.
    pub(super) fn block(
        &mut self,
        want: &Want,
        held: Option<&Grant>,
        reason: &'static str,
    ) -> Grant {
        let same = held.filter(|it| it.state == State::Blocked);
        let same = same.filter(|it| it.reason.as_deref() == Some(reason));
        let blocked = Grant {
            sku: want.sku.clone(),
            state: State::Blocked,
            reason: Some(reason.to_owned()),
            since: same.map_or_else(|| self.now.clone(), |it| it.since.clone()),
            until: None,
            sources: want.sources.clone(),
            priority: want.priority,
            reserved: false,
            over: false,
        };
        if let Some(held) = held {
            self.in_vain.leave(held);
            self.leave_pool(held);
        }
        self.in_vain.enter(&blocked);
        blocked
    }

    /// A grant that nobody wants any more, or what is left of it: a seat may be kept for the user,
    /// or held by the guard. `asked` are the SKUs that the user still asks for.
    fn release(&mut self, at: usize, grant: &Grant, asked: &[String]) -> Option<Grant> {
        self.in_vain.leave(grant);
        if !grant.state.is_granted() {
            // What the guard keeps it keeps, even of a user who is deleted.
            let leaves = self.people.get(at).is_some_and(|person| person.leaves);
            let kept = grant.state == State::Grace && !leaves;
            let stays = kept || grant.state == State::Held;
            if !stays {
                self.leave_pool(grant);
            }
            return stays.then(|| grant.clone());
        }
        // What was only there because of another license that is still asked for is not lost.
        let origin = |source: &String| {
            let sku = source.split_once(':').map_or("", |(_, sku)| sku);
            is_derived(source) && asked.iter().any(|it| it == sku)
        };
        let is_lost = !grant.sources.iter().any(origin);
        self.lost += u64::from(is_lost);
        if is_lost && self.holds {
            return Some(self.hold(grant));
        }
        self.keep_for(at, grant).or_else(|| {
            self.leave_pool(grant);
            None
        })
    }

    /// The guard keeps the seat.
    fn hold(&mut self, grant: &Grant) -> Grant {
        let held = Grant {
            state: State::Held,
            reason: Some(GUARD_HELD.to_owned()),
            // How long it lasts is no matter while it is held, but will be again.
            until: None,
            over: grant.state == State::Overage,
            ..grant.clone()
        };
        if let Some(pool) = self.pool(&grant.sku).and_then(|at| self.pools.get_mut(at)) {
            pool.restate(grant, &held);
        }
        held
    }

    /// The seat as it is kept for its former holder, if the license does so and nobody waits.
    fn keep_for(&mut self, at: usize, grant: &Grant) -> Option<Grant> {
        let leaves = self.people.get(at).is_none_or(|person| person.leaves);
        let until = {
            let pool = self.pool(&grant.sku).and_then(|at| self.pools.get(at))?;
            let reclaim = pool.license.terms.reclaim;
            let within = pool.seats.is_none_or(|seats| pool.counts.active <= seats);
            let free = grant.state == State::Active && within && !pool.has_queue();
            let keeps = reclaim > 0 && free && !leaves;
            keeps.then(|| time::stamp(self.at.saturating_add(reclaim)))?
        };
        let kept = Grant {
            state: State::Grace,
            until: Some(until),
            sources: Vec::new(),
            reserved: false,
            ..grant.clone()
        };
        self.rests_on_catalog = true;
        if let Some(pool) = self.pool(&grant.sku).and_then(|at| self.pools.get_mut(at)) {
            pool.restate(grant, &kept);
            pool.rests_on_line();
        }
        Some(kept)
    }

    /// A grant ends; whoever is next may have its seat.
    pub(super) fn leave_pool(&mut self, grant: &Grant) {
        let Some(at) = self
            .pool(&grant.sku)
            .filter(|_| grant.state != State::Blocked)
        else {
            return;
        };
        self.rests_on_catalog = true;
        if let Some(pool) = self.pools.get_mut(at) {
            pool.leave(grant);
        }
        if grant.state != State::Waiting {
            self.dirty.insert(at);
        }
    }
}
