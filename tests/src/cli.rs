//! One run of the command line, and what it said.

use std::io::Read;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

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

/// Longer than any command takes, the first compilation of the component included.
const LIMIT: Duration = Duration::from_mins(2);

impl Cli {
    /// Runs the binary with these arguments and nothing else.
    #[track_caller]
    pub fn run(binary: &Path, arguments: &[&str]) -> Self {
        let mut command = Command::new(binary);
        command.args(arguments).stdin(Stdio::null());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server binary starts");
        let stdout = read(child.stdout.take().expect("standard output is piped"));
        let stderr = read(child.stderr.take().expect("standard error is piped"));
        let command = format!("scimlet {}", arguments.join(" "));
        let status = wait(&mut child, &command);
        let text = |pipe: JoinHandle<String>| pipe.join().expect("a pipe is read to its end");
        Self {
            command,
            status,
            stdout: text(stdout),
            stderr: text(stderr),
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

fn read(mut pipe: impl Read + Send + 'static) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).expect("a pipe can be read");
        String::from_utf8(bytes).expect("a command says UTF-8")
    })
}

/// A command that never ends would hang the tests; it is ended instead.
#[track_caller]
fn wait(child: &mut Child, command: &str) -> i32 {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(status) = child.try_wait().expect("the child can be waited for") {
            return status.code().unwrap_or(-1);
        }
        if Instant::now() > deadline {
            let _ = child.kill();
            panic!("`{command}` should have ended by now");
        }
        std::thread::sleep(Duration::from_millis(2));
    }
}
