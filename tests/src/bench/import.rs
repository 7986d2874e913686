//! `scimlet import`: rows a second beside bare SQLite, an import that is killed three times, and the
//! memory of a million rows.

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use scimlet_store::Store;
use scimlet_store::memory::MemoryBackend;
use serde_json::Value;

use super::http_bare::Bare;
use super::posts::{self, Posts};
use super::report::{Report, Table, Target};
use super::requests;
use super::served::found_tenant;
use super::stats::{median, shown};
use super::{Effort, machine};

/// Numbers of users that the bare loop writes: none that an import brings.
const BARE: u64 = 50_000_000;

/// Where an import is killed: parts of its rows.
const KILLS: [f64; 3] = [0.25, 0.5, 0.75];

/// An import that has ended.
struct Done {
    time: Duration,
    /// The most memory it had, in MB (of 10^6 bytes).
    memory: f64,
    said: Value,
}

pub(super) fn run(effort: Effort, report: &mut Report) {
    let rows = effort.pick(100_000, 5_000);
    let many = effort.pick(1_000_000, 20_000);
    let folder = machine::folder();
    let (few_file, many_file) = (
        folder.path().join("few.jsonl"),
        folder.path().join("many.jsonl"),
    );
    write(&few_file, rows);
    write(&many_file, many);

    let whole = fresh(&few_file);
    let again = import(whole.1.path(), &few_file, &[]);
    let killed = killed(&few_file, rows);
    let large = fresh(&many_file);
    let bare = bare(folder.path(), effort);

    let mut table = Table::new(
        "Import, JSON lines, SQLite, durable, in chunks of 500",
        &[
            "what",
            "rows",
            "seconds",
            "rows a second",
            "memory at most, MB",
        ],
    );
    let lines = [
        ("new users", &whole.0),
        ("the same file again", &again),
        ("killed three times", &killed),
        ("new users, many", &large.0),
    ];
    for (name, done) in lines {
        let count = done.said["rows"].as_f64().expect("a number");
        let seconds = done.time.as_secs_f64();
        let numbers = [count, seconds, count / seconds, done.memory].map(shown);
        let [count, seconds, rate, memory] = numbers.each_ref().map(String::as_str);
        table.words(&[name, count, seconds, rate, memory]);
    }
    table.words(&[
        "the same rows, bare SQLite, a commit each 1,000",
        "",
        "",
        &shown(bare),
        "",
    ]);
    report.table(table);

    let rate = rate(&whole.0);
    report.figure(
        "bare SQLite / import, rows a second".to_owned(),
        bare / rate,
        Target::AtMost(8.0),
    );
    let slower = killed.time.as_secs_f64() / whole.0.time.as_secs_f64();
    report.figure(
        "import killed three times / not killed".to_owned(),
        slower,
        Target::AtMost(1.5),
    );
    let grown = large.0.memory / whole.0.memory;
    report.figure(
        format!("memory for {many} rows / for {rows}"),
        grown,
        Target::AtMost(2.0),
    );
}

fn rate(done: &Done) -> f64 {
    done.said["rows"].as_f64().expect("a number") / done.time.as_secs_f64()
}

/// A file of users who have ids of their own, as another server would give them.
fn write(path: &Path, rows: u64) {
    let mut file = BufWriter::new(File::create(path).expect("a file"));
    for number in 0..rows {
        let user = requests::user(number);
        let user = user.replace('\n', " ");
        let rest = user.trim_start().strip_prefix('{').expect("an object");
        writeln!(file, "{{\"id\":\"src-{number}\",{rest}").expect("room");
    }
    file.flush().expect("room");
}

/// Imports into a data folder of its own.
fn fresh(file: &Path) -> (Done, tempfile::TempDir) {
    let data = machine::data_folder();
    found_tenant(data.path());
    let done = import(data.path(), file, &[]);
    assert_eq!(done.said["created"], done.said["rows"], "{}", done.said);
    (done, data)
}

fn import(data: &Path, file: &Path, kills: &[u64]) -> Done {
    let begun = Instant::now();
    let mut memory = 0.0_f64;
    for row in kills {
        let mut child = start(data, file);
        while walked(file) < *row {
            memory = memory.max(high_water(&child));
            assert!(
                child.try_wait().expect("a child").is_none(),
                "it ended before {row}"
            );
            std::thread::sleep(Duration::from_millis(5));
        }
        child.kill().expect("it runs");
        child.wait().expect("it ends");
    }
    let mut child = start(data, file);
    while child.try_wait().expect("a child").is_none() {
        memory = memory.max(high_water(&child));
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().expect("it has ended");
    let time = begun.elapsed();
    assert!(output.status.success(), "{output:?}");
    let said = serde_json::from_slice(&output.stdout).expect("JSON");
    Done { time, memory, said }
}

fn killed(file: &Path, rows: u64) -> Done {
    let data = machine::data_folder();
    found_tenant(data.path());
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_precision_loss,
        clippy::cast_sign_loss,
        reason = "parts of a small number"
    )]
    let kills = KILLS.map(|part| (rows as f64 * part) as u64);
    let done = import(data.path(), file, &kills);
    assert_eq!(
        done.said["created"], rows,
        "each row counts once: {}",
        done.said
    );
    done
}

fn start(data: &Path, file: &Path) -> Child {
    let mut command = Command::new(machine::server_binary());
    command
        .arg("import")
        .arg(file)
        .args(["--tenant", "bench", "--json", "--data"]);
    command
        .arg(data)
        .stdin(Stdio::null())
        .stdout(Stdio::piped());
    command.spawn().expect("the binary starts")
}

/// How many rows are written down as done.
fn walked(file: &Path) -> u64 {
    let mut name = file.as_os_str().to_owned();
    name.push(".import.json");
    let text = std::fs::read(PathBuf::from(name)).unwrap_or_default();
    let state: Value = serde_json::from_slice(&text).unwrap_or_default();
    state["place"]["row"].as_u64().unwrap_or_default()
}

/// The most memory that a process has had, in MB.
fn high_water(child: &Child) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id()));
    let status = status.unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|rest| rest.split_whitespace().next());
    kilobytes
        .and_then(|it| it.parse().ok())
        .map_or(0.0, |it: f64| it * 1024.0 / 1e6)
}

/// The rows of as many users, a thousand in a transaction; users a second.
fn bare(folder: &Path, effort: Effort) -> f64 {
    let store: Arc<dyn Store> = Arc::new(MemoryBackend::new().tenant_store("bench"));
    posts::license(&store);
    let mut bare = Bare::create(folder, Posts::over(store, BARE));
    let mut times: Vec<Duration> = (0..effort.pick(20, 3))
        .map(|_| bare.thousand()[1])
        .collect();
    1000.0 / median(&mut times).as_secs_f64()
}
