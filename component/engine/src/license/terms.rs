//! What a license says beyond the number of its seats (docs/licenses.md, "Terms of a license").

use serde::{Deserialize, Serialize};

use super::License;
use super::grant::{TERM_NOT_BEGUN, TERM_OVER};

/// A lot of seats with a term of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lot {
    /// Its name; empty for that of a license without pools.
    pub id: String,
    /// None: unlimited.
    pub seats: Option<u64>,
    /// When it begins, in milliseconds since 1970; none: long ago.
    pub from: Option<u64>,
    /// When its term ends; none: never.
    pub until: Option<u64>,
    /// Milliseconds that its seats may be used beyond the term.
    pub grace: u64,
}

impl Lot {
    /// When its seats end.
    #[must_use]
    pub fn end(&self) -> Option<u64> {
        self.until.map(|until| until.saturating_add(self.grace))
    }

    /// Whether its seats may be used.
    #[must_use]
    pub fn is_open(&self, now: u64) -> bool {
        self.has_begun(now) && self.end().is_none_or(|end| now < end)
    }

    fn has_begun(&self, now: u64) -> bool {
        self.from.is_none_or(|from| from <= now)
    }
}

/// What happens to those above the limit when seats end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AfterTerm {
    /// They stay.
    #[default]
    Keep,
    /// They lose the seat.
    End,
}

/// The terms of a license that most have none of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub struct Terms {
    /// Lots of seats; empty: there is the license's own number only.
    pub pools: Vec<Lot>,
    /// When the license begins, where it has no pools.
    pub from: Option<u64>,
    /// When its term ends.
    pub until: Option<u64>,
    /// Milliseconds beyond the term.
    pub grace: u64,
    /// What happens to those above the limit when seats end.
    pub after: AfterTerm,
    /// Seats above the limit at most.
    pub over_max: Option<u64>,
    /// The same as a share of the seats, in percent.
    pub over_percent: Option<u64>,
    /// Milliseconds that a seat above the limit lasts, with `Overage::Grace`.
    pub over_grace: u64,
    /// SKUs that the user must be granted as well.
    pub requires: Vec<String>,
    /// SKUs that no user may hold beside it.
    pub excludes: Vec<String>,
    /// SKUs that come with it.
    pub contains: Vec<String>,
    /// The SKU for those who do not get this one.
    pub fallback: Option<String>,
    /// Which of two that exclude one another wins: the higher.
    pub rank: i64,
    /// Seats for users of some priority only.
    pub reserved: u64,
    /// That priority, or more.
    pub reserved_priority: u8,
    /// Milliseconds that a freed seat is kept for its former holder.
    pub reclaim: u64,
    /// Percentages of the seats that are worth an event.
    pub thresholds: Vec<u64>,
}

/// Two weeks.
const OVER_GRACE: u64 = 14 * 24 * 60 * 60 * 1000;

impl Default for Terms {
    fn default() -> Self {
        Self {
            pools: Vec::new(),
            from: None,
            until: None,
            grace: 0,
            after: AfterTerm::Keep,
            over_max: None,
            over_percent: None,
            over_grace: OVER_GRACE,
            requires: Vec::new(),
            excludes: Vec::new(),
            contains: Vec::new(),
            fallback: None,
            rank: 0,
            reserved: 0,
            reserved_priority: 1,
            reclaim: 0,
            thresholds: vec![80, 90, 100],
        }
    }
}

impl Terms {
    /// Whether there are none beyond the usual.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        *self == Self::default()
    }

    /// The SKUs that it names.
    pub fn named(&self) -> impl Iterator<Item = &String> {
        let lists = [&self.requires, &self.excludes, &self.contains];
        lists.into_iter().flatten().chain(&self.fallback)
    }

    /// Whether two say the same of how licenses depend on one another.
    #[must_use]
    pub fn relates_as(&self, other: &Self) -> bool {
        self.requires == other.requires
            && self.excludes == other.excludes
            && self.contains == other.contains
            && self.fallback == other.fallback
            && self.rank == other.rank
    }
}

/// Where the term of a license stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// No seat can be used yet.
    NotBegun,
    /// There are seats, or none by number alone.
    Open,
    /// No seat can be used any more.
    Over,
}

impl License {
    /// Its lots of seats: its pools, or else its own number as one.
    #[must_use]
    pub fn lots(&self) -> Vec<Lot> {
        let terms = &self.terms;
        if !terms.pools.is_empty() {
            return terms.pools.clone();
        }
        vec![Lot {
            id: String::new(),
            seats: self.seats,
            from: terms.from,
            until: terms.until,
            grace: terms.grace,
        }]
    }

    /// The seats at a moment; none: as many as are asked for.
    #[must_use]
    pub fn seats_at(&self, now: u64) -> Option<u64> {
        let lots = self.lots();
        let mut open = lots.iter().filter(|lot| lot.is_open(now));
        open.try_fold(0_u64, |sum, lot| Some(sum.saturating_add(lot.seats?)))
    }

    /// Where its term stands.
    #[must_use]
    pub fn stage(&self, now: u64) -> Stage {
        let lots = self.lots();
        if lots.iter().any(|lot| lot.is_open(now)) {
            Stage::Open
        } else if lots.iter().any(|lot| !lot.has_begun(now)) {
            Stage::NotBegun
        } else {
            Stage::Over
        }
    }

    /// Why nobody can be given a seat whatever their number, if that is so: it stands in no document,
    /// since it comes and goes by itself.
    #[must_use]
    pub fn out_of_term(&self, now: u64) -> Option<&'static str> {
        match self.stage(now) {
            Stage::NotBegun => Some(TERM_NOT_BEGUN),
            Stage::Open => None,
            Stage::Over => Some(TERM_OVER),
        }
    }

    /// The moments at which its seats change.
    #[must_use]
    pub fn turns(&self) -> Vec<u64> {
        let lots = self.lots();
        let turns = lots.iter().flat_map(|lot| [lot.from, lot.end()]);
        turns.flatten().collect()
    }

    /// How many seats there may be above so many; none: no bound.
    #[must_use]
    pub fn over_max(&self, seats: u64) -> Option<u64> {
        let terms = &self.terms;
        let share = terms
            .over_percent
            .map(|percent| seats.saturating_mul(percent).div_ceil(100));
        match (terms.over_max, share) {
            (Some(max), Some(share)) => Some(max.min(share)),
            (max, share) => max.or(share),
        }
    }

    /// Whether no user may hold both.
    #[must_use]
    pub fn excludes(&self, other: &Self) -> bool {
        self.terms.excludes.contains(&other.sku) || other.terms.excludes.contains(&self.sku)
    }

    /// Whether this one is to be settled before the other: the other requires it, comes with it, or
    /// stands in for it.
    #[must_use]
    pub fn precedes(&self, other: &Self) -> bool {
        other.terms.requires.contains(&self.sku)
            || self.terms.contains.contains(&other.sku)
            || self.terms.fallback.as_ref() == Some(&other.sku)
    }
}
