//! What a resource looks like from outside: the document, what stands beside it in other rows,
//! and where it is found.

use std::collections::BTreeSet;

use super::case::Case;
use super::members::{MEMBER, Membership, nesting};
use crate::facts::{Edge, EdgeQuery, End, Entry, Key, Node, Plan, Selection};
use crate::license::{Grant, State, counter_names, grants, queue_key, queue_path};
use crate::refusal::{Refusal, ScimType};
use crate::scim::dialect::reshape;
use crate::scim::etag;
use crate::scim::project::Projection;
use crate::scim::schema::{ResourceType, Target};
use crate::scim::urn;
use crate::scim::value::{Object, Value};

/// Ties that are asked for at a time.
const EDGE_PAGE: u32 = 1000;

/// Ties that are in memory at a time, at most.
const MAX_TIES: usize = 200_000;

/// Users who are looked at for a place in a waitlist at a time, where the store cannot count them.
const PAGE_ROWS: u32 = 200;

/// Bytes of such a page.
const PAGE_BYTES: u32 = 1 << 20;

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
    pub(super) seats: Option<[u64; 3]>,
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
        (Some(urn::SCIMLET_ENTITLEMENT), "waiting" | "over") => true,
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
        "User" => user_groups(case, kind, &items, projection, pending)?,
        "Group" => group_members(case, kind, &items, projection, pending)?,
        "Entitlement" => seats(case, &items, pending)?,
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
        complete_licenses(case, &id, &mut document)?
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

