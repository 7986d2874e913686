//! The seats of one license while a request is decided: a working copy of its counters, and what
//! the decisions made on it rest on.

use super::{Grant, License, Overage, Stage, State};
use crate::facts::{Adjust, Change};

/// How many counters a license has.
pub const COUNTERS: usize = 7;

/// The counters of a license, in the order of [`Counts`]'s fields.
#[must_use]
pub fn counter_names(id: &str) -> [String; COUNTERS] {
    [
        "active", "overage", "waiting", "grace", "reserved", "held", "alert",
    ]
    .map(|name| format!("license.{name}:{id}"))
}

/// Percentage points below a threshold at which it may be told of again.
const SLACK: u64 = 5;

/// The counters of a license.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Seats taken within the limit; those that are held among them.
    pub active: u64,
    /// Seats taken above the limit; those that are held among them.
    pub overage: u64,
    /// Users in the waitlist.
    pub waiting: u64,
    /// Seats kept for their former holders: free, if somebody wants them.
    pub grace: u64,
    /// Of the active ones, those for whom seats are reserved.
    pub reserved: u64,
    /// Of the active and the overage ones, those that the guard keeps.
    pub held: u64,
    /// The highest threshold that was told of: not a count.
    pub alert: u64,
}

impl From<[u64; COUNTERS]> for Counts {
    fn from(counters: [u64; COUNTERS]) -> Self {
        let [active, overage, waiting, grace, reserved, held, alert] = counters;
        Self {
            active,
            overage,
            waiting,
            grace,
            reserved,
            held,
            alert,
        }
    }
}

impl From<Counts> for [u64; COUNTERS] {
    fn from(counts: Counts) -> Self {
        let Counts {
            active,
            overage,
            waiting,
            grace,
            reserved,
            held,
            alert,
        } = counts;
        [active, overage, waiting, grace, reserved, held, alert]
    }
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
    /// A seat above the limit was there for whoever was given one: `overage <= max`.
    above: bool,
}

/// A working copy of the seats of one license.
#[derive(Clone, Debug)]
pub struct Pool {
    /// Its terms.
    pub license: License,
    /// The counters as they will be.
    pub counts: Counts,
    /// The seats at the moment; none: as many as are asked for.
    pub seats: Option<u64>,
    /// Where the term stands.
    pub stage: Stage,
    /// Seats above the limit, where it lets anybody have them; none: as many as are asked for.
    above: Option<u64>,
    start: Counts,
    premises: Premises,
}

impl Pool {
    /// The pool as the counters have it, at a moment.
    #[must_use]
    pub fn new(license: License, counts: Counts, now: u64) -> Self {
        let seats = license.seats_at(now);
        Self {
            stage: license.stage(now),
            above: license.over_max(seats.unwrap_or(0)),
            seats,
            license,
            counts,
            start: counts,
            premises: Premises::default(),
        }
    }

    /// Whether a seat within the limit can be had by somebody of this priority: one that is free, or
    /// kept for its former holder.
    #[must_use]
    pub fn has_room(&self, priority: u8) -> bool {
        let Some(seats) = self.seats else { return true };
        let kept = if self.is_reserved_for(priority) {
            0
        } else {
            let reserved = self.license.terms.reserved;
            reserved.saturating_sub(self.counts.reserved)
        };
        self.counts.active < seats.saturating_sub(kept)
    }

    /// Whether a seat that is kept for its former holder has to be given up for one more.
    #[must_use]
    pub fn is_crowded(&self) -> bool {
        let taken = self.counts.active.saturating_add(self.counts.grace);
        self.counts.grace > 0 && self.seats.is_some_and(|seats| taken >= seats)
    }

    /// Whether more seats are kept for former holders than there are.
    #[must_use]
    pub fn is_overcrowded(&self) -> bool {
        let taken = self.counts.active.saturating_add(self.counts.grace);
        self.counts.grace > 0 && self.seats.is_some_and(|seats| taken > seats)
    }

    /// Whether a seat above the limit can be had.
    #[must_use]
    pub fn has_room_above(&self) -> bool {
        let allows = matches!(self.license.overage, Overage::Allow | Overage::Grace);
        let within = self.above.is_none_or(|max| self.counts.overage < max);
        allows && within && self.stage == Stage::Open
    }

    /// Whether somebody is in front of a newcomer.
    #[must_use]
    pub fn has_queue(&self) -> bool {
        self.counts.overage > 0 || self.counts.waiting > 0
    }

    /// Whether somebody of this priority is one of those for whom seats are reserved.
    #[must_use]
    pub fn is_reserved_for(&self, priority: u8) -> bool {
        let terms = &self.license.terms;
        terms.reserved > 0 && priority >= terms.reserved_priority
    }

    /// A grant begins.
    pub fn enter(&mut self, grant: &Grant) {
        self.count(grant, |count| *count = count.saturating_add(1));
        match grant.state {
            State::Active => self.premises.room = true,
            State::Overage => {
                self.premises.line = true;
                self.premises.above = true;
            }
            State::Waiting => self.premises.line = true,
            State::Blocked | State::Grace | State::Held => {}
        }
    }

