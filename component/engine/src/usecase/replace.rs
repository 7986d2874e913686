//! PUT of one resource (RFC 7644 section 3.5.1).
//!
//! What the client leaves out is cleared, with two exceptions that the RFC's "MAY" leaves open
//! and that keep a careless client from doing harm: `active` stays as it is (see
//! [`finish`]), and the members of a group stay unless they are named (`[]` clears),
//! since clients read large groups without them.

use super::Decision;
use super::case::Case;
use super::document::{disassemble, immutable_kept, read};
use super::members::Membership;
use super::patch::{Edit, finish};
use crate::refusal::{Refusal, ScimType};
use crate::scim::etag;
use crate::scim::project::{Projection, on_request};
use crate::scim::resource::{check, complete};
use crate::scim::schema::{Attribute, Mutability, ResourceType};
use crate::scim::value::{Object, Value};

pub(super) fn replace(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
) -> Result<Decision, Refusal> {
    let projection = case.projection(kind)?;
    let Value::Object(raw) = case.body()? else {
        return Err(Refusal::syntax("the body must be a JSON object"));
    };
    let block = raw.get(&kind.core.id).and_then(Value::as_object);
    let in_block = block.is_some_and(|block| block.get("members").is_some());
    let names_members = raw.get("members").is_some() || in_block;
    let row = case.row(kind, id)?;
    etag::guard(case.request, row.version)?;
    let before = read(&row)?;
    let (old, created) = disassemble(before.clone());

    let mut resource = check(kind, raw)?;
    let projection = projection.written(on_request(kind, &resource));
    let members = if names_members {
        Membership::replaced(case, kind, id, &mut resource)?
    } else {
        Membership::default()
    };
    let edit = Edit {
        before,
        old,
        resource,
        created,
        members,
        version: row.version,
    };
    put_in_place(case, kind, id, edit, &projection)
}

/// Settles an edit whose resource is a whole new representation, with what stays of the old one.
pub(super) fn put_in_place(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
    mut edit: Edit<'_>,
    projection: &Projection,
) -> Result<Decision, Refusal> {
    carry_over(kind, &edit.old, &mut edit.resource);
    complete(kind, &edit.resource, ScimType::InvalidValue)?;
    immutable_kept(kind, &edit.old, &edit.resource)?;
    finish(case, kind, id, edit, projection, false)
}

/// What stays although the client did not send it: what only the server sets, and what can be
/// set once. Of scimlet's own extensions nothing does: the desk writes them anew.
fn carry_over<'a>(kind: &ResourceType, old: &Object<'a>, resource: &mut Object<'a>) {
    stay(&kind.core.attributes, old, resource);
    for schema in kind.extensions.iter().filter(|schema| schema.is_own) {
        let before = old.get(&schema.id).and_then(Value::as_object);
        let stays = |before: &&Object<'a>| {
            let mut attributes = schema.attributes.iter();
            attributes.any(|it| stays(it) && before.get(&it.name).is_some())
                || resource.get(&schema.id).is_some()
        };
        if let Some(before) = before.filter(stays)
            && let Some(after) = resource.object_mut(&schema.id)
        {
            stay(&schema.attributes, before, after);
        }
    }
}

fn stay<'a>(attributes: &[Attribute], old: &Object<'a>, new: &mut Object<'a>) {
    for attribute in attributes {
        let Some(before) = old.get(&attribute.name) else {
            continue;
        };
        if stays(attribute) {
            if new.get(&attribute.name).is_none() {
                new.set(attribute.name.clone(), before.clone());
            }
        } else if attribute.sub_attributes.iter().any(stays)
            && let (Value::Object(before), Some(Value::Object(after))) =
                (before, new.get_mut(&attribute.name))
        {
            stay(&attribute.sub_attributes, before, after);
        }
    }
}

fn stays(attribute: &Attribute) -> bool {
    matches!(
        attribute.mutability,
        Mutability::Immutable | Mutability::ReadOnly
    )
}
