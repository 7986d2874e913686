//! A bulk does what its operations do one by one: the same answers, and the same is left behind, but
//! for ids and moments. Operations are made up at random; they refer to what was created before them.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use scimlet_runtime::{Request, Response};
use scimlet_store::Store;
use scimlet_store::memory::MemoryBackend;
use scimlet_tests::inside::{DAWN, Dump, request, seed};
use scimlet_tests::native::Native;
use serde_json::{Value, json};

use crate::chaos::{SETTINGS, cases};
use crate::made_up::{Ask, asks};

/// What there is before the bulk, of so many requests.
const BEFORE: usize = 12;

/// When the bulk comes. The operations one by one take a millisecond each.
const NOON: u64 = DAWN + 1_000_000;

struct Side {
    native: Native,
    store: Arc<dyn Store>,
}

impl Side {
    fn new(settings: &str) -> Self {
        let store: Arc<dyn Store> = Arc::new(MemoryBackend::new().tenant_store("t"));
        let native = Native::open(settings, store.clone()).expect("settings");
        Self { native, store }
    }

    fn ask(&self, mut request: Request, now: u64, seed: (u64, u64)) -> Response {
        (request.now, request.seed) = (now, seed);
        self.native.handle(request)
    }
}

/// The request as an operation may stand for it; none if none may.
fn plain(ask: &Ask, ids: &[Vec<String>; 3]) -> Option<Request> {
    let mut asked = ask.request(ids);
    asked.principal.scopes = vec!["admin".to_owned()];
    asked.query = None;
    asked.headers.retain(|header| header.name == "if-match");
    let writes = ["POST", "PUT", "PATCH", "DELETE"].contains(&asked.method.as_str());
    let path = asked.path.as_str();
    // What nests as deep as may be is deeper within a bulk.
    let odd = asked.body.contains("[[[[")
        || path.is_empty()
        || path.ends_with("/x")
        || path.contains(['?', '#', '%', '.'])
        || path.contains("Bulk");
    let body = asked.body.clone();
    let has_data = match serde_json::from_str::<Value>(&body) {
        // What names an attribute twice is no message at all.
        Ok(body) if scimlet_engine::scim::value::Value::parse(&asked.body).is_ok() => {
            asked.body = body.to_string();
            !body.is_null()
        }
        _ => asked.method == "DELETE" && body.is_empty(),
    };
    (writes && !odd && has_data).then_some(asked)
}

fn operation(asked: &Request, number: usize) -> Value {
    let mut operation = json!({
        "method": asked.method,
        "path": asked.path,
        "data": serde_json::from_str::<Value>(&asked.body).unwrap_or_default(),
    });
    if asked.method == "POST" {
        operation["bulkId"] = json!(format!("o{number}"));
    }
    if let Some(header) = asked.headers.first() {
        operation["version"] = json!(header.value);
    }
    operation
}

fn list_of(path: &str) -> Option<usize> {
    ["/Users", "/Groups", "/Entitlements"]
        .iter()
        .position(|endpoint| path == *endpoint)
}

fn id_in(answer: &Response) -> Option<String> {
    let mut headers = answer.headers.iter();
    let location = headers.find(|header| header.name == "location")?;
    location.value.rsplit('/').next().map(str::to_owned)
}

/// The number in a tag: the digest behind it is of ids too.
fn number(tag: Option<&str>) -> Option<String> {
    let number = tag?.trim_start_matches("W/\"").trim_end_matches('"');
    number.split('.').next().map(str::to_owned)
}

/// A text with names for the ids that only one side knows, and steps of a bulk as milliseconds.
fn named(text: &str, ids: &Made) -> String {
    let mut text = text.to_owned();
    for (id, number) in ids {
        text = text.replace(id, &format!("<{number}>"));
    }
    let mut out = String::new();
    let mut rest = text.as_str();
    // `.000017Z` of a bulk is `.017Z` one by one.
    while let Some((before, after)) = rest.split_once(".000") {
        out.push_str(before);
        let is_step = after.len() > 3
            && after[..3].bytes().all(|byte| byte.is_ascii_digit())
            && after[3..].starts_with('Z');
        out.push_str(if is_step { "." } else { ".000" });
        rest = after;
    }
    out + rest
}

/// Lists of everything, without the tags.
fn lists(side: &Side, ids: &Made) -> Vec<String> {
    let lists = ["/Users", "/Groups", "/Entitlements"].map(|path| {
        let answer = side.ask(request("GET", path, None), NOON + 9_000, (0, 0));
        let mut body: Value = serde_json::from_str(&answer.body).expect("JSON");
        for resource in body["Resources"].as_array_mut().expect("resources") {
            resource["meta"]["version"] = json!(number(resource["meta"]["version"].as_str()));
        }
        named(&body.to_string(), ids)
    });
    lists.to_vec()
}

/// Ids that one side knows, with the operation that made them.
type Made = BTreeMap<String, usize>;