    /// A grant ends.
    pub fn leave(&mut self, grant: &Grant) {
        self.count(grant, |count| *count = count.saturating_sub(1));
    }

    /// A grant becomes another one, of whoever has the seat anyway: nothing rests on that.
    pub fn restate(&mut self, from: &Grant, to: &Grant) {
        self.count(from, |count| *count = count.saturating_sub(1));
        self.count(to, |count| *count = count.saturating_add(1));
    }

    /// Every counter in which a grant counts.
    fn count(&mut self, grant: &Grant, step: impl Fn(&mut u64)) {
        let counts = &mut self.counts;
        match grant.state {
            State::Active => step(&mut counts.active),
            State::Overage => step(&mut counts.overage),
            State::Waiting => step(&mut counts.waiting),
            State::Grace => step(&mut counts.grace),
            State::Held => {
                step(&mut counts.held);
                if grant.over {
                    step(&mut counts.overage);
                } else {
                    step(&mut counts.active);
                }
            }
            State::Blocked => {}
        }
        let is_active = grant.state == State::Active || (grant.state == State::Held && !grant.over);
        if is_active && grant.reserved {
            step(&mut counts.reserved);
        }
    }

    /// The decision rests on the line being as it must be.
    pub fn rests_on_line(&mut self) {
        self.premises.line = true;
    }

    /// A threshold that the seats in use have come to, and that nobody was told of yet. One that was
    /// told of counts as not reached again once use is well below it.
    pub fn alert(&mut self) -> Option<u64> {
        let Some(seats) = self.seats.filter(|seats| *seats > 0) else {
            self.counts.alert = 0;
            return None;
        };
        let used = self.counts.active.saturating_add(self.counts.overage);
        let reaches = |threshold: u64, slack: u64| {
            let share = threshold.saturating_sub(slack).max(1).saturating_mul(seats);
            used.saturating_mul(100) >= share
        };
        let thresholds = || self.license.terms.thresholds.iter().copied();
        let highest = thresholds().filter(|it| reaches(*it, 0)).max().unwrap_or(0);
        let told = self.counts.alert;
        if highest > told {
            self.counts.alert = highest;
            return Some(highest);
        }
        if told > highest && !reaches(told, SLACK) {
            self.counts.alert = highest;
        }
        None
    }

    /// What the commit must do to the counters, and on which conditions.
    pub fn changes(&self) -> impl Iterator<Item = Change> {
        let ranges = if self.is_intricate() {
            self.as_found()
        } else {
            self.ranges()
        };
        let names = counter_names(&self.license.id);
        let was: [u64; COUNTERS] = self.start.into();
        let now: [u64; COUNTERS] = self.counts.into();
        let moved = names.into_iter().zip(was.into_iter().zip(now)).zip(ranges);
        moved.filter_map(|((name, (was, now)), range)| adjust(name, was, now, range))
    }

    /// Whether a decision rests on several counters at once, so that a range of each is not enough.
    fn is_intricate(&self) -> bool {
        let terms = &self.license.terms;
        terms.reserved > 0 || terms.reclaim > 0 || self.start.grace > 0
    }

    /// The counters as they were found.
    pub(super) fn found(&self) -> Counts {
        self.start
    }

    /// Every counter as it was found, if any decision was made.
    fn as_found(&self) -> [(u64, Option<u64>); COUNTERS] {
        let Premises { room, line, above } = self.premises;
        if !(room || line || above) && self.counts == self.start {
            return [(0, None); COUNTERS];
        }
        let now: [u64; COUNTERS] = self.counts.into();
        now.map(|count| (count, Some(count)))
    }

    fn ranges(&self) -> [(u64, Option<u64>); COUNTERS] {
        let Premises { room, line, above } = self.premises;
        let left = line && self.has_room(0);
        let none_waits = left || (line && self.has_room_above() && self.counts.waiting == 0);
        let floor = if line && !left {
            self.seats.unwrap_or(0)
        } else {
            0
        };
        let full = line && self.counts.waiting > 0 && !self.has_room_above();
        let above_floor = self.above.filter(|_| full && self.allows_above());
        let above_ceiling = self.above.filter(|_| above);
        let nobody = |none: bool| none.then_some(0);
        let any = (0, None);
        [
            (floor, if room { self.seats } else { None }),
            (above_floor.unwrap_or(0), nobody(left).or(above_ceiling)),
            (0, nobody(none_waits)),
            any,
            any,
            any,
            // Told once: not by two at a time.
            if self.counts.alert == self.start.alert {
                any
            } else {
                (self.counts.alert, Some(self.counts.alert))
            },
        ]
    }

    fn allows_above(&self) -> bool {
        let allows = matches!(self.license.overage, Overage::Allow | Overage::Grace);
        allows && self.stage == Stage::Open
    }
}

/// One counter's part of the commit; none where nothing moved and nothing rests on it.
fn adjust(name: String, was: u64, now: u64, range: (u64, Option<u64>)) -> Option<Change> {
    let (floor, ceiling) = range;
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
