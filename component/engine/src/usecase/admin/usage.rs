//! Seats by license and by the value of an attribute: a step over some of the users. Whoever asks
//! adds up the steps.

use std::collections::BTreeMap;

use serde_json::json;

use super::super::case::Case;
use super::super::{Decision, document};
use super::ask::{MAX_ROWS, Parameters};
use super::{find, stepped, user_kind};
use crate::facts::Plan;
use crate::license::{State, grants};
use crate::refusal::Refusal;
use crate::scim::filter::values;
use crate::scim::schema::{Resolved, Target};
use crate::scim::value::{Object, Value};

/// Where grants come from stands beside the user's attributes.
const SOURCE: &str = "source";

pub(super) fn step(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    let parameters = Parameters::read(case, &["by", "cursor", "count"])?;
    let path = parameters.get("by").unwrap_or_default();
    let kind = user_kind(case)?;
    let target = match kind.resolve(path) {
        Some(Resolved::Attribute(target)) => Some(target),
        _ if path == SOURCE => None,
        _ => {
            let detail = format!("`by` is an attribute of User, or `{SOURCE}`, not `{path}`");
            return Err(Refusal::value(detail));
        }
    };
    let plan = parameters.step_of("User", MAX_ROWS)?;
    let want_total = plan.after.is_none();
    let page = find(case, Plan { want_total, ..plan })?;
    let mut sums: BTreeMap<(String, String), [u64; 6]> = BTreeMap::new();
    for row in &page.rows {
        let user = document::read(row)?;
        let of_user = target.map(|target| of(&user, &target));
        for grant in grants(&user) {
            let at = State::ALL.iter().position(|state| *state == grant.state);
            let of_grant = of_user.clone().unwrap_or_else(|| grant.sources.clone());
            for value in of_grant {
                let sum = sums.entry((value, grant.sku.clone())).or_default();
                if let Some(count) = at.and_then(|at| sum.get_mut(at)) {
                    *count += 1;
                }
            }
        }
    }
    let rows = sums.into_iter().map(|((value, sku), counts)| {
        let mut row = json!({ "value": value, "sku": sku });
        if let Some(row) = row.as_object_mut() {
            for (state, count) in State::ALL.iter().zip(counts) {
                row.insert(state.word().to_owned(), json!(count));
            }
        }
        row
    });
    let mut body = json!({ "rows": rows.collect::<Vec<_>>(), "looked": page.rows.len() });
    if let (Some(total), Some(body)) = (page.total, body.as_object_mut()) {
        body.insert("total".to_owned(), json!(total));
    }
    Ok(stepped(body, page.next))
}

/// The values of an attribute, as text; one empty text where there is none, so that nobody is left out.
fn of(user: &Object<'_>, target: &Target<'_>) -> Vec<String> {
    let mut found = Vec::new();
    values(user, target, &mut |value| match value {
        Value::Text(text) => found.push(text.to_string()),
        Value::Bool(value) => found.push(value.to_string()),
        Value::Integer(value) => found.push(value.to_string()),
        _ => {}
    });
    if found.is_empty() {
        found.push(String::new());
    }
    found
}
