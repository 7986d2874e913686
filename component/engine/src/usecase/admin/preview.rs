//! What a request would do to seats. Nothing of it is done.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::{Value as Json, json};

use super::super::case::Case;
use super::super::{Decision, route};
use super::answer;
use super::ask::body;
use crate::facts::Change;
use crate::license::history::{HISTORY, Line};
use crate::message::Request;
use crate::refusal::Refusal;

/// The request that is meant.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    method: String,
    /// Below the SCIM base, with the query string.
    path: String,
    #[serde(default)]
    body: Option<Json>,
}

pub(super) fn preview(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    let asked: Asked = body(case)?;
    let (path, query) = asked
        .path
        .split_once('?')
        .map_or((asked.path.as_str(), None), |(path, query)| {
            (path, Some(query))
        });
    if route::segments(path)?.first().map(Cow::as_ref) == Some(".admin") {
        return Err(Refusal::value(
            "`path` is that of a SCIM request, such as `/Users`",
        ));
    }
    let request = Request {
        method: asked.method.to_uppercase(),
        path: path.to_owned(),
        query: query.map(str::to_owned),
        headers: Vec::new(),
        body: asked.body.as_ref().map(Json::to_string).unwrap_or_default(),
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
