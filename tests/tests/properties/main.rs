//! What holds for whatever a client sends: one property a file. The engine natively and inside the
//! component, over the stores that need no server.
//!
//! The requests look like chance and are the same in every run. `PROPTEST_RNG_SEED` makes others,
//! `PROPTEST_CASES` more of them.

mod accounts;
mod filter;
mod large;
mod law;
mod listing;
mod made_up;
mod mapping;
mod patch;
mod put;
mod side;
mod town;
mod walk;

use proptest::prelude::ProptestConfig;
use proptest::test_runner::RngSeed;

/// So many cases, the same in every run, unless the environment says otherwise.
fn cases(few: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok();
    let default = ProptestConfig::default();
    ProptestConfig {
        cases: asked.and_then(|text| text.parse().ok()).unwrap_or(few),
        failure_persistence: None,
        rng_seed: match default.rng_seed {
            RngSeed::Random => RngSeed::Fixed(7644),
            said @ RngSeed::Fixed(_) => said,
        },
        ..default
    }
}
