//! Tables: a line a case. The same tables through the native engine and the component, over every
//! store that needs no server.
//!
//! `SCIMLET_CASE=3.5.2.1 cargo test --workspace --test tables` runs the files of that name only.

mod examples;
mod filter;
mod patch;
mod side;

use std::path::{Path, PathBuf};

/// The files of a table.
fn files(table: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tables")
        .join(table);
    let wanted = std::env::var("SCIMLET_CASE").unwrap_or_default();
    let entries = std::fs::read_dir(&folder).expect("the folder of the table");
    let mut files: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .filter(|path| path.to_string_lossy().contains(&wanted))
        .collect();
    files.sort();
    files
}

/// Fails with all that is wrong.
#[track_caller]
fn none_wrong(cases: usize, wrong: &[String]) {
    assert!(
        wrong.is_empty(),
        "{} of {cases} cases failed\n\n{}\n",
        wrong.len(),
        wrong.join("\n")
    );
    println!("{cases} cases");
}
