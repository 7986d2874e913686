//! The driver finds a store that keeps the contract, and finds out one that does not.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// The driver, over the memory example with this option.
fn drive(options: &[&str], child: &[&str]) -> Output {
    let driver = Path::new(env!("CARGO_BIN_EXE_scimlet-store-contract"));
    let example: PathBuf = driver.with_file_name("examples").join("memory");
    let mut command = Command::new(driver);
    command.args(options).arg("--").arg(example).args(child);
    command.output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn a_store_that_keeps_the_contract_is_told_so() {
    let output = drive(&[], &[]);
    let said = said(&output);
    assert!(output.status.success(), "{said}");
    let cases = scimlet_store::contract::store_cases().len();
    assert!(
        said.ends_with(&format!("{cases} kept, 0 broken\n")),
        "{said}"
    );
}

#[test]
fn a_broken_promise_is_named() {
    let output = drive(&["--only", "ceiling"], &["--generous"]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("BROKEN  never_exceeds_a_ceiling"), "{said}");
}

#[test]
fn what_dies_with_its_process_was_not_durable() {
    let output = drive(&["--durable", "--only", "killed"], &[]);
    let said = said(&output);
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(
        said.contains("BROKEN  keeps_what_was_acknowledged"),
        "{said}"
    );
}

#[test]
fn a_command_that_does_not_answer_is_no_store() {
    let driver = env!("CARGO_BIN_EXE_scimlet-store-contract");
    let output = Command::new(driver).args(["--", "true"]).output().unwrap();
    assert!(!output.status.success());
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(
        stderr.contains("the first question of all failed"),
        "{stderr}"
    );
}
