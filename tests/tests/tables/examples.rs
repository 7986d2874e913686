//! The examples of the RFCs: `tests/examples-rfc/*.json`. Each that is a message or a resource
//! parses, is what the schemas say, does what the RFC says of it, and comes back as it was sent.

mod answers;
mod described;
mod patched;
mod queries;
mod stored;
mod world;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use scimlet_engine::scim::value::Value as Own;
use serde::Deserialize;
use serde_json::Value;

use super::none_wrong;

/// One file; its README tells of the members.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Example {
    /// The name of the file, without `.json`.
    #[serde(skip)]
    name: String,
    #[expect(dead_code, reason = "for readers")]
    source: String,
    kind: String,
    request: Option<String>,
    status: Option<u16>,
    /// As printed.
    text: Option<String>,
    json: Option<Value>,
    corrected: Option<Value>,
    reason: Option<String>,
    #[serde(default)]
    fragment: bool,
    #[serde(default)]
    filters: Vec<String>,
    #[serde(default)]
    paths: Vec<String>,
}

impl Example {
    fn read(path: &Path) -> Self {
        let text = std::fs::read_to_string(path).expect("a file");
        let example: Self = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        let name = path.file_stem().expect("a name").to_string_lossy();
        Self {
            name: name.into_owned(),
            ..example
        }
    }

    /// What the RFC means: the list of paths has none.
    fn value(&self) -> Option<&Value> {
        self.corrected.as_ref().or(self.json.as_ref())
    }

    /// What the RFC means.
    #[track_caller]
    fn meant(&self) -> &Value {
        self.value().expect("`json` or `corrected`")
    }
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("examples-rfc")
}

/// All of them, or those that `SCIMLET_CASE` is in the name of.
fn all() -> Vec<Example> {
    let wanted = std::env::var("SCIMLET_CASE").unwrap_or_default();
    let entries = std::fs::read_dir(folder()).expect("the folder of the examples");
    let mut examples: Vec<Example> = entries
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|it| it == "json"))
        .filter(|path| path.to_string_lossy().contains(&wanted))
        .map(|path| Example::read(&path))
        .collect();
    examples.sort_by(|one, other| one.name.cmp(&other.name));
    examples
}

/// The whole ones of some kinds: a fragment is no resource and no message.
fn of_kind(kinds: &[&str]) -> Vec<Example> {
    let mut examples = all();
    examples.retain(|it| !it.fragment && kinds.contains(&it.kind.as_str()));
    examples
}

/// One by its name.
fn named(name: &str) -> Example {
    Example::read(&folder().join(format!("{name}.json")))
}

#[test]
fn every_example_goes_through_the_engines_json_unchanged() {
    let examples = all();
    let mut wrong = Vec::new();
    for example in &examples {
        let Some(value) = example.value() else {
            continue;
        };
        if let Err(why) = round_trip(&value.to_string(), value) {
            wrong.push(format!("{}: {why}", example.name));
        }
    }
    none_wrong(examples.len(), &wrong);
}

/// The print is read by the engine too, with the RFC's own line breaks and blanks: where it is JSON
/// it says what the file says, and where it is not the engine notices.
#[test]
fn every_example_is_read_as_it_is_printed() {
    let examples = all();
    let mut wrong = Vec::new();
    for example in &examples {
        let Some(text) = &example.text else { continue };
        let braced = format!("{{{text}}}");
        let result = match &example.json {
            Some(json) => round_trip(text, json).or_else(|_| round_trip(&braced, json)),
            None if Own::parse(text).is_err() => Ok(()),
            None => Err("parses, although it is no JSON".to_owned()),
        };
        if let Err(why) = result {
            wrong.push(format!("{}: {why}", example.name));
        }
    }
    none_wrong(examples.len(), &wrong);
}

fn round_trip(text: &str, meant: &Value) -> Result<(), String> {
    let own = Own::parse(text).map_err(|refusal| format!("{refusal:?}"))?;
    let out = own.to_json();
    let back: Value = serde_json::from_str(&out).map_err(|error| format!("{error}: {out}"))?;
    if back == *meant {
        return Ok(());
    }
    Err(format!("should be {meant}\n    but is    {out}"))
}

#[test]
fn there_are_as_many_examples_as_the_rfcs_print() {
    if std::env::var_os("SCIMLET_CASE").is_some() {
        return;
    }
    let examples = all();
    let of = |rfc: &str| {
        examples
            .iter()
            .filter(|it| it.name.starts_with(rfc))
            .count()
    };
    let counts = ["rfc7643", "rfc7644", "rfc9865", "rfc9967"].map(of);
    assert_eq!(counts, [14, 48, 6, 19]);
    assert_eq!(counts.iter().sum::<usize>(), examples.len());
}

/// The kinds of examples, and who does more with them than to read and write them.
const KINDS: [(&str, &str); 15] = [
    ("BulkRequest", "answers, not posted yet"),
    ("BulkResponse", "answers"),
    ("EnterpriseUser", "stored"),
    ("Error", "answers"),
    ("Group", "stored"),
    ("ListResponse", "answers, queries, described"),
    ("PatchOp", "patched"),
    ("ResourceType", "described"),
    ("SET", "nobody: this server sends none"),
    ("Schema", "described"),
    ("SearchRequest", "queries"),
    ("ServiceProviderConfig", "described"),
    ("User", "stored"),
    ("filter", "queries"),
    ("paths", "queries"),
];

#[test]
fn every_kind_is_known() {
    for example in all() {
        let known = KINDS.iter().any(|(kind, _)| *kind == example.kind);
        // The others are pieces without a meaning: `{ "attribute": "value" }`.
        let other = example.fragment && example.kind == "other";
        assert!(known || other, "{}: {}", example.name, example.kind);
    }
}

/// A correction that nobody can look up is a falsification.
#[test]
fn the_corrected_examples_are_those_that_the_readme_lists() {
    if std::env::var_os("SCIMLET_CASE").is_some() {
        return;
    }
    let mut corrected = BTreeSet::new();
    for example in all() {
        // In the list of filters, each correction has a reason of its own.
        if example.kind != "filter" {
            let (name, reason) = (&example.name, &example.reason);
            assert_eq!(example.corrected.is_some(), reason.is_some(), "{name}");
        }
        if example.corrected.is_some() {
            corrected.insert(example.name);
        }
    }
    assert_eq!(listed(), corrected);
}

/// The files in the README's table, which writes `7644-3.7.3-e, f` and `9865-2-a, 2-b` for two.
fn listed() -> BTreeSet<String> {
    let readme = std::fs::read_to_string(folder().join("README.md")).expect("the README");
    let (_, table) = readme.split_once("## What is wrong in print").expect("it");
    let (table, _) = table.split_once("\n## ").expect("the next heading");
    let rows = table.lines().filter(|line| is_row(line));
    let mut names = BTreeSet::new();
    for row in rows {
        let cell = row.split('|').nth(1).expect("a cell");
        let (mut rfc, mut section) = (String::new(), String::new());
        for file in cell.replace(" and ", ",").replace(';', ",").split(',') {
            let parts: Vec<&str> = file.trim().split('-').collect();
            if let [.., of, _, _] = parts[..] {
                of.clone_into(&mut rfc);
            }
            if let [.., of, _] = parts[..] {
                of.clone_into(&mut section);
            }
            let letter = parts.last().expect("a letter");
            names.insert(format!("rfc{rfc}-{section}-{letter}"));
        }
    }
    names
}

/// Whether a line of the table is about files: neither its head nor the rule under it.
fn is_row(line: &str) -> bool {
    line.strip_prefix("| ")
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_digit()))
}
