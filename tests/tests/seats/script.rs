//! What may happen to a tenant's seats, as a script that a person can read.
//!
//! There are five users, `u0` to `u4`, of whom any may not exist at the moment, and three licenses
//! of whom the same is true: what is asked of somebody who is not there must change nothing.

use std::fmt;

use proptest::prelude::*;

pub use Act::{
    Activate, Add, Bind, Create, Delete, Drop, DropAll, License, Mode, Put, Remove, Replace, Seats,
};

/// How many users there are at most.
pub const USERS: usize = 5;

/// The SKUs that are asked for. None of them is a license before somebody says so.
pub const SKUS: [&str; 3] = ["pro", "lite", "ghost"];

/// What happens when no seat is left (contract.md).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Overage {
    Waitlist,
    Deny,
    Allow,
}

impl Overage {
    /// As on the wire.
    pub fn word(self) -> &'static str {
        match self {
            Self::Waitlist => "waitlist",
            Self::Deny => "deny",
            Self::Allow => "allow",
        }
    }
}

/// Licenses that are asked for, in the words of the client: perhaps one twice.
pub type Asks = Vec<&'static str>;

/// One of the further terms of a license (docs/licenses.md), and what it is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    Requires(Asks),
    Excludes(Asks),
    Contains(Asks),
    Fallback(Option<&'static str>),
    Rank(i64),
    /// `reservedSeats`, for the highest priority of these tests.
    Reserved(u64),
    /// `overageMax`.
    OverMax(Option<u64>),
    /// `reclaimGrace`: long enough never to end here, or none.
    Reclaims(bool),
}

