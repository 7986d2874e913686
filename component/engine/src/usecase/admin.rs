//! What an admin asks of licenses (docs/licenses.md, "Commands and paths"): who holds them, why, since
//! when, what a request would do, whether everything adds up. Below `/.admin`, for the scope `admin`.
//!
//! Answers are plain JSON. Where there may be very much, a step at a time: `next` goes on.

mod ask;
mod give;
mod held;
mod history;
mod holders;
mod preview;
mod report;
mod usage;
mod verify;
mod why;

use std::collections::BTreeMap;

use serde_json::Value as Json;

use super::case::Case;
use super::route::wrong_method;
use super::{Decision, document};
use crate::facts::{Failure, Key, Page, Plan, Row};
use crate::message::Response;
use crate::refusal::Refusal;
use crate::scim::schema::ResourceType;
use crate::scim::value::Object;

/// Every path there is.
pub(super) fn admin(case: &mut Case<'_>, path: &[&str]) -> Result<Decision, Refusal> {
    if !case.request.principal.may_administer() {
        let detail = "this needs a credential of scope `admin`";
        return Err(Refusal::Status(403, detail.to_owned()));
    }
    match (case.method, path) {
        ("GET", ["licenses"]) => report::all(case),
        ("GET", ["licenses", sku, "holders"]) => holders::list(case, sku),
        ("GET", ["users", user, "licenses"]) => why::all(case, user),
        ("GET", ["users", user, "licenses", sku]) => why::one(case, user, sku),
        ("PUT", ["users", user, "licenses", sku]) => give::give(case, user, sku),
        ("DELETE", ["users", user, "licenses", sku]) => give::take_back(case, user, sku),
        ("GET", ["usage"]) => usage::step(case),
        ("GET", ["history"]) => history::list(case),
        ("GET", ["held"]) => held::list(case),
        ("POST", ["held"]) => held::act(case),
        ("POST", ["preview"]) => preview::preview(case),
        ("POST", ["verify"]) => verify::step(case),
        (method, ["users", _, "licenses", _]) => Err(wrong_method(method, "GET, PUT, DELETE")),
        (method, ["held"]) => Err(wrong_method(method, "GET, POST")),
        (method, ["preview" | "verify"]) => Err(wrong_method(method, "POST")),
        (method, ["licenses" | "usage" | "history"]) => Err(wrong_method(method, "GET")),
        _ => Err(Refusal::Status(
            404,
            "there is nothing here; see docs/licenses.md".to_owned(),
        )),
    }
}

/// An answer in JSON.
fn answer(body: &Json) -> Decision {
    let response = Response {
        status: 200,
        headers: Vec::new(),
        body: body.to_string(),
    };
    Decision::answer(response.with("content-type", "application/json"))
}

/// The same, of a step that says where the next one begins.
fn stepped(mut body: Json, next: Option<String>) -> Decision {
    if let (Some(next), Some(body)) = (next, body.as_object_mut()) {
        body.insert("next".to_owned(), Json::from(next));
    }
    answer(&body)
}

/// Asks for a step. A cursor that the store did not give is the caller's mistake.
fn find(case: &mut Case<'_>, plan: Plan) -> Result<Page, Refusal> {
    let is_first = plan.after.is_none();
    case.facts.find(plan).map_err(|failure| {
        let refusal = Refusal::from(failure);
        match refusal {
            Refusal::Store(Failure::Other(_)) if !is_first => {
                Refusal::value("`cursor` is none that was given here: begin anew without it")
            }
            other => other,
        }
    })
}

fn user_kind<'r>(case: &Case<'r>) -> Result<&'r ResourceType, Refusal> {
    let kind = case.tenant.registry.by_name("User");
    kind.ok_or_else(|| Refusal::Status(501, "this tenant has no users".to_owned()))
}

/// The row of a user by id, or by `userName`.
fn user_row(case: &mut Case<'_>, name: &str) -> Result<Row, Refusal> {
    let kind = user_kind(case)?;
    let Some(id) = case.user_id(kind, name)? else {
        return Err(Refusal::not_found("User", name));
    };
    case.row(kind, &id)
}

/// The `userName` of a user that is read.
fn user_name(user: &Object<'_>) -> String {
    user.get_text("userName").unwrap_or_default().to_owned()
}

/// The names of users, of those who still exist.
fn names(case: &mut Case<'_>, ids: &[String]) -> Result<BTreeMap<String, String>, Refusal> {
    let keys: Vec<Key> = ids.iter().map(|id| Key::new("User", id)).collect();
    if keys.is_empty() {
        return Ok(BTreeMap::new());
    }
    let mut names = BTreeMap::new();
    for row in case.facts.load(keys)?.into_iter().flatten() {
        let name = user_name(&document::read(&row)?);
        names.insert(row.key.id, name);
    }
    Ok(names)
}
