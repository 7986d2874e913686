//! An admin gives a license to a user, or takes that back.

use serde_json::Value as Json;

use super::super::case::Case;
use super::super::settle::settle_own;
use super::super::{Decision, document};
use super::{user_kind, user_row, why};
use crate::facts::Row;
use crate::license::{Assigned, assigned};
use crate::refusal::Refusal;
use crate::scim::time;

pub(super) fn give(case: &mut Case<'_>, user: &str, sku: &str) -> Result<Decision, Refusal> {
    let until = until(case)?;
    if case.catalog()?.license(sku).is_none() {
        let detail = format!("there is no license `{sku}`; create it first");
        return Err(Refusal::Status(404, detail));
    }
    let row = user_row(case, user)?;
    let mut given = assigned(&document::read(&row)?);
    given.retain(|one| one.sku != sku);
    given.push(Assigned {
        sku: sku.to_owned(),
        until,
    });
    settled(case, &row, &given)
}

pub(super) fn take_back(case: &mut Case<'_>, user: &str, sku: &str) -> Result<Decision, Refusal> {
    let row = user_row(case, user)?;
    let mut given = assigned(&document::read(&row)?);
    let all = given.len();
    given.retain(|one| one.sku != sku);
    if given.len() == all {
        let detail = format!(
            "no admin has given license `{sku}` to this user; `why` says where a license comes from"
        );
        return Err(Refusal::Status(404, detail));
    }
    settled(case, &row, &given)
}

/// When it ends, if the body says so.
fn until(case: &Case<'_>) -> Result<Option<String>, Refusal> {
    if case.request.body.trim().is_empty() {
        return Ok(None);
    }
    let body: Json = serde_json::from_str(&case.request.body)
        .map_err(|error| Refusal::syntax(format!("the body is not JSON: {error}")))?;
    let body = body
        .as_object()
        .ok_or_else(|| Refusal::syntax("the body must be a JSON object"))?;
    if let Some(other) = body.keys().find(|key| *key != "until") {
        return Err(Refusal::syntax(format!(
            "`{other}` is unknown here; use `until`"
        )));
    }
    let Some(until) = body.get("until").filter(|until| !until.is_null()) else {
        return Ok(None);
    };
    let moment = until.as_str().and_then(time::milliseconds);
    let moment = moment.filter(|moment| *moment > case.request.now);
    moment
        .map(|moment| Some(time::stamp(moment)))
        .ok_or_else(|| Refusal::value("`until` is a dateTime that is still to come"))
}

fn settled(case: &mut Case<'_>, row: &Row, given: &[Assigned]) -> Result<Decision, Refusal> {
    let kind = user_kind(case)?;
    let (document, changes) = settle_own(case, kind, row, given, "admin")?;
    let mut decision = why::of(case, &row.key.id, &document)?;
    decision.changes = changes;
    Ok(decision)
}
