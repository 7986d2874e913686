//! What a client sends, as the policy rewrites it before it is checked.

use super::{Hook, Why, asks, question, verb};
use crate::facts::{Broken, Change};
use crate::license::history::{HISTORY, Line, Turn};
use crate::message::Request;
use crate::refusal::Refusal;
use crate::scim::schema::ResourceType;
use crate::scim::value::{Object, Value};
use crate::settings::OnFailure;
use crate::usecase::Decision;
use crate::usecase::case::Case;

/// Decides a write of a user over what the policy makes of its body. `decide` is how it is decided.
///
/// # Errors
/// As `decide`; the policy's no, or that it has failed, unless the request takes something away.
pub(in crate::usecase) fn shaped(
    case: &mut Case<'_>,
    kind: &ResourceType,
    decide: impl Fn(&mut Case<'_>) -> Result<Decision, Refusal>,
) -> Result<Decision, Refusal> {
    if kind.name() != "User" || !asks(case, Hook::Shape) {
        return decide(case);
    }
    // What is no JSON object is refused as it would be without a policy.
    let Ok(Value::Object(sent)) = Value::parse(&case.request.body) else {
        return decide(case);
    };
    if case.method != "POST" && may_deactivate(&case.request.body) {
        let decision = over(case, case.request, &decide);
        if decision.as_ref().is_ok_and(deactivates) {
            return decision;
        }
    }
    match rewritten(case, &sent) {
        Ok(body) => {
            let request = Request {
                body,
                ..case.request.clone()
            };
            over(case, &request, &decide).map_err(|refusal| match refusal {
                Refusal::Scim(word, detail) if request.body != case.request.body => {
                    let detail = format!("{detail} (in what the tenant's policy made of the body)");
                    Refusal::Scim(word, detail)
                }
                other => other,
            })
        }
        Err(Why::Broken(_)) if case.tenant.settings.on_failure == OnFailure::Ignore => decide(case),
        Err(why) => {
            let decision = over(case, case.request, &decide);
            match decision {
                Ok(decision) if takes(&decision) => Ok(decision),
                _ => Err(why.refusal()),
            }
        }
    }
}

/// The same case over another request.
fn over(
    case: &mut Case<'_>,
    request: &Request,
    decide: &impl Fn(&mut Case<'_>) -> Result<Decision, Refusal>,
) -> Result<Decision, Refusal> {
    decide(&mut case.likeness().about(request).over(&mut *case.facts))
}

/// The body as the policy has it.
fn rewritten(case: &mut Case<'_>, sent: &Object<'_>) -> Result<String, Why> {
    let question = question(case, verb(case));
    let document = case.request.body.clone();
    let answers = match case.facts.policy() {
        Some(policy) => policy.shape(&question, vec![document]),
        None => return Ok(document),
    };
    let mut answers = answers.map_err(Why::Broken)?.into_iter();
    let (Some(answer), None) = (answers.next(), answers.next()) else {
        return Err(Why::Broken(Broken::Nonsense));
    };
    let body = answer.map_err(Why::No)?;
    let Ok(Value::Object(mut shaped)) = Value::parse(&body) else {
        return Err(Why::Broken(Broken::Nonsense));
    };
    if case.method == "PATCH" {
        return Ok(body);
    }
    // Whether somebody is active is the provider's word alone.
    let name = |object: &Object<'_>| {
        let mut names = object.iter().map(|(name, _)| name.to_string());
        names.find(|name| name.eq_ignore_ascii_case("active"))
    };
    if let Some(name) = name(&shaped) {
        shaped.remove(&name);
    }
    if let Some(name) = name(sent)
        && let Some(value) = sent.get(&name)
    {
        shaped.set(name, value.clone());
    }
    Ok(serde_json::to_string(&shaped).unwrap_or(body))
}

/// Whether a body speaks of `active` at all, under whatever name and in whatever place.
fn may_deactivate(body: &str) -> bool {
    body.to_ascii_lowercase().contains("active")
}

/// Whether a decision makes a user inactive.
fn deactivates(decision: &Decision) -> bool {
    let inactive = |change: &Change| match change {
        Change::Put(put) if put.key.kind == "User" => match Value::parse(&put.body) {
            Ok(Value::Object(user)) => user.get("active") == Some(&Value::Bool(false)),
            _ => false,
        },
        _ => false,
    };
    decision.changes.iter().any(inactive)
}

/// Whether a decision takes something away.
fn takes(decision: &Decision) -> bool {
    let freed = |change: &Change| match change {
        Change::Put(put) if put.key.kind == HISTORY => {
            let line: Option<Line> = serde_json::from_str(&put.body).ok();
            line.is_some_and(|line| line.turn() == Turn::Freed)
        }
        _ => false,
    };
    deactivates(decision) || decision.changes.iter().any(freed)
}
