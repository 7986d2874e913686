//! A process that dies in the middle of a storm of commits loses nothing that it was told is
//! applied, and leaves nothing half done; two processes on one file do not disturb each other.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

#[path = "crash/storm.rs"]
mod storm;

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use scimlet_store::{Backend, EdgeQuery, End, Failure, Plan, Store};
use scimlet_store_sqlite::SqliteBackend;

/// Not a test but the other process: told on its standard input what to do, and where.
#[test]
#[ignore = "started by the tests below, as a process of its own"]
fn other_process() {
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).unwrap();
    if let Some((threads, path)) = line.trim_end().split_once(' ') {
        storm::run(Path::new(path), threads.parse().unwrap());
    }
}

fn start_other(threads: usize, path: &Path) -> (Child, BufReader<ChildStdout>) {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args(["other_process", "--exact", "--ignored", "--nocapture"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    writeln!(child.stdin.take().unwrap(), "{threads} {}", path.display()).unwrap();
    let stdout = BufReader::new(child.stdout.take().unwrap());
    (child, stdout)
}

/// The ids that a process reported, among whatever else it says.
fn reported(line: &str) -> Option<String> {
    line.rsplit_once("applied ")
        .map(|(_, id)| id.trim_end().to_owned())
}

#[test]
fn a_killed_process_loses_nothing_that_was_applied() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scimlet.db");
    let mut told = BTreeSet::new();
    for reports in [1, 100, 500, 1000] {
        let (mut child, stdout) = start_other(8, &path);
        let mut lines = stdout.lines().map_while(Result::ok);
        told.extend(
            lines
                .by_ref()
                .filter_map(|line| reported(&line))
                .take(reports),
        );
        child.kill().unwrap();
        // What was still in the pipe was reported too. The last line may be cut.
        let rest: Vec<_> = lines.filter_map(|line| reported(&line)).collect();
        told.extend(rest.into_iter().filter(|id| id.ends_with('.')));
        child.wait().unwrap();
        let backend = SqliteBackend::open(&path).unwrap();
        everything_is_whole(backend.store(storm::TENANT).unwrap().as_ref(), &told);
    }
}

/// All that was told is there, and counters, events, entries, claims and ties agree with the rows.
fn everything_is_whole(store: &dyn Store, told: &BTreeSet<String>) {
    let all = |nodes| Plan {
        kind: "User".to_owned(),
        nodes,
        max_rows: u32::MAX,
        max_bytes: u32::MAX,
        want_total: true,
        ..Plan::default()
    };
    let page = store.find(&all(vec![])).unwrap();
    let rows: BTreeSet<_> = page.rows.iter().map(|row| row.key.id.clone()).collect();
    let lost: Vec<_> = told.difference(&rows).collect();
    assert!(
        lost.is_empty(),
        "{} of {} are lost: {lost:?}",
        lost.len(),
        told.len()
    );

    let count = rows.len() as u64;
    assert_eq!(page.total, Some(count), "the tally");
    let indexed = store.find(&all(vec![storm::everyone()])).unwrap();
    assert_eq!(indexed.total, Some(count), "the index");
    assert_eq!(
        store.counters(&["rows".to_owned()]).unwrap(),
        [count],
        "the counter"
    );
    let posted = store.outbox(0, u32::MAX).unwrap();
    let subjects: BTreeSet<_> = posted
        .iter()
        .map(|posted| posted.event.subject.id.clone())
        .collect();
    assert_eq!(subjects, rows, "the outbox");
    assert_eq!(posted.len(), rows.len(), "the outbox");
    let members = EdgeQuery {
        relation: "member".to_owned(),
        end: End::Source(storm::group()),
        after: None,
        max: u32::MAX,
        want_total: true,
    };
    let members = store.edges(&[members]).unwrap().remove(0);
    let members: BTreeSet<_> = members
        .edges
        .into_iter()
        .map(|edge| edge.target.id)
        .collect();
    assert_eq!(members, rows, "the ties");
    for row in &page.rows {
        let holder = store.holders(&[storm::claim(&row.key.id)]).unwrap();
        assert_eq!(holder, [Some(row.key.clone())], "the claim");
    }
}

#[test]
fn two_processes_write_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scimlet.db");
    let backend = SqliteBackend::open(&path).unwrap();
    let store = backend.store(storm::TENANT).unwrap();
    storm::found(store.as_ref());
    let (mut child, stdout) = start_other(2, &path);
    let mut told = BTreeSet::new();
    let mut lines = stdout.lines().map_while(Result::ok);
    for (number, line) in lines
        .by_ref()
        .filter_map(|line| reported(&line))
        .take(200)
        .enumerate()
    {
        // What the other process reports is seen here at once.
        let key = storm::user(&line);
        assert!(
            store.load(std::slice::from_ref(&key)).unwrap()[0].is_some(),
            "{line} is not seen"
        );
        told.insert(line);
        let id = format!("here-{number}.");
        storm::add(store.as_ref(), &id);
        told.insert(id);
    }
    child.kill().unwrap();
    child.wait().unwrap();
    everything_is_whole(store.as_ref(), &told);
}

#[test]
fn two_handles_in_one_process_write_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scimlet.db");
    let handles = [
        SqliteBackend::open(&path).unwrap(),
        SqliteBackend::open(&path).unwrap(),
    ];
    storm::found(handles[0].store(storm::TENANT).unwrap().as_ref());
    std::thread::scope(|scope| {
        for (number, backend) in handles.iter().enumerate() {
            let store = backend.store(storm::TENANT).unwrap();
            scope.spawn(move || {
                for step in 0..150 {
                    storm::add(store.as_ref(), &format!("{number}-{step}."));
                }
            });
        }
    });
    let told = (0..2).flat_map(|number| (0..150).map(move |step| format!("{number}-{step}.")));
    let told = told.collect();
    for backend in &handles {
        everything_is_whole(backend.store(storm::TENANT).unwrap().as_ref(), &told);
    }
}

#[test]
fn a_file_that_another_process_holds_too_long_is_a_timeout() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("scimlet.db");
    let backend = SqliteBackend::open(&path).unwrap();
    let store = backend.store(storm::TENANT).unwrap();
    storm::found(store.as_ref());
    let other = rusqlite::Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert_eq!(store.commit(&storm::changes("a.")), Err(Failure::Timeout));
    assert_eq!(
        store.load(&[storm::user("a.")]).unwrap(),
        [None],
        "a question does not wait"
    );
    other.execute_batch("ROLLBACK").unwrap();
    storm::add(store.as_ref(), "b.");
    everything_is_whole(store.as_ref(), &BTreeSet::from(["b.".to_owned()]));
}
