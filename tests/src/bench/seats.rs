//! Seats: how fast they change hands, and what a long line, many rules and a recount cost.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use scimlet_store::Store;
use scimlet_store::memory::MemoryBackend;

use crate::native::Native;

use super::client::Client;
use super::component::{Component, SETTINGS};
use super::load::{Ask, Crowd, Outcome};
use super::report::{Report, Table, Target};
use super::requests::{self, id_in, request};
use super::scale::{in_turns, with_store};
use super::served::{Served, found_tenant};
use super::stats::{millis, number, shown};
use super::{Effort, machine, posts};

/// Clients that take and free seats at once.
const CLIENTS: usize = 16;

/// Seats of the license with a line.
const SEATS: u64 = 50;

/// Users in one bulk.
const BULK: u64 = 1000;

/// Numbers of users that stand in no other part of a run.
const LINE: u64 = 20_000_000;

pub(super) fn run(effort: Effort, report: &mut Report) {
    taken_and_freed(effort, report);
    promoted(effort, report);
    by_rules(effort, report);
    recounted(effort, report);
}

/// Over HTTP, durable: one license, a hundred, and one with a line of ten thousand.
fn taken_and_freed(effort: Effort, report: &mut Report) {
    let time = effort.pick(Duration::from_secs(5), Duration::from_secs(1));
    let waiting = effort.pick(10_000, 1_000);
    let data = machine::data_folder();
    let token = found_tenant(data.path());
    let line = with_store(data.path(), |store| {
        let engine = Native::open(SETTINGS, Arc::clone(store)).expect("settings that open");
        for sku in 0..100 {
            make_license(&engine, 1000 + sku, &format!("sku{sku}"), 100_000);
        }
        stand_in_line(&engine, waiting)
    });
    let served = Served::start(data.path());
    let mut client = served.client(&token);
    let ids: Vec<String> = (0..1000)
        .map(|number| {
            let user = requests::user(LINE + 1_000_000 + number);
            let status = client.send("POST", "/scim/v2/Users", &user);
            assert_eq!(status, 201, "{}", client.body());
            id_in(client.body())
        })
        .collect();
    let hot = |n: u64, client: &mut Client| toggle(client, &ids, n, "sku0");
    let many =
        |n: u64, client: &mut Client| toggle(client, &ids, n, &format!("sku{}", n / 2 % 100));
    let long = |n: u64, client: &mut Client| {
        let at = usize::try_from(n).expect("small") % line.len();
        give_up_and_ask(client, &line[at])
    };
    let asks: [(&str, Ask<'_>, f64); 3] = [
        ("one license", &hot, 1.0),
        ("a hundred licenses", &many, 1.0),
        ("one license, full, with a line", &long, 2.0),
    ];
    let title = format!(
        "Seats taken or freed, {CLIENTS} clients over HTTP on SQLite, durable; the line is of {waiting}"
    );
    let columns = [
        "where",
        "changes a second",
        "p50 µs",
        "p99 µs",
        "server CPU µs",
    ];
    let mut table = Table::new(title, &columns);
    for (name, ask, changes) in asks {
        let numbers = AtomicU64::new(0);
        let crowd = Crowd {
            served: &served,
            token: &token,
            numbers: &numbers,
        };
        let Outcome {
            rate,
            p50,
            p99,
            server,
            ..
        } = crowd.run(CLIENTS, time, ask);
        let micros = super::stats::micros;
        table.row(name, &[rate * changes, micros(p50), micros(p99), server]);
    }
    report.table(table);
}

/// Takes a seat with an even number, and frees it with the next.
fn toggle(client: &mut Client, ids: &[String], n: u64, sku: &str) -> u16 {
    let at = usize::try_from(n / 2).expect("small") % ids.len();
    let body = if n.is_multiple_of(2) {
        ask(sku)
    } else {
        ask("basic")
    };
    client.send("PATCH", &format!("/scim/v2/Users/{}", ids[at]), &body)
}

/// Whoever has a seat gives it up, and asks again: the first of the line moves up, and this one stands
/// at its end.
fn give_up_and_ask(client: &mut Client, id: &str) -> u16 {
    let path = format!("/scim/v2/Users/{id}");
    let status = client.send("PATCH", &path, &ask("basic"));
    assert!(status < 300, "{}", client.body());
    client.send("PATCH", &path, &ask("hot"))
}

/// Asks for this license and no other.
fn ask(sku: &str) -> String {
    format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{{"op":"replace","path":"entitlements","value":[{{"value":"{sku}"}}]}}]}}"#
    )
}

