//! The real server over HTTP on SQLite, beside what bare HTTP and bare SQLite do.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use scimlet_store::Store;
use scimlet_store::memory::MemoryBackend;
use tempfile::TempDir;

use super::client::Client;
use super::http_bare::Bare;
use super::load::{Ask, Crowd, Outcome};
use super::posts::{self, Posts};
use super::report::{Report, Table, Target};
use super::requests::{self, id_in, mixed};
use super::served::{Served, found_tenant};
use super::stats::{median, median_of, micros, percentile};
use super::{Effort, machine};

/// Users that are read and changed.
const USERS: u64 = 2000;

/// How many clients there are.
const CROWDS: [usize; 2] = [1, 16];

/// Numbers of users that the bare loop writes: none that the server writes.
const BARE: u64 = 10_000_000;

/// A server with users in it.
struct Scene {
    served: Served,
    token: String,
    ids: Vec<String>,
    numbers: AtomicU64,
    _data: TempDir,
}

pub(super) fn run(effort: Effort, report: &mut Report) {
    let time = effort.pick(Duration::from_secs(4), Duration::from_millis(800));
    let scene = Scene::set();
    report.table(scene.requests(time));
    durable(&scene, effort, report);
    let mut table = Table::new("Server after the load", &["what", "MB"]);
    table.row("memory in use", &[scene.served.memory()]);
    report.table(table);
}

impl Scene {
    fn set() -> Self {
        let data = machine::data_folder();
        let token = found_tenant(data.path());
        let served = Served::start(data.path());
        let mut client = served.client(&token);
        let create = |number| {
            let status = client.send("POST", "/scim/v2/Users", &requests::user(number));
            assert_eq!(status, 201, "{}", client.body());
            id_in(client.body())
        };
        let ids = (0..USERS).map(create).collect();
        Self {
            served,
            token,
            ids,
            numbers: AtomicU64::new(USERS),
            _data: data,
        }
    }

    fn id(&self, number: u64) -> &str {
        let at = usize::try_from(mixed(number) % USERS).expect("small");
        &self.ids[at]
    }

    fn crowd(&self) -> Crowd<'_> {
        Crowd {
            served: &self.served,
            token: &self.token,
            numbers: &self.numbers,
        }
    }

    /// Each request, by one client and by many.
    fn requests(&self, time: Duration) -> Table {
        let get = |n: u64, client: &mut Client| {
            client.send("GET", &format!("/scim/v2/Users/{}", self.id(n)), "")
        };
        let find = |n: u64, client: &mut Client| {
            let query = requests::by_name(mixed(n) % USERS);
            client.send("GET", &format!("/scim/v2/Users?{query}"), "")
        };
        let patch = |n: u64, client: &mut Client| {
            let path = format!("/scim/v2/Users/{}", self.id(n));
            client.send("PATCH", &path, &requests::change(n))
        };
        let health = |_: u64, client: &mut Client| client.send("GET", "/healthz", "");
        let asks: [(&str, Ask<'_>); 5] = [
            ("GET /healthz (bare HTTP)", &health),
            ("GET by id", &get),
            ("filter by userName", &find),
            ("PATCH user", &patch),
            ("POST user", &post),
        ];
        let title = "HTTP on SQLite: keep-alive clients on the same cores";
        let columns = [
            "request",
            "clients",
            "a second",
            "p50 µs",
            "p99 µs",
            "server CPU µs",
            "client CPU µs",
        ];
        let mut table = Table::new(title, &columns);
        for (name, ask) in asks {
            for (clients, count) in CROWDS.into_iter().zip([1.0, 16.0]) {
                let Outcome {
                    rate,
                    p50,
                    p99,
                    server,
                    clients,
                } = self.crowd().run(clients, time, ask);
                table.row(
                    name,
                    &[count, rate, micros(p50), micros(p99), server, clients],
                );
            }
        }
        table
    }
}

fn post(number: u64, client: &mut Client) -> u16 {
    client.send("POST", "/scim/v2/Users", &requests::user(number))
}

/// POSTs of 16 clients against the bare loop, in turns.
fn durable(scene: &Scene, effort: Effort, report: &mut Report) {
    let (rounds, time) = effort.pick((5, Duration::from_secs(3)), (3, Duration::from_millis(700)));
    let folder = machine::folder();
    let store: Arc<dyn Store> = Arc::new(MemoryBackend::new().tenant_store("bench"));
    posts::license(&store);
    let mut bare = Bare::create(folder.path(), Posts::over(store, BARE));
    let weight = bare.weigh();
    bare.run(time / 5);

    let title = format!(
        "Durable POSTs: one writes {} rows with {} bytes; both sides sync every commit",
        weight.rows, weight.bytes
    );
    let columns = [
        "round",
        "bare a second",
        "bare p50 µs",
        "bare p99 µs",
        "POSTs a second",
        "p50 µs",
        "p99 µs",
        "ratio",
    ];
    let mut table = Table::new(title, &columns);
    let mut ratios = Vec::new();
    for round in 1..=rounds {
        let (rate, mut samples) = bare.run(time);
        let (p50, p99) = (median(&mut samples), percentile(&mut samples, 990));
        let posts = scene.crowd().run(16, time, &post);
        let ratio = posts.rate / rate;
        ratios.push(ratio);
        let numbers = [
            rate,
            micros(p50),
            micros(p99),
            posts.rate,
            micros(posts.p50),
            micros(posts.p99),
            ratio,
        ];
        table.row(round.to_string(), &numbers);
    }
    report.table(table);
    let name = "durable POSTs a second, 16 clients / bare loop";
    report.figure(name, median_of(ratios), Target::AtLeast(1.0));
}
