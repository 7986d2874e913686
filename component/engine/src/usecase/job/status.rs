//! How far a job has come, what has become of its operations, and its end before its time: below `/.async`,
//! for whoever has sent it, and for admins.

use serde_json::{Map, Value as Json, json};

use super::rows::{self, JOB, Job, RESULT, Results, State};
use crate::facts::{Key, Node, Order, Plan, Row};
use crate::message::Response;
use crate::refusal::Refusal;
use crate::scim::time;
use crate::scim::urn;
use crate::usecase::Decision;
use crate::usecase::case::Case;
use crate::usecase::route::wrong_method;

/// Parts whose results are shown at a time.
const AT_ONCE: usize = 10;

/// Jobs in a list.
const SHOWN: u32 = 100;

/// Answers what stands below `/.async`.
pub(in crate::usecase) fn status(case: &mut Case<'_>, path: &[&str]) -> Result<Decision, Refusal> {
    let Some((txn, rest)) = path.split_first() else {
        return all(case);
    };
    let (job, row) = find(case, txn)?;
    match (case.method, rest) {
        ("GET", []) => Ok(answer(&shown(case, txn, &job))),
        ("DELETE", []) => cancel(case, txn, job, &row),
        ("GET", ["results"]) => results(case, txn, &job),
        ("GET", ["response"]) => response(case, txn, &job),
        (method, []) => Err(wrong_method(method, "GET, DELETE")),
        (method, ["results" | "response"]) => Err(wrong_method(method, "GET")),
        _ => Err(unknown(txn)),
    }
}

/// The caller's jobs, and for admins everybody's: those that are not done first, in their order. A hundred at
/// the most.
fn all(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    if case.method != "GET" {
        return Err(wrong_method(case.method, "GET"));
    }
    let mut jobs = Vec::new();
    for path in [rows::OPEN, rows::UNTIL] {
        let page = case.facts.find(Plan {
            kind: JOB.to_owned(),
            nodes: vec![Node::Present(path.to_owned())],
            order: Some(Order {
                path: path.to_owned(),
                descending: path == rows::UNTIL,
            }),
            max_rows: SHOWN,
            max_bytes: 4 << 20,
            ..Plan::default()
        })?;
        for row in page.rows {
            let job = Job::read(&row)?;
            if job.is_open() == (path == rows::OPEN) && is_for(case, &job) {
                jobs.push(shown(case, &row.key.id, &job));
            }
        }
    }
    jobs.truncate(SHOWN as usize);
    Ok(answer(&json!({ "requests": jobs })))
}

fn is_for(case: &Case<'_>, job: &Job) -> bool {
    let principal = &case.request.principal;
    job.principal == principal.id || principal.may_administer()
}

/// The job, if it is there for this caller. Who may not know of it is told that it is not there.
fn find(case: &mut Case<'_>, txn: &str) -> Result<(Job, Row), Refusal> {
    let row = case.facts.load(vec![Key::new(JOB, txn)])?.pop().flatten();
    let row = row.ok_or_else(|| unknown(txn))?;
    let job = Job::read(&row)?;
    if is_for(case, &job) {
        Ok((job, row))
    } else {
        Err(unknown(txn))
    }
}

fn unknown(txn: &str) -> Refusal {
    let short: String = txn.chars().take(100).collect();
    let detail = format!("no request `{short}` of yours is known; they are kept for a week");
    Refusal::Status(404, detail)
}

fn shown(case: &Case<'_>, txn: &str, job: &Job) -> Json {
    let moment = |at: Option<u64>| at.map(time::stamp);
    let base = &case.request.base_url;
    let mut shown = json!({
        "txn": txn,
        "state": job.state,
        "method": job.method,
        "path": job.path,
        "operations": { "total": job.total, "done": job.done, "failed": job.failed },
        "accepted": time::stamp(job.accepted),
        "location": format!("{base}/.async/{txn}"),
        "results": format!("{base}/.async/{txn}/results"),
    });
    let later = [("started", job.started), ("finished", job.finished)];
    if let Json::Object(shown) = &mut shown {
        for (name, at) in later {
            shown.extend(moment(at).map(|at| (name.to_owned(), Json::from(at))));
        }
    }
    shown
}

