//! One server with its data folder, and the people outside.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use tempfile::TempDir;

use crate::actor::{Actor, Wire};
use crate::server::Server;
use crate::{Cli, Tenant};

/// A running server on a free port with a data folder of its own.
#[derive(Debug)]
pub struct World {
    binary: PathBuf,
    options: Vec<String>,
    /// The process; `None` after [`World::stop`] or [`World::kill`].
    server: Option<Server>,
    wire: Wire,
    tenants: AtomicUsize,
    data: TempDir,
}

impl World {
    /// The one server of this test process, started on first use. Ended by the leash.
    pub fn shared(binary: &Path) -> &'static Self {
        static SHARED: OnceLock<World> = OnceLock::new();
        SHARED.get_or_init(|| {
            let data = new_folder(binary);
            let leashed = Some(data.path().to_owned());
            Self::start_in(binary, data, &[], leashed.as_deref(), Wire::plain())
        })
    }

    /// A server of the caller's own, stopped when dropped.
    pub fn private(binary: &Path, options: &[&str]) -> Self {
        Self::start_in(binary, new_folder(binary), options, None, Wire::plain())
    }

    /// As [`World::private`], but spoken to over this wire: TLS, say.
    pub fn private_over(binary: &Path, options: &[&str], wire: Wire) -> Self {
        Self::start_in(binary, new_folder(binary), options, None, wire)
    }

    fn start_in(
        binary: &Path,
        data: TempDir,
        options: &[&str],
        leashed: Option<&Path>,
        wire: Wire,
    ) -> Self {
        let options = options.iter().map(|&option| option.to_owned()).collect();
        let mut world = Self {
            binary: binary.to_owned(),
            options,
            server: None,
            wire,
            tenants: AtomicUsize::new(0),
            data,
        };
        world.server = Some(world.start_server(leashed));
        world
    }

    fn start_server(&self, leashed: Option<&Path>) -> Server {
        let mut arguments = vec!["--data".to_owned(), self.data_path().to_owned()];
        arguments.extend(["--listen".to_owned(), "127.0.0.1:0".to_owned()]);
        arguments.extend(self.options.iter().cloned());
        Server::start(&self.binary, &arguments, leashed)
    }

    /// The data folder.
    pub fn data_path(&self) -> &str {
        self.data
            .path()
            .to_str()
            .expect("a temporary folder has an ASCII name")
    }

    /// The running process.
    #[track_caller]
    pub fn server(&self) -> &Server {
        self.server.as_ref().expect("the server runs")
    }

    /// `http://127.0.0.1:PORT`.
    #[track_caller]
    pub fn origin(&self) -> &str {
        &self.server().origin
    }

    /// `127.0.0.1:PORT`.
    #[track_caller]
    pub fn address(&self) -> &str {
        self.origin()
            .split_once("://")
            .expect("an origin has a scheme")
            .1
    }

    /// Runs a command on the data of this world, beside the server.
    pub fn cli(&self, arguments: &[&str]) -> Cli {
        let data = ["--data", self.data_path()];
        Cli::run(&self.binary, &[arguments, &data].concat())
    }

    /// Runs a command without `--data`.
    pub fn bare_cli(&self, arguments: &[&str]) -> Cli {
        Cli::run(&self.binary, arguments)
    }

    /// Makes a tenant of which no other test knows; its name begins as given.
    #[track_caller]
    pub fn tenant(&self, name: &str) -> Tenant<'_> {
        let number = self.tenants.fetch_add(1, Ordering::Relaxed);
        Tenant::create(self, &format!("{name}-{number}"))
    }

    /// Somebody outside, with this `Authorization` header or without one.
    pub fn stranger(&self, authorization: Option<String>) -> Actor {
        Actor::new(self.wire.clone(), self.origin(), authorization)
    }

    /// SIGTERM, and the status with which the server ended.
    pub fn stop(&mut self) -> i32 {
        let mut server = self.server.take().expect("the server runs");
        server.signal("TERM");
        server.wait().code().unwrap_or(-1)
    }

    /// Waits for the server to end by itself; its status.
    pub fn wait(&mut self) -> i32 {
        self.server
            .take()
            .expect("the server runs")
            .wait()
            .code()
            .unwrap_or(-1)
    }

    /// SIGKILL.
    pub fn kill(&mut self) {
        self.server.take().expect("the server runs").kill();
    }

    /// Starts the server again, on the same data. The port may be another.
    pub fn restart(&mut self) {
        assert!(self.server.is_none(), "stop or kill the server first");
        self.server = Some(self.start_server(None));
    }

    /// What the server has logged so far.
    pub fn logs(&self) -> String {
        self.server()
            .stderr
            .lock()
            .expect("no panic while reading lines")
            .join("\n")
    }

    /// What the server has printed so far.
    pub fn printed(&self) -> String {
        self.server()
            .stdout
            .lock()
            .expect("no panic while reading lines")
            .join("\n")
    }

    /// One number out of `/proc/PID/status`, in kB: `VmRSS`, say.
    pub fn process_kilobytes(&self, field: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.server().pid()));
        let status = status.expect("the server runs");
        let line = status
            .lines()
            .find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        let digits = line.and_then(|rest| rest.split_whitespace().next());
        digits
            .and_then(|digits| digits.parse().ok())
            .expect("a number of kB")
    }

    /// The sum of all metrics whose name (without labels) contains `part`. Fails if there is none.
    #[track_caller]
    pub fn metric(&self, part: &str) -> f64 {
        let answer = self
            .stranger(None)
            .send(crate::Request::outside("GET", "/metrics"));
        let text = answer.expect(200).text;
        let samples = text.lines().filter(|line| !line.starts_with('#'));
        let named = samples.filter(|line| {
            line.split(['{', ' '])
                .next()
                .is_some_and(|n| n.contains(part))
        });
        let values: Vec<f64> = named
            .filter_map(|line| line.rsplit(' ').next()?.parse().ok())
            .collect();
        assert!(
            !values.is_empty(),
            "a metric named …{part}… should be in:\n{text}"
        );
        values.iter().sum()
    }

    /// The last lines of the log, for a test that fails.
    pub fn show_logs(&self) {
        if let Some(server) = &self.server {
            let lines = server.stderr.lock().expect("no panic while reading lines");
            let from = lines.len().saturating_sub(40);
            eprintln!(
                "--- the server's log, last lines ---\n{}",
                lines[from..].join("\n")
            );
        }
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.show_logs();
        }
    }
}

/// An empty data folder, but for the compiled component, which all servers of one build share:
/// compiling it takes seconds, and each test would pay them.
fn new_folder(binary: &Path) -> TempDir {
    let folder = tempfile::Builder::new().prefix("scimlet-test-").tempdir();
    let folder = folder.expect("a temporary folder");
    let shared = binary.with_file_name("scimlet-under-test-cache");
    std::fs::create_dir_all(&shared).expect("a folder beside the binary");
    std::os::unix::fs::symlink(shared, folder.path().join("cache")).expect("a link");
    folder
}
