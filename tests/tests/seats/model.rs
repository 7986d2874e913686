//! What contract.md and docs/licenses.md say about seats, as plainly as it can be written: lists,
//! and no thought of speed or of two at a time. How one user is settled, and who moves up, is in
//! [`desk`].
//!
//! Written from the contract, the page on licenses and design.md's ten invariants, not from the
//! engine.

mod desk;

use crate::script::{
    Act, Activate, Add, Asks, Bind, Create, Delete, Drop, DropAll, License as Terms, Mode, Overage,
    Put, Remove, Replace, SKUS, Seats, Term,
};

/// What became of a wish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    Active,
    Overage,
    Waiting,
    /// Freed, but kept for the user while nobody wants it.
    Grace,
    /// Blocked: there is no such license.
    Unknown,
    /// Blocked: no seat, and nobody may wait.
    Refused,
    /// Blocked: a license that it requires is not granted.
    Prerequisite,
    /// Blocked: another license of the user excludes it.
    Exclusive,
}

impl State {
    /// `state` and `reason` on the wire.
    pub fn words(self) -> (&'static str, Option<&'static str>) {
        match self {
            Self::Active => ("active", None),
            Self::Overage => ("overage", None),
            Self::Waiting => ("waiting", None),
            Self::Grace => ("grace", None),
            Self::Unknown => ("blocked", Some("unknownLicense")),
            Self::Refused => ("blocked", Some("licenseLimitReached")),
            Self::Prerequisite => ("blocked", Some("prerequisiteMissing")),
            Self::Exclusive => ("blocked", Some("mutuallyExclusive")),
        }
    }

    pub fn is_granted(self) -> bool {
        matches!(self, Self::Active | Self::Overage)
    }

    fn is_blocked(self) -> bool {
        self.words().0 == "blocked"
    }

    /// Blocked, but for nothing that the user could change: a license may come, or a seat.
    fn is_in_vain(self) -> bool {
        matches!(self, Self::Unknown | Self::Refused)
    }
}

/// Somebody in a line: the higher priority first, then who asked first, then the smaller id.
type Place = (u8, u64, String);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    pub sku: &'static str,
    pub state: State,
    pub sources: Vec<String>,
    /// Since when they ask for it, which is their place in every queue; of a seat that is kept,
    /// since when it is.
    since: u64,
    pub priority: u8,
    /// Whether it was given to somebody for whom seats are reserved.
    pub reserved: bool,
}

#[derive(Clone, Debug)]
pub struct User {
    pub slot: usize,
    pub id: String,
    pub active: bool,
    pub asks: Asks,
    pub held: Vec<Held>,
    /// Deleted by this very request: nothing is kept for them.
    leaves: bool,
}

impl User {
    pub fn held(&self, sku: &str) -> Option<&Held> {
        self.held.iter().find(|held| held.sku == sku)
    }
}

#[derive(Clone, Debug)]
pub struct License {
    pub sku: &'static str,
    pub seats: Option<u64>,
    pub mode: Overage,
    pub requires: Asks,
    pub excludes: Asks,
    pub contains: Asks,
    pub fallback: Option<&'static str>,
    pub rank: i64,
    pub reserved: u64,
    pub over_max: Option<u64>,
    pub reclaims: bool,
}

impl License {
    fn plain(sku: &'static str, seats: Option<u64>, mode: Overage) -> Self {
        Self {
            sku,
            seats,
            mode,
            requires: Vec::new(),
            excludes: Vec::new(),
            contains: Vec::new(),
            fallback: None,
            rank: 0,
            reserved: 0,
            over_max: None,
            reclaims: false,
        }
    }

    fn names(&self, sku: &str) -> bool {
        let lists = [&self.requires, &self.excludes, &self.contains];
        let mut named = lists.into_iter().flatten().chain(&self.fallback);
        named.any(|named| *named == sku)
    }

