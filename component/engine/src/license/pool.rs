//! The seats of one license while a request is decided: a working copy of three counters, and
//! what the decisions made on it rest on.

use super::{License, State};
use crate::facts::{Adjust, Change};

/// The counters of a license, in the order of [`Pool`]'s fields.
#[must_use]
pub fn counter_names(id: &str) -> [String; 3] {
    ["active", "overage", "waiting"].map(|name| format!("license.{name}:{id}"))
}

/// What a commit takes for granted about a pool.
///
/// Each becomes a range of a counter as it will be after the commit, so others may move the
/// counter meanwhile as long as the decision would have been the same.
#[derive(Clone, Copy, Debug, Default)]
struct Premises {
    /// A seat was there for whoever was given one: `active <= seats`.
    room: bool,
    /// The line is as it must be: where a seat is left nobody is in it (`overage` and `waiting`
    /// are 0), and else `active >= seats`.
    line: bool,
    /// Nobody waits: `waiting` is 0.
    nobody_waits: bool,
}

/// A working copy of the seats of one license.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its terms.
    pub license: License,
    /// Seats taken within the limit.
    pub active: u64,
    /// Seats taken above the limit.
    pub overage: u64,
    /// Users in the waitlist.
    pub waiting: u64,
    start: [u64; 3],
    premises: Premises,
}

impl Pool {
    /// The pool as the counters have it.
    #[must_use]
    pub fn new(license: License, counters: [u64; 3]) -> Self {
        let [active, overage, waiting] = counters;
        Self {
            license,
            active,
            overage,
            waiting,
            start: counters,
            premises: Premises::default(),
        }
    }

    /// Whether a seat within the limit is free.
    #[must_use]
    pub fn has_room(&self) -> bool {
        self.license.seats.is_none_or(|seats| self.active < seats)
    }

    /// Whether somebody is in front of a newcomer.
    #[must_use]
    pub fn has_queue(&self) -> bool {
        self.overage > 0 || self.waiting > 0
    }

    /// One user more in this state.
    pub fn enter(&mut self, state: State) {
        match state {
            State::Active => {
                self.active += 1;
                self.premises.room = true;
            }
            State::Overage => {
                self.overage += 1;
                self.premises.line = true;
            }
            State::Waiting => {
                self.waiting += 1;
                self.premises.line = true;
            }
            State::Blocked => {}
        }
    }

    /// One user less in this state.
    pub fn leave(&mut self, state: State) {
        match state {
            State::Active => self.active = self.active.saturating_sub(1),
            State::Overage => self.overage = self.overage.saturating_sub(1),
            State::Waiting => self.waiting = self.waiting.saturating_sub(1),
            State::Blocked => {}
        }
    }

    /// The decision rests on the line being as it must be.
    pub fn rests_on_line(&mut self) {
        self.premises.line = true;
    }

    /// The decision leaves nobody in the waitlist.
    pub fn rests_on_nobody_waiting(&mut self) {
        self.premises.nobody_waits = true;
    }

    /// What the commit must do to the counters, and on which conditions.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        let Premises {
            room,
            line,
            nobody_waits,
        } = self.premises;
        let seats = self.license.seats;
        let left = line && self.has_room();
        let floor = if line && !left { seats.unwrap_or(0) } else { 0 };
        let ceiling = if room { seats } else { None };
        let nobody = |none: bool| none.then_some(0);
        let [active, overage, waiting] = counter_names(&self.license.id);
        let [was_active, was_overage, was_waiting] = self.start;
        [
            adjust(active, was_active, self.active, floor, ceiling),
            adjust(overage, was_overage, self.overage, 0, nobody(left)),
            adjust(
                waiting,
                was_waiting,
                self.waiting,
                0,
                nobody(left || nobody_waits),
            ),
        ]
        .into_iter()
        .flatten()
    }
}

/// One counter's part of the commit; none where nothing moved and nothing rests on it.
fn adjust(name: String, was: u64, now: u64, floor: u64, ceiling: Option<u64>) -> Option<Change> {
    let delta = i64::try_from(i128::from(now) - i128::from(was)).unwrap_or(0);
    if delta == 0 && floor == 0 && ceiling.is_none() {
        return None;
    }
    Some(Change::Adjust(Adjust {
        name,
        delta,
        floor,
        ceiling,
    }))
}
