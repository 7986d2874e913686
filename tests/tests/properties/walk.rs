//! Walking through a list: by cursor, by index or all at once, the same is met; and while others
//! write, a cursor meets everybody who was there the whole time exactly once.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

use crate::cases;
use crate::law::USER;
use crate::listing::{Question, ids};
use crate::side::{Side, in_memory, path_of};
use crate::town::{LICENSING, towns};

/// Questions about one type or all of them.
fn questions() -> impl Strategy<Value = Question> {
    let filters = vec![
        "id pr",
        "displayName sw \"a\"",
        "meta.resourceType eq \"Group\" or active eq true",
        "title pr",
        "value pr or emails pr",
        "meta.lastModified gt \"2026-05-28T20:26:40.010Z\"",
        "not (externalId pr)",
        "groups pr",
    ];
    let filter = proptest::option::weighted(0.5, select(filters));
    let sort_by = select(vec![
        "displayName",
        "meta.created",
        "id",
        "userName",
        "externalId",
    ]);
    let sort_by = proptest::option::weighted(0.5, sort_by);
    let endpoint = select(vec![
        "/",
        "/",
        "/Users",
        "/Users",
        "/Groups",
        "/Entitlements",
    ]);
    (endpoint, filter, sort_by, any::<bool>()).prop_map(
        |(endpoint, filter, sort_by, descending)| Question {
            endpoint,
            filter: filter.map(str::to_owned),
            sort_by,
            descending,
        },
    )
}

fn alike(side: &Side, question: &Question) -> Result<(), String> {
    let Ok(whole) = question.whole(side) else {
        // Not every type has every attribute.
        return Ok(());
    };
    for count in 1..=7 {
        let walks = [
            question.by_index(side, count)?,
            question.by_cursor(side, count)?,
        ];
        for (walk, how) in walks.iter().zip(["by index", "by cursor"]) {
            if ids(walk) != ids(&whole) {
                let (name, walk, whole) = (side.name, ids(walk), ids(&whole));
                return Err(format!(
                    "{name}: {question:?} {how}, {count} at a time: {walk:#?}\nbut all at once: {whole:#?}"
                ));
            }
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(8))]

    #[test]
    fn every_walk_meets_the_same(
        town in towns(12), questions in proptest::collection::vec(questions(), 1..10),
    ) {
        let settings = format!("{{ {LICENSING} }}");
        let sides = [
            Side::native("memory", &settings, in_memory()),
            Side::on_sqlite("SQLite", &settings),
            Side::component("component", &settings, in_memory()),
        ];
        for side in sides {
            let built = town.build(&side);
            let everything = Question { endpoint: "/", filter: None, sort_by: None, descending: false };
            let found = everything.whole(&side).map_err(TestCaseError::fail)?;
            let mut everything = [ids(&built), ids(&found)];
            for ids in &mut everything {
                ids.sort_unstable();
            }
            prop_assert_eq!(&everything[0], &everything[1]);
            for question in &questions {
                alike(&side, question).map_err(TestCaseError::fail)?;
            }
        }
    }
}

/// Users who are there from the beginning to the end.
const RESIDENTS: usize = 40;

fn person(name: &str, number: usize) -> Value {
    json!({
        "schemas": [USER],
        "userName": format!("{name}-{number}"),
        // Indexed, not indexed, and the same for some.
        "displayName": format!("d{}", number % 7),
        "nickName": format!("n{}", number % 5),
    })
}

/// Comes, changes and goes, and changes those who stay, until it is told to stop.
fn stir(side: &Side, residents: &[Value], name: &str, is_over: &AtomicBool) -> usize {
    let mut writes = 0;
    let mut passing = Vec::new();
    while !is_over.load(Ordering::Relaxed) {
        writes += 1;
        passing.push(path_of(&side.create("/Users", &person(name, writes))));
        let resident = path_of(&residents[writes % residents.len()]);
        for path in [&resident, &passing[writes * 7 % passing.len()]] {
            let title = json!([{ "op": "replace", "path": "title", "value": writes.to_string() }]);
            let (status, answer) =
                side.send("PATCH", path, Some(&scimlet_tests::tenant::patch(&title)));
            assert_eq!(status, 200, "{answer}");
        }
        if passing.len() > 8 {
            let gone = passing.swap_remove(writes * 5 % passing.len());
            assert_eq!(side.send("DELETE", &gone, None).0, 204);
        }
    }
    writes
}

/// One walk: nobody twice, and no resident missing.
fn walk(side: &Side, residents: &[Value], question: &Question, count: usize) {
    let met = question.by_cursor(side, count).expect("a walk");
    let mut times: BTreeMap<&str, usize> = BTreeMap::new();
    for id in ids(&met) {
        *times.entry(id).or_default() += 1;
    }
    let place = format!("{}: {question:?}, {count} at a time", side.name);
    for (id, times) in &times {
        assert_eq!(*times, 1, "{place}: {id} is met again");
    }
    for id in ids(residents) {
        assert!(times.contains_key(id), "{place}: {id} is missed");
    }
}

/// Tells the writers to stop, however the walks end.
struct Until<'a>(&'a AtomicBool);

impl Drop for Until<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn question(number: usize) -> Question {
    let filters = [None, Some("userName pr"), Some("nickName sw \"n\"")];
    let orders = [
        None,
        Some("userName"),
        Some("displayName"),
        Some("nickName"),
    ];
    Question {
        endpoint: if number.is_multiple_of(5) {
            "/"
        } else {
            "/Users"
        },
        filter: filters[number % 3].map(str::to_owned),
        sort_by: orders[number % 4],
        descending: number / 12 % 2 == 1,
    }
}

fn while_others_write(side: &Side) {
    let numbers = 0..RESIDENTS;
    let residents = numbers.map(|number| side.create("/Users", &person("resident", number)));
    let residents: Vec<Value> = residents.collect();
    let is_over = AtomicBool::new(false);
    thread::scope(|scope| {
        let writers = ["passing-a", "passing-b"].map(|name| {
            let (residents, is_over) = (&residents, &is_over);
            scope.spawn(move || stir(side, residents, name, is_over))
        });
        let walks = Until(&is_over);
        (0..42).for_each(|number| walk(side, &residents, &question(number), 1 + number % 7));
        drop(walks);
        let done = writers.map(|it| it.join().expect("the writers do well"));
        assert!(done.iter().all(|it| *it > 0), "{done:?}");
    });
}

#[test]
fn a_cursor_meets_everybody_once_while_others_write_in_memory() {
    while_others_write(&Side::native("memory", "{}", in_memory()));
}

#[test]
fn a_cursor_meets_everybody_once_while_others_write_on_sqlite() {
    while_others_write(&Side::on_sqlite("SQLite", "{}"));
}
