//! Events on their way out: how many a second reach one endpoint and a hundred, and how long after it
//! happened an event is there while clients write as fast as they can.

use std::path::Path;
use std::sync::atomic::AtomicU64;
use std::time::Duration;

use scimlet_store::{Backend as _, Change, Event, Key, Outcome};
use scimlet_store_sqlite::SqliteBackend;
use serde_json::json;

use super::client::Client;
use super::events_receiver::Receiver;
use super::load::Crowd;
use super::report::{Report, Table, Target};
use super::requests;
use super::served::{Served, found_tenant, processor_time};
use super::stats::{median, micros, millis, number, percentile, rate};
use super::{Effort, machine};
use crate::Cli;

/// Events of one commit, when they are written ahead.
const COMMIT: usize = 500;
/// Resources that the events are about: enough for all that goes side by side.
const SUBJECTS: usize = 1000;
/// Longer than any run takes.
const PATIENCE: Duration = Duration::from_mins(5);

pub(super) fn run(effort: Effort, report: &mut Report) {
    let title =
        "Events delivered: webhooks on the same cores, signed, the receiver answers at once";
    let columns = [
        "endpoints",
        "events",
        "deliveries a second",
        "server CPU µs",
    ];
    let mut table = Table::new(title, &columns);
    let one = drained(1, effort.pick(20_000, 1000), &mut table);
    let hundred = drained(100, effort.pick(1000, 50), &mut table);
    report.table(table);
    report.figure(
        "events a second to one endpoint",
        one,
        Target::AtLeast(1000.0),
    );
    report.figure(
        "events a second to 100 endpoints",
        hundred,
        Target::AtLeast(2000.0),
    );
    under_load(effort, report);
}

/// Events that were written while the server was down, and how fast they are delivered.
fn drained(endpoints: usize, events: usize, table: &mut Table) -> f64 {
    let data = machine::data_folder();
    found_tenant(data.path());
    let receiver = Receiver::start();
    for number in 0..endpoints {
        add(data.path(), &format!("e{number}"), &receiver.url());
    }
    write_ahead(data.path(), events);
    let served = Served::start_with(data.path(), &["--allow-private-endpoints"]);
    let pid = served.pid().to_string();
    let before = processor_time(&pid);
    let (count, took) = receiver.wait_for(events * endpoints, PATIENCE);
    let cost = processor_time(&pid).saturating_sub(before);
    let rate = rate(count, took);
    let shown = [number(events), rate, micros(cost) / number(count)];
    table.row(endpoints.to_string(), &shown);
    rate
}

/// How long after it happened an event is there, while 16 clients write.
fn under_load(effort: Effort, report: &mut Report) {
    let data = machine::data_folder();
    let token = found_tenant(data.path());
    let receiver = Receiver::start();
    add(data.path(), "all", &receiver.url());
    let served = Served::start_with(data.path(), &["--allow-private-endpoints"]);
    let numbers = AtomicU64::new(0);
    let crowd = Crowd {
        served: &served,
        token: &token,
        numbers: &numbers,
    };
    let time = effort.pick(Duration::from_secs(10), Duration::from_secs(1));
    let post = |number: u64, client: &mut Client| {
        client.send("POST", "/scim/v2/Users", &requests::user(number))
    };
    let outcome = crowd.run(16, time, &post);
    // Each POST is told by two events at least: the user's and the seat's.
    let (count, took) = receiver.wait_for(2 * crowd_size(&numbers), PATIENCE);
    let mut lags = receiver.lags();
    let (p50, p99) = (median(&mut lags), percentile(&mut lags, 990));
    let title =
        "Lag of events while 16 clients POST users (from the request's clock to the receiver)";
    let columns = [
        "what",
        "POSTs a second",
        "events a second",
        "p50 ms",
        "p99 ms",
    ];
    let mut table = Table::new(title, &columns);
    let shown = [outcome.rate, rate(count, took), millis(p50), millis(p99)];
    table.row("one endpoint", &shown);
    report.table(table);
    report.figure(
        "lag of events under write load, p99 ms",
        millis(p99),
        Target::AtMost(1000.0),
    );
}

fn crowd_size(numbers: &AtomicU64) -> usize {
    usize::try_from(numbers.load(std::sync::atomic::Ordering::Relaxed)).expect("small")
}

fn add(data: &Path, name: &str, url: &str) {
    let data = data.to_str().expect("an ASCII path");
    let command = [
        "endpoint",
        "add",
        name,
        "--webhook",
        url,
        "--tenant",
        "bench",
    ];
    let options = ["--concurrency", "64", "--json", "--data", data];
    Cli::run(
        &machine::server_binary(),
        &[&command[..], &options].concat(),
    )
    .done();
}

/// Events as the engine writes them, of a size that those about a change have.
fn write_ahead(data: &Path, events: usize) {
    let backend = SqliteBackend::open(&data.join("scimlet.db")).expect("the server's data");
    let store = backend.store("bench").expect("a store");
    let numbers: Vec<usize> = (0..events).collect();
    for some in numbers.chunks(COMMIT) {
        let changes: Vec<_> = some
            .iter()
            .map(|number| Change::Emit(event(*number)))
            .collect();
        let outcome = store.commit(&changes).expect("it is written");
        assert_eq!(outcome, Outcome::Applied);
    }
}

fn event(number: usize) -> Event {
    let id = format!("user-{}", number % SUBJECTS);
    let body = json!({
        "id": format!("{number:032x}"),
        "time": "2026-11-22T10:00:00.000Z",
        "txn": format!("{number:032x}"),
        "sub_id": { "format": "scim", "uri": format!("/Users/{id}"), "id": id },
        "events": { "urn:ietf:params:scim:event:prov:patch:notice":
            { "attributes": ["name.familyName", "title"], "version": "W/\"3\"" } },
    });
    Event {
        topic: "prov.patch".to_owned(),
        subject: Key {
            kind: "User".to_owned(),
            id,
        },
        body: body.to_string(),
    }
}