fn answer(body: &Json) -> Decision {
    let response = Response::empty(200).with("content-type", "application/json");
    Decision::answer(Response {
        body: body.to_string(),
        ..response
    })
}

/// What has become of the operations, some parts at a time, in the order in which they were carried out.
fn results(case: &mut Case<'_>, txn: &str, job: &Job) -> Result<Decision, Refusal> {
    let query = case.request.query.as_deref().unwrap_or_default();
    let after = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("after="));
    let after: usize = match after.map(str::parse) {
        None => 0,
        Some(Ok(after)) => after,
        Some(Err(_)) => return Err(Refusal::value("`after` is what `next` said")),
    };
    let upto = job.next.min(after.saturating_add(AT_ONCE));
    let keys = (after..upto)
        .map(|part| rows::key(RESULT, txn, part))
        .collect();
    let mut operations = Vec::new();
    for row in case.facts.load(keys)?.into_iter().flatten() {
        let results = Results::read(&row)?;
        for (at, raw) in results.operations {
            let mut operation: Map<String, Json> =
                serde_json::from_str(raw.get()).unwrap_or_default();
            operation.insert("index".to_owned(), Json::from(at));
            operations.push(operation);
        }
    }
    let next = (upto < job.parts).then_some(upto);
    Ok(answer(&json!({
        "schemas": [urn::BULK_RESPONSE],
        "Operations": operations,
        "next": next,
    })))
}

/// The very answer that the request would have got: of a bulk, its `BulkResponse` where it is small. Until
/// there is one, 202.
fn response(case: &mut Case<'_>, txn: &str, job: &Job) -> Result<Decision, Refusal> {
    let is_large = job.parts > AT_ONCE;
    if job.is_open() || is_large {
        let location = format!("{}/.async/{txn}", case.request.base_url);
        let response = Response::empty(202)
            .with("set-txn", txn)
            .with("preference-applied", "respond-async")
            .with("location", &location);
        return Ok(Decision::answer(response));
    }
    if job.is_bulk {
        return bulk_response(case, txn, job);
    }
    let key = rows::key(RESULT, txn, 0);
    let row = case.facts.load(vec![key])?.pop().flatten();
    let row = row.ok_or_else(|| unknown(txn))?;
    let results = Results::read(&row)?;
    let Some(kept) = results.answer else {
        let detail = "cancelled before it was carried out";
        return Err(Refusal::Status(409, detail.to_owned()));
    };
    Ok(Decision::answer(Response::from(kept)))
}

fn bulk_response(case: &mut Case<'_>, txn: &str, job: &Job) -> Result<Decision, Refusal> {
    let keys = (0..job.parts)
        .map(|part| rows::key(RESULT, txn, part))
        .collect();
    let rows = case.facts.load(keys)?;
    let mut operations = Vec::with_capacity(job.total);
    for row in rows.iter().flatten() {
        let results = Results::read(row)?;
        operations.extend(results.operations);
    }
    operations.sort_by_key(|(at, _)| *at);
    let operations: Vec<_> = operations.into_iter().map(|(_, raw)| raw).collect();
    let body = json!({ "schemas": [urn::BULK_RESPONSE], "Operations": operations });
    Ok(Decision::answer(Response::scim(200, body.to_string())))
}

/// What is not done yet is not done any more. What is, stays.
fn cancel(case: &Case<'_>, txn: &str, job: Job, row: &Row) -> Result<Decision, Refusal> {
    if !case.request.principal.may_write() {
        let detail = "this credential may read only; use one of scope `scim`";
        return Err(Refusal::Status(403, detail.to_owned()));
    }
    if !job.is_open() {
        let detail = "it is carried out already; there is nothing left to cancel";
        return Err(Refusal::Status(409, detail.to_owned()));
    }
    let job = Job {
        state: State::Cancelled,
        ..job
    };
    Ok(Decision {
        response: Response::empty(204),
        changes: vec![job.put(txn, Some(row.version))],
        fault: None,
    })
}
