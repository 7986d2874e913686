//! What has happened to seats, and who held them at a moment.

use std::collections::BTreeMap;

use serde_json::{Value as Json, json};

use super::super::case::Case;
use super::super::{Decision, document};
use super::ask::Parameters;
use super::{find, names, stepped, user_name, user_row};
use crate::facts::{Entry, Node, Plan, Row};
use crate::license::history::{HISTORY, Line, OF, Turn, has_seat};
use crate::license::{State, grants, queue_path};
use crate::refusal::Refusal;
use crate::scim::time;

pub(super) fn list(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    let known = ["user", "sku", "at", "cursor", "count"];
    let parameters = Parameters::read(case, &known)?;
    match (parameters.get("at"), parameters.get("sku")) {
        (Some(at), Some(sku)) => {
            let moment = time::milliseconds(at)
                .map(time::stamp)
                .ok_or_else(|| Refusal::value("`at` is a dateTime"))?;
            at_moment(case, sku, &moment, &parameters)
        }
        (Some(_), None) => Err(Refusal::value("`at` needs a `sku`: who held what?")),
        (None, _) => lines(case, &parameters),
    }
}

/// The lines of a user, of a license, of both, or all of them; oldest first.
fn lines(case: &mut Case<'_>, parameters: &Parameters) -> Result<Decision, Refusal> {
    let user = match parameters.get("user") {
        Some(user) => Some(user_id(case, user)?),
        None => None,
    };
    let mut nodes = Vec::new();
    if let Some(sku) = parameters.get("sku") {
        let [added, freed, other] = Turn::ALL.map(|turn| Node::Present(turn.path(sku)));
        nodes.extend([added, freed, Node::Either(0, 1), other, Node::Either(2, 3)]);
    }
    if let Some(value) = user.clone() {
        let at = nodes.len();
        nodes.push(Node::Equal(Entry {
            path: OF.to_owned(),
            value,
        }));
        if at > 0 {
            nodes.push(Node::Both(4, 5));
        }
    }
    let plan = Plan {
        nodes,
        ..parameters.step(HISTORY)?
    };
    let page = find(case, plan)?;
    let mut lines = Vec::with_capacity(page.rows.len());
    for row in &page.rows {
        let line = read(row)?;
        let is_meant = user.as_ref().is_none_or(|user| *user == line.user)
            && parameters.get("sku").is_none_or(|sku| sku == line.sku);
        lines.extend(is_meant.then_some(line));
    }
    let ids: Vec<String> = lines.iter().map(|line| line.user.clone()).collect();
    let names = names(case, &ids)?;
    let list: Vec<Json> = lines.iter().map(|line| shown(line, &names)).collect();
    Ok(stepped(json!({ "history": list }), page.next))
}

/// The id of a user; of somebody who is gone, it is said as an id.
fn user_id(case: &mut Case<'_>, user: &str) -> Result<String, Refusal> {
    match user_row(case, user) {
        Ok(row) => Ok(row.key.id),
        Err(Refusal::Status(404, _)) => Ok(user.to_owned()),
        Err(other) => Err(other),
    }
}

fn read(row: &Row) -> Result<Line, Refusal> {
    serde_json::from_str(&row.body)
        .map_err(|error| Refusal::Corrupt(format!("History {}: {error}", row.key.id)))
}

fn shown(line: &Line, names: &BTreeMap<String, String>) -> Json {
    let mut shown = serde_json::to_value(line).unwrap_or_default();
    if let (Some(shown), Some(name)) = (shown.as_object_mut(), names.get(&line.user)) {
        shown.insert("userName".to_owned(), json!(name));
    }
    shown
}

/// Who held a license at a moment: those whose seat has ended or changed since then, and those who
/// have it still. The cursor says of which of the two.
fn at_moment(
    case: &mut Case<'_>,
    sku: &str,
    moment: &str,
    parameters: &Parameters,
) -> Result<Decision, Refusal> {
    let cursor = parameters.get("cursor").unwrap_or_default();
    let (part, after) = cursor.split_once('/').unwrap_or(("past", cursor));
    let step = |kind: &str| {
        let after = (!after.is_empty()).then(|| after.to_owned());
        let plan = parameters.step(kind)?;
        Ok::<_, Refusal>(Plan { after, ..plan })
    };
    let (holders, next) = match State::from_word(part) {
        None => past(case, sku, moment, step(HISTORY)?)?,
        Some(state) => still(case, sku, moment, state, step("User")?)?,
    };
    Ok(stepped(json!({ "holders": holders }), next))
}

/// Some of the holders, and where to go on.
type Part = (Vec<Json>, Option<String>);

/// Seats that have ended or changed since the moment, and were there then.
fn past(case: &mut Case<'_>, sku: &str, moment: &str, step: Plan) -> Result<Part, Refusal> {
    let later = |turn: Turn| {
        Node::Greater(Entry {
            path: turn.path(sku),
            value: moment.to_owned(),
        })
    };
    let plan = Plan {
        nodes: vec![later(Turn::Freed), later(Turn::Other), Node::Either(0, 1)],
        ..step
    };
    let page = find(case, plan)?;
    let mut lines = Vec::new();
    for row in &page.rows {
        let line = read(row)?;
        let state = line.from.as_deref().and_then(State::from_word);
        let began = line.since.as_deref().is_some_and(|since| since <= moment);
        // A seat that is held, or no longer held, is the same one still: another line says of it.
        let goes_on = has_seat(line.to.as_deref().and_then(State::from_word))
            && (state == Some(State::Held) || line.to.as_deref() == Some(State::Held.word()));
        let was_there = has_seat(state) && began && !goes_on;
        if line.sku == sku && was_there && line.at.as_str() > moment {
            lines.push(line);
        }
    }
    let ids: Vec<String> = lines.iter().map(|line| line.user.clone()).collect();
    let names = names(case, &ids)?;
    let holder = |line: &Line| {
        let mut holder = json!({
            "id": line.user,
            "state": line.from,
            "since": line.since,
            "until": line.at,
        });
        if let (Some(holder), Some(name)) = (holder.as_object_mut(), names.get(&line.user)) {
            holder.insert("userName".to_owned(), json!(name));
        }
        holder
    };
    let next = page
        .next
        .map_or("active/".to_owned(), |next| format!("past/{next}"));
    Ok((lines.iter().map(holder).collect(), Some(next)))
}

/// Those who have had it since then.
fn still(
    case: &mut Case<'_>,
    sku: &str,
    moment: &str,
    state: State,
    step: Plan,
) -> Result<Part, Refusal> {
    let plan = Plan {
        nodes: vec![Node::Present(queue_path(state, sku))],
        ..step
    };
    let page = find(case, plan)?;
    let mut holders = Vec::new();
    for row in &page.rows {
        let user = document::read(row)?;
        let mut all = grants(&user).into_iter();
        let grant = all.find(|grant| grant.sku == sku && grant.state == state);
        if let Some(grant) = grant.filter(|grant| grant.since.as_str() <= moment) {
            holders.push(json!({
                "id": row.key.id,
                "userName": user_name(&user),
                "state": grant.state.word(),
                "since": grant.since,
            }));
        }
    }
    let next = match (page.next, state) {
        (Some(next), _) => Some(format!("{}/{next}", state.word())),
        (None, State::Active) => Some("overage/".to_owned()),
        (None, State::Overage) => Some("held/".to_owned()),
        (None, _) => None,
    };
    Ok((holders, next))
}
