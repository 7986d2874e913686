//! The real server as a process, on a data folder, started in release mode and ended again.

use std::fs::File;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Cli, leash};

use super::client::Client;
use super::machine;

/// Ticks of `/proc/PID/stat` in a second: fixed by the kernel's interface.
const TICK: Duration = Duration::from_millis(10);

/// A running server.
pub(super) struct Served {
    child: Child,
    /// Held open: the server would fail to print into a closed pipe.
    _said: BufReader<ChildStdout>,
    /// `127.0.0.1:PORT`.
    pub(super) address: String,
}

impl Served {
    /// Starts it on a folder and waits for it to say where it listens. The log goes to a file, as
    /// in production it goes to a collector: nobody waits for it.
    pub(super) fn start(data: &Path) -> Self {
        Self::start_with(data, &[])
    }

    /// The same with more options.
    pub(super) fn start_with(data: &Path, options: &[&str]) -> Self {
        let log = File::create(data.join("log.txt")).expect("a log file");
        let mut command = Command::new(machine::server_binary());
        command.args(["serve", "--listen", "127.0.0.1:0", "--data"]);
        command.arg(data).args(options).env(leash::VARIABLE, "");
        command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(log);
        let mut child = command.spawn().expect("the server starts");
        let mut said = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        said.read_line(&mut line).expect("the server says a line");
        let address = line.trim_end().strip_prefix("listening on http://");
        let address = address.expect("the server listens").to_owned();
        Self {
            child,
            _said: said,
            address,
        }
    }

    /// A connection to it.
    pub(super) fn client(&self, token: &str) -> Client {
        Client::connect(&self.address, token)
    }

    /// `/proc/PID`, as a number.
    pub(super) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Memory in use, in MB (of 10^6 bytes).
    pub(super) fn memory(&self) -> f64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid()));
        let status = status.expect("the server runs");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
        let kilobytes = line.and_then(|rest| rest.split_whitespace().next());
        let kilobytes: f64 = kilobytes.and_then(|k| k.parse().ok()).expect("a number");
        kilobytes * 1024.0 / 1e6
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let pid = self.pid().to_string();
        let _ = Command::new("kill").args(["-TERM", &pid]).status();
        let patience = Instant::now() + Duration::from_secs(15);
        while matches!(self.child.try_wait(), Ok(None)) && Instant::now() < patience {
            std::thread::sleep(Duration::from_millis(5));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Processor time that a process has used so far: `self`, or a number.
pub(super) fn processor_time(process: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("it runs");
    // The name stands in parentheses and may hold spaces; utime and stime are fields 14 and 15.
    let rest = stat.rsplit_once(')').expect("a name in parentheses").1;
    let fields = rest.split_whitespace().skip(11).take(2);
    let ticks: u32 = fields.filter_map(|field| field.parse::<u32>().ok()).sum();
    TICK * ticks
}

/// Makes the tenant `bench` with the license on a data folder, by command line; its token.
pub(super) fn found_tenant(data: &Path) -> String {
    let data = data.to_str().expect("an ASCII path");
    let binary = machine::server_binary();
    let command = ["tenant", "create", "bench", "--json", "--data", data];
    let made = Cli::run(&binary, &command).json();
    let license = ["license", "set", "--tenant", "bench", "basic"];
    let seats = ["--seats", "unlimited", "--data", data];
    Cli::run(&binary, &[&license[..], &seats].concat()).done();
    made["token"].as_str().expect("a token").to_owned()
}
