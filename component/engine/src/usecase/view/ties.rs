//! What is tied to resources, as it is shown with them: the members of groups, the groups of users.

use std::collections::BTreeSet;

use super::{Beside, Pending, Shown};
use crate::facts::{Edge, EdgeQuery, End, Key};
use crate::refusal::{Refusal, ScimType};
use crate::scim::project::Projection;
use crate::scim::schema::ResourceType;
use crate::scim::value::{Object, Value};
use crate::usecase::case::Case;
use crate::usecase::document;
use crate::usecase::members::{MEMBER, nesting};

/// Ties that are asked for at a time.
const EDGE_PAGE: u32 = 1000;

/// Ties that are in memory at a time, at most.
const MAX_TIES: usize = 200_000;

/// The groups of users (RFC 7643 section 4.1.2, `groups`): those they are members of, and those
/// that these are members of in turn.
pub(super) fn user_groups(
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
        if let Some(name) = name_of(&names, key) {
            parts.push("display", Value::owned(name.to_owned()));
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

/// The name of one of these, which are sorted.
fn name_of<'n>(names: &'n [(Key, String)], key: &Key) -> Option<&'n str> {
    let found = names.binary_search_by(|(named, _)| named.cmp(key)).ok();
    found
        .and_then(|at| names.get(at))
        .map(|(_, name)| name.as_str())
}

/// The names of users and groups, in the order of their (sorted) keys.
fn display_names(case: &mut Case<'_>, keys: &[Key]) -> Result<Vec<(Key, String)>, Refusal> {
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let rows = case.facts.load(keys.to_vec())?;
    let mut names = Vec::with_capacity(rows.len());
    for row in rows.into_iter().flatten() {
        let document = document::read(&row)?;
        let name = document.get_text("displayName");
        let name = name
            .or_else(|| document.get_text("userName"))
            .map(str::to_owned);
        if let Some(name) = name {
            names.push((row.key, name));
        }
    }
    Ok(names)
}

/// The members of groups (RFC 7643 section 4.2).
pub(super) fn group_members(
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
    let with_names = shows_display(kind, projection);
    let mut beside = Vec::with_capacity(ties.len());
    for edges in ties {
        let targets = edges.into_iter().map(|edge| edge.target);
        let keys = pending.members.after(targets.collect());
        let list = members(case, &keys, with_names)?;
        let members = Beside {
            extension: None,
            name: "members",
            value: Value::List(list),
            moves: false,
        };
        beside.push(if keys.is_empty() {
            Vec::new()
        } else {
            vec![members]
        });
    }
    Ok(beside)
}

/// Whether the names of members are asked for: each costs the reading of a resource.
fn shows_display(kind: &ResourceType, projection: &Projection) -> bool {
    let members = kind.attribute("members");
    let display = members.and_then(|it| Some((it, it.sub_attribute("display")?)));
    display.is_some_and(|(members, display)| projection.shows_part(members, display))
}

/// Members as they are shown, in the order of their (sorted) keys.
pub(in crate::usecase) fn members(
    case: &mut Case<'_>,
    keys: &[Key],
    with_names: bool,
) -> Result<Vec<Value<'static>>, Refusal> {
    let base = case.request.base_url.clone();
    let mut list = Vec::with_capacity(keys.len());
    for some in keys.chunks(EDGE_PAGE as usize) {
        let names = if with_names {
            display_names(case, some)?
        } else {
            Vec::new()
        };
        list.extend(
            some.iter()
                .map(|key| member(&base, key, name_of(&names, key))),
        );
    }
    Ok(list)
}

fn member(base: &str, key: &Key, name: Option<&str>) -> Value<'static> {
    let mut parts = Object::with_capacity(4);
    parts.push("value", Value::owned(key.id.clone()));
    parts.push(
        "$ref",
        Value::owned(format!("{base}/{}s/{}", key.kind, key.id)),
    );
    parts.push("type", Value::owned(key.kind.clone()));
    if let Some(name) = name {
        parts.push("display", Value::owned(name.to_owned()));
    }
    Value::Object(parts)
}

/// All ties at each of these ends, page by page.
pub(in crate::usecase) fn all_edges(
    case: &mut Case<'_>,
    ends: Vec<End>,
) -> Result<Vec<Vec<Edge>>, Refusal> {
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
