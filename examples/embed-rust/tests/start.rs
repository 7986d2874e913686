//! The program does not start without a secret. What it answers, `check.sh` asks.

use std::process::Command;

#[test]
fn a_program_without_a_secret_says_so() {
    let mut command = Command::new(env!("CARGO_BIN_EXE_scimlet-example-embed"));
    let output = command.env_remove("SECRET").output().unwrap();
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("set `SECRET`"), "{said}");
}
