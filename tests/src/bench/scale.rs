//! What grows with the number of users: nothing should. Two folders, a hundred users and a
//! hundred thousand, asked in turns, in this process and over HTTP.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use scimlet_store::{Backend as _, Store};
use scimlet_store_sqlite::SqliteBackend;
use tempfile::TempDir;

use super::client::Client;
use super::component::Component;
use super::report::{Report, Table, Target};
use super::requests::{self, mixed, request};
use super::served::{Served, found_tenant};
use super::stats::{median, micros};
use super::{Effort, machine, posts, scale_groups};

/// Where the numbers of the two requests lie in a [`Pair`]'s times.
const NAMES: [&str; 2] = ["GET by id", "filter by userName"];

/// One data folder with users.
pub(super) struct Folder {
    pub(super) data: TempDir,
    pub(super) token: String,
    pub(super) ids: Vec<String>,
}

pub(super) fn run(effort: Effort, report: &mut Report) {
    let users = [100, effort.pick(100_000, 10_000)];
    let time = effort.pick(Duration::from_secs(6), Duration::from_secs(1));
    let folders = users.map(Folder::with_users);
    let title = format!(
        "Scale: {} and {} users, µs (median), SQLite, one client",
        users[0], users[1]
    );
    let columns = ["request", "where", "few", "many", "ratio"];
    let mut table = Table::new(title, &columns);
    let inside = inside(&folders, time);
    let outside = outside(&folders, time);
    for (place, times) in [("in process", inside), ("over HTTP", outside)] {
        for (name, [few, many]) in NAMES.iter().zip(times) {
            let ratio = many / few;
            let [few, many, shown] = [few, many, ratio].map(super::stats::shown);
            table.words(&[name, place, &few, &many, &shown]);
            let name = format!("{name}, {} / {} users, {place}", users[1], users[0]);
            report.figure(name, ratio, Target::AtMost(1.5));
        }
    }
    report.table(table);
    scale_groups::run(effort, &folders[1], report);
}

impl Folder {
    /// A tenant made by command line, and users put in through the port.
    pub(super) fn with_users(users: u64) -> Self {
        let data = machine::data_folder();
        let token = found_tenant(data.path());
        let ids = with_store(data.path(), |store| posts::load(store, users));
        Self { data, token, ids }
    }

    fn number(&self, number: u64) -> u64 {
        mixed(number) % u64::try_from(self.ids.len()).expect("64 bits")
    }

    fn by_id(&self, number: u64) -> String {
        let at = usize::try_from(self.number(number)).expect("small");
        format!("/Users/{}", self.ids[at])
    }

    fn by_name(&self, number: u64) -> String {
        format!("/Users?{}", requests::by_name(self.number(number)))
    }

    /// One of the two requests.
    fn path(&self, which: usize, number: u64) -> String {
        if which == 0 {
            self.by_id(number)
        } else {
            self.by_name(number)
        }
    }
}

/// Opens the store of a data folder for a while.
pub(super) fn with_store<T>(data: &Path, work: impl FnOnce(&Arc<dyn Store>) -> T) -> T {
    let backend = SqliteBackend::open(&data.join("scimlet.db")).expect("the database opens");
    work(&backend.store("bench").expect("a store"))
}

/// Both requests by both folders, asked of the component in this process.
fn inside(folders: &[Folder; 2], time: Duration) -> [[f64; 2]; 2] {
    let [few, many] = folders;
    with_store(few.data.path(), |few_store| {
        with_store(many.data.path(), |many_store| {
            let few_one = Component::start(Arc::clone(few_store));
            let many_one = Component::start(Arc::clone(many_store));
            let ask = |component: &Component, path: &str, number| {
                let answer = component.handle(request(number, "GET", path, String::new()));
                assert_eq!(answer.status, 200, "{answer:?}");
            };
            [0, 1].map(|which| {
                in_turns(
                    time,
                    |n| ask(&few_one, &few.path(which, n), n),
                    |n| ask(&many_one, &many.path(which, n), n),
                )
            })
        })
    })
}

/// The same over HTTP: a server for each folder, one at work at a time.
fn outside(folders: &[Folder; 2], time: Duration) -> [[f64; 2]; 2] {
    let served = folders
        .each_ref()
        .map(|folder| Served::start(folder.data.path()));
    let [few, many] = folders;
    let mut few_client = served[0].client(&few.token);
    let mut many_client = served[1].client(&many.token);
    let ask = |client: &mut Client, path: &str| {
        let status = client.send("GET", &format!("/scim/v2{path}"), "");
        assert_eq!(status, 200, "{}", client.body());
    };
    [0, 1].map(|which| {
        in_turns(
            time,
            |n| ask(&mut few_client, &few.path(which, n)),
            |n| ask(&mut many_client, &many.path(which, n)),
        )
    })
}

/// Medians of two kinds of work, done in turns of 25 for so long.
pub(super) fn in_turns(
    time: Duration,
    mut one: impl FnMut(u64),
    mut other: impl FnMut(u64),
) -> [f64; 2] {
    let (mut ones, mut others) = (Vec::new(), Vec::new());
    let end = Instant::now() + time;
    let mut number = 0;
    while Instant::now() < end {
        let turn = number..number + 25;
        number = turn.end;
        let (one, other): (&mut dyn FnMut(u64), &mut dyn FnMut(u64)) = (&mut one, &mut other);
        ones.extend(turn.clone().map(|n| timed(one, n)));
        others.extend(turn.map(|n| timed(other, n)));
    }
    [ones, others].map(|mut samples| micros(median(&mut samples)))
}

fn timed(work: &mut dyn FnMut(u64), number: u64) -> Duration {
    let begun = Instant::now();
    work(number);
    begun.elapsed()
}