/// One request.
#[derive(Clone, PartialEq, Eq)]
pub enum Act {
    /// POST of a user, active or not or without a word about it.
    Create(usize, Option<bool>, Asks),
    /// PUT of a user.
    Put(usize, Option<bool>, Asks),
    /// PATCH: add to the entitlements.
    Add(usize, Asks),
    /// PATCH: replace the entitlements.
    Replace(usize, Asks),
    /// PATCH: remove one entitlement.
    Drop(usize, &'static str),
    /// PATCH: remove all entitlements.
    DropAll(usize),
    /// PATCH: replace `active`.
    Activate(usize, bool),
    /// DELETE of a user.
    Delete(usize),
    /// POST of a license, or PUT where there is one. No seats: unlimited.
    License(&'static str, Option<u64>, Overage),
    /// PATCH of a license's seats.
    Seats(&'static str, u64),
    /// PATCH of a license's overage.
    Mode(&'static str, Overage),
    /// PATCH of one of its further terms.
    Bind(&'static str, Term),
    /// DELETE of a license.
    Remove(&'static str),
}

/// A request, some milliseconds after the one before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    pub after: u64,
    pub act: Act,
}

/// What happens, in this order.
#[derive(Clone, PartialEq, Eq)]
pub struct Script(pub Vec<Step>);

impl Script {
    /// These requests, one each millisecond.
    pub fn ticking(acts: &[Act]) -> Self {
        Self(
            acts.iter()
                .map(|act| Step {
                    after: 1,
                    act: act.clone(),
                })
                .collect(),
        )
    }
}

impl Act {
    /// The user that it is about, if it is about one.
    pub fn slot(&self) -> Option<usize> {
        match self {
            License(..) | Seats(..) | Mode(..) | Bind(..) | Remove(_) => None,
            Create(user, ..)
            | Put(user, ..)
            | Add(user, _)
            | Replace(user, _)
            | Drop(user, _)
            | DropAll(user)
            | Activate(user, _)
            | Delete(user) => Some(*user),
        }
    }
}

impl fmt::Debug for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is = |active: Option<bool>| match active {
            Some(true) => ", active",
            Some(false) => ", inactive",
            None => "",
        };
        match self {
            Create(user, active, asks) => {
                write!(f, "create u{user} asking {asks:?}{}", is(*active))
            }
            Put(user, active, asks) => write!(f, "put u{user} asking {asks:?}{}", is(*active)),
            Add(user, asks) => write!(f, "u{user} asks for {asks:?} as well"),
            Replace(user, asks) => write!(f, "u{user} asks for {asks:?} instead"),
            Drop(user, sku) => write!(f, "u{user} asks no longer for {sku}"),
            DropAll(user) => write!(f, "u{user} asks for nothing"),
            Activate(user, true) => write!(f, "u{user} becomes active"),
            Activate(user, false) => write!(f, "u{user} becomes inactive"),
            Delete(user) => write!(f, "delete u{user}"),
            License(sku, Some(seats), mode) => write!(f, "license {sku}: {seats} seats, {mode:?}"),
            License(sku, None, mode) => write!(f, "license {sku}: unlimited, {mode:?}"),
            Seats(sku, seats) => write!(f, "patch license {sku}: {seats} seats"),
            Mode(sku, mode) => write!(f, "patch license {sku}: {mode:?}"),
            Bind(sku, term) => write!(f, "patch license {sku}: {term:?}"),
            Remove(sku) => write!(f, "remove license {sku}"),
        }
    }
}

impl fmt::Debug for Script {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "script:")?;
        for (number, Step { after, act }) in (1..).zip(&self.0) {
            writeln!(f, "  {number:>2}. +{after} ms  {act:?}")?;
        }
        Ok(())
    }
}

/// Any script of so many steps.
pub fn scripts(steps: usize) -> impl Strategy<Value = Script> {
    prop::collection::vec(step(act()), 1..=steps).prop_map(Script)
}

/// Any script that begins with three licenses, terms that bind them to one another, and users who
/// ask for them. The bonds stay as they are; everything else may change, in so many steps.
pub fn bound_scripts(steps: usize, reserve: Reserve) -> impl Strategy<Value = Script> {
    let licenses = SKUS.map(|sku| {
        (limit(), mode(reserve)).prop_map(move |(limit, mode)| License(sku, limit, mode))
    });
    let keeps = any_sku().prop_map(move |sku| Bind(sku, Term::Reclaims(reserve == Reserve::Keep)));
    let term = prop_oneof![4 => bond(), 1 => amount(reserve), 2 => keeps];
    let asks = prop::collection::vec(any_sku(), 1..4);
    let create = (user(), asks).prop_map(|(user, asks)| Create(user, None, asks));
    let terms = prop::collection::vec(term, 2..6);
    let users = prop::collection::vec(create, 0..8);
    let begin = (licenses, terms, users).prop_map(|(licenses, terms, users)| {
        let acts: Vec<Act> = licenses.into_iter().chain(terms).chain(users).collect();
        Script::ticking(&acts).0
    });
    let rest = prop::collection::vec(step(bound_act(reserve)), 1..=steps);
    (begin, rest).prop_map(|(begin, rest)| Script(begin.into_iter().chain(rest).collect()))
}

/// What happens to seats that are not simply free: who may be refused one, and who keeps one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reserve {
    /// Licenses may refuse; no seat is kept.
    Refuse,
    /// No license refuses; freed seats may be kept for their former holders.
    Keep,
}

fn step(act: impl Strategy<Value = Act>) -> impl Strategy<Value = Step> {
    // Often no time passes, so that many things happen within one millisecond.
    let after = prop_oneof![Just(1), Just(0), Just(7)];
    (after, act).prop_map(|(after, act)| Step { after, act })
}

fn bound_act(reserve: Reserve) -> impl Strategy<Value = Act> {
    prop_oneof![
        10 => user_act(),
        3 => (any_sku(), 0..4_u64).prop_map(|(sku, seats)| Seats(sku, seats)),
        2 => (any_sku(), mode(reserve)).prop_map(|(sku, mode)| Mode(sku, mode)),
        2 => amount(reserve),
    ]
}

/// Terms that bind one license to another.
fn bond() -> impl Strategy<Value = Act> {
    let pairs: Vec<_> = SKUS
        .into_iter()
        .flat_map(|one| SKUS.map(|other| (one, other)))
        .collect();
    let pairs: Vec<_> = pairs
        .into_iter()
        .filter(|(one, other)| one != other)
        .collect();
    let pair = prop::sample::select(pairs);
    (pair, 0..5_usize, -1..3_i64).prop_map(|((one, other), which, rank)| {
        let term = match which {
            0 => Term::Requires(vec![other]),
            1 => Term::Excludes(vec![other]),
            2 => Term::Contains(vec![other]),
            3 => Term::Fallback(Some(other)),
            _ => Term::Rank(rank),
        };
        Bind(one, term)
    })
}