    fn bind(&mut self, term: &Term) {
        match term {
            Term::Requires(skus) => self.requires.clone_from(skus),
            Term::Excludes(skus) => self.excludes.clone_from(skus),
            Term::Contains(skus) => self.contains.clone_from(skus),
            Term::Fallback(sku) => self.fallback = *sku,
            Term::Rank(rank) => self.rank = *rank,
            Term::Reserved(seats) => self.reserved = *seats,
            Term::OverMax(max) => self.over_max = *max,
            Term::Reclaims(reclaims) => self.reclaims = *reclaims,
        }
    }
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
#[derive(Clone, Debug)]
pub struct Model {
    pub users: Vec<User>,
    pub licenses: Vec<License>,
    /// What happened in the last step.
    pub events: Vec<Event>,
    /// What somebody gets who asks for nothing (contract.md, `licensing.default`).
    pub default: Option<&'static str>,
    /// Whether some users come before others.
    pub has_priorities: bool,
    /// In which order the lines of several licenses are looked at. No page says it, and mostly it
    /// does not matter; where it does, whoever compares may try them all.
    pub order: [&'static str; SKUS.len()],
    now: u64,
}

impl Default for Model {
    fn default() -> Self {
        Self {
            users: Vec::new(),
            licenses: Vec::new(),
            events: Vec::new(),
            default: None,
            has_priorities: false,
            order: SKUS,
            now: 0,
        }
    }
}

/// The priority of a user, and from which on seats are reserved (`wire`, `stage`).
pub const PRIORITIES: [(usize, u8); 2] = [(3, 3), (4, 5)];
pub const RESERVED_PRIORITY: u8 = 5;

impl Model {
    /// Makes it happen. `id` is what a new user would be called.
    pub fn apply(&mut self, act: &Act, now: u64, id: &str) -> Verdict {
        let mut next = self.clone();
        next.now = now;
        let verdict = match act {
            Terms(..) | Bind(..) | Seats(..) | Mode(..) | Remove(..) => next.license(act),
            _ => next.user(act, id),
        };
        match verdict {
            Verdict::Done(_) => {
                next.events = next.happened(self, act.slot());
                *self = next;
            }
            Verdict::Refused(_) => self.events.clear(),
        }
        verdict
    }

    pub fn terms(&self, sku: &str) -> Option<&License> {
        self.licenses.iter().find(|license| license.sku == sku)
    }

    /// Who is in this state, in the order of the line.
    pub fn line(&self, sku: &str, state: State) -> Vec<String> {
        let line = self.places(sku, |it| it == state);
        line.into_iter().map(|(_, _, id)| id).collect()
    }

    fn places(&self, sku: &str, is_meant: impl Fn(State) -> bool) -> Vec<Place> {
        let mut line: Vec<Place> = Vec::new();
        for user in &self.users {
            let held = user.held(sku).filter(|held| is_meant(held.state));
            line.extend(held.map(|held| place(held, &user.id)));
        }
        line.sort();
        line
    }

    pub fn count(&self, sku: &str, state: State) -> u64 {
        self.line(sku, state).len() as u64
    }

    fn user(&mut self, act: &Act, id: &str) -> Verdict {
        let slot = act.slot().unwrap_or(usize::MAX);
        let known = self.users.iter().position(|user| user.slot == slot);
        let before = known.map_or_else(Vec::new, |at| self.wants(&self.users[at]));
        let at = match (act, known) {
            (Create(..), Some(_)) => return Verdict::Refused(409),
            (Create(..), None) => self.enter(slot, id),
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
            Drop(_, sku) => user.asks.retain(|asked| asked != sku),
            DropAll(_) => user.asks.clear(),
            Activate(_, active) => user.active = *active,
            Delete(_) => (user.active, user.leaves) = (false, true),
            _ => {}
        }
        if self.settle(at, &before).is_err() {
            return Verdict::Refused(403);
        }
        match act {
            Create(..) => Verdict::Done(201),
            Delete(_) => {
                self.users.remove(at);
                Verdict::Done(204)
            }
            _ => Verdict::Done(200),
        }
    }

    fn enter(&mut self, slot: usize, id: &str) -> usize {
        self.users.push(User {
            slot,
            id: id.to_owned(),
            active: true,
            asks: Vec::new(),
            held: Vec::new(),
            leaves: false,
        });
        self.users.len() - 1
    }

    /// What a user should have, and because of what: nothing while inactive, and the default where
    /// nothing that they ask for exists.
    fn wants(&self, user: &User) -> Vec<(&'static str, &'static str)> {
        if !user.active {
            return Vec::new();
        }
        let mut wanted: Vec<_> = user.asks.iter().map(|sku| (*sku, "entitlements")).collect();
        if !user.asks.iter().any(|sku| self.terms(sku).is_some()) {
            wanted.extend(self.default.map(|sku| (sku, "default")));
        }
        wanted
    }

