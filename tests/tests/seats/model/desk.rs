//! How one user is settled, and who moves up (docs/licenses.md): sentence by sentence.

use super::{Held, License, Model, PRIORITIES, Place, RESERVED_PRIORITY, State, place};
use crate::script::{Asks, Overage};

/// A request that newly asks for a license of which no seat is left.
pub struct Refused;

/// A SKU that is asked for directly, and because of what.
type Want = (&'static str, &'static str);

impl Model {
    /// Settles the user whom a request is about, and then whoever moves up. `before` is what the
    /// user wanted until now.
    pub(super) fn settle(&mut self, at: usize, before: &[Want]) -> Result<(), Refused> {
        let wants = self.wants(&self.users[at]);
        let new = |sku: &str| {
            let newly = before.iter().all(|(old, _)| *old != sku);
            newly && wants.contains(&(known(sku), "entitlements"))
        };
        self.decide(at, &wants, &new)?;
        self.drain();
        Ok(())
    }

    /// Settles somebody who has asked for nothing just now: what they wanted they want still.
    pub(super) fn settle_again(&mut self, id: &str) {
        let at = self.at(id);
        let mut wants: Vec<Want> = Vec::new();
        for held in &self.users[at].held {
            let direct = held.sources.iter().filter_map(|it| direct_word(it));
            wants.extend(direct.map(|source| (held.sku, source)));
        }
        let decided = self.decide(at, &wants, &|_| false);
        assert!(decided.is_ok(), "nobody is refused who asks for nothing");
    }

    fn at(&self, id: &str) -> usize {
        let at = self.users.iter().position(|user| user.id == id);
        at.expect("who is in a line exists")
    }

    /// The licenses of one user, one after the other.
    fn decide(
        &mut self,
        at: usize,
        wants: &[Want],
        is_new: &dyn Fn(&str) -> bool,
    ) -> Result<(), Refused> {
        let all = self.reach(wants);
        for held in self.users[at].held.clone() {
            if !all.contains(&held.sku) {
                self.release(at, held.sku);
            }
        }
        let mut decided: Asks = Vec::new();
        for sku in self.in_order(&all) {
            let sources = self.sources(at, sku, wants, &decided);
            if sources.is_empty() {
                self.release(at, sku);
            } else {
                self.grant(at, sku, sources, &decided, is_new(sku))?;
            }
            decided.push(sku);
        }
        let place = |held: &Held| all.iter().position(|sku| *sku == held.sku);
        let user = &mut self.users[at];
        user.held
            .sort_by_key(|held| place(held).unwrap_or(usize::MAX));
        Ok(())
    }

    /// What is wanted, and all that it may lead to.
    fn reach(&self, wants: &[Want]) -> Asks {
        let mut all: Asks = Vec::new();
        for (sku, _) in wants {
            if !all.contains(sku) {
                all.push(sku);
            }
        }
        let mut next = 0;
        while let Some(sku) = all.get(next) {
            let license = self.terms(sku);
            let led = license
                .iter()
                .flat_map(|it| it.contains.iter().chain(&it.fallback));
            for sku in led.copied().collect::<Asks>() {
                if !all.contains(&sku) {
                    all.push(sku);
                }
            }
            next += 1;
        }
        all
    }

    /// Sentence 1: behind what it requires, behind bundles that contain it, behind those whose
    /// fallback it is; else by rank, then who is named first.
    fn in_order(&self, all: &Asks) -> Asks {
        let mut rest = all.clone();
        let mut ordered = Vec::new();
        while !rest.is_empty() {
            let is_free = |sku: &&&str| !rest.iter().any(|other| self.precedes(other, sku));
            let rank = |sku: &str| self.terms(sku).map_or(0, |license| license.rank);
            let free = rest.iter().filter(is_free).copied();
            // The first of the highest.
            let next = free.rev().max_by_key(|sku| rank(sku));
            let next = next.expect("no license leads back to itself");
            rest.retain(|sku| *sku != next);
            ordered.push(next);
        }
        ordered
    }

    pub(super) fn precedes(&self, first: &str, second: &str) -> bool {
        let requires = |it: &License| it.requires.contains(&known(first));
        let brings = |it: &License| {
            it.contains.contains(&known(second)) || it.fallback == Some(known(second))
        };
        self.terms(second).is_some_and(requires) || self.terms(first).is_some_and(brings)
    }

    /// Who asks for it: directly, and by what is decided already (sentence 7).
    fn sources(&self, at: usize, sku: &str, wants: &[Want], decided: &Asks) -> Vec<String> {
        let direct = wants.iter().filter(|(wanted, _)| *wanted == sku);
        let mut sources: Vec<String> = direct.map(|(_, source)| (*source).to_owned()).collect();
        sources.dedup();
        for other in decided {
            let (Some(held), Some(license)) = (self.users[at].held(other), self.terms(other))
            else {
                continue;
            };
            if held.state.is_granted() && license.contains.contains(&known(sku)) {
                sources.push(format!("license:{other}"));
            }
            let lacks_a_seat = matches!(held.state, State::Waiting | State::Refused);
            if lacks_a_seat && license.fallback == Some(known(sku)) {
                sources.push(format!("fallback:{other}"));
            }
        }
        sources
    }

