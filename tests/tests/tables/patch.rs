//! PATCH and what becomes of the resource: `tests/tables/patch/*.json`.

use serde::Deserialize;
use serde_json::{Map, Value, json};

use super::side::{self, Side};
use super::{files, none_wrong};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    #[expect(dead_code, reason = "for readers")]
    source: String,
    #[serde(rename = "type")]
    endpoint: String,
    /// What the client created.
    start: Value,
    /// The tenant's settings; none where it has none.
    #[serde(default)]
    settings: Option<Value>,
    cases: Vec<Case>,
}

/// One PATCH: `ops` or a whole `message`, and one of `changes`, `same`, `error`.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    ops: Option<Value>,
    message: Option<Value>,
    /// Attributes at the top level that are so afterwards, null for those that are gone; all others
    /// are as before.
    changes: Option<Map<String, Value>>,
    /// Nothing changes: not the version either.
    #[serde(default)]
    same: bool,
    /// A `scimType`, or a status. Nothing changes.
    error: Option<Value>,
    #[serde(default)]
    #[expect(dead_code, reason = "for readers")]
    note: String,
}

#[test]
fn every_patch_does_what_the_table_says() {
    let (mut count, mut wrong) = (0, Vec::new());
    for file in files("patch") {
        let text = std::fs::read_to_string(&file).expect("a file");
        let table: Table = serde_json::from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        count += table.cases.len();
        let settings = table
            .settings
            .as_ref()
            .map_or("{}".to_owned(), Value::to_string);
        for mut side in [side::native(&settings), side::component(&settings)] {
            let place = format!("{} ({})", file.file_stem().unwrap().display(), side.name);
            for (number, case) in table.cases.iter().enumerate() {
                if let Err(why) = play(&mut side, &table, number, case) {
                    wrong.push(format!("{place}: {}\n    {why}", case.name));
                }
            }
        }
    }
    none_wrong(count, &wrong);
}

#[test]
fn there_are_as_many_patches_as_were_written() {
    let counted = files("patch").into_iter().map(|file| {
        let text = std::fs::read_to_string(file).expect("a file");
        let table: Table = serde_json::from_str(&text).expect("a table");
        table.cases.len()
    });
    let count: usize = counted.sum();
    assert!(
        count >= 1000 || std::env::var_os("SCIMLET_CASE").is_some(),
        "{count}"
    );
}

fn play(side: &mut Side, table: &Table, number: usize, case: &Case) -> Result<(), String> {
    let mut start = table.start.clone();
    let own_name = start.get("userName").cloned();
    let unique = json!(format!("{}-{number}", side::name(&start)));
    if own_name.is_some() {
        start["userName"] = unique.clone();
    }
    let (status, before) = side.send("POST", &format!("/{}", table.endpoint), Some(&start));
    if status != 201 {
        return Err(format!("the start is refused: {before}"));
    }
    let path = format!(
        "/{}/{}",
        table.endpoint,
        before["id"].as_str().expect("an id")
    );
    let message = case.message.clone().unwrap_or_else(|| {
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
            "Operations": case.ops
        })
    });
    let (status, answer) = side.send("PATCH", &path, Some(&message));
    let (_, after) = side.send("GET", &path, None);
    match (&case.error, status) {
        (Some(error), 400..) => {
            let word = answer["scimType"].as_str().unwrap_or_default();
            if *error != *word && *error != status {
                return Err(format!("should be refused with {error}: {status} {answer}"));
            }
        }
        (None, 200 | 204) => {}
        _ => return Err(format!("{status} {answer}")),
    }
    if case.error.is_some() || case.same {
        return equal(&before, &after);
    }
    let mut expected = own(&before);
    for (name, value) in case.changes.clone().unwrap_or_default() {
        if value.is_null() {
            expected.remove(&name);
        } else {
            expected.insert(name, value);
        }
    }
    if after["userName"] == unique {
        expected.insert("userName".to_owned(), unique);
    }
    equal(&Value::Object(expected), &Value::Object(own(&after)))?;
    if after["meta"]["version"] == before["meta"]["version"] {
        return Err("the version is the same although something changed".to_owned());
    }
    Ok(())
}

/// What the client may set.
fn own(resource: &Value) -> Map<String, Value> {
    let mut own = resource.as_object().expect("an object").clone();
    for name in ["id", "meta", "schemas", "groups"] {
        own.remove(name);
    }
    own.remove("urn:ietf:params:scim:schemas:extension:scimlet:2.0:User");
    own
}

fn equal(expected: &Value, found: &Value) -> Result<(), String> {
    if expected == found {
        return Ok(());
    }
    Err(format!("should be {expected}\n    but is    {found}"))
}