/// Operations that were carried out one by one.
#[derive(Default)]
struct Played {
    answers: Vec<Response>,
    /// The same as parts of a bulk.
    operations: Vec<Value>,
    made: Made,
}

/// The same requests on both sides, for something to be there. Answers the ids.
fn begin(sides: [&Side; 2], asks: &[Ask]) -> [Vec<String>; 3] {
    let mut ids = [const { Vec::new() }; 3];
    for (at, ask) in (0_u64..).zip(asks) {
        let asked = ask.request(&ids);
        let kind = list_of(&asked.path);
        let [answer, _] = sides.map(|side| side.ask(asked.clone(), DAWN + at, seed(at)));
        if let (201, Some(kind), Some(id)) = (answer.status, kind, id_in(&answer)) {
            ids[kind].push(id);
        }
    }
    ids
}

fn one_by_one(side: &Side, asks: &[Ask], mut ids: [Vec<String>; 3]) -> Played {
    let mut played = Played::default();
    let mut references = ids.clone();
    for ask in asks {
        let (Some(asked), Some(part)) = (plain(ask, &ids), plain(ask, &references)) else {
            continue;
        };
        let at = played.operations.len();
        played.operations.push(operation(&part, at));
        let kind = list_of(&asked.path);
        let answer = side.ask(asked, NOON + at as u64, (at as u64, 7));
        if let (201, Some(kind), Some(id)) = (answer.status, kind, id_in(&answer)) {
            played.made.insert(id.clone(), at);
            ids[kind].push(id);
            references[kind].push(format!("bulkId:o{at}"));
        }
        played.answers.push(answer);
    }
    played
}

fn made_by(outcomes: &[Value]) -> Made {
    let made = outcomes.iter().enumerate();
    let made = made.filter(|(_, outcome)| outcome["status"] == "201");
    made.filter_map(|(at, outcome)| {
        let id = outcome["location"].as_str()?.rsplit('/').next()?;
        Some((id.to_owned(), at))
    })
    .collect()
}

/// What differs between an answer and the part of the answer to a bulk.
fn differs(answer: &Response, outcome: &Value, [made, made_in_bulk]: [&Made; 2]) -> Option<String> {
    let tag = answer.headers.iter().find(|header| header.name == "etag");
    // Where no groups are shown there are no ids in the digest.
    let is_whole = !answer.body.contains("\"groups\":[{");
    let shown = |tag: Option<&str>| match tag {
        Some(tag) if is_whole => Some(tag.to_owned()),
        tag => number(tag),
    };
    let detail = |body: &Value, made| named(&body["detail"].to_string(), made);
    let body = serde_json::from_str(&answer.body).unwrap_or_default();
    let status = answer.status.to_string();
    let is_same = outcome["status"] == status
        && shown(outcome["version"].as_str()) == shown(tag.map(|tag| tag.value.as_str()))
        && (answer.status < 400
            || detail(&body, made) == detail(&outcome["response"], made_in_bulk));
    (!is_same).then(|| format!("{answer:#?}\nin the bulk: {outcome:#}"))
}

fn compare(settings: &str, asks: &[Ask]) -> Result<(), String> {
    let [single, bulk] = [Side::new(settings), Side::new(settings)];
    let (before, during) = asks.split_at(BEFORE.min(asks.len()));
    let ids = begin([&single, &bulk], before);
    let Played {
        answers,
        operations,
        made,
    } = one_by_one(&single, during, ids);
    if operations.is_empty() {
        return Ok(());
    }
    let message = json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
        "Operations": operations,
    });
    let all = bulk.ask(request("POST", "/Bulk", Some(&message)), NOON, (3, 7));
    let all: Value = serde_json::from_str(&all.body).expect("JSON");
    let outcomes = all["Operations"].as_array().ok_or(all.to_string())?;
    let made_in_bulk = made_by(outcomes);

    let pairs = answers.iter().zip(outcomes);
    let mut wrong: Vec<String> = pairs
        .filter_map(|(answer, outcome)| differs(answer, outcome, [&made, &made_in_bulk]))
        .collect();
    let mut same = |one: String, other: String| {
        if one != other {
            wrong.push(format!("one by one:\n{one}\nin the bulk:\n{other}"));
        }
    };
    same(answers.len().to_string(), outcomes.len().to_string());
    let dump = |side: &Side, made| named(&format!("{:?}", Dump::of(&*side.store)), made);
    same(dump(&single, &made), dump(&bulk, &made_in_bulk));
    let seen = |side: &Side, made| lists(side, made).join("\n");
    same(seen(&single, &made), seen(&bulk, &made_in_bulk));
    if wrong.is_empty() {
        Ok(())
    } else {
        Err(format!("{message:#}\n{}", wrong.join("\n")))
    }
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn a_bulk_does_what_its_operations_do(asks in asks(60)) {
        compare("{}", &asks).map_err(TestCaseError::fail)?;
    }

    #[test]
    fn a_bulk_does_what_its_operations_do_under_settings(asks in asks(60)) {
        compare(SETTINGS, &asks).map_err(TestCaseError::fail)?;
    }
}
