//! What a client sends, as the policy rewrites it before it is checked.
//!
//! It is decided as the policy has it. As it was sent it is decided where the policy would stand in the
//! way: of who leaves, and of what goes where the policy refuses, fails, makes nonsense of it, or loses
//! it in a PATCH. What the policy puts into a PUT is its addition, as it is in `entitle`: to leave it out
//! once would only bring it back with the next one.

mod person;

use self::person::Person;
use super::{Hook, Why, asks, question, verb};
use crate::facts::Broken;
use crate::message::Request;
use crate::refusal::Refusal;
use crate::scim::resource::is_core;
use crate::scim::schema::ResourceType;
use crate::scim::value::{Object, Value};
use crate::settings::OnFailure;
use crate::usecase::Decision;
use crate::usecase::case::Case;

/// Whether somebody is active is the provider's word alone.
const ACTIVE: &str = "active";

/// Decides a write of a user over what the policy makes of its body. `id`: who is written; none where
/// the request makes somebody. `decide` is how it is decided.
///
/// # Errors
/// As `decide`; the policy's no, or that it has failed, unless the request takes something away.
pub(in crate::usecase) fn shaped(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: Option<&str>,
    decide: impl Fn(&mut Case<'_>) -> Result<Decision, Refusal>,
) -> Result<Decision, Refusal> {
    if kind.name() != "User" || !asks(case, Hook::Shape) {
        return decide(case);
    }
    // What is no JSON object is refused as it would be without a policy.
    let Ok(Value::Object(sent)) = Value::parse(&case.request.body) else {
        return decide(case);
    };
    let person = Person::of(case, id)?;
    // Written anew, so that no way to spell a name in JSON is another name.
    let speaks = speaks_of(&serde_json::to_string(&sent).unwrap_or_default(), ACTIVE);
    let mut known = None;
    if id.is_some() && speaks {
        match over(case, case.request, &decide) {
            Ok(decision) if person.is_inactive_after(&decision) => return Ok(decision),
            decided => known = Some(decided),
        }
    }
    let as_sent = |case: &mut Case<'_>| known.unwrap_or_else(|| over(case, case.request, &decide));
    let body = match rewritten(case, kind, &sent) {
        Ok(Some(body)) => body,
        Ok(None) => return as_sent(case),
        Err(why) => return without(case, &person, as_sent, &why),
    };
    let request = Request {
        body,
        ..case.request.clone()
    };
    match over(case, &request, &decide) {
        // A PUT says what there is, a PATCH what comes and goes.
        Ok(shaped) if case.method != "PATCH" => Ok(shaped),
        Ok(shaped) => weighed(case, &person, speaks, (shaped, &request.body), as_sent),
        Err(refusal) => taking(&person, as_sent(case)).ok_or_else(|| told(refusal)),
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

/// A PATCH as the policy has it, if it leaves `active` to the provider; as it was sent, if what goes by
/// that would stay.
fn weighed(
    case: &mut Case<'_>,
    person: &Person,
    speaks_of_active: bool,
    (shaped, body): (Decision, &str),
    as_sent: impl FnOnce(&mut Case<'_>) -> Result<Decision, Refusal>,
) -> Result<Decision, Refusal> {
    let sent = as_sent(case);
    let leaves = match &sent {
        Ok(sent) => person.is_inactive_after(sent),
        // What cannot be carried out as it was sent may still have meant it.
        Err(_) if speaks_of_active => person.is_inactive_after(&shaped),
        Err(_) => person.is_inactive(),
    };
    if leaves != person.is_inactive_after(&shaped) {
        return without(case, person, |_| sent, &Why::Broken(Broken::Nonsense));
    }
    match sent {
        Ok(sent) if person.keeps(&shaped, &sent, |name| speaks_of(body, name)) => Ok(sent),
        _ => Ok(shaped),
    }
}

/// As it was sent, where the policy has no answer that counts, if that takes something away or nobody
/// minds.
fn without(
    case: &mut Case<'_>,
    person: &Person,
    as_sent: impl FnOnce(&mut Case<'_>) -> Result<Decision, Refusal>,
    why: &Why,
) -> Result<Decision, Refusal> {
    let sent = as_sent(case);
    if matches!(why, Why::Broken(_)) && case.tenant.settings.on_failure == OnFailure::Ignore {
        return sent;
    }
    taking(person, sent).ok_or_else(|| why.refusal())
}

/// A decision, if it takes something away.
fn taking(person: &Person, decision: Result<Decision, Refusal>) -> Option<Decision> {
    decision.ok().filter(|it| person.loses(it))
}

/// A refusal of what the client has not written.
fn told(refusal: Refusal) -> Refusal {
    match refusal {
        Refusal::Scim(word, detail) => {
            let detail = format!("{detail} (in what the tenant's policy made of the body)");
            Refusal::Scim(word, detail)
        }
        other => other,
    }
}

/// The body as the policy has it; none where that is as it was sent.
fn rewritten(
    case: &mut Case<'_>,
    kind: &ResourceType,
    sent: &Object<'_>,
) -> Result<Option<String>, Why> {
    let question = question(case, verb(case));
    let document = case.request.body.clone();
    let answers = match case.facts.policy() {
        Some(policy) => policy.shape(&question, vec![document]),
        None => return Ok(None),
    };
    let mut answers = answers.map_err(Why::Broken)?.into_iter();
    let (Some(answer), None) = (answers.next(), answers.next()) else {
        return Err(Why::Broken(Broken::Nonsense));
    };
    let body = answer.map_err(Why::No)?;
    let Ok(Value::Object(mut shaped)) = Value::parse(&body) else {
        return Err(Why::Broken(Broken::Nonsense));
    };
    if case.method != "PATCH" {
        let said = said_of_active(kind, sent).cloned().map(Value::into_owned);
        unsay_active(kind, &mut shaped);
        if let Some(said) = said {
            shaped.set(ACTIVE, said);
        }
    }
    let is_the_same = shaped.same(sent);
    Ok((!is_the_same).then(|| Value::Object(shaped).to_json()))
}

/// Whether a body may speak of an attribute, in whatever place.
fn speaks_of(body: &str, name: &str) -> bool {
    body.to_ascii_lowercase().contains(name)
}

/// What a user says of `active`: at the top, or under the URN of the core schema. What comes last counts.
fn said_of_active<'o, 'a>(kind: &ResourceType, user: &'o Object<'a>) -> Option<&'o Value<'a>> {
    let said = user.iter().filter_map(|(name, value)| match value {
        Value::Object(block) if is_core(kind, name) => said_of_active(kind, block),
        value if name.eq_ignore_ascii_case(ACTIVE) => Some(value),
        _ => None,
    });
    said.filter(|value| !value.is_absent()).last()
}

/// Takes that out.
fn unsay_active(kind: &ResourceType, user: &mut Object<'_>) {
    user.retain(|name, value| {
        if let (true, Value::Object(block)) = (is_core(kind, name), value) {
            unsay_active(kind, block);
        }
        !name.eq_ignore_ascii_case(ACTIVE)
    });
}
