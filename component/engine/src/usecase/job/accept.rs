//! Takes a request that is to be carried out later, and answers 202.

use serde_json::value::RawValue;

use super::rows::{self, BYTES, COUNT, Job, NUMBER, PART, State};
use super::stage::Stage;
use crate::facts::{Adjust, Change};
use crate::message::Response;
use crate::refusal::Refusal;
use crate::scim::bulk::{MAX_ASYNC_PAYLOAD, outline};
use crate::scim::value::Value;
use crate::usecase::Decision;
use crate::usecase::bulk::part::{Part, split};
use crate::usecase::case::Case;
use crate::usecase::route;

/// Jobs of a tenant that are not done.
const MAX_JOBS: u64 = 100;

/// Bytes that they hold: eight of the largest.
const MAX_BYTES: u64 = 96 << 20;

/// Headers that still mean something when the request is carried out.
const KEPT: [&str; 2] = ["content-type", "if-match"];

/// Whether the client would rather wait for the answer elsewhere (RFC 7240 section 4.1). It is asked of
/// writes alone: of anything else the server answers at once, as it may.
pub(in crate::usecase) fn is_wanted(case: &Case<'_>) -> bool {
    let writes = matches!(case.method, "POST" | "PUT" | "PATCH" | "DELETE");
    writes && prefers(case) && is_resource(&case.request.path)
}

fn prefers(case: &Case<'_>) -> bool {
    let headers = case.request.headers.iter();
    let prefers = headers.filter(|header| header.name == "prefer");
    let mut words = prefers.flat_map(|header| header.value.split(','));
    words.any(|word| {
        let name = word.split([';', '=']).next().unwrap_or_default();
        name.trim().eq_ignore_ascii_case("respond-async")
    })
}

/// Not a search, nothing of admins, no job.
fn is_resource(path: &str) -> bool {
    let mut segments = path.split('/').filter(|segment| !segment.is_empty());
    !segments.any(|segment| segment.starts_with('.'))
}

/// Accepts a request. What is wrong with it as a message is refused at once; what is wrong with what it wants
/// is said when it is carried out.
pub(in crate::usecase) fn accept(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    route::bearer_word(case)?;
    let size = case.request.body.len();
    if size > MAX_ASYNC_PAYLOAD {
        let detail = format!("the body has {size} bytes; {MAX_ASYNC_PAYLOAD} are the most");
        return Err(Refusal::Status(413, detail));
    }
    let is_bulk = route::is_for_bulk(case)?;
    let text = case.request.body.as_str();
    let (parts, fail_on_errors) = if is_bulk {
        case.media()?;
        let outline = outline(text)?;
        (split(&outline)?, outline.fail_on_errors)
    } else {
        route::exists(case)?;
        (single(case)?, None)
    };
    let txn = case.txn().id;
    let (number, place) = place(case, size as u64)?;
    let job = Job {
        is_bulk,
        number,
        fail_on_errors,
        total: parts.iter().map(|part| part.operations.len()).sum(),
        parts: parts.len(),
        bytes: size as u64,
        ..job(case)
    };
    let mut changes = vec![job.put(&txn, None)];
    changes.extend((0..).zip(&parts).map(|(number, part)| {
        let body = serde_json::to_string(part).unwrap_or_default();
        rows::put(rows::key(PART, &txn, number), body)
    }));
    changes.extend(place);
    let location = format!("{}/.async/{txn}", case.request.base_url);
    let response = Response::empty(202)
        .with("set-txn", &txn)
        .with("preference-applied", "respond-async")
        .with("location", &location);
    Ok(Decision {
        response,
        changes,
        fault: None,
    })
}

/// What is to be done by a request of its own: its body, if it has one.
fn single<'r>(case: &Case<'r>) -> Result<Vec<Part<'r>>, Refusal> {
    let text = case.request.body.as_str();
    if case.method != "DELETE" {
        // Refused at once if it is no JSON.
        let _: Value<'_> = case.body()?;
    }
    let text = if text.trim().is_empty() { "null" } else { text };
    let raw: &RawValue = serde_json::from_str(text)
        .map_err(|error| Refusal::syntax(format!("the body is not JSON: {error}")))?;
    Ok(vec![Part {
        operations: vec![(0, raw)],
        earlier: Vec::new(),
    }])
}

fn job(case: &Case<'_>) -> Job {
    let request = case.request;
    let kept = request.headers.iter();
    let kept = kept.filter(|header| KEPT.contains(&header.name.as_str()));
    Job {
        method: case.method.to_owned(),
        path: request.path.clone(),
        query: request.query.clone(),
        headers: kept
            .map(|header| (header.name.clone(), header.value.clone()))
            .collect(),
        principal: request.principal.id.clone(),
        scopes: request.principal.scopes.clone(),
        base_url: request.base_url.clone(),
        accepted: request.now,
        seed: request.seed,
        state: State::Waiting,
        is_bulk: false,
        fail_on_errors: None,
        total: 0,
        done: 0,
        failed: 0,
        parts: 0,
        next: 0,
        bytes: 0,
        number: 0,
        since: request.now,
        stage: Stage::Whole,
        started: None,
        finished: None,
        forgotten: 0,
    }
}

/// A place for one job more, behind all others; or a word that there is none just now.
fn place(case: &mut Case<'_>, bytes: u64) -> Result<(u64, Vec<Change>), Refusal> {
    let names = [COUNT, BYTES, NUMBER].map(str::to_owned).to_vec();
    let counters = case.facts.counters(names)?;
    let [count, held, number] = counters.as_slice() else {
        return Err(Refusal::Corrupt("the counters of jobs".to_owned()));
    };
    if *count >= MAX_JOBS || held.saturating_add(bytes) > MAX_BYTES {
        let detail = format!(
            "{count} requests of {held} bytes wait to be carried out already; {MAX_JOBS} and \
             {MAX_BYTES} are the most. Try again later, or without `Prefer: respond-async`"
        );
        return Err(Refusal::Busy(detail));
    }
    let number = number.saturating_add(1);
    let adjust = |name: &str, delta: u64, (floor, ceiling): (u64, u64)| {
        Change::Adjust(Adjust {
            name: name.to_owned(),
            delta: i64::try_from(delta).unwrap_or(i64::MAX),
            floor,
            ceiling: Some(ceiling),
        })
    };
    let changes = vec![
        adjust(COUNT, 1, (0, MAX_JOBS)),
        adjust(BYTES, bytes, (0, MAX_BYTES)),
        // No two have the same place.
        adjust(NUMBER, 1, (number, number)),
    ];
    Ok((number, changes))
}
