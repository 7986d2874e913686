//! Requests made up at random, put to both engines. `PROPTEST_CASES` asks for more of them.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use scimlet_tests::inside::DAWN;
use serde_json::Value;

use crate::made_up::{Ask, asks};
use crate::twins::Twins;

const DAY: u64 = 24 * 60 * 60 * 1000;

/// Settings that send a user's wishes through every room of the counting house.
pub const SETTINGS: &str = r#"{
    "licensing": {
        "entitlements": { "map": { "Professional": "pro", "Suite": ["pro", "lite"] } },
        "roles": { "map": { "Admin": "pro" } },
        "attributes": [{ "path": "userType", "map": { "Employee": "lite" } }],
        "rules": [{ "name": "vip", "when": "title sw \"V\" and active eq true", "grant": ["pro"] }],
        "default": ["lite"]
    }
}"#;

pub fn cases(few: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES").ok();
    ProptestConfig {
        cases: asked.and_then(|text| text.parse().ok()).unwrap_or(few),
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Asks one after the other, with the ids that were given out on the way.
fn play(settings: &str, asks: &[Ask]) -> Result<(), TestCaseError> {
    let mut twins = Twins::new(settings);
    let mut ids = [const { Vec::new() }; 3];
    for ask in asks {
        let answer = twins.ask(ask.request(&ids)).map_err(TestCaseError::fail)?;
        let body: Value = serde_json::from_str(&answer.body).unwrap_or_default();
        if answer.status == 201 {
            let kinds = ["User", "Group", "Entitlement"].iter().zip(&mut ids);
            for (_, known) in kinds.filter(|(kind, _)| body["meta"]["resourceType"] == **kind) {
                known.extend(body["id"].as_str().map(str::to_owned));
            }
        }
    }
    // Long enough for every term and every grace that was made up.
    twins.sweep(DAWN + 366 * DAY).map_err(TestCaseError::fail)?;
    twins.part().map_err(TestCaseError::fail)
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn both_answer_chaos_alike(asks in asks(30)) {
        play("{}", &asks)?;
    }

    #[test]
    fn both_answer_chaos_alike_under_settings(asks in asks(30)) {
        play(SETTINGS, &asks)?;
    }
}
