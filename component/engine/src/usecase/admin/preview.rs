//! What a request would do to seats. Nothing of it is done.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::super::case::Case;
use super::super::{Decision, route};
use super::answer;
use crate::facts::Change;
use crate::license::history::{HISTORY, Line};
use crate::message::Request;
use crate::refusal::Refusal;

pub(super) fn preview(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    let body: BTreeMap<String, Json> = serde_json::from_str(&case.request.body)
        .map_err(|error| Refusal::syntax(format!("the body is no JSON object: {error}")))?;
    let text = |name: &str| body.get(name).and_then(Json::as_str);
    let (Some(method), Some(path)) = (text("method"), text("path")) else {
        return Err(Refusal::syntax(
            "a preview needs the `method` and the `path` of a request",
        ));
    };
    let (path, query) = path
        .split_once('?')
        .map_or((path, None), |(path, query)| (path, Some(query)));
    if path.trim_start_matches('/').starts_with(".admin") {
        return Err(Refusal::value(
            "`path` is that of a SCIM request, such as `/Users`",
        ));
    }
    let request = Request {
        method: method.to_uppercase(),
        path: path.to_owned(),
        query: query.map(str::to_owned),
        headers: Vec::new(),
        body: body.get("body").map(Json::to_string).unwrap_or_default(),
        ..case.request.clone()
    };
    let inner = Case::new(case.tenant, &request, &mut *case.facts).and_then(route::travel);
    let decision = inner.unwrap_or_else(|refusal| Decision::answer(refusal.response()));
    let seats: Vec<Json> = decision.changes.iter().filter_map(seat).collect();
    let mut body = json!({ "status": decision.response.status, "seats": seats });
    let said: Option<Json> = serde_json::from_str(&decision.response.body).ok();
    if let (Some(said), Some(body)) = (said, body.as_object_mut()) {
        body.insert("body".to_owned(), said);
    }
    Ok(answer(&body))
}

/// What a change says of a seat: the lines that it would write into the history.
fn seat(change: &Change) -> Option<Json> {
    let Change::Put(put) = change else {
        return None;
    };
    if put.key.kind != HISTORY {
        return None;
    }
    let line: Line = serde_json::from_str(&put.body).ok()?;
    let mut seat = json!({
        "user": line.user,
        "sku": line.sku,
        "from": line.from,
        "to": line.to,
        "cause": line.cause,
    });
    if let (Some(reason), Some(seat)) = (line.reason, seat.as_object_mut()) {
        seat.insert("reason".to_owned(), json!(reason));
    }
    Some(seat)
}
