//! Random scripts, one request after the other, compared with the model after each.
//! `PROPTEST_CASES` asks for more of them.

use std::sync::Arc;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;
use scimlet_store::Backend;
use scimlet_store::memory::MemoryBackend;
use scimlet_store_sqlite::SqliteBackend;

use crate::script::{Reserve, Script, bound_scripts, scripts};
use crate::stage::Stage;

/// So many cases, unless the environment says otherwise. What fails is kept by hand, in `kept`.
fn cases(few: u32) -> ProptestConfig {
    let asked = std::env::var("PROPTEST_CASES")
        .ok()
        .and_then(|text| text.parse().ok());
    ProptestConfig {
        cases: asked.unwrap_or(few),
        failure_persistence: None,
        max_shrink_iters: 4000,
        ..ProptestConfig::default()
    }
}

fn judge(stage: &mut Stage, script: &Script) -> Result<(), TestCaseError> {
    stage.play(script).map_err(TestCaseError::fail)
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn seats_go_as_the_model_says(script in scripts(25)) {
        let store = Arc::new(MemoryBackend::new().tenant_store("t"));
        judge(&mut Stage::native(store, None), &script)?;
    }
}

proptest! {
    #![proptest_config(cases(60))]

    #[test]
    fn seats_go_as_the_model_says_where_all_get_a_default(script in scripts(25)) {
        let store = Arc::new(MemoryBackend::new().tenant_store("t"));
        judge(&mut Stage::native(store, Some("pro")), &script)?;
    }
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn seats_go_as_the_model_says_through_the_component_on_sqlite(script in scripts(20)) {
        let folder = tempfile::tempdir().expect("a folder");
        let backend = SqliteBackend::open(&folder.path().join("t.db")).expect("a database");
        let store = backend.store("t").expect("a store");
        judge(&mut Stage::component(store), &script)?;
    }
}

proptest! {
    #![proptest_config(cases(200))]

    #[test]
    fn licenses_that_are_bound_to_others_go_as_the_model_says(
        script in bound_scripts(20, Reserve::Refuse),
    ) {
        let store = Arc::new(MemoryBackend::new().tenant_store("t"));
        judge(&mut Stage::with_priorities(store), &script)?;
    }

    #[test]
    fn seats_that_are_kept_go_as_the_model_says(script in bound_scripts(20, Reserve::Keep)) {
        let store = Arc::new(MemoryBackend::new().tenant_store("t"));
        judge(&mut Stage::with_priorities(store), &script)?;
    }
}

proptest! {
    #![proptest_config(cases(10))]

    #[test]
    fn licenses_that_are_bound_go_as_the_model_says_through_the_component_on_sqlite(
        script in bound_scripts(20, Reserve::Keep),
    ) {
        let folder = tempfile::tempdir().expect("a folder");
        let backend = SqliteBackend::open(&folder.path().join("t.db")).expect("a database");
        let store = backend.store("t").expect("a store");
        judge(&mut Stage::component_with_priorities(store), &script)?;
    }
}
