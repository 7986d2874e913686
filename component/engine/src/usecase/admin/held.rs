//! What the guard against mass revocation keeps, and what an admin decides of it.

use std::collections::BTreeSet;

use serde::Deserialize;
use serde_json::json;

use super::super::case::Case;
use super::super::members::MEMBER;
use super::super::overlay::Overlay;
use super::super::settle::held::{HELD, Held, SINCE, read};
use super::super::settle::{Why, resettled, settle_with};
use super::super::{Decision, document};
use super::ask::{PAGE_BYTES, Parameters, body};
use super::{find, stepped, user_kind, user_name};
use crate::facts::{Change, Edge, Expectation, Guard, Key, Order, Plan, Row};
use crate::license::{Cause, Grant, State, assigned, grants, put, set};
use crate::refusal::Refusal;
use crate::scim::index;
use crate::scim::schema::{Resolved, ResourceType};
use crate::scim::value::{Object, Value};

/// Users of whom one call decides.
const AT_ONCE: usize = 200;

pub(super) fn list(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    let parameters = Parameters::read(case, &["cursor", "count"])?;
    let plan = Plan {
        want_total: true,
        ..in_order(parameters.step(HELD)?)
    };
    let page = find(case, plan)?;
    let keys = page.rows.iter().map(|row| Key::new("User", &row.key.id));
    let users = case.facts.load(keys.collect())?;
    let mut list = Vec::with_capacity(page.rows.len());
    for (row, user) in page.rows.iter().zip(&users) {
        let held = read(row)?;
        let before = parsed(&held.before, row)?;
        let grants = held_of(&held, row, user.as_ref())?.into_iter();
        list.push(json!({
            "id": row.key.id,
            "userName": user_name(&before),
            "skus": grants.map(|grant| grant.sku).collect::<Vec<_>>(),
            "since": held.since,
            "deleted": held.deleted,
        }));
    }
    let body = json!({ "held": list, "total": page.total.unwrap_or_default() });
    Ok(stepped(body, page.next))
}

fn in_order(plan: Plan) -> Plan {
    Plan {
        order: Some(Order {
            path: SINCE.to_owned(),
            descending: false,
        }),
        ..plan
    }
}

fn parsed<'t>(text: &'t str, row: &Row) -> Result<Object<'t>, Refusal> {
    match Value::parse(text) {
        Ok(Value::Object(object)) => Ok(object),
        _ => Err(Refusal::Corrupt(format!("Held {}: no object", row.key.id))),
    }
}

/// The grants of a user that are held.
fn held_of(held: &Held, row: &Row, user: Option<&Row>) -> Result<Vec<Grant>, Refusal> {
    let all = match user {
        _ if held.deleted => grants(&parsed(&held.licenses, row)?),
        Some(user) => grants(&document::read(user)?),
        None => Vec::new(),
    };
    let held = all.into_iter().filter(|grant| grant.state == State::Held);
    Ok(held.collect())
}

/// What an admin decides, and of whom.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Verdict {
    action: Action,
    /// Ids or user names; none: everybody of whom something is held.
    #[serde(default)]
    users: Option<BTreeSet<String>>,
    /// Where an answer said to go on.
    #[serde(default)]
    cursor: Option<String>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Action {
    Release,
    Undo,
}

pub(super) fn act(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    let verdict: Verdict = body(case)?;
    let kind = user_kind(case)?;
    let (rows, next) = match verdict.users {
        Some(users) => (named(case, kind, &users)?, None),
        None => everybody(case, verdict.cursor)?,
    };
    let changes = match verdict.action {
        Action::Release => release(case, kind, &rows)?,
        Action::Undo => undo(case, kind, &rows)?,
    };
    let is_done = |change: &&Change| matches!(change, Change::Delete(it) if it.key.kind == HELD);
    let done = changes.iter().filter(is_done).count();
    let stuck = match verdict.action {
        // Nothing stands in the way of it: of whom nothing is released nothing was held any more.
        Action::Release => 0,
        Action::Undo => rows.len().saturating_sub(done),
    };
    let decision = stepped(json!({ "done": done, "stuck": stuck }), next);
    Ok(Decision {
        changes,
        ..decision
    })
}

/// What is held of everybody, a step of it, and where to go on.
fn everybody(
    case: &mut Case<'_>,
    after: Option<String>,
) -> Result<(Vec<Row>, Option<String>), Refusal> {
    let plan = Plan {
        kind: HELD.to_owned(),
        after,
        max_rows: u32::try_from(AT_ONCE).unwrap_or(u32::MAX),
        max_bytes: PAGE_BYTES,
        ..Plan::default()
    };
    let page = find(case, in_order(plan))?;
    Ok((page.rows, page.next))
}

/// What is held of these users.
fn named(
    case: &mut Case<'_>,
    kind: &ResourceType,
    users: &BTreeSet<String>,
) -> Result<Vec<Row>, Refusal> {
    if users.len() > AT_ONCE {
        let detail = format!("name up to {AT_ONCE} `users` at a time");
        return Err(Refusal::value(detail));
    }
    let mut keys = BTreeSet::new();
    for user in users {
        let id = case.user_id(kind, user)?;
        keys.insert(Key::new(HELD, id.as_deref().unwrap_or(user)));
    }
    let rows = case.facts.load(keys.into_iter().collect())?;
    Ok(rows.into_iter().flatten().collect())
}