fn make_license(engine: &Native, chance: u64, sku: &str, seats: u64) -> String {
    let body = format!(
        r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Entitlement"],"value":"{sku}","type":"License","totalAssignmentsPermitted":{seats}}}"#
    );
    let answer = engine.handle(request(chance, "POST", "/Entitlements", body));
    assert_eq!(answer.status, 201, "{answer:?}");
    id_in(&answer.body)
}

/// A license `hot` with some seats, and so many users behind those who have them; all of them, in the
/// order of the line.
fn stand_in_line(engine: &Native, waiting: u64) -> Vec<String> {
    let hot = make_license(engine, 999, "hot", SEATS);
    let mut ids = Vec::new();
    let users = SEATS + waiting;
    for first in (0..users).step_by(usize::try_from(BULK).expect("small")) {
        let some = first..users.min(first + BULK);
        let operations: Vec<String> = some
            .map(|user| {
                let user = requests::user(LINE + user).replace("\"basic\"", "\"hot\"");
                format!(r#"{{"method":"POST","path":"/Users","bulkId":"b","data":{user}}}"#)
            })
            .enumerate()
            .map(|(at, text)| text.replace("\"bulkId\":\"b\"", &format!("\"bulkId\":\"b{at}\"")))
            .collect();
        let body = format!(
            r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{}]}}"#,
            operations.join(",")
        );
        let answer = engine.handle(request(10_000 + first, "POST", "/Bulk", body));
        assert_eq!(answer.status, 200, "{answer:?}");
        let parts = answer.body.split("/scim/v2/Users/").skip(1);
        ids.extend(parts.map(|part| part.chars().take(36).collect::<String>()));
    }
    let answer = engine.handle(request(
        2,
        "GET",
        &format!("/Entitlements/{hot}"),
        String::new(),
    ));
    assert!(
        answer.body.contains(&format!("\"waiting\":{waiting}")),
        "{}",
        answer.body
    );
    ids
}

/// What a promotion costs when ten wait, and when a hundred thousand do.
fn promoted(effort: Effort, report: &mut Report) {
    let time = effort.pick(Duration::from_secs(5), Duration::from_secs(1));
    let lengths = [10, effort.pick(100_000, 5_000)];
    let folders = lengths.map(|waiting| {
        let data = machine::data_folder();
        found_tenant(data.path());
        let ids = with_store(data.path(), |store| {
            let engine = Native::open(SETTINGS, Arc::clone(store)).expect("settings that open");
            stand_in_line(&engine, waiting)
        });
        (data, ids)
    });
    let [(few_data, few_ids), (many_data, many_ids)] = &folders;
    let [few, many] = with_store(few_data.path(), |few_store| {
        with_store(many_data.path(), |many_store| {
            let few_one = Component::start(Arc::clone(few_store));
            let many_one = Component::start(Arc::clone(many_store));
            let turn = |component: &Component, ids: &[String], n: u64| {
                let at = usize::try_from(n).expect("small") % ids.len();
                let path = format!("/Users/{}", ids[at]);
                for (step, sku) in [(0, "basic"), (1, "hot")] {
                    let moment = 10_000_000 + 2 * n + step;
                    let answer = component.handle(request(moment, "PATCH", &path, ask(sku)));
                    assert_eq!(answer.status, 200, "{answer:?}");
                }
            };
            in_turns(
                time,
                |n| turn(&few_one, few_ids, n),
                |n| turn(&many_one, many_ids, n),
            )
        })
    });
    let title = format!(
        "A seat freed, the next promoted, the first asking again: µs (median), component on SQLite; \
         10 and {} wait",
        lengths[1]
    );
    let mut table = Table::new(title, &["few", "many", "ratio"]);
    let ratio = many / few;
    table.words(&[&shown(few), &shown(many), &shown(ratio)]);
    report.table(table);
    let name = format!("promotion, {} waiting / 10 waiting", lengths[1]);
    report.figure(name, ratio, Target::AtMost(1.5));
}

