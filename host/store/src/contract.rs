//! The suite that every backend passes: the sentences of `wit/store/store.wit` and of the port's
//! own documentation, as named cases.
//!
//! A backend's test calls [`failures`] with a backend that nothing else writes to, and asserts
//! that there are none. Each case works in tenants of its own, so they may run on one backend one
//! after another, and again.

mod claims;
mod counters;
mod desk;
mod edges;
mod find;
mod guards;
mod model;
mod outbox;
mod pages;
mod policies;
mod prune;
mod races;
mod registry;
mod reindex;
mod rows;
mod tenants;
mod walks;

use std::sync::LazyLock;

use crate::Backend;

/// One promise, and how it is checked.
#[derive(Clone, Copy, Debug)]
pub struct Case {
    /// What is promised, as a sentence in snake case.
    pub name: &'static str,
    /// Checks it; the error is a sentence that says what came out instead.
    pub run: fn(&dyn Backend) -> Result<(), String>,
}

/// What became of a case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The case's name.
    pub name: &'static str,
    /// A sentence if it failed.
    pub outcome: Result<(), String>,
}

/// Makes cases of functions, named after them.
macro_rules! promises {
    ($($name:ident),* $(,)?) => {
        &[$($crate::contract::Case { name: stringify!($name), run: $name }),*]
    };
}
use promises;

/// What is promised of one tenant's data: the part that an embedder implements.
static STORE: LazyLock<Vec<Case>> = LazyLock::new(|| {
    [
        rows::CASES,
        reindex::CASES,
        claims::CASES,
        find::CASES,
        pages::CASES,
        walks::CASES,
        edges::CASES,
        counters::CASES,
        guards::CASES,
        outbox::CASES,
        tenants::CASES,
        races::CASES,
    ]
    .concat()
});

static ALL: LazyLock<Vec<Case>> = LazyLock::new(|| {
    [
        STORE.as_slice(),
        prune::CASES,
        registry::CASES,
        policies::CASES,
    ]
    .concat()
});

/// The cases about a tenant's data. The registry is asked for nothing but fresh tenants, so that a
/// platform with a registry of its own can check just its stores. What only a host asks of an outbox
/// is left out as well.
#[must_use]
pub fn store_cases() -> &'static [Case] {
    &STORE
}

/// Every case.
#[must_use]
pub fn cases() -> &'static [Case] {
    &ALL
}

/// Runs every case.
pub fn run(backend: &dyn Backend) -> Vec<Report> {
    let report = |case: &Case| Report {
        name: case.name,
        outcome: (case.run)(backend),
    };
    cases().iter().map(report).collect()
}

/// Runs every case; a line for each that failed.
pub fn failures(backend: &dyn Backend) -> Vec<String> {
    let failed = |report: Report| {
        let sentence = report.outcome.err()?;
        Some(format!("{}: {sentence}", report.name))
    };
    run(backend).into_iter().filter_map(failed).collect()
}