/// Carries out what was held: the seats are free, and whoever is next has them.
fn release(case: &mut Case<'_>, kind: &ResourceType, rows: &[Row]) -> Result<Vec<Change>, Refusal> {
    let keys = rows
        .iter()
        .map(|row| Key::new("User", &row.key.id))
        .collect();
    let users = if rows.is_empty() {
        Vec::new()
    } else {
        case.facts.load(keys)?
    };
    let mut meant: Vec<(String, Option<Row>, Vec<Grant>)> = Vec::with_capacity(rows.len());
    for (row, user) in rows.iter().zip(users) {
        let held = read(row)?;
        let gone = if held.deleted {
            grants(&parsed(&held.licenses, row)?)
        } else {
            Vec::new()
        };
        meant.push((row.key.id.clone(), user.filter(|_| !held.deleted), gone));
    }
    let ((), changes) = settle_with(case, kind, (Cause::Release, false), None, |desk, facts| {
        for (id, user, gone) in &meant {
            match user {
                Some(user) => desk.release_row(facts, user)?,
                None => desk.release_gone(facts, id, gone)?,
            }
        }
        Ok(())
    })?;
    Ok(changes)
}

/// Restores users as they were before, of whom that can be done.
fn undo(case: &mut Case<'_>, kind: &ResourceType, rows: &[Row]) -> Result<Vec<Change>, Refusal> {
    let mut changes = Vec::new();
    let mut users = Vec::new();
    for row in rows {
        let held = read(row)?;
        let restored = if held.deleted {
            revived(case, kind, row, &held)?
        } else {
            restored(case, kind, row, &held)?
        };
        if let Some(restored) = restored {
            // Somebody else may decide of it at the same moment.
            changes.push(Change::Check(Guard {
                key: row.key.clone(),
                expect: Expectation::Version(row.version),
            }));
            changes.extend(restored);
            users.push(Key::new("User", &row.key.id));
        }
    }
    let likeness = case.likeness();
    let mut overlay = Overlay::new(case.tenant, &mut *case.facts);
    overlay.absorb(changes.clone())?;
    let mut case = likeness.over(&mut overlay);
    changes.extend(resettled(&mut case, users, Why::Undo, false)?);
    Ok(changes)
}

/// A deleted user, created again with the same id; none if somebody else has the name by now.
fn revived(
    case: &mut Case<'_>,
    kind: &ResourceType,
    row: &Row,
    held: &Held,
) -> Result<Option<Vec<Change>>, Refusal> {
    let before = parsed(&held.before, row)?;
    let mut user = before.clone();
    let claims = index::claims(kind, &user);
    if case.facts.holders(claims)?.iter().any(Option::is_some) {
        return Ok(None);
    }
    let kept = parsed(&held.licenses, row)?;
    // What an admin has given is given still.
    let given = assigned(&before);
    set(&mut user, &grants(&kept), &given);
    let id = &row.key.id;
    let mut changes = vec![Change::Put(put(kind, id, &user, None))];
    changes.extend(rejoined(case, id, &grants(&before))?);
    Ok(Some(changes))
}

/// A user who is still there, with what asks for licenses as it was.
fn restored(
    case: &mut Case<'_>,
    kind: &ResourceType,
    row: &Row,
    held: &Held,
) -> Result<Option<Vec<Change>>, Refusal> {
    let id = &row.key.id;
    let Some(user) = case.facts.load(vec![Key::new("User", id)])?.pop().flatten() else {
        return Ok(None);
    };
    let mut now = document::read(&user)?;
    let before = parsed(&held.before, row)?;
    for name in ["active", "entitlements", "roles"] {
        restore(&mut now, &before, name);
    }
    for (path, _) in &case.tenant.settings.licensing.attributes {
        let Some(Resolved::Attribute(target)) = kind.resolve(path) else {
            continue;
        };
        let name = &target.attribute.name;
        match target.extension {
            None => restore(&mut now, &before, name),
            Some(schema) => {
                let empty = Object::new();
                let then = before.get(&schema.id).and_then(Value::as_object);
                if let Some(extension) = now.object_mut(&schema.id) {
                    restore(extension, then.unwrap_or(&empty), name);
                }
            }
        }
    }
    let mut changes = vec![Change::Put(put(kind, id, &now, Some(user.version)))];
    changes.extend(rejoined(case, id, &grants(&before))?);
    Ok(Some(changes))
}

/// Gives an attribute the value that it had, or none.
fn restore<'a>(now: &mut Object<'a>, before: &Object<'a>, name: &str) {
    match before.get(name) {
        Some(value) => now.set(name.to_owned(), value.clone()),
        None => drop(now.remove(name)),
    }
}

/// The ties to the groups of which licenses came.
fn rejoined(case: &mut Case<'_>, user: &str, grants: &[Grant]) -> Result<Vec<Change>, Refusal> {
    let sources = grants.iter().flat_map(|grant| &grant.sources);
    let groups: BTreeSet<&str> = sources.filter_map(|it| it.strip_prefix("group:")).collect();
    if groups.is_empty() {
        return Ok(Vec::new());
    }
    let keys: Vec<Key> = groups.iter().map(|id| Key::new("Group", id)).collect();
    let there = case.facts.load(keys.clone())?;
    let there = keys.into_iter().zip(there).filter(|(_, row)| row.is_some());
    let tie = |(group, _): (Key, Option<Row>)| {
        Change::Link(Edge {
            relation: MEMBER.to_owned(),
            source: group,
            target: Key::new("User", user),
            body: String::new(),
        })
    };
    Ok(there.map(tie).collect())
}
