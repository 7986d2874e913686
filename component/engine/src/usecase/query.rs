//! Lists: GET of a collection or of the root (RFC 7644 section 3.4.2), the same by `.search`
//! (section 3.4.3), and by cursor (RFC 9865).
//!
//! A list is made of parts, one for each resource type it is about ([`part`]). Each part knows
//! where its candidates come from: a plan for the store, or a handful of keys. [`find`] takes the
//! window that the client asked for, [`cursor`] the page behind a cursor, [`sort`] what the store
//! cannot order.

mod cursor;
mod find;
mod part;
mod room;
mod sort;
mod ties;
mod walk;

use self::find::Found;
use self::part::Part;
use super::Decision;
use super::case::Case;
use super::definition;
use super::document;
use super::view::{self, Pending, Shown};
use crate::facts::Row;
use crate::message::Response;
use crate::refusal::Refusal;
use crate::scim::project::Projection;
use crate::scim::query::Query;
use crate::scim::schema::ResourceType;
use crate::scim::urn;
use crate::scim::value::{Object, Value};

/// Rows that one request may look at when the index cannot answer its filter.
const MAX_EXAMINED: u64 = 50_000;

/// Rows that are asked for at a time.
const PAGE_ROWS: u32 = 200;

/// Members of groups, and groups of users, in one answer, if there is more than one resource in it.
const MAX_TIES: usize = 20_000;

/// Bytes of bodies on such a page, and in an answer: all that is in memory at a time.
const PAGE_BYTES: u32 = 4 << 20;

/// `GET /Users`
pub(super) fn list(case: &mut Case<'_>, kind: &ResourceType) -> Result<Decision, Refusal> {
    answer(case, &[kind])
}

/// `POST /Users/.search`, `POST /.search`: what would be in the URL stands in the body.
pub(super) fn search(case: &mut Case<'_>, kinds: &[&ResourceType]) -> Result<Decision, Refusal> {
    case.query = Query::from_search(case.body()?)?;
    answer(case, kinds)
}

/// `GET /`: resources of every type (RFC 7644 section 3.4.2.1).
pub(super) fn root(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    answer(case, &every_type(case))
}

/// All resource types of the tenant.
pub(super) fn every_type<'r>(case: &Case<'r>) -> Vec<&'r ResourceType> {
    case.tenant.registry.types().iter().collect()
}

fn answer(case: &mut Case<'_>, kinds: &[&ResourceType]) -> Result<Decision, Refusal> {
    let text = case.query.filter.clone();
    let mut parts = part::parts(case, kinds, text.as_deref())?;
    let sort = sort::by(case, &mut parts)?;
    let (found, change) = match case.query.cursor.take() {
        Some(cursor) => cursor::page(case, &parts, sort.as_ref(), &cursor)?,
        None => match &sort {
            Some(sort) => (sort.window(case, &parts)?, None),
            None => (find::window(case, &parts)?, None),
        },
    };
    definition::unmoved(case)?;
    let body = list_response(case, &parts, &found)?;
    let mut decision = Decision::answer(Response::scim(200, body));
    decision.changes.extend(change);
    Ok(decision)
}

fn shown(row: &Row) -> Result<Shown<'_>, Refusal> {
    let (id, version) = (row.key.id.clone(), row.version);
    let document = document::read(row)?;
    Ok(Shown {
        id,
        version,
        document,
    })
}

/// The resources of an answer, in order, until so many ties are shown with them that the answer is
/// large enough: a page by index may be shorter than was asked for.
fn views<'a>(
    case: &mut Case<'_>,
    parts: &[Part<'_>],
    rows: &'a [(usize, Row)],
    by_cursor: bool,
) -> Result<Vec<Value<'a>>, Refusal> {
    let mut resources = Vec::with_capacity(rows.len());
    let mut ties = 0;
    for run in rows.chunk_by(|(left, _), (right, _)| left == right) {
        let Some(part) = run.first().and_then(|(at, _)| parts.get(*at)) else {
            continue;
        };
        for some in run.chunks(walk::at_a_time(part.kind)) {
            for view in some_views(case, part, &part.projection, some)? {
                let shown = ["members", "groups"].map(|name| view.get(name));
                let shown = shown.into_iter().flatten().map(|it| it.elements().len());
                ties += shown.sum::<usize>();
                resources.push(Value::Object(view));
            }
            // By cursor no row may be left out: [`room`] has seen to that.
            if ties >= MAX_TIES && !by_cursor {
                return Ok(resources);
            }
        }
    }
    Ok(resources)
}

fn some_views<'a>(
    case: &mut Case<'_>,
    part: &Part<'_>,
    projection: &Projection,
    rows: &'a [(usize, Row)],
) -> Result<Vec<Object<'a>>, Refusal> {
    let items = rows.iter().map(|(_, row)| shown(row));
    let items = items.collect::<Result<Vec<_>, _>>()?;
    let views = view::told(case, part.kind, items, projection, &Pending::default())?;
    Ok(views.into_iter().map(|(view, _)| view).collect())
}

/// A `ListResponse` (RFC 7644 section 3.4.2). By cursor there is no `startIndex`, and a total only
/// where it is known (RFC 9865 section 2).
fn list_response(
    case: &mut Case<'_>,
    parts: &[Part<'_>],
    found: &Found,
) -> Result<String, Refusal> {
    let resources = views(case, parts, &found.rows, found.by_cursor)?;
    let count = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let mut body = Object::with_capacity(6);
    body.push("schemas", Value::List(vec![Value::text(urn::LIST)]));
    if let Some(total) = found.total {
        body.push("totalResults", count(total));
    }
    if !found.by_cursor {
        body.push("startIndex", count(case.query.start_index));
    }
    body.push("itemsPerPage", count(resources.len() as u64));
    if let Some(next) = &found.next {
        body.push("nextCursor", Value::text(next));
    }
    body.push("Resources", Value::List(resources));
    Ok(Value::Object(body).to_json())
}
