//! The SQLite backend keeps the contract.

use scimlet_store::contract;
use scimlet_store_sqlite::SqliteBackend;

#[test]
fn the_sqlite_backend_keeps_the_contract() {
    let folder = tempfile::tempdir().unwrap();
    let backend = SqliteBackend::open(&folder.path().join("scimlet.db")).unwrap();
    let failures = contract::failures(&backend);
    assert!(
        failures.is_empty(),
        "{} cases failed:\n{}",
        failures.len(),
        failures.join("\n")
    );
}
