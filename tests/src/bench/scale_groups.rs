//! One member more, one member less: in a group of ten and in one of a hundred thousand (with
//! `--quick`, of as many as there are users).
//!
//! Over SQLite most of the time is the disk's, which hides what grows; so the same is measured
//! over the in-memory store too, where nothing hides.

use std::sync::Arc;
use std::time::Duration;

use scimlet_store::Store;
use scimlet_store::memory::MemoryBackend;

use crate::native::Native;

use super::component::{Component, SETTINGS};
use super::report::{Report, Table, Target};
use super::requests::{self, id_in, request};
use super::scale::{Folder, in_turns, with_store};
use super::served::Served;
use super::stats::shown;
use super::{Effort, posts};

/// Members of the two groups.
const SIZES: [usize; 2] = [10, 100_000];

pub(super) fn run(effort: Effort, folder: &Folder, report: &mut Report) {
    let time = effort.pick(Duration::from_secs(5), Duration::from_secs(1));
    let title = "Groups: PATCH of one member (in and out again), µs (median)";
    let columns = ["where", "group of 10", "group of 100,000", "ratio"];
    let mut table = Table::new(title, &columns);
    let mut add = |place: &str, [few, many]: [f64; 2]| {
        let ratio = many / few;
        table.words(&[place, &shown(few), &shown(many), &shown(ratio)]);
        let name = format!("PATCH of one member, group of 100,000 / of 10, {place}");
        report.figure(name, ratio, Target::AtMost(1.5));
    };
    add("in process, memory", in_memory(effort, time));
    let (groups, times) = in_sqlite(folder, time);
    add("in process, SQLite", times);
    add("over HTTP, SQLite", over_http(folder, &groups, time));
    report.table(table);
}

fn in_memory(effort: Effort, time: Duration) -> [f64; 2] {
    let store: Arc<dyn Store> = Arc::new(MemoryBackend::new().tenant_store("bench"));
    posts::license(&store);
    let ids = posts::load(&store, effort.pick(100_002, 10_002));
    let groups = make_groups(&store, &ids);
    inside(&store, &ids, &groups, time)
}

fn in_sqlite(folder: &Folder, time: Duration) -> ([String; 2], [f64; 2]) {
    with_store(folder.data.path(), |store| {
        let groups = make_groups(store, &folder.ids);
        let times = inside(store, &folder.ids, &groups, time);
        (groups, times)
    })
}

/// Two groups of the first users; their ids. The last user is in neither.
fn make_groups(store: &Arc<dyn Store>, ids: &[String]) -> [String; 2] {
    let engine = Native::open(SETTINGS, Arc::clone(store)).expect("settings that open");
    SIZES.map(|size| {
        let name = format!("Group of {size}");
        let members = &ids[..size.min(ids.len() - 1)];
        let number = 50_000_000 + u64::try_from(size).expect("64 bits");
        let body = requests::group(&name, members);
        let answer = engine.handle(request(number, "POST", "/Groups", body));
        assert_eq!(answer.status, 201, "{answer:?}");
        id_in(&answer.body)
    })
}

fn inside(
    store: &Arc<dyn Store>,
    ids: &[String],
    groups: &[String; 2],
    time: Duration,
) -> [f64; 2] {
    let component = Component::start(Arc::clone(store));
    let member = ids.last().expect("some users");
    let turn = |group: &str, number: u64| {
        let path = format!("/Groups/{group}");
        let answer = component.handle(request(number, "PATCH", &path, step(number, member)));
        assert!(answer.status < 300, "{answer:?}");
    };
    in_turns(time, |n| turn(&groups[0], n), |n| turn(&groups[1], n))
}

fn over_http(folder: &Folder, groups: &[String; 2], time: Duration) -> [f64; 2] {
    let served = Served::start(folder.data.path());
    let member = folder.ids.last().expect("some users");
    let mut clients = [(); 2].map(|()| served.client(&folder.token));
    let [first, second] = &mut clients;
    let turn = |client: &mut super::client::Client, group: &str, number: u64| {
        let path = format!("/scim/v2/Groups/{group}");
        let status = client.send("PATCH", &path, &step(number, member));
        assert!(status < 300, "{status}: {}", client.body());
    };
    in_turns(
        time,
        |n| turn(first, &groups[0], n),
        |n| turn(second, &groups[1], n),
    )
}

/// In with an even number, out with an odd one: the group stays as large as it is.
fn step(number: u64, member: &str) -> String {
    if number.is_multiple_of(2) {
        requests::join(member)
    } else {
        requests::leave(member)
    }
}
