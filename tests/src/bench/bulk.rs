//! A thousand users: in one bulk, at once or carried out later, in a thousand POSTs, and as the same rows written by bare SQLite.

use std::sync::Arc;
use std::time::{Duration, Instant};

use scimlet_store::Store;
use scimlet_store::memory::MemoryBackend;

use super::http_bare::Bare;
use super::posts::{self, Posts};
use super::report::{Report, Table, Target};
use super::requests;
use super::served::{Served, found_tenant};
use super::stats::{median, millis, shown};
use super::{Effort, machine};

/// Operations in one bulk, the most that there may be.
const USERS: u64 = 1000;

/// Numbers of users that the bare loop writes: none that the server writes.
const BARE: u64 = 10_000_000;

pub(super) fn run(effort: Effort, report: &mut Report) {
    let rounds = effort.pick(5, 2);
    let data = machine::data_folder();
    let token = found_tenant(data.path());
    let served = Served::start(data.path());
    let mut client = served.client(&token);
    let folder = machine::folder();
    let store: Arc<dyn Store> = Arc::new(MemoryBackend::new().tenant_store("bench"));
    posts::license(&store);
    let mut bare = Bare::create(folder.path(), Posts::over(store, BARE));
    let mut times: [Vec<Duration>; 5] = Default::default();
    for round in 0..rounds {
        let first = round * 3 * USERS;
        let text = message(first);
        times[0].push(timed(|| {
            let status = client.send("POST", "/scim/v2/Bulk", &text);
            assert_eq!(status, 200, "{}", client.body());
        }));
        let created = client.body().matches("\"status\":\"201\"").count();
        assert_eq!(created, 1000, "every operation creates a user");
        times[1].push(timed(|| {
            for number in first + USERS..first + 2 * USERS {
                let status = client.send("POST", "/scim/v2/Users", &requests::user(number));
                assert_eq!(status, 201, "{}", client.body());
            }
        }));
        let text = message(first + 2 * USERS);
        times[4].push(timed(|| {
            let status = client.send_later("POST", "/scim/v2/Bulk", &text);
            assert_eq!(status, 200, "{}", client.body());
        }));
        let [each, together] = bare.thousand();
        times[2].push(each);
        times[3].push(together);
    }
    tell(times, report);
}

fn tell(times: [Vec<Duration>; 5], report: &mut Report) {
    let [bulk, posts, each, together, later] = times.map(|mut times| millis(median(&mut times)));
    let title = "Bulk: 1,000 users, ms (median of the rounds)";
    let mut table = Table::new(title, &["how", "ms", "a user, µs"]);
    for (name, time) in [
        ("one POST to /Bulk", bulk),
        ("the same, Prefer: respond-async, until all is done", later),
        ("1,000 POSTs to /Users, one client", posts),
        ("the same rows, bare SQLite, one commit each", each),
        ("the same rows, bare SQLite, one commit", together),
    ] {
        table.words(&[name, &shown(time), &shown(time)]);
    }
    report.table(table);
    let pairs = [
        ("one bulk / 1,000 POSTs", bulk / posts, 1.0),
        ("one bulk, later / at once", later / bulk, 2.0),
        ("one bulk / bare SQLite, one commit each", bulk / each, 1.0),
    ];
    for (name, ratio, most) in pairs {
        report.figure(name.to_owned(), ratio, Target::AtMost(most));
    }
}

/// A `BulkRequest` that creates these users.
fn message(first: u64) -> String {
    let operation = |number| {
        let user = requests::user(number);
        format!(r#"{{"method":"POST","path":"/Users","bulkId":"u{number}","data":{user}}}"#)
    };
    let operations: Vec<String> = (first..first + USERS).map(operation).collect();
    format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{}]}}"#,
        operations.join(",")
    )
}

fn timed(work: impl FnOnce()) -> Duration {
    let begun = Instant::now();
    work();
    begun.elapsed()
}
