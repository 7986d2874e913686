//! A million users: what a filter costs until its first page is there, and what a list of all of
//! them costs in memory.

use std::sync::Arc;
use std::time::Instant;

use scimlet_store::Store;
use serde_json::Value;

use crate::uri;

use super::Effort;
use super::component::Component;
use super::report::{Report, Table, Target};
use super::requests::{self, request};
use super::scale::{Folder, with_store};
use super::served::Served;
use super::stats::{median, millis, shown};
use super::stopwatch::Stopwatch;

/// What is asked: a name, the query string before encoding, whether by cursor.
const QUESTIONS: [(&str, &str, bool); 15] = [
    ("userName eq (1)", "filter=userName eq \"{name}\"", false),
    (
        "userName sw (a few)",
        "filter=userName sw \"{start}\"",
        false,
    ),
    (
        "userName ge, sorted by it, 10",
        "filter=userName ge \"e\"&sortBy=userName&count=10",
        false,
    ),
    (
        "emails.value eq (1)",
        "filter=emails.value eq \"{name}\"",
        false,
    ),
    (
        "emails[type eq and value eq] (1)",
        "filter=emails[type eq \"work\" and value eq \"{name}\"]",
        false,
    ),
    (
        "userType eq and userName sw",
        "filter=userType eq \"Employee\" and userName sw \"{start}\"",
        false,
    ),
    (
        "userType eq (all), page of 100",
        "filter=userType eq \"Employee\"",
        false,
    ),
    (
        "the same by cursor",
        "filter=userType eq \"Employee\"",
        true,
    ),
    (
        "not (userType eq) (none)",
        "filter=not (userType eq \"Employee\")",
        false,
    ),
    (
        "emails.value co (a few)",
        "filter=emails.value co \"{middle}\"",
        false,
    ),
    ("userName ew (1)", "filter=userName ew \"{end}\"", false),
    (
        "no filter, startIndex at the end",
        "startIndex={last}&count=100",
        false,
    ),
    ("no filter, by cursor", "count=100", true),
    (
        "title eq (all, not indexed), by cursor",
        "filter=title eq \"Tour Guide\"",
        true,
    ),
    (
        "name.familyName eq (1 in 8, not indexed), by cursor",
        "filter=name.familyName eq \"Novak\"",
        true,
    ),
];

pub(super) fn run(effort: Effort, report: &mut Report) {
    let users = effort.pick(1_000_000, 50_000);
    let folder = Folder::with_users(users);
    with_store(folder.data.path(), |store| {
        report.table(questions(effort, store, users));
    });
    listing(&folder, users, report);
}

/// Each question some times, by the component in this process over SQLite.
fn questions(effort: Effort, store: &Arc<dyn Store>, users: u64) -> Table {
    let watch = Arc::new(Stopwatch::new(Arc::clone(store)));
    let component = Component::start(Arc::clone(&watch) as Arc<dyn Store>);
    let title = format!("Filters over {users} users: first page, in process, SQLite");
    let columns = [
        "question",
        "first page, ms",
        "rows examined",
        "rows returned",
        "total",
    ];
    let mut table = Table::new(title, &columns);
    for (name, query, by_cursor) in QUESTIONS {
        let path = format!("/Users?{}", encoded(query, users, by_cursor));
        let mut times = Vec::new();
        let mut seen = (0, Value::Null);
        for number in 0..effort.pick(9, 3) {
            watch.rows();
            let begun = Instant::now();
            let answer = component.handle(request(number, "GET", &path, String::new()));
            times.push(begun.elapsed());
            assert_eq!(answer.status, 200, "{path}: {}", answer.body);
            let body = serde_json::from_str(&answer.body).expect("JSON");
            seen = (watch.rows(), body);
        }
        let (rows, body) = seen;
        let total = body["totalResults"]
            .as_u64()
            .map_or("-".to_owned(), |it| it.to_string());
        let returned = body["itemsPerPage"].to_string();
        let time = shown(millis(median(&mut times)));
        table.words(&[name, &time, &rows.to_string(), &returned, &total]);
    }
    table
}

/// A query string with its places filled in and its values encoded.
fn encoded(query: &str, users: u64, by_cursor: bool) -> String {
    let name = requests::user_name(users / 2);
    let filled = query
        .replace("{name}", &name)
        .replace("{start}", &name[..name.len() - 16])
        .replace("{middle}", &format!(".{}@", users / 3))
        .replace("{end}", &format!(".{}@example.com", users / 4))
        .replace("{last}", &(users - 99).to_string());
    let pairs = filled.split('&').map(|pair| {
        let (name, value) = pair.split_once('=').expect("a pair");
        format!("{name}={}", uri::encode(value))
    });
    let pairs: Vec<String> = pairs
        .chain(by_cursor.then(|| "cursor".to_owned()))
        .collect();
    pairs.join("&")
}

/// Walks through all users over HTTP by cursor, a thousand at a time, and looks at the server.
fn listing(folder: &Folder, users: u64, report: &mut Report) {
    let served = Served::start(folder.data.path());
    let mut client = served.client(&folder.token);
    let status = client.send("GET", "/scim/v2/Users?count=1", "");
    assert_eq!(status, 200, "{}", client.body());
    let before = served.memory();
    let (mut cursor, mut met, mut pages) = (String::new(), 0, 0);
    let (mut early, mut most) = (0.0_f64, 0.0_f64);
    let begun = Instant::now();
    loop {
        let path = format!("/scim/v2/Users?count=1000&cursor={cursor}");
        assert_eq!(client.send("GET", &path, ""), 200, "{}", client.body());
        let body: Value = serde_json::from_str(client.body()).expect("JSON");
        met += body["itemsPerPage"].as_u64().expect("a number");
        pages += 1;
        if pages % 20 == 0 {
            most = most.max(served.memory());
        }
        if pages == 40 {
            early = most;
        }
        match body["nextCursor"].as_str() {
            Some(next) => next.clone_into(&mut cursor),
            None => break,
        }
    }
    let took = begun.elapsed();
    assert_eq!(met, users, "everybody once");
    let title = format!("A list of {users} users by cursor over HTTP, a thousand at a time");
    let mut table = Table::new(title, &["what", "is"]);
    table.row("seconds", &[took.as_secs_f64()]);
    table.row("ms a page", &[millis(took / pages)]);
    table.row("server memory before, MB", &[before]);
    table.row("server memory after 40 pages, MB", &[early]);
    table.row("server memory at most, MB", &[most]);
    report.table(table);
    let name = "server memory while listing all / after 40 pages";
    report.figure(name.to_owned(), most / early, Target::AtMost(1.5));
}
