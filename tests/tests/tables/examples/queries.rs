//! Searches, filters and paths of the examples.

use scimlet_engine::scim::filter::{Filter, PathText};
use scimlet_tests::uri;
use serde_json::{Value, json};

use super::super::none_wrong;
use super::super::side;
use super::answers::unlike;
use super::world::{GROUP, USER, World};
use super::{named, of_kind};

/// A search, the answer that the RFC prints below it, and where ours goes: RFC 9865 prints
/// `/User/.search`, which is no endpoint.
const SEARCHES: [(&str, &str, &str); 2] = [
    ("rfc7644-3.4.3-a", "rfc7644-3.4.3-b", "/.search"),
    ("rfc9865-3-a", "rfc9865-3-b", "/Users/.search"),
];

/// People and families called Smith, as in the example: more than a page of ten of either.
const SMITHS: usize = 11;

#[test]
fn every_search_finds_what_it_asks_for() {
    let searches = of_kind(&["SearchRequest"]);
    let mut wrong = Vec::new();
    for search in &searches {
        let of = |it: &&(&str, _, _)| it.0 == search.name;
        let (_, answer, path) = SEARCHES.iter().find(of).expect("in the table");
        for mut world in World::both() {
            smiths(&mut world);
            let message = world.translate(search.meant());
            let (status, found) = world.side.send("POST", path, Some(&message));
            let mut why = unlike(named(answer).meant(), &found);
            why.extend(not_smiths(&found));
            if status != 200 || !why.is_empty() {
                let (name, side) = (&search.name, world.side.name);
                wrong.push(format!("{name} ({side}): {status} {why:?} {found}"));
            }
        }
    }
    none_wrong(searches.len(), &wrong);
}

fn smiths(world: &mut World) {
    for number in 0..SMITHS {
        let user = json!({
            "schemas": [USER],
            "userName": format!("jsmith{number}"),
            "displayName": "Smith, James",
            "title": "not asked for"
        });
        let group = json!({ "schemas": [GROUP], "displayName": format!("Smith Family {number}") });
        world.create("Users", &user).expect("a user");
        world.create("Groups", &group).expect("a group");
    }
}

/// What is wrong with the ten: both searches ask for two attributes of those whose `displayName`
/// begins with `smith`, in any case.
fn not_smiths(found: &Value) -> Vec<String> {
    let resources = found["Resources"].as_array().expect("resources");
    let asked = ["schemas", "id", "displayName", "userName"];
    let mut wrong: Vec<String> = resources
        .iter()
        .filter(|it| {
            let attributes = it.as_object().expect("a resource");
            let name = it["displayName"].as_str().unwrap_or_default();
            !name.starts_with("Smith") || attributes.keys().any(|it| !asked.contains(&it.as_str()))
        })
        .map(|it| format!("found: {it}"))
        .collect();
    if resources.len() != 10 {
        wrong.push("not a page of ten".to_owned());
    }
    wrong
}

/// All filters that the RFCs print for themselves; those of the print that do not follow the
/// grammar as they are meant.
fn filters() -> Vec<String> {
    let mut filters = Vec::new();
    for example in of_kind(&["filter"]) {
        let meant = example.corrected.unwrap_or_default();
        filters.extend(example.filters);
        let meant = meant.as_array().into_iter().flatten();
        filters.extend(meant.map(|it| it["filter"].as_str().expect("a filter").to_owned()));
    }
    filters
}

#[test]
fn every_filter_prints_what_parses_to_the_same_filter() {
    let filters = filters();
    let wrong = filters.iter().filter_map(|text| same_filter(text).err());
    none_wrong(filters.len(), &wrong.collect::<Vec<_>>());
}

fn same_filter(text: &str) -> Result<(), String> {
    let filter = Filter::parse(text).map_err(|refusal| format!("{text}: {refusal:?}"))?;
    let printed = filter.to_string();
    match Filter::parse(&printed) {
        Ok(again) if again == filter => Ok(()),
        other => Err(format!("{text}: printed as {printed}, which is {other:?}")),
    }
}

#[test]
fn every_filter_is_answered() {
    let filters = filters();
    let mut wrong = Vec::new();
    for mut world in World::both() {
        for filter in &filters {
            let (status, answer) = ask(&mut world.side, filter);
            if status != 200 {
                wrong.push(format!("{filter} ({}): {status} {answer}", world.side.name));
            }
        }
    }
    none_wrong(filters.len(), &wrong);
}

/// Where the RFC forgot the quotation marks, the core is strict and a tolerance takes it.
#[test]
fn every_filter_without_quotation_marks_needs_a_tolerance() {
    let tolerant = r#"{"tolerances":{"unquotedFilterValues":true}}"#;
    let (mut strict, mut tolerant) = (side::native("{}"), side::native(tolerant));
    for example in of_kind(&["filter"]) {
        let corrected = example.corrected.unwrap_or_default();
        for corrected in corrected.as_array().expect("corrections") {
            let printed = corrected["text"].as_str().expect("a filter");
            let (status, answer) = ask(&mut strict, printed);
            assert_eq!(status, 400, "{printed}: {answer}");
            assert_eq!(answer["scimType"], "invalidFilter", "{printed}");
            let (status, answer) = ask(&mut tolerant, printed);
            assert_eq!(status, 200, "{printed}: {answer}");
        }
    }
}

/// Asks at the endpoint that the filter is about.
fn ask(side: &mut side::Side, filter: &str) -> (u16, Value) {
    let endpoint = match filter {
        of_all if of_all.contains("meta.resourceType") => "/",
        of_groups if of_groups.starts_with("displayName") => "/Groups",
        _ => "/Users",
    };
    let path = format!("{endpoint}?filter={}", uri::encode(filter));
    side.send("GET", &path, None)
}

#[test]
fn every_path_is_taken_apart_and_put_together_again() {
    let paths: Vec<String> = of_kind(&["paths"])
        .into_iter()
        .flat_map(|it| it.paths)
        .collect();
    let wrong = paths.iter().filter_map(|text| same_path(text).err());
    none_wrong(paths.len(), &wrong.collect::<Vec<_>>());
}

fn same_path(text: &str) -> Result<(), String> {
    let path = PathText::parse(text).map_err(|refusal| format!("{text}: {refusal:?}"))?;
    let filter = path.filter.as_ref().map(|it| format!("[{it}]"));
    let sub = path.sub.map(|it| format!(".{it}"));
    let parts = [filter, sub].into_iter().flatten();
    let printed: String = [path.attribute.to_owned()]
        .into_iter()
        .chain(parts)
        .collect();
    // All filters in the paths are printed by the RFC as they are by us.
    if printed == text {
        return Ok(());
    }
    Err(format!("{text}: printed as {printed}"))
}