    fn license(&mut self, act: &Act) -> Verdict {
        let (Terms(sku, ..) | Bind(sku, _) | Seats(sku, _) | Mode(sku, _) | Remove(sku)) = act
        else {
            return Verdict::Refused(400);
        };
        let known = self.licenses.iter().position(|license| license.sku == *sku);
        match (act, known) {
            (Terms(_, seats, mode), None) => {
                self.licenses.push(License::plain(sku, *seats, *mode));
                self.retermed(sku);
                return Verdict::Done(201);
            }
            (_, None) => return Verdict::Refused(404),
            (Remove(_), Some(at)) => return self.remove(at),
            // A PUT says all of it: what it does not say is as if it had never been said.
            (Terms(_, seats, mode), Some(at)) => {
                self.licenses[at] = License::plain(sku, *seats, *mode);
            }
            (Bind(_, term), Some(at)) => {
                self.licenses[at].bind(term);
                if self.is_amiss(at) {
                    return Verdict::Refused(400);
                }
            }
            (Seats(_, seats), Some(at)) => self.licenses[at].seats = Some(*seats),
            (Mode(_, mode), Some(at)) => self.licenses[at].mode = *mode,
            _ => {}
        }
        self.retermed(sku);
        Verdict::Done(200)
    }

    /// Whether a license names one that does not exist, itself, or leads back to itself.
    fn is_amiss(&self, at: usize) -> bool {
        let sku = self.licenses[at].sku;
        let is_named = |other: &&str| self.licenses[at].names(other);
        let unknown = SKUS
            .into_iter()
            .filter(is_named)
            .any(|other| other == sku || self.terms(other).is_none());
        let mut before = self.direct_predecessors(sku);
        for _ in SKUS {
            let more: Asks = before
                .iter()
                .flat_map(|it| self.direct_predecessors(it))
                .collect();
            before.extend(more);
        }
        unknown || before.contains(&sku)
    }

    fn direct_predecessors(&self, sku: &str) -> Asks {
        let before = SKUS.into_iter().filter(|other| self.precedes(other, sku));
        before.collect()
    }

    /// A license goes when nobody holds it, waits for it, has it kept, and no other names it.
    fn remove(&mut self, at: usize) -> Verdict {
        let sku = self.licenses[at].sku;
        let states = [State::Active, State::Overage, State::Waiting, State::Grace];
        let is_held = states.iter().any(|state| self.count(sku, *state) > 0);
        if is_held || self.licenses.iter().any(|license| license.names(sku)) {
            return Verdict::Refused(409);
        }
        self.licenses.remove(at);
        for (_, _, id) in self.places(sku, State::is_blocked) {
            self.settle_again(&id);
        }
        Verdict::Done(204)
    }

    /// New terms: who is above the limit or waits comes first; then those who asked in vain, who
    /// are additions.
    fn retermed(&mut self, sku: &'static str) {
        self.drain();
        for (_, _, id) in self.places(sku, State::is_in_vain) {
            self.settle_again(&id);
        }
        self.drain();
    }

    /// The difference that a request has made, as it is told.
    fn happened(&self, before: &Self, slot: Option<usize>) -> Vec<Event> {
        let mut events = Vec::new();
        let held_by = |model: &'_ Self, id: &str| {
            let user = model.users.iter().find(|user| user.id == id);
            user.map_or_else(Vec::new, |user| user.held.clone())
        };
        let mut users: Vec<&User> = self.users.iter().collect();
        let is_new = |user: &&User| self.users.iter().all(|it| it.id != user.id);
        users.extend(before.users.iter().filter(is_new));
        for user in users {
            let is_own = slot == Some(user.slot);
            let (was, is) = (held_by(before, &user.id), held_by(self, &user.id));
            for sku in SKUS {
                let find = |held: &[Held]| held.iter().find(|it| it.sku == sku).cloned();
                let told = told(
                    find(&was).map(|it| it.state),
                    find(&is).map(|it| it.state),
                    is_own,
                );
                events.extend(told.map(|(topic, state)| (topic, user.id.clone(), sku, state)));
            }
        }
        events
    }
}

/// The topic of a change, and the state that it tells.
fn told(
    was: Option<State>,
    is: Option<State>,
    is_own: bool,
) -> Option<(&'static str, &'static str)> {
    let Some(is) = is else {
        let gone = was.filter(|was| !was.is_blocked())?;
        return Some(("license.freed", gone.words().0));
    };
    if was == Some(is) {
        return None;
    }
    // Who has waited, or has done nothing, moves up.
    let waits = [State::Overage, State::Waiting, State::Grace];
    let moves = was.is_some_and(|was| waits.contains(&was) || !is_own);
    let topic = match is {
        State::Active | State::Overage if moves => "license.promoted",
        State::Active | State::Overage => "license.granted",
        State::Waiting => "license.waiting",
        State::Grace => "license.kept",
        _ => "license.blocked",
    };
    Some((topic, is.words().0))
}

fn place(held: &Held, id: &str) -> Place {
    (u8::MAX - held.priority, held.since, id.to_owned())
}