    /// Sentences 2 to 6.
    fn grant(
        &mut self,
        at: usize,
        sku: &'static str,
        sources: Vec<String>,
        decided: &Asks,
        is_new: bool,
    ) -> Result<(), Refused> {
        let was = self.users[at].held(sku).cloned();
        let mut next = Held {
            sku,
            state: State::Waiting,
            sources,
            since: self.now,
            priority: self.priority(at),
            reserved: false,
        };
        match self.obstacle(at, sku, decided) {
            Some(state) => {
                next.state = state;
                let was = was.filter(|was| was.state == state || both_in_vain(was.state, state));
                next.since = was.map_or(self.now, |was| was.since);
            }
            None => match was {
                Some(was) if was.state.is_granted() => {
                    next = Held {
                        sources: next.sources,
                        ..was
                    };
                }
                Some(was) if was.state == State::Waiting => {
                    (next.state, next.since) = (was.state, was.since);
                }
                was => self.add(at, &mut next, was, is_new)?,
            },
        }
        self.users[at].held.retain(|held| held.sku != sku);
        self.users[at].held.push(next);
        Ok(())
    }

    /// Sentences 2, 3 and 4: why it is not granted whatever the seats.
    fn obstacle(&self, at: usize, sku: &str, decided: &Asks) -> Option<State> {
        let user = &self.users[at];
        let has = |sku: &str| user.held(sku).is_some_and(|held| held.state.is_granted());
        let Some(license) = self.terms(sku) else {
            return Some(State::Unknown);
        };
        if !license.requires.iter().all(|sku| has(sku)) {
            return Some(State::Prerequisite);
        }
        let excludes = |other: &License| {
            license.excludes.contains(&other.sku) || other.excludes.contains(&license.sku)
        };
        let before = decided.iter().filter(|other| has(other));
        let mut before = before.filter_map(|other| self.terms(other));
        before.any(excludes).then_some(State::Exclusive)
    }

    /// Sentence 6: an addition. Whoever has had the seat until now, and it was kept, has it back.
    fn add(
        &mut self,
        at: usize,
        next: &mut Held,
        was: Option<Held>,
        is_new: bool,
    ) -> Result<(), Refused> {
        let license = self.terms(next.sku).expect("a license").clone();
        let is_kept = was.as_ref().is_some_and(|was| was.state == State::Grace);
        // The seat that was kept is no hindrance to its own user.
        self.users[at].held.retain(|held| held.sku != next.sku);
        let me = place(next, &self.users[at].id);
        if self.gets_a_seat(&license, &me) {
            if !is_kept {
                self.make_room(&license);
            }
            next.state = State::Active;
            next.reserved = license.reserved > 0 && next.priority >= RESERVED_PRIORITY;
            return Ok(());
        }
        if let Some(was) = was.filter(|was| was.state.is_in_vain()) {
            next.since = was.since;
        }
        next.state = match license.mode {
            Overage::Allow if self.gets_one_above(&license, &me) => State::Overage,
            Overage::Deny => State::Refused,
            _ => State::Waiting,
        };
        let is_refused = next.state == State::Refused && is_new && license.fallback.is_none();
        if is_refused { Err(Refused) } else { Ok(()) }
    }

    /// Whether there is a seat for somebody at this place, when those before them have had theirs.
    fn gets_a_seat(&self, license: &License, me: &Place) -> bool {
        let mut seats = self.taken(license);
        let mut line = self.places(license.sku, |it| it == State::Overage);
        let waiting = self.places(license.sku, |it| it == State::Waiting);
        line.extend(waiting.into_iter().filter(|other| other < me));
        for before in line {
            if seats.is_free_for(&before) {
                seats.take(&before);
            }
        }
        seats.is_free_for(me)
    }

    fn gets_one_above(&self, license: &License, me: &Place) -> bool {
        let above = self.count(license.sku, State::Overage);
        let waiting = self.places(license.sku, |it| it == State::Waiting);
        let before = waiting.into_iter().filter(|other| other < me).count() as u64;
        license.over_max.is_none_or(|max| above + before < max)
    }

    fn taken(&self, license: &License) -> Taken {
        let held = self.users.iter().filter_map(|user| user.held(license.sku));
        let active: Vec<&Held> = held.filter(|held| held.state == State::Active).collect();
        Taken {
            seats: license.seats,
            reserved: license.reserved,
            active: active.len() as u64,
            by_them: active.iter().filter(|held| held.reserved).count() as u64,
        }
    }

    /// "A seat that is free beyond those in grace first, then the one whose grace ends soonest."
    fn make_room(&mut self, license: &License) {
        let is_crowded = |model: &Self| {
            let taken = model.taken(license).active + model.count(license.sku, State::Grace);
            license.seats.is_some_and(|seats| taken >= seats)
        };
        if is_crowded(self) {
            self.give_up_one(license.sku);
        }
    }

