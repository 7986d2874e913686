//! The server as a process: started, listened to, stopped, killed by its own pid.

use std::io::{BufRead as _, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use crate::leash;

/// The first start of a debug build compiles the component; later ones find it in the cache.
const START_LIMIT: Duration = Duration::from_mins(2);
/// Longer than any request a test has in flight when it asks the server to stop.
const STOP_LIMIT: Duration = Duration::from_secs(40);

/// What a process has printed so far, one entry a line.
pub type Lines = Arc<Mutex<Vec<String>>>;

/// A running server.
#[derive(Debug)]
pub struct Server {
    child: Child,
    /// `http://127.0.0.1:PORT`, as it says itself.
    pub origin: String,
    /// Standard output so far.
    pub stdout: Lines,
    /// Standard error so far: the logs.
    pub stderr: Lines,
}

impl Server {
    /// Starts `scimlet serve` with these arguments and waits for it to say where it listens.
    /// `remove_at_end` is removed by the server when its test has ended.
    pub fn start(binary: &Path, arguments: &[String], remove_at_end: Option<&Path>) -> Self {
        let mut command = Command::new(binary);
        command.arg("serve").args(arguments);
        command.env(leash::VARIABLE, remove_at_end.unwrap_or(Path::new("")));
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the server binary starts");
        let (said, lines) = mpsc::channel();
        let stdout = drain(
            child.stdout.take().expect("standard output is piped"),
            Some(said),
        );
        let stderr = drain(child.stderr.take().expect("standard error is piped"), None);
        let origin = wait_for_address(&lines, &mut child, &stderr);
        Self {
            child,
            origin,
            stdout,
            stderr,
        }
    }

    /// The process id, for `/proc` and signals.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal by name (`TERM`, `INT`, `KILL`) to this process only.
    pub fn signal(&self, name: &str) {
        let status = Command::new("kill")
            .arg(format!("-{name}"))
            .arg(self.pid().to_string())
            .status();
        assert!(
            status.expect("`kill` runs").success(),
            "signal {name} to {}",
            self.pid()
        );
    }

    /// Waits for the process to end by itself.
    #[track_caller]
    pub fn wait(&mut self) -> ExitStatus {
        let deadline = Instant::now() + STOP_LIMIT;
        loop {
            if let Some(status) = self.child.try_wait().expect("the child can be waited for") {
                return status;
            }
            assert!(
                Instant::now() < deadline,
                "the server should have stopped by now"
            );
            std::thread::sleep(Duration::from_millis(10));
        }
    }

    /// `kill -9`, as a power cut would.
    pub fn kill(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            self.signal("TERM");
            let patience = Instant::now() + Duration::from_secs(10);
            while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < patience {
                std::thread::sleep(Duration::from_millis(5));
            }
            self.kill();
        }
    }
}

/// Reads all lines as they come, so that the process never waits for a full pipe.
fn drain(source: impl Read + Send + 'static, tell: Option<mpsc::Sender<String>>) -> Lines {
    let lines = Lines::default();
    let kept = Arc::clone(&lines);
    std::thread::spawn(move || {
        for line in BufReader::new(source).split(b'\n').map_while(Result::ok) {
            let line = String::from_utf8_lossy(&line).into_owned();
            if let Some(tell) = &tell {
                let _ = tell.send(line.clone());
            }
            kept.lock()
                .expect("no panic while reading lines")
                .push(line);
        }
    });
    lines
}

fn wait_for_address(lines: &Receiver<String>, child: &mut Child, stderr: &Lines) -> String {
    let deadline = Instant::now() + START_LIMIT;
    while let Ok(line) = lines.recv_timeout(deadline.saturating_duration_since(Instant::now())) {
        if let Some(address) = line.strip_prefix("listening on ") {
            return address.trim().to_owned();
        }
    }
    let status = child.try_wait();
    let _ = child.kill();
    std::thread::sleep(Duration::from_millis(50));
    let log = stderr
        .lock()
        .expect("no panic while reading lines")
        .join("\n");
    panic!("the server never said `listening on …` ({status:?}); its standard error:\n{log}");
}
