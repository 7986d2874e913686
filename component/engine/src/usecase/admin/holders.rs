//! Users with a grant of one license.

use serde_json::{Value as Json, json};

use super::super::case::Case;
use super::super::{Decision, document};
use super::ask::Parameters;
use super::{find, stepped, user_name};
use crate::facts::{Node, Order, Plan, Row};
use crate::license::{Grant, State, grants, queue_path};
use crate::refusal::Refusal;

pub(super) fn list(case: &mut Case<'_>, sku: &str) -> Result<Decision, Refusal> {
    let parameters = Parameters::read(case, &["state", "cursor", "count"])?;
    let word = parameters.get("state").unwrap_or("active");
    let state = State::from_word(word).ok_or_else(|| {
        let words = State::ALL.map(State::word).join(", ");
        Refusal::value(format!("`state` is one of {words}"))
    })?;
    let path = queue_path(state, sku);
    let page = find(
        case,
        Plan {
            nodes: vec![Node::Present(path.clone())],
            // In the order of the line.
            order: Some(Order {
                path,
                descending: false,
            }),
            ..parameters.step("User")?
        },
    )?;
    let mut holders = Vec::with_capacity(page.rows.len());
    for row in &page.rows {
        holders.extend(holder(row, sku, state)?);
    }
    Ok(stepped(json!({ "holders": holders }), page.next))
}

fn holder(row: &Row, sku: &str, state: State) -> Result<Option<Json>, Refusal> {
    let user = document::read(row)?;
    let mut all = grants(&user).into_iter();
    let Some(grant) = all.find(|grant| grant.sku == sku && grant.state == state) else {
        return Ok(None);
    };
    let mut holder = shown(&grant);
    if let Some(holder) = holder.as_object_mut() {
        holder.insert("id".to_owned(), json!(row.key.id));
        holder.insert("userName".to_owned(), json!(user_name(&user)));
    }
    Ok(Some(holder))
}

/// A grant as it is reported.
pub(super) fn shown(grant: &Grant) -> Json {
    let mut shown = json!({
        "state": grant.state.word(),
        "since": grant.since,
        "sources": grant.sources,
    });
    if let Some(shown) = shown.as_object_mut() {
        for (name, text) in [("until", &grant.until), ("reason", &grant.reason)] {
            if let Some(text) = text {
                shown.insert(name.to_owned(), json!(text));
            }
        }
        if grant.priority > 0 {
            shown.insert("priority".to_owned(), json!(grant.priority));
        }
    }
    shown
}
