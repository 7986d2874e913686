//! A POST of somebody who was here before and is inactive (Okta): under the tolerance
//! `adoptInactiveOnPost` they come back, with their id and history, instead of a 409.

use super::Decision;
use super::case::Case;
use super::document::{disassemble, read};
use super::members::Membership;
use super::patch::Edit;
use super::replace::put_in_place;
use crate::facts::{Entry, Key, Node, Plan, Row, Selection};
use crate::refusal::Refusal;
use crate::scim::index;
use crate::scim::project::Projection;
use crate::scim::resource::Resource;
use crate::scim::schema::ResourceType;
use crate::scim::tolerance::Tolerance;
use crate::scim::value::Value;

/// Users who are looked at for one `externalId` at a time. More than one has it by mistake only.
const PAGE_ROWS: u32 = 20;

/// Bytes of such a page.
const PAGE_BYTES: u32 = 1 << 20;

/// The inactive user who has the `userName` or the `externalId` of the new one, if that is to be
/// looked for.
pub(super) fn returning(
    case: &mut Case<'_>,
    kind: &ResourceType,
    resource: &Resource<'_>,
) -> Result<Option<Row>, Refusal> {
    if kind.name() != "User" || !kind.tolerances.has(Tolerance::AdoptInactiveOnPost) {
        return Ok(None);
    }
    let mut keys: Vec<Key> = case
        .facts
        .holders(index::claims(kind, resource))?
        .into_iter()
        .flatten()
        .collect();
    // One and the same may hold several unique values.
    keys.sort_unstable();
    keys.dedup();
    let external = resource.get_text("externalId").filter(|it| !it.is_empty());
    if let (true, Some(external)) = (keys.is_empty(), external) {
        keys.extend(by_external_id(case, kind, external)?);
    }
    let [key] = keys.as_slice() else {
        return Ok(None);
    };
    let row = case.facts.load(vec![key.clone()])?.pop().flatten();
    let Some(row) = row else { return Ok(None) };
    Ok(is_inactive(&row)?.then_some(row))
}

/// Whether a row is that of a leaver.
pub(super) fn is_inactive(row: &Row) -> Result<bool, Refusal> {
    let active = read(row)?;
    Ok(matches!(active.get("active"), Some(Value::Bool(false))))
}

/// Who has this `externalId`. Two of them are ambiguous: then nobody is adopted.
fn by_external_id(
    case: &mut Case<'_>,
    kind: &ResourceType,
    external: &str,
) -> Result<Vec<Key>, Refusal> {
    let entry = Entry {
        path: "externalId".to_owned(),
        value: external.to_owned(),
    };
    let (mut keys, mut after) = (Vec::new(), None);
    loop {
        let page = case.facts.find(Plan {
            kind: kind.name().to_owned(),
            nodes: vec![Node::Equal(entry.clone())],
            after,
            max_rows: PAGE_ROWS,
            max_bytes: PAGE_BYTES,
            ..Plan::default()
        })?;
        for row in page.rows {
            let is_exact = page.selection == Selection::Exact;
            if is_exact || read(&row)?.get_text("externalId") == Some(external) {
                keys.push(row.key);
            }
        }
        after = page.next;
        if after.is_none() || keys.len() > 1 {
            return Ok(keys);
        }
    }
}

/// Puts the new representation in the place of the old one. Who comes back is an addition: seats
/// are asked for like any other's.
pub(super) fn adopt<'a>(
    case: &mut Case<'_>,
    kind: &ResourceType,
    row: &'a Row,
    mut resource: Resource<'a>,
    projection: &Projection,
) -> Result<Decision, Refusal> {
    let before = read(row)?;
    let (old, created) = disassemble(before.clone());
    if resource.get("active").is_none() {
        resource.set("active", Value::Bool(true));
    }
    let edit = Edit {
        before,
        old,
        resource,
        created,
        members: Membership::default(),
        version: row.version,
    };
    let mut decision = put_in_place(case, kind, &row.key.id, edit, projection)?;
    if decision.response.status == 200 {
        decision.response.status = 201;
    }
    Ok(decision)
}