/// Terms that say how many.
fn amount(reserve: Reserve) -> impl Strategy<Value = Act> {
    let keeps = reserve == Reserve::Keep;
    let term = prop_oneof![
        2 => (0..3_u64).prop_map(Term::Reserved),
        2 => prop::option::of(0..3_u64).prop_map(Term::OverMax),
        4 => any::<bool>().prop_map(move |reclaims| Term::Reclaims(reclaims && keeps)),
    ];
    (any_sku(), term).prop_map(|(sku, term)| Bind(sku, term))
}

fn any_sku() -> impl Strategy<Value = &'static str> {
    prop::sample::select(&SKUS[..])
}

fn user_act() -> impl Strategy<Value = Act> {
    let active = prop_oneof![3 => Just(None), 2 => Just(Some(true)), 2 => Just(Some(false))];
    let asks = || prop::collection::vec(any_sku(), 0..4);
    prop_oneof![
        6 => (user(), active.clone(), asks()).prop_map(|(user, active, asks)| Create(user, active, asks)),
        3 => (user(), active, asks()).prop_map(|(user, active, asks)| Put(user, active, asks)),
        3 => (user(), asks()).prop_map(|(user, asks)| Add(user, asks)),
        2 => (user(), asks()).prop_map(|(user, asks)| Replace(user, asks)),
        3 => (user(), any_sku()).prop_map(|(user, sku)| Drop(user, sku)),
        1 => user().prop_map(DropAll),
        4 => (user(), any::<bool>()).prop_map(|(user, active)| Activate(user, active)),
        2 => user().prop_map(Delete),
    ]
}

fn act() -> impl Strategy<Value = Act> {
    let active = prop_oneof![3 => Just(None), 2 => Just(Some(true)), 2 => Just(Some(false))];
    prop_oneof![
        6 => (user(), active.clone(), asks()).prop_map(|(user, active, asks)| Create(user, active, asks)),
        3 => (user(), active, asks()).prop_map(|(user, active, asks)| Put(user, active, asks)),
        3 => (user(), asks()).prop_map(|(user, asks)| Add(user, asks)),
        2 => (user(), asks()).prop_map(|(user, asks)| Replace(user, asks)),
        2 => (user(), sku()).prop_map(|(user, sku)| Drop(user, sku)),
        1 => user().prop_map(DropAll),
        4 => (user(), any::<bool>()).prop_map(|(user, active)| Activate(user, active)),
        2 => user().prop_map(Delete),
        5 => (sku(), limit(), mode(Reserve::Refuse)).prop_map(|(sku, limit, mode)| License(sku, limit, mode)),
        3 => (sku(), 0..4_u64).prop_map(|(sku, seats)| Seats(sku, seats)),
        2 => (sku(), mode(Reserve::Refuse)).prop_map(|(sku, mode)| Mode(sku, mode)),
        1 => sku().prop_map(Remove),
    ]
}

fn user() -> impl Strategy<Value = usize> {
    0..USERS
}

fn sku() -> impl Strategy<Value = &'static str> {
    // The first one most often: that is where it gets tight.
    prop_oneof![4 => Just(SKUS[0]), 1 => Just(SKUS[1]), 1 => Just(SKUS[2])]
}

fn asks() -> impl Strategy<Value = Asks> {
    prop::collection::vec(sku(), 0..4)
}

fn limit() -> impl Strategy<Value = Option<u64>> {
    prop_oneof![9 => (0..4_u64).prop_map(Some), 1 => Just(None)]
}

fn mode(reserve: Reserve) -> impl Strategy<Value = Overage> {
    let refuses = match reserve {
        Reserve::Refuse => Overage::Deny,
        Reserve::Keep => Overage::Waitlist,
    };
    prop_oneof![
        3 => Just(Overage::Waitlist),
        2 => Just(refuses),
        2 => Just(Overage::Allow),
    ]
}
