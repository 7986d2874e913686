//! What contract.md says about seats, as plainly as it can be written: lists, and no thought of
//! speed or of two at a time.
//!
//! Written from the contract and design.md's ten invariants, not from the engine.

use crate::script::{
    Act, Activate, Add, Asks, Create, Delete, Drop, DropAll, License as Terms, Mode, Overage, Put,
    Remove, Replace, Seats,
};

/// What became of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Active,
    Overage,
    Waiting,
    /// Blocked: there is no such license.
    Unknown,
    /// Blocked: the license came into being without a seat for somebody who had asked before.
    Refused,
}

impl State {
    /// `state` and `reason` on the wire.
    pub fn words(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Active => ("active", None),
            Self::Overage => ("overage", None),
            Self::Waiting => ("waiting", None),
            Self::Unknown => ("blocked", Some("unknownLicense")),
            Self::Refused => ("blocked", Some("licenseLimitReached")),
        }
    }

    fn is_blocked(self) -> bool {
        matches!(self, Self::Unknown | Self::Refused)
    }
}

/// Somebody in a line: since when they ask, and who they are.
type Place = (u64, String);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub sku: &'static str,
    pub state: State,
    /// Since when they ask for it, which is their place in every queue.
    since: u64,
}

#[derive(Clone, Debug)]
pub struct User {
    pub slot: usize,
    pub id: String,
    pub active: bool,
    pub asks: Asks,
    pub held: Vec<Held>,
}

#[derive(Clone, Debug)]
pub struct License {
    pub sku: &'static str,
    pub seats: Option<u64>,
    pub mode: Overage,
}

/// What the world is told: the topic, the user, the SKU, the state.
pub type Event = (&'static str, String, &'static str, &'static str);

/// What the answer must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    Done(u16),
    /// Nothing may have changed.
    Refused(u16),
}

/// All users and licenses of a tenant.
#[derive(Clone, Debug, Default)]
pub struct Model {
    pub users: Vec<User>,
    pub licenses: Vec<License>,
    /// What happened in the last step.
    pub events: Vec<Event>,
    /// What somebody gets who asks for nothing (contract.md, `licensing.default`).
    pub default: Option<&'static str>,
    now: u64,
}

impl Model {
    /// Makes it happen. `id` is what a new user would be called.
    pub fn apply(&mut self, act: &Act, now: u64, id: &str) -> Verdict {
        let mut next = self.clone();
        next.now = now;
        next.events.clear();
        let verdict = match act {
            Terms(..) | Seats(..) | Mode(..) | Remove(..) => next.license(act),
            _ => next.user(act, id),
        };
        match verdict {
            Verdict::Done(_) => *self = next,
            Verdict::Refused(_) => self.events.clear(),
        }
        verdict
    }

    pub fn terms(&self, sku: &str) -> Option<&License> {
        self.licenses.iter().find(|license| license.sku == sku)
    }

    /// Who is in this state, in the order of the line.
    pub fn line(&self, sku: &str, state: State) -> Vec<String> {
        let mut line: Vec<Place> = Vec::new();
        for user in &self.users {
            let held = user.held.iter().filter(|held| held.sku == sku);
            line.extend(
                held.filter(|held| held.state == state)
                    .map(|held| (held.since, user.id.clone())),
            );
        }
        line.sort();
        line.into_iter().map(|(_, id)| id).collect()
    }

    pub fn count(&self, sku: &str, state: State) -> u64 {
        self.line(sku, state).len() as u64
    }

    fn user(&mut self, act: &Act, id: &str) -> Verdict {
        let (Create(slot, ..) | Put(slot, ..) | Add(slot, _) | Replace(slot, _)) = act else {
            return self.touch(act);
        };
        let known = self.users.iter().position(|user| user.slot == *slot);
        let before = known.map_or_else(Vec::new, |at| self.wants(&self.users[at]));
        let at = match (act, known) {
            (Create(..), Some(_)) => return Verdict::Refused(409),
            (Create(..), None) => {
                self.users.push(User {
                    slot: *slot,
                    id: id.to_owned(),
                    active: true,
                    asks: Vec::new(),
                    held: Vec::new(),
                });
                self.users.len() - 1
            }
            (_, Some(at)) => at,
            (_, None) => return Verdict::Refused(404),
        };
        let user = &mut self.users[at];
        match act {
            Create(_, active, asks) | Put(_, active, asks) => {
                user.active = active.unwrap_or(user.active);
                user.asks.clone_from(asks);
            }
            Add(_, asks) => user.asks.extend(asks),
            Replace(_, asks) => user.asks.clone_from(asks),
            _ => {}
        }
        let done = if matches!(act, Create(..)) { 201 } else { 200 };
        self.settle(at, &before, done)
    }

    fn touch(&mut self, act: &Act) -> Verdict {
        let (Drop(slot, _) | DropAll(slot) | Activate(slot, _) | Delete(slot)) = act else {
            return Verdict::Refused(400);
        };
        let Some(at) = self.users.iter().position(|user| user.slot == *slot) else {
            return Verdict::Refused(404);
        };
        let before = self.wants(&self.users[at]);
        let user = &mut self.users[at];
        match act {
            Drop(_, sku) => user.asks.retain(|asked| asked != sku),
            DropAll(_) => user.asks.clear(),
            Activate(_, active) => user.active = *active,
            _ => user.active = false,
        }
        let verdict = self.settle(at, &before, 200);
        if matches!(act, Delete(_)) {
            self.users.remove(at);
            return Verdict::Done(204);
        }
        verdict
    }

