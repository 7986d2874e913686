//! Copies of the file, and what may be done to them.

use scimlet_store::{Backend, Registry};
use scimlet_store_sqlite::{SqliteBackend, copy};

#[test]
fn a_copy_is_the_file_as_it_was() {
    let folder = tempfile::tempdir().unwrap();
    let (file, other) = (folder.path().join("a.db"), folder.path().join("b.db"));
    let original = SqliteBackend::open(&file).unwrap();
    assert!(original.create_tenant("acme", "{}", 1).unwrap());

    let mut last = None;
    copy(&file, &other, &mut |copied| last = Some(copied)).unwrap();
    let last = last.unwrap();
    assert_eq!(last.done, last.total);

    let scratch = SqliteBackend::open_scratch(&other).unwrap();
    assert!(scratch.create_tenant("globex", "{}", 1).unwrap());
    assert!(original.create_tenant("initech", "{}", 1).unwrap());
    let names = |backend: &SqliteBackend| {
        let tenants = backend.registry().tenants().unwrap();
        tenants
            .into_iter()
            .map(|tenant| tenant.name)
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&scratch), ["acme", "globex"]);
    assert_eq!(names(&original), ["acme", "initech"]);
}

#[test]
fn nothing_is_copied_from_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let (file, other) = (folder.path().join("a.db"), folder.path().join("b.db"));
    assert!(copy(&file, &other, &mut |_| ()).is_err());
}