/// What two hundred rules cost whoever writes a user.
fn by_rules(effort: Effort, report: &mut Report) {
    let time = effort.pick(Duration::from_secs(3), Duration::from_secs(1));
    let rules: Vec<String> = (0..200)
        .map(|rule| {
            let when = format!(
                r#"userType eq \"Contractor {rule}\" and not (emails.value ew \"@corp{rule}.example\")"#
            );
            format!(r#"{{"name":"rule{rule}","when":"{when}","grant":["basic"]}}"#)
        })
        .collect();
    let settings = format!(r#"{{"licensing":{{"rules":[{}]}}}}"#, rules.join(","));
    let [few, many] = {
        let scene = |settings: &str| {
            let store: Arc<dyn Store> = Arc::new(MemoryBackend::new().tenant_store("bench"));
            posts::license(&store);
            let ids = posts::load(&store, 100);
            (
                Native::open(settings, store).expect("settings that open"),
                ids,
            )
        };
        let (few, few_ids) = scene(SETTINGS);
        let (many, many_ids) = scene(&settings);
        let turn = |engine: &Native, ids: &[String], n: u64| {
            let at = usize::try_from(n).expect("small") % ids.len();
            let path = format!("/Users/{}", ids[at]);
            let answer = engine.handle(request(n, "PATCH", &path, requests::change(n)));
            assert_eq!(answer.status, 200, "{answer:?}");
        };
        in_turns(
            time,
            |n| turn(&few, &few_ids, n),
            |n| turn(&many, &many_ids, n),
        )
    };
    let title = "PATCH of a user, native engine in memory: µs (median)";
    let mut table = Table::new(title, &["no rule", "200 rules", "a rule"]);
    table.words(&[&shown(few), &shown(many), &shown((many - few) / 200.0)]);
    report.table(table);
}

/// A recount of a million seats.
fn recounted(effort: Effort, report: &mut Report) {
    let users = effort.pick(1_000_000, 10_000);
    let data = machine::data_folder();
    found_tenant(data.path());
    with_store(data.path(), |store| {
        posts::load(store, users);
        let component = Component::start(Arc::clone(store));
        let begun = Instant::now();
        let (mut body, mut steps) = (String::new(), 0);
        loop {
            let answer = component.handle(request(5, "POST", "/.admin/verify", body));
            assert_eq!(answer.status, 200, "{answer:?}");
            assert!(answer.body.contains("\"findings\":[]"), "{}", answer.body);
            steps += 1;
            let value: serde_json::Value = serde_json::from_str(&answer.body).expect("JSON");
            let Some(state) = value.get("state") else {
                break;
            };
            body = serde_json::json!({ "state": state }).to_string();
        }
        let took = begun.elapsed();
        let title = format!("Verify: {users} users with a seat each, component on SQLite");
        let mut table = Table::new(title, &["what", "is"]);
        table.row("ms in all", &[millis(took)]);
        table.row(
            "µs a user",
            &[millis(took) * 1000.0 / number(usize::try_from(users).expect("small"))],
        );
        table.row("steps", &[number(steps)]);
        report.table(table);
    });
}
