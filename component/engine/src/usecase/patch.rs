//! PATCH of one resource (RFC 7644 section 3.5.2), and the end that PUT shares with it.

use super::Decision;
use super::case::Case;
use super::document::{assemble, disassemble, immutable_kept, read};
use super::members::Membership;
use super::settle::{self, Regroup};
use super::view::{self, Pending, Shown};
use crate::facts::Change;
use crate::license::put;
use crate::message::Response;
use crate::refusal::{Refusal, ScimType};
use crate::scim::etag;
use crate::scim::patch::{MAX_COMPARISONS, Step, apply, operations, steps};
use crate::scim::project::{Projection, named};
use crate::scim::resource::{Resource, stays_complete};
use crate::scim::schema::ResourceType;
use crate::scim::value::{Object, Value};

pub(super) fn patch(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
) -> Result<Decision, Refusal> {
    let projection = case.projection(kind)?;
    let operations = operations(case.body()?, kind.tolerances)?;
    let row = case.row(kind, id)?;
    etag::guard(case.request, row.version)?;
    let before = read(&row)?;
    let (old, created) = disassemble(before.clone());

    let mut resource = old.clone();
    let mut members = Membership::default();
    let mut names = Vec::new();
    let mut comparisons = 0;
    for operation in operations {
        for step in steps(kind, id, operation)? {
            comparisons += step.comparisons();
            if comparisons > MAX_COMPARISONS {
                return Err(too_large());
            }
            if let (Step::Attribute { target, value, .. }, false) = (&step, kind.returns_all) {
                named(*target, value, &mut names);
            }
            if kind.name() == "Group" && step.is_about("members") {
                members.step(case, id, step)?;
            } else {
                apply(&mut resource, step, kind.tolerances)?;
            }
        }
    }
    members.resolve(case, id)?;
    stays_complete(kind, &old, &resource, ScimType::Mutability)?;
    immutable_kept(kind, &old, &resource)?;
    // An answer with all members of a large group would cost more than the change: 204, unless
    // the client says what it wants to see.
    let quiet = kind.name() == "Group" && matches!(projection, Projection::Default);
    let projection = projection.written(names);
    let edit = Edit {
        before,
        old,
        resource,
        created,
        members,
        version: row.version,
    };
    finish(case, kind, id, edit, &projection, quiet)
}

fn too_large() -> Refusal {
    let detail = format!(
        "the filters of this PATCH have more than {MAX_COMPARISONS} comparisons together: send \
         fewer operations at a time"
    );
    Refusal::Status(413, detail)
}

/// A resource before and after what the client asked for.
pub(super) struct Edit<'a> {
    /// The stored document.
    pub(super) before: Object<'a>,
    /// The resource in it.
    pub(super) old: Resource<'a>,
    /// The resource as the client wants it.
    pub(super) resource: Resource<'a>,
    /// `meta.created`.
    pub(super) created: String,
    /// What changes about a group's members.
    pub(super) members: Membership,
    /// Of the stored document.
    pub(super) version: u64,
}

/// Settles an edit and answers it. Where nothing changed, nothing is written: same version, same
/// `lastModified` (RFC 7644 section 3.5.2.1).
pub(super) fn finish(
    case: &mut Case<'_>,
    kind: &ResourceType,
    id: &str,
    edit: Edit<'_>,
    projection: &Projection,
    quiet: bool,
) -> Result<Decision, Refusal> {
    let Edit {
        before,
        old,
        mut resource,
        created,
        members,
        version,
    } = edit;
    // Nobody comes back by omission: where a PUT leaves `active` out it stays as it is, and a PATCH
    // that removes it takes away nothing but the word `true`, which is what no word means.
    if kind.name() == "User"
        && resource.get("active").is_none()
        && let Some(active) = old.get("active")
        && (case.method != "PATCH" || *active == Value::Bool(false))
    {
        resource.set("active", active.clone());
    }
    let settled = settle::written(case, kind, id, Some(&before), &mut resource)?;
    let linked = members.changes(kind, id);
    let is_changed = !resource.same(&old) || !linked.is_empty();
    let (document, version) = if is_changed {
        (
            assemble(kind, id, resource, &created, &case.now()),
            version + 1,
        )
    } else {
        (before, version)
    };
    let mut changes = Vec::new();
    if is_changed {
        changes.push(Change::Put(put(kind, id, &document, Some(version - 1))));
        changes.extend(settled.changes);
        changes.extend(linked);
        if kind.name() == "Group" {
            let regroup = Regroup {
                before: Some(&old),
                after: Some(&document),
                moved: members.moved().cloned().collect(),
            };
            settle::regrouped(case, id, &regroup, &mut changes)?;
        }
    }
    let location = case.location(kind, id);
    let response = if quiet {
        Response::empty(204).with("etag", &etag::tag(version, &[]))
    } else {
        let pending = Pending {
            is_new: false,
            members,
            seats: settled.seats,
        };
        let shown = Shown {
            id: id.to_owned(),
            version,
            document,
        };
        let (body, tag) = view::one_after(case, kind, shown, projection, &pending, &changes)?;
        Response::scim(200, body).with("etag", &tag)
    };
    Ok(Decision {
        response: response.with("location", &location),
        changes,
        fault: None,
    })
}