    fn give_up_one(&mut self, sku: &str) {
        let mut kept: Vec<(u64, String)> = Vec::new();
        for user in &self.users {
            let held = user.held(sku).filter(|held| held.state == State::Grace);
            kept.extend(held.map(|held| (held.since, user.id.clone())));
        }
        if let Some((_, id)) = kept.into_iter().min() {
            let at = self.at(&id);
            self.users[at].held.retain(|held| held.sku != sku);
        }
    }

    /// "Leaving": what is left of a grant that nobody asks for any more.
    fn release(&mut self, at: usize, sku: &'static str) {
        let Some(held) = self.users[at].held(sku).cloned() else {
            return;
        };
        let stays = !self.users[at].leaves;
        if held.state == State::Grace && stays {
            return;
        }
        self.users[at].held.retain(|held| held.sku != sku);
        let license = self.terms(sku).filter(|license| license.reclaims).cloned();
        let Some(license) = license.filter(|_| held.state == State::Active && stays) else {
            return;
        };
        let waits = |state| self.count(sku, state) > 0;
        let is_within = license
            .seats
            .is_none_or(|seats| self.taken(&license).active < seats);
        if is_within && !waits(State::Overage) && !waits(State::Waiting) {
            self.users[at].held.push(Held {
                state: State::Grace,
                sources: Vec::new(),
                since: self.now,
                reserved: false,
                ..held
            });
        }
    }

    /// "The line": every free seat goes to the first for whom it is, and so on, until nobody moves.
    pub(super) fn drain(&mut self) {
        while let Some(sku) = self
            .order
            .into_iter()
            .find(|sku| self.next_up(sku).is_some())
        {
            while let Some((id, state)) = self.next_up(sku) {
                self.move_up(&id, sku, state);
            }
        }
        for license in self.licenses.clone() {
            let kept = |model: &Self| model.count(license.sku, State::Grace);
            let is_short = |model: &Self| {
                let taken = model.taken(&license).active + kept(model);
                license.seats.is_some_and(|seats| taken > seats)
            };
            while kept(self) > 0 && is_short(self) {
                self.give_up_one(license.sku);
            }
        }
    }

    /// Who is next, and to what: those above the limit, those who wait, those who were refused.
    fn next_up(&self, sku: &str) -> Option<(String, State)> {
        let license = self.terms(sku)?;
        let seats = self.taken(license);
        for state in [State::Overage, State::Waiting, State::Refused] {
            let line = self.places(sku, |it| it == state);
            let mut line = line.into_iter().filter(|place| seats.is_free_for(place));
            let next = line.next().map(|(_, _, id)| (id, State::Active));
            if next.is_some() {
                return next;
            }
        }
        let above = self.count(sku, State::Overage);
        let is_room = license.over_max.is_none_or(|max| above < max);
        let waits = self.line(sku, State::Waiting).into_iter().next();
        let waits = waits.filter(|_| license.mode == Overage::Allow && is_room);
        waits.map(|id| (id, State::Overage))
    }

    fn move_up(&mut self, id: &str, sku: &'static str, state: State) {
        let license = self.terms(sku).expect("a license").clone();
        let at = self.at(id);
        let was = self.users[at].held(sku).map(|held| held.state);
        if was != Some(State::Refused) {
            if state == State::Active {
                self.make_room(&license);
            }
            let mut held = self.users[at].held.iter_mut();
            let held = held
                .find(|held| held.sku == sku)
                .expect("who moves up asks");
            held.state = state;
            held.reserved = state == State::Active
                && license.reserved > 0
                && held.priority >= RESERVED_PRIORITY;
        }
        // Who was refused is an addition; all others have their seat, and what hangs on it moves.
        self.settle_again(id);
    }

    fn priority(&self, at: usize) -> u8 {
        let slot = self.users[at].slot;
        let known = PRIORITIES.iter().find(|(it, _)| *it == slot);
        known.map_or(
            0,
            |(_, priority)| if self.has_priorities { *priority } else { 0 },
        )
    }
}

/// Seats as they are counted: "users below the priority get one only while
/// `active < s - max(0, r - v)`".
struct Taken {
    seats: Option<u64>,
    reserved: u64,
    active: u64,
    by_them: u64,
}

impl Taken {
    fn is_free_for(&self, (behind, _, _): &Place) -> bool {
        let Some(seats) = self.seats else { return true };
        let for_them = if u8::MAX - behind >= RESERVED_PRIORITY {
            0
        } else {
            self.reserved.saturating_sub(self.by_them)
        };
        self.active < seats.saturating_sub(for_them)
    }

    fn take(&mut self, (behind, _, _): &Place) {
        self.active += 1;
        self.by_them += u64::from(u8::MAX - behind >= RESERVED_PRIORITY);
    }
}

/// Who has asked in vain has asked since then, whatever was in the way.
fn both_in_vain(was: State, is: State) -> bool {
    was.is_in_vain() && is.is_in_vain()
}

fn direct_word(source: &str) -> Option<&'static str> {
    ["entitlements", "default"]
        .into_iter()
        .find(|word| *word == source)
}

fn known(sku: &str) -> &'static str {
    let mut skus = crate::script::SKUS.into_iter();
    skus.find(|known| *known == sku)
        .expect("a SKU of these tests")
}
