//! An admin gives a license to a user, or takes that back.

use serde::Deserialize;

use super::super::case::Case;
use super::super::settle::settle_own;
use super::super::{Decision, document};
use super::ask::optional_body;
use super::{user_kind, user_row, why};
use crate::facts::Row;
use crate::license::{Assigned, Cause, assigned};
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

/// What the body may say.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Term {
    /// When it ends.
    #[serde(default)]
    until: Option<String>,
}

/// When it ends, if the body says so.
fn until(case: &Case<'_>) -> Result<Option<String>, Refusal> {
    let Term { until } = optional_body(case)?;
    let Some(until) = until else { return Ok(None) };
    let moment = time::milliseconds(&until).filter(|moment| *moment > case.request.now);
    moment
        .map(|moment| Some(time::stamp(moment)))
        .ok_or_else(|| Refusal::value("`until` is a dateTime that is still to come"))
}

fn settled(case: &mut Case<'_>, row: &Row, given: &[Assigned]) -> Result<Decision, Refusal> {
    let kind = user_kind(case)?;
    let (document, changes) = settle_own(case, kind, row, given, Cause::Admin)?;
    let mut decision = why::of(case, &row.key.id, &document)?;
    decision.changes = changes;
    Ok(decision)
}
