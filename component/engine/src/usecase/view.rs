//! What a resource looks like from outside: the document, what stands beside it in other rows,
//! and where it is found.

mod licenses;
mod ties;

pub(super) use licenses::place;
pub(super) use ties::{all_edges, members};

use super::case::Case;
use super::members::Membership;
use super::overlay::Overlay;
use crate::facts::Change;
use crate::license::{Counts, Grant, State, grants};
use crate::refusal::Refusal;
use crate::scim::dialect::reshape;
use crate::scim::etag;
use crate::scim::project::Projection;
use crate::scim::schema::{ResourceType, Target};
use crate::scim::urn;
use crate::scim::value::{Object, Value};

/// A resource that is to be shown.
pub(super) struct Shown<'a> {
    pub(super) id: String,
    pub(super) version: u64,
    pub(super) document: Object<'a>,
}

/// What the commit behind an answer will have changed beside the document: the store does not
/// know of it yet, and the answer must.
#[derive(Default)]
pub(super) struct Pending {
    /// The resource itself is new: nothing is tied to it in the store.
    pub(super) is_new: bool,
    /// The members of a group.
    pub(super) members: Membership,
    /// The seat counters of a license.
    pub(super) seats: Option<Counts>,
}

/// Whether an attribute is no part of the stored document but is added to the view of it.
pub(super) fn stands_beside(kind: &ResourceType, target: Target<'_>) -> bool {
    let sub = target.sub.map(|sub| sub.name.as_str());
    match (
        target.extension.map(|it| it.id.as_str()),
        target.attribute.name.as_str(),
    ) {
        (None, "meta") => matches!(sub, None | Some("location" | "version")),
        (None, "groups") => kind.name() == "User",
        (None, "members") => kind.name() == "Group",
        (Some(urn::SCIMLET_USER), "licenses") => matches!(sub, None | Some("position" | "display")),
        (None, "totalAssignmentsUsed") => kind.name() == "Entitlement",
        (Some(urn::SCIMLET_ENTITLEMENT), "waiting" | "over" | "kept" | "held") => true,
        _ => false,
    }
}

/// One resource as JSON text, and its entity tag.
pub(super) fn one(
    case: &mut Case<'_>,
    kind: &ResourceType,
    shown: Shown<'_>,
    projection: &Projection,
    pending: &Pending,
) -> Result<(String, String), Refusal> {
    let mut views = told(case, kind, vec![shown], projection, pending)?;
    let (object, tag) = views.pop().unwrap_or_default();
    Ok((Value::Object(object).to_json(), tag))
}

/// The same as the commit of these changes will make it. The place in a line is the one behind all whom
/// the same commit puts in front.
pub(super) fn one_after(
    case: &mut Case<'_>,
    kind: &ResourceType,
    shown: Shown<'_>,
    projection: &Projection,
    pending: &Pending,
    changes: &[Change],
) -> Result<(String, String), Refusal> {
    let waits = |grant: &Grant| grant.state == State::Waiting;
    let other = |change: &Change| {
        let Change::Put(put) = change else {
            return false;
        };
        put.key.kind == "User" && put.key.id != shown.id
    };
    let moves = kind.name() == "User" && changes.iter().any(other);
    if !moves || !grants(&shown.document).iter().any(waits) {
        return one(case, kind, shown, projection, pending);
    }
    let likeness = case.likeness();
    let mut overlay = Overlay::new(case.tenant, &mut *case.facts);
    overlay.absorb(changes.to_vec())?;
    one(
        &mut likeness.over(&mut overlay),
        kind,
        shown,
        projection,
        pending,
    )
}

/// Resources as this caller is told of them, each with its entity tag: in the tenant's dialect
/// perhaps, for which the projection must be made too.
pub(super) fn told<'a>(
    case: &mut Case<'_>,
    kind: &ResourceType,
    items: Vec<Shown<'a>>,
    projection: &Projection,
    pending: &Pending,
) -> Result<Vec<(Object<'a>, String)>, Refusal> {
    let Some(shape) = case.shape(kind) else {
        return many(case, kind, items, projection, pending);
    };
    let views = many(case, kind, items, &Projection::Default, pending)?;
    let base_url = &case.request.base_url;
    let reshaped = |(view, tag): (Object<'a>, String)| {
        let mut view = reshape(shape, &view, base_url);
        projection.apply(shape, &mut view);
        (view, tag)
    };
    Ok(views.into_iter().map(reshaped).collect())
}

/// Resources with what stands beside them, projected, each with its entity tag.
pub(super) fn many<'a>(
    case: &mut Case<'_>,
    kind: &ResourceType,
    items: Vec<Shown<'a>>,
    projection: &Projection,
    pending: &Pending,
) -> Result<Vec<(Object<'a>, String)>, Refusal> {
    let beside = match kind.name() {
        "User" => ties::user_groups(case, kind, &items, projection, pending)?,
        "Group" => ties::group_members(case, kind, &items, projection, pending)?,
        "Entitlement" => licenses::seats(case, &items, pending)?,
        _ => items.iter().map(|_| Vec::new()).collect(),
    };
    let mut views = Vec::with_capacity(items.len());
    for (shown, beside) in items.into_iter().zip(beside) {
        views.push(view(case, kind, shown, beside, projection)?);
    }
    Ok(views)
}

/// Something that is shown with a document but is not part of it.
struct Beside {
    /// The extension it stands in; none at the top level.
    extension: Option<&'static str>,
    name: &'static str,
    value: Value<'static>,
    /// Whether it changes without the document's version changing.
    moves: bool,
}

fn view<'a>(
    case: &mut Case<'_>,
    kind: &ResourceType,
    shown: Shown<'a>,
    beside: Vec<Beside>,
    projection: &Projection,
) -> Result<(Object<'a>, String), Refusal> {
    let Shown {
        id,
        version,
        mut document,
        ..
    } = shown;
    let licenses = if kind.name() == "User" {
        licenses::complete_licenses(case, &id, &mut document)?
    } else {
        None
    };
    let moving: Vec<&Value<'_>> = beside
        .iter()
        .filter(|part| part.moves)
        .map(|part| &part.value)
        .chain(&licenses)
        .collect();
    let tag = etag::tag(version, &moving);
    let meta = document.remove("meta");
    for Beside {
        extension,
        name,
        value,
        ..
    } in beside
    {
        match extension.map(|urn| document.object_mut(urn)) {
            Some(Some(extension)) => extension.set(name, value),
            Some(None) => {}
            None => document.set(name, value),
        }
    }
    if let Some(Value::Object(mut meta)) = meta {
        meta.set("location", Value::owned(case.location(kind, &id)));
        meta.set("version", Value::owned(tag.clone()));
        document.push("meta", Value::Object(meta));
    }
    projection.apply(kind, &mut document);
    Ok((document, tag))
}