    /// What a user should have: nothing while inactive, and the default where nothing that they
    /// ask for exists.
    fn wants(&self, user: &User) -> Asks {
        if !user.active {
            return Vec::new();
        }
        let mut wanted = user.asks.clone();
        if !wanted.iter().any(|sku| self.terms(sku).is_some()) {
            wanted.extend(self.default);
        }
        wanted
    }

    /// Gives a user what they want and takes what they do not. Refused is only what the request
    /// itself asks for, and only if it was not wanted before.
    fn settle(&mut self, at: usize, before: &Asks, done: u16) -> Verdict {
        let wanted = self.wants(&self.users[at]);
        let user = &self.users[at];
        let gone = user.held.iter().filter(|held| !wanted.contains(&held.sku));
        for Held { sku, state, .. } in gone.cloned().collect::<Vec<_>>() {
            self.users[at].held.retain(|held| held.sku != sku);
            if !state.is_blocked() {
                self.tell("license.freed", at, sku, state);
            }
            self.fill(sku);
        }
        for sku in wanted {
            let user = &self.users[at];
            let held = user.held.iter().find(|held| held.sku == sku);
            let had = held.map(|held| held.state);
            if had.is_some_and(|state| !state.is_blocked()) {
                continue;
            }
            let state = self.entry(sku).unwrap_or(State::Unknown);
            if state == State::Refused && user.asks.contains(&sku) && !before.contains(&sku) {
                return Verdict::Refused(403);
            }
            if had == Some(state) {
                continue;
            }
            self.users[at].held.retain(|held| held.sku != sku);
            let since = self.now;
            self.users[at].held.push(Held { sku, state, since });
            let topic = match state {
                State::Active | State::Overage => "license.granted",
                State::Waiting => "license.waiting",
                State::Unknown | State::Refused => "license.blocked",
            };
            self.tell(topic, at, sku, state);
        }
        Verdict::Done(done)
    }

    /// Where somebody who comes now would end up; none: no such license.
    fn entry(&self, sku: &str) -> Option<State> {
        let license = self.terms(sku)?;
        let free = self.has_room(license);
        Some(match license.mode {
            _ if free => State::Active,
            Overage::Waitlist => State::Waiting,
            Overage::Allow => State::Overage,
            Overage::Deny => State::Refused,
        })
    }

    fn has_room(&self, license: &License) -> bool {
        let active = self.count(license.sku, State::Active);
        license.seats.is_none_or(|seats| active < seats)
    }

    /// Gives free seats to those above the limit, then to those who wait, then to those who were
    /// refused, each in their order.
    fn fill(&mut self, sku: &'static str) {
        for from in [State::Overage, State::Waiting, State::Refused] {
            for id in self.line(sku, from) {
                if self
                    .terms(sku)
                    .is_some_and(|license| self.has_room(license))
                {
                    self.shift(&id, sku, State::Active);
                }
            }
        }
    }

    fn shift(&mut self, id: &str, sku: &'static str, state: State) {
        let at = self.users.iter().position(|user| user.id == id);
        let at = at.expect("who is in line exists");
        for held in self.users[at]
            .held
            .iter_mut()
            .filter(|held| held.sku == sku)
        {
            held.state = state;
        }
        let topic = match state {
            State::Active | State::Overage => "license.promoted",
            State::Waiting => "license.waiting",
            State::Unknown | State::Refused => "license.blocked",
        };
        self.tell(topic, at, sku, state);
    }

    fn tell(&mut self, topic: &'static str, at: usize, sku: &'static str, state: State) {
        let id = self.users[at].id.clone();
        self.events.push((topic, id, sku, state.words().0));
    }

    fn license(&mut self, act: &Act) -> Verdict {
        let (Terms(sku, ..) | Seats(sku, _) | Mode(sku, _) | Remove(sku)) = act else {
            return Verdict::Refused(400);
        };
        let known = self.licenses.iter().position(|license| license.sku == *sku);
        match (act, known) {
            (Terms(_, seats, mode), None) => {
                let (seats, mode) = (*seats, *mode);
                self.licenses.push(License { sku, seats, mode });
                self.retermed(sku);
                return Verdict::Done(201);
            }
            (_, None) => return Verdict::Refused(404),
            (Remove(_), Some(at)) => return self.remove(at),
            (Terms(_, seats, mode), Some(at)) => {
                (self.licenses[at].seats, self.licenses[at].mode) = (*seats, *mode);
            }
            (Seats(_, seats), Some(at)) => self.licenses[at].seats = Some(*seats),
            (Mode(_, mode), Some(at)) => self.licenses[at].mode = *mode,
            _ => {}
        }
        self.retermed(sku);
        Verdict::Done(200)
    }

    /// A license goes when nobody holds it or waits for it.
    fn remove(&mut self, at: usize) -> Verdict {
        let sku = self.licenses[at].sku;
        let states = [State::Active, State::Overage, State::Waiting];
        if states.iter().any(|state| self.count(sku, *state) > 0) {
            return Verdict::Refused(409);
        }
        self.licenses.remove(at);
        for id in self.line(sku, State::Refused) {
            self.shift(&id, sku, State::Unknown);
        }
        Verdict::Done(204)
    }

    /// New terms: who is above the limit or waits comes first; then those who asked before there
    /// was such a license, who are additions.
    fn retermed(&mut self, sku: &'static str) {
        self.fill(sku);
        if self
            .terms(sku)
            .is_some_and(|license| license.mode == Overage::Allow)
        {
            for id in self.line(sku, State::Waiting) {
                self.shift(&id, sku, State::Overage);
            }
        }
        for before in [State::Refused, State::Unknown] {
            for id in self.line(sku, before) {
                match self.entry(sku) {
                    Some(state) if state != before => self.shift(&id, sku, state),
                    _ => {}
                }
            }
        }
    }
}
