//! Opening, closing and upgrading the file.

use scimlet_store::{Backend, Failure, Registry};
use scimlet_store_sqlite::SqliteBackend;

#[test]
fn data_is_there_when_the_file_is_opened_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scimlet.db");
    let backend = SqliteBackend::open(&path).unwrap();
    assert!(backend.create_tenant("acme", "{}", 1).unwrap());
    drop(backend);
    let backend = SqliteBackend::open(&path).unwrap();
    assert_eq!(backend.tenants().unwrap().len(), 1);
}

#[test]
fn another_handle_sees_the_registry_change_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scimlet.db");
    let (one, two) = (
        SqliteBackend::open(&path).unwrap(),
        SqliteBackend::open(&path).unwrap(),
    );
    assert!(one.create_tenant("acme", "{}", 1).unwrap());
    assert!(two.replace_settings("acme", "{\"a\":1}", 1).unwrap());
    assert_eq!(one.tenant("acme").unwrap().unwrap().revision, 2);
    assert!(!one.replace_settings("acme", "{}", 1).unwrap());
    assert!(!two.create_tenant("acme", "{}", 1).unwrap());
}

#[test]
fn a_file_from_before_policies_is_brought_up_to_date() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scimlet.db");
    let file = rusqlite::Connection::open(&path).unwrap();
    file.execute_batch(include_str!("../migrations/0001_store.sql"))
        .unwrap();
    file.execute_batch("INSERT INTO tenant VALUES ('acme', '{}', 7, 1); PRAGMA user_version = 1;")
        .unwrap();
    drop(file);
    let backend = SqliteBackend::open(&path).unwrap();
    let tenant = backend.tenant("acme").unwrap().unwrap();
    assert_eq!((tenant.revision, tenant.policy), (7, None));
    assert!(backend.installs("acme").unwrap().is_empty());
}

#[test]
fn a_file_of_a_newer_version_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scimlet.db");
    drop(SqliteBackend::open(&path).unwrap());
    let file = rusqlite::Connection::open(&path).unwrap();
    file.pragma_update(None, "user_version", 99).unwrap();
    drop(file);
    let Err(Failure::Other(text)) = SqliteBackend::open(&path) else {
        panic!("it was opened");
    };
    assert!(
        text.contains("version 99") && text.contains("newer scimlet"),
        "{text}"
    );
}

#[test]
fn a_folder_that_is_missing_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("missing").join("scimlet.db");
    let Err(Failure::Unavailable(text)) = SqliteBackend::open(&path) else {
        panic!("it was opened");
    };
    assert!(text.contains("missing"), "{text}");
}

#[test]
fn a_file_that_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scimlet.db");
    std::fs::write(
        &path,
        "no database at all, but long enough to look at".repeat(100),
    )
    .unwrap();
    assert!(matches!(SqliteBackend::open(&path), Err(Failure::Other(_))));
}

#[test]
fn a_commit_after_the_backend_is_gone_is_unavailable() {
    let folder = tempfile::tempdir().unwrap();
    let backend = SqliteBackend::open(&folder.path().join("scimlet.db")).unwrap();
    let store = backend.store("acme").unwrap();
    store.commit(&[]).unwrap();
    drop(backend);
    assert!(matches!(store.commit(&[]), Err(Failure::Unavailable(_))));
    assert_eq!(store.counters(&["n".to_owned()]).unwrap(), [0]);
}

#[test]
fn two_processes_may_create_the_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    for round in 0..10 {
        let path = folder.path().join(format!("{round}.db"));
        std::thread::scope(|scope| {
            for number in 0..4 {
                let path = &path;
                scope.spawn(move || {
                    let backend = SqliteBackend::open(path).unwrap();
                    assert!(
                        backend
                            .create_tenant(&format!("t{number}"), "{}", 1)
                            .unwrap()
                    );
                });
            }
        });
        assert_eq!(
            SqliteBackend::open(&path).unwrap().tenants().unwrap().len(),
            4
        );
    }
}
