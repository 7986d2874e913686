//! Starting: an instance, the runtime, the server; and what an idle server holds.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scimlet_store::memory::MemoryBackend;
use scimlet_store::{Backend as _, Store};
use scimlet_store_sqlite::SqliteBackend;

use super::component::Component;
use super::report::{Report, Table, Target};
use super::requests::{self, request};
use super::served::{Served, found_tenant};
use super::stats::{median, micros, millis, percentile};
use super::{Effort, machine, posts};

/// Users in the folder of the second start.
const USERS: u64 = 1000;

pub(super) fn run(effort: Effort, report: &mut Report) {
    report.table(instances(effort));
    servers(effort, report);
}

/// What an instance costs, against a call that finds one.
fn instances(effort: Effort) -> Table {
    let store: Arc<dyn Store> = Arc::new(MemoryBackend::new().tenant_store("bench"));
    posts::license(&store);
    let ids = posts::load(&store, 10);
    let path = format!("/Users/{}", ids[0]);
    let start = || Component::start(Arc::clone(&store));
    let (warm, cold) = (start(), Component::start_cold(Arc::clone(&store)));
    let call = |component: &Component| {
        let answer = component.handle(request(1, "GET", &path, String::new()));
        assert_eq!(answer.status, 200);
    };
    call(&warm);
    call(&cold);
    let times = effort.pick(2000, 300);
    let (mut warm_times, mut cold_times) = (Vec::new(), Vec::new());
    for _ in 0..times {
        warm_times.push(timed(|| call(&warm)));
        cold_times.push(timed(|| call(&cold)));
    }
    let mut starts: Vec<Duration> = (0..effort.pick(30, 5))
        .map(|_| timed(|| drop(start())))
        .collect();

    let title = "Instance: µs, in-memory store";
    let mut table = Table::new(title, &["what", "median", "p99"]);
    let mut row = |what: &str, times: &mut [Duration]| {
        table.row(
            what,
            &[micros(median(times)), micros(percentile(times, 990))],
        );
    };
    row("GET by id, warm instance", &mut warm_times);
    row("fresh instance, open, GET by id", &mut cold_times);
    row("runtime, component in the cache, and its drop", &mut starts);
    table
}

fn servers(effort: Effort, report: &mut Report) {
    let title = "Server: ms from the start of the process, and MB in use a second later";
    let columns = [
        "start",
        "runs",
        "/readyz, median",
        "/readyz, most",
        "first list, median",
        "memory",
    ];
    let mut table = Table::new(title, &columns);
    let runs = effort.pick(15, 5);

    let compiling = machine::folder();
    let first = start(compiling.path(), None);
    table.row(
        "empty folder, empty cache (compiles)",
        &[1.0, first[0], first[0], first[1], first[2]],
    );

    let mut empty = Runs::default();
    for _ in 0..runs {
        let data = machine::data_folder();
        empty.add(start(data.path(), None));
    }
    empty.row("empty folder, warm cache (first start)", &mut table);

    let data = machine::data_folder();
    let token = found_tenant(data.path());
    fill(data.path());
    let mut second = Runs::default();
    for _ in 0..runs {
        second.add(start(data.path(), Some(&token)));
    }
    second.row("1,000 users, warm cache (second start)", &mut table);
    report.table(table);

    let most = |of: &[f64]| of.iter().copied().fold(0.0, f64::max);
    let ready = |runs: &Runs| super::stats::median_of(runs.ready.clone());
    let cold = "ms to /readyz, warm cache, empty folder";
    report.figure(cold, ready(&empty), Target::AtMost(150.0));
    let again = "ms to /readyz, warm cache, folder with data";
    report.figure(again, ready(&second), Target::AtMost(150.0));
    let answer = "ms to the first list, warm cache, folder with data";
    report.figure(
        answer,
        super::stats::median_of(second.answer.clone()),
        Target::AtMost(150.0),
    );
    report.figure(
        "MB in use, idle (most of all starts)",
        most(&second.memory),
        Target::AtMost(120.0),
    );
}

/// Several starts.
#[derive(Default)]
struct Runs {
    ready: Vec<f64>,
    answer: Vec<f64>,
    memory: Vec<f64>,
}

impl Runs {
    fn add(&mut self, [ready, answer, memory]: [f64; 3]) {
        self.ready.push(ready);
        self.answer.push(answer);
        self.memory.push(memory);
    }

    fn row(&self, what: &str, table: &mut Table) {
        let median = |of: &[f64]| super::stats::median_of(of.to_vec());
        let count = super::stats::number(self.ready.len());
        let most = self.ready.iter().copied().fold(0.0, f64::max);
        let numbers = [
            count,
            median(&self.ready),
            most,
            median(&self.answer),
            median(&self.memory),
        ];
        table.row(what, &numbers);
    }
}

/// Starts a server and ends it: ms to `/readyz`, ms to an answer from the component (which is
/// `/readyz` again without a token), MB when idle.
fn start(data: &Path, token: Option<&str>) -> [f64; 3] {
    let begun = Instant::now();
    let served = Served::start(data);
    let mut client = served.client(token.unwrap_or_default());
    assert_eq!(client.send("GET", "/readyz", ""), 200);
    let ready = begun.elapsed();
    if token.is_some() {
        let query = requests::by_name(7);
        let status = client.send("GET", &format!("/scim/v2/Users?{query}"), "");
        assert_eq!(status, 200, "{}", client.body());
    }
    let answer = begun.elapsed();
    std::thread::sleep(Duration::from_secs(1));
    [millis(ready), millis(answer), served.memory()]
}

/// Puts users into a data folder that no server uses.
fn fill(data: &Path) {
    let backend = SqliteBackend::open(&data.join("scimlet.db")).expect("the database opens");
    let store = backend.store("bench").expect("a store");
    posts::load(&store, USERS);
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}