/// The groups of users (RFC 7643 section 4.1.2, `groups`): those they are members of, and those
/// that these are members of in turn.
fn user_groups(
    case: &mut Case<'_>,
    kind: &ResourceType,
    items: &[Shown<'_>],
    projection: &Projection,
    pending: &Pending,
) -> Result<Vec<Vec<Beside>>, Refusal> {
    let wanted = kind
        .attribute("groups")
        .is_some_and(|groups| projection.shows(groups));
    if !wanted || pending.is_new {
        return Ok(items.iter().map(|_| Vec::new()).collect());
    }
    let users = items.iter().map(|item| Key::new(kind.name(), &item.id));
    let users: Vec<Key> = users.collect();
    let parents = nesting::above(case, &users)?;
    let mut keys: Vec<Key> = parents.values().flatten().cloned().collect();
    keys.sort_unstable();
    keys.dedup();
    let names = display_names(case, &keys)?;
    let group = |key: &Key, is_direct: bool| {
        let mut parts = Object::with_capacity(4);
        let id = &key.id;
        parts.push("value", Value::owned(id.clone()));
        parts.push(
            "$ref",
            Value::owned(format!("{}/Groups/{id}", case.request.base_url)),
        );
        let found = names.binary_search_by(|(named, _)| named.cmp(key));
        if let Some((_, name)) = found.ok().and_then(|at| names.get(at)) {
            parts.push("display", Value::owned(name.clone()));
        }
        parts.push(
            "type",
            Value::text(if is_direct { "direct" } else { "indirect" }),
        );
        Value::Object(parts)
    };
    let beside = |user: &Key| {
        let direct = parents.get(user).map_or(&[][..], Vec::as_slice);
        if direct.is_empty() {
            return Vec::new();
        }
        let all = nesting::reachable(&parents, user);
        let direct: BTreeSet<&Key> = direct.iter().collect();
        let list = all.iter().map(|key| group(key, direct.contains(key)));
        vec![Beside {
            extension: None,
            name: "groups",
            value: Value::List(list.collect()),
            moves: true,
        }]
    };
    Ok(users.iter().map(beside).collect())
}

/// The names of groups, in the order of their (sorted) keys.
fn display_names(case: &mut Case<'_>, keys: &[Key]) -> Result<Vec<(Key, String)>, Refusal> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let rows = case.facts.load(keys.to_vec())?;
    let mut names = Vec::with_capacity(rows.len());
    for row in rows.into_iter().flatten() {
        let name = super::document::read(&row)?
            .get_text("displayName")
            .map(str::to_owned);
        if let Some(name) = name {
            names.push((row.key, name));
        }
    }
    Ok(names)
}

/// The members of groups (RFC 7643 section 4.2).
fn group_members(
    case: &mut Case<'_>,
    kind: &ResourceType,
    items: &[Shown<'_>],
    projection: &Projection,
    pending: &Pending,
) -> Result<Vec<Vec<Beside>>, Refusal> {
    if !kind
        .attribute("members")
        .is_some_and(|members| projection.shows(members))
    {
        return Ok(items.iter().map(|_| Vec::new()).collect());
    }
    let source = |item: &Shown<'_>| End::Source(Key::new(kind.name(), &item.id));
    let ties = if pending.is_new {
        items.iter().map(|_| Vec::new()).collect()
    } else {
        all_edges(case, items.iter().map(source).collect())?
    };
    let base = case.request.base_url.clone();
    let beside = |edges: Vec<Edge>| {
        let keys = pending
            .members
            .after(edges.into_iter().map(|edge| edge.target).collect());
        if keys.is_empty() {
            return Vec::new();
        }
        let value = Value::List(keys.iter().map(|key| member(&base, key)).collect());
        vec![Beside {
            extension: None,
            name: "members",
            value,
            moves: false,
        }]
    };
    Ok(ties.into_iter().map(beside).collect())
}

/// A member as it is shown.
pub(super) fn member(base: &str, key: &Key) -> Value<'static> {
    let mut parts = Object::with_capacity(3);
    parts.push("value", Value::owned(key.id.clone()));
    parts.push(
        "$ref",
        Value::owned(format!("{base}/{}s/{}", key.kind, key.id)),
    );
    parts.push("type", Value::owned(key.kind.clone()));
    Value::Object(parts)
}

/// All ties at each of these ends, page by page.
pub(super) fn all_edges(case: &mut Case<'_>, ends: Vec<End>) -> Result<Vec<Vec<Edge>>, Refusal> {
    let query = |end: End, after| EdgeQuery {
        relation: MEMBER.to_owned(),
        end,
        after,
        max: EDGE_PAGE,
        want_total: false,
    };
    let first = ends.iter().map(|end| query(end.clone(), None)).collect();
    let pages = case.facts.edges(first)?;
    let mut all = Vec::with_capacity(pages.len());
    let mut sum = 0;
    for (end, page) in ends.into_iter().zip(pages) {
        let mut edges = page.edges;
        sum += edges.len();
        let mut after = page.next;
        while let Some(cursor) = after {
            let next = case
                .facts
                .edges(vec![query(end.clone(), Some(cursor))])?
                .pop();
            let Some(page) = next else { break };
            sum += page.edges.len();
            if sum > MAX_TIES {
                let detail = format!(
                    "more than {MAX_TIES} memberships would have to be looked at; leave them out by \
                     excludedAttributes, or name one member"
                );
                return Err(Refusal::Scim(ScimType::TooMany, detail));
            }
            edges.extend(page.edges);
            after = page.next;
        }
        all.push(edges);
    }
    Ok(all)
}

/// Adds to a user's licenses what changes without the user: their names, places in waitlists.
/// Returns just that, if there is any.
fn complete_licenses(
    case: &mut Case<'_>,
    id: &str,
    document: &mut Object<'_>,
) -> Result<Option<Value<'static>>, Refusal> {
    let extension = document.get_mut(urn::SCIMLET_USER);
    let Some(Value::Object(extension)) = extension else {
        return Ok(None);
    };
    let Some(Value::List(licenses)) = extension.get_mut("licenses") else {
        return Ok(None);
    };
    let catalog = case.catalog()?;
    let mut added = Vec::new();
    for license in licenses {
        let Value::Object(license) = license else {
            continue;
        };
        let sku = license.get_text("value").unwrap_or_default();
        let display = catalog.license(sku).and_then(|it| it.display.as_deref());
        let position = position(case, id, license)?;
        for (name, value) in [
            ("display", display.map(|it| Value::owned(it.to_owned()))),
            ("position", position),
        ] {
            if let Some(value) = value {
                license.set(name, value.clone());
                added.push(value);
            }
        }
    }
    Ok((!added.is_empty()).then_some(Value::List(added)))
}

