//! Filters and what they find: `tests/tables/filter/*.json`, a case `[filter, names]` or
//! `[filter, "scimType"]`, with a note behind it where the answer is not obvious.

use serde::Deserialize;
use serde_json::Value;

use super::side::{self, Side};
use super::{files, none_wrong};

#[derive(Deserialize)]
struct Table {
    #[expect(dead_code, reason = "for readers")]
    source: String,
    #[serde(rename = "type")]
    endpoint: String,
    resources: Vec<Value>,
    cases: Vec<Vec<Value>>,
}

#[test]
fn every_filter_finds_what_the_table_says() {
    let (mut count, mut wrong) = (0, Vec::new());
    for file in files("filter") {
        let text = std::fs::read_to_string(&file).expect("a file");
        let table: Table = serde_json::from_str(&text).expect("a table");
        count += table.cases.len();
        for mut side in side::all("{}") {
            let place = format!("{} ({})", file.file_stem().unwrap().display(), side.name);
            fill(&mut side, &table);
            for case in &table.cases {
                if let Err(why) = check(&mut side, &table.endpoint, case) {
                    wrong.push(format!("{place}: {} {why}", case[0]));
                }
            }
        }
    }
    none_wrong(count, &wrong);
}

#[test]
fn there_are_as_many_filters_as_were_written() {
    let counted = files("filter").into_iter().map(|file| {
        let text = std::fs::read_to_string(file).expect("a file");
        let table: Table = serde_json::from_str(&text).expect("a table");
        table.cases.len()
    });
    let count: usize = counted.sum();
    assert!(
        count >= 1200 || std::env::var_os("SCIMLET_CASE").is_some(),
        "{count}"
    );
}

fn fill(side: &mut Side, table: &Table) {
    for resource in &table.resources {
        let path = format!("/{}", table.endpoint);
        let (status, body) = side.send("POST", &path, Some(resource));
        assert_eq!(status, 201, "{resource}\n{body}");
    }
}

fn check(side: &mut Side, endpoint: &str, case: &[Value]) -> Result<(), String> {
    let found = side.find(endpoint, case[0].as_str().expect("a filter"));
    match (&case[1], found) {
        (Value::String(word), Err(why)) if why.starts_with(&format!("400 {word}:")) => Ok(()),
        (Value::Array(names), Ok(found)) => {
            let mut names: Vec<&str> = names.iter().filter_map(Value::as_str).collect();
            names.sort_unstable();
            if names == found {
                return Ok(());
            }
            Err(format!("should find {names:?}, found {found:?}"))
        }
        (expected, found) => Err(format!("should give {expected}, gave {found:?}")),
    }
}
