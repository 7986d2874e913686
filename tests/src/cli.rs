//! One run of the command line, and what it said.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;

/// A finished command.
#[derive(Debug)]
pub struct Cli {
    /// As typed.
    pub command: String,
    /// The exit status: 0 done, 1 refused, 2 wrong usage.
    pub status: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Cli {
    /// Runs the binary with these arguments and nothing else.
    pub fn run(binary: &Path, arguments: &[&str]) -> Self {
        let output = Command::new(binary)
            .args(arguments)
            .stdin(Stdio::null())
            .output();
        let output = output.expect("the server binary starts");
        Self {
            command: format!("scimlet {}", arguments.join(" ")),
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }

    /// Fails the test unless the command did what it was told.
    #[track_caller]
    pub fn done(self) -> Self {
        assert_eq!(self.status, 0, "should be done: {self:#?}");
        self
    }

    /// Fails the test unless the command was refused, with a reason of one line. Returns it.
    #[track_caller]
    pub fn refused(&self) -> &str {
        assert_eq!(self.status, 1, "should be refused: {self:#?}");
        let reason = self.stderr.trim_end();
        assert!(
            !reason.is_empty() && !reason.contains('\n'),
            "one line of reason: {self:#?}"
        );
        assert!(
            self.stdout.is_empty(),
            "nothing on standard output: {self:#?}"
        );
        reason
    }

    /// Fails the test unless the command was used wrongly, and help was offered.
    #[track_caller]
    pub fn wrong_usage(&self) {
        assert_eq!(self.status, 2, "should be wrong usage: {self:#?}");
        assert!(!self.stderr.is_empty(), "says what is wrong: {self:#?}");
    }

    /// Standard output as the JSON that `--json` promises.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert_eq!(self.status, 0, "should be done: {self:#?}");
        serde_json::from_str(&self.stdout)
            .unwrap_or_else(|error| panic!("standard output should be JSON ({error}): {self:#?}"))
    }
}