/// The place in its waitlist of a license that waits.
fn position(
    case: &mut Case<'_>,
    id: &str,
    license: &Object<'_>,
) -> Result<Option<Value<'static>>, Refusal> {
    let part = |name| license.get_text(name).unwrap_or_default();
    if part("state") != State::Waiting.word() {
        return Ok(None);
    }
    let ahead = ahead(case, part("value"), &queue_key(part("since"), id))?;
    let place = i64::try_from(ahead + 1).unwrap_or(i64::MAX);
    Ok(Some(Value::Integer(place)))
}

/// How many stand in front in a waitlist.
fn ahead(case: &mut Case<'_>, sku: &str, key: &str) -> Result<u64, Refusal> {
    let entry = Entry {
        path: queue_path(State::Waiting, sku),
        value: key.to_owned(),
    };
    let plan = Plan {
        kind: "User".to_owned(),
        nodes: vec![Node::Less(entry)],
        want_total: true,
        ..Plan::default()
    };
    let page = case.facts.find(plan.clone())?;
    if page.selection == Selection::Exact {
        return Ok(page.total.unwrap_or_default());
    }
    // The store has counted others as well, so they are looked at one by one.
    let is_ahead = |id: &str, grant: Grant| {
        let waits = grant.state == State::Waiting && grant.sku == sku;
        waits && *queue_key(&grant.since, id) < *key
    };
    let (mut count, mut after) = (0, None);
    loop {
        let page = case.facts.find(Plan {
            after,
            max_rows: PAGE_ROWS,
            max_bytes: PAGE_BYTES,
            want_total: false,
            ..plan.clone()
        })?;
        for row in &page.rows {
            let mut grants = grants(&super::document::read(row)?).into_iter();
            count += u64::from(grants.any(|grant| is_ahead(&row.key.id, grant)));
        }
        after = page.next;
        if after.is_none() {
            return Ok(count);
        }
    }
}

/// The seat gauges of licenses (draft-ietf-scim-roles-entitlements, `totalAssignmentsUsed`).
fn seats(
    case: &mut Case<'_>,
    items: &[Shown<'_>],
    pending: &Pending,
) -> Result<Vec<Vec<Beside>>, Refusal> {
    if items.is_empty() {
        return Ok(Vec::new());
    }
    let names = items
        .iter()
        .flat_map(|item| counter_names(&item.id))
        .collect();
    let counters = match pending.seats {
        Some(seats) => seats.to_vec(),
        None => case.facts.counters(names)?,
    };
    let gauges = |(item, counters): (&Shown<'_>, &[u64; 3])| {
        let [active, overage, waiting] = *counters;
        let used = active + overage;
        let seats = match item.document.get("totalAssignmentsPermitted") {
            Some(Value::Integer(seats)) => u64::try_from(*seats).ok(),
            _ => None,
        };
        let over = seats.map_or(0, |seats| used.saturating_sub(seats));
        let gauge = |extension, name, value: u64| Beside {
            extension,
            name,
            value: Value::Integer(i64::try_from(value).unwrap_or(i64::MAX)),
            moves: true,
        };
        let mut gauges = vec![gauge(None, "totalAssignmentsUsed", used)];
        // Nothing to tell is told only where the extension is there anyway.
        if waiting > 0 || over > 0 || item.document.get(urn::SCIMLET_ENTITLEMENT).is_some() {
            gauges.push(gauge(Some(urn::SCIMLET_ENTITLEMENT), "waiting", waiting));
            gauges.push(gauge(Some(urn::SCIMLET_ENTITLEMENT), "over", over));
        }
        gauges
    };
    Ok(items
        .iter()
        .zip(counters.as_chunks::<3>().0)
        .map(gauges)
        .collect())
}
