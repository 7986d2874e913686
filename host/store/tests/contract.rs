//! The in-memory backend keeps the contract.

use scimlet_store::contract;
use scimlet_store::memory::MemoryBackend;

#[test]
fn the_memory_backend_keeps_the_contract() {
    let failures = contract::failures(&MemoryBackend::new());
    assert!(
        failures.is_empty(),
        "{} cases failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
}

#[test]
fn the_suite_can_run_again_on_the_same_data() {
    let backend = MemoryBackend::new();
    assert_eq!(contract::failures(&backend), Vec::<String>::new());
    assert_eq!(contract::failures(&backend), Vec::<String>::new());
}

#[test]
fn case_names_are_unique() {
    let mut names: Vec<_> = contract::cases().iter().map(|case| case.name).collect();
    names.sort_unstable();
    let count = names.len();
    names.dedup();
    assert_eq!(names.len(), count);
}
