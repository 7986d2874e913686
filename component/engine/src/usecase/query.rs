//! GET of a collection (RFC 7644 section 3.4.2): filter, page, project.

use super::Decision;
use super::case::Case;
use super::document;
use super::view::{self, Pending, Shown};
use crate::facts::{Key, Plan, Row, Selection};
use crate::message::Response;
use crate::refusal::{Refusal, ScimType};
use crate::scim::filter::{Checked, Comparand, Filter, Operand, Operator, Pushdown, push_down};
use crate::scim::project::Projection;
use crate::scim::schema::ResourceType;
use crate::scim::urn;
use crate::scim::value::{Object, Value};

/// Rows that one request may look at when the index cannot answer its filter.
const MAX_EXAMINED: u64 = 50_000;

/// Rows that are asked for at a time.
const PAGE_ROWS: u32 = 200;

/// Members of groups in one answer, if there is more than one group in it.
const MAX_MEMBERS: usize = 20_000;

/// Bytes of bodies on such a page, and in an answer: all that is in memory at a time.
const PAGE_BYTES: u32 = 4 << 20;

pub(super) fn query(case: &mut Case<'_>, kind: &ResourceType) -> Result<Decision, Refusal> {
    let projection = case.projection(kind)?;
    let text = case.query.filter.clone();
    let filter = match &text {
        Some(text) => Some(Filter::parse(text)?.check(kind)?),
        None => None,
    };
    let found = find(case, kind, filter.as_ref())?;
    let body = list(case, kind, &found, &projection)?;
    Ok(Decision::answer(Response::scim(200, body)))
}

/// The window of rows that the client asked for, and how many there are in all.
struct Found {
    rows: Vec<Row>,
    total: u64,
}

fn find(
    case: &mut Case<'_>,
    kind: &ResourceType,
    filter: Option<&Checked<'_>>,
) -> Result<Found, Refusal> {
    if let Some(id) = filter.and_then(only_id) {
        return by_id(case, kind, id);
    }
    let pushdown = match filter {
        Some(filter) => push_down(kind, filter),
        None => Pushdown {
            nodes: Vec::new(),
            exact: true,
        },
    };
    let plan = Plan {
        kind: kind.name().to_owned(),
        nodes: pushdown.nodes,
        ..Plan::default()
    };
    if pushdown.exact
        && let Some(found) = window(case, &plan)?
    {
        return Ok(found);
    }
    scan(case, kind, &plan, filter)
}

/// `id eq "..."` needs no index.
fn only_id<'f>(filter: &'f Checked<'_>) -> Option<&'f str> {
    match filter {
        Checked::Compare(Operand::Resource(target), Operator::Eq, Comparand::Text(id))
            if target.extension.is_none() && target.attribute.name == "id" =>
        {
            Some(id)
        }
        _ => None,
    }
}

fn by_id(case: &mut Case<'_>, kind: &ResourceType, id: &str) -> Result<Found, Refusal> {
    let row = case
        .facts
        .load(vec![Key::new(kind.name(), id)])?
        .pop()
        .flatten();
    let total = u64::from(row.is_some());
    let shown = case.query.start_index == 1 && case.query.count > 0;
    Ok(Found {
        rows: row.into_iter().filter(|_| shown).collect(),
        total,
    })
}

/// The window as the store selects it; none if the store could not select exactly. Large
/// documents make a shorter page (RFC 7644 section 3.4.2.4 lets a server answer fewer).
fn window(case: &mut Case<'_>, plan: &Plan) -> Result<Option<Found>, Refusal> {
    let page = case.facts.find(Plan {
        offset: case.query.start_index - 1,
        max_rows: case.query.count,
        max_bytes: PAGE_BYTES,
        want_total: true,
        ..plan.clone()
    })?;
    if page.selection == Selection::Superset {
        return Ok(None);
    }
    let total = page.total.unwrap_or_default();
    Ok(Some(Found {
        rows: page.rows,
        total,
    }))
}

/// Walks all rows that the plan selects and keeps those that the filter does.
fn scan(
    case: &mut Case<'_>,
    kind: &ResourceType,
    plan: &Plan,
    filter: Option<&Checked<'_>>,
) -> Result<Found, Refusal> {
    let mut found = Found {
        rows: Vec::new(),
        total: 0,
    };
    let end = case
        .query
        .start_index
        .saturating_add(u64::from(case.query.count));
    let (mut examined, mut bytes) = (0, 0);
    let mut after = None;
    loop {
        let page = case.facts.find(Plan {
            after: after.take(),
            max_rows: PAGE_ROWS,
            max_bytes: PAGE_BYTES,
            ..plan.clone()
        })?;
        examined += page.rows.len() as u64;
        let chosen = select(case, kind, &page.rows, filter)?;
        for (row, _) in page
            .rows
            .into_iter()
            .zip(chosen)
            .filter(|(_, chosen)| *chosen)
        {
            found.total += 1;
            let shown = found.total >= case.query.start_index && found.total < end;
            if shown && bytes <= PAGE_BYTES as usize {
                bytes += row.body.len();
                found.rows.push(row);
            }
        }
        if page.next.is_none() {
            return Ok(found);
        }
        if examined >= MAX_EXAMINED {
            let detail = format!(
                "the filter needs more than {MAX_EXAMINED} resources looked at; narrow it by an \
                 attribute such as userName, externalId or emails.value"
            );
            return Err(Refusal::Scim(ScimType::TooMany, detail));
        }
        after = page.next;
    }
}

/// Which rows of a page the filter selects. Where it is about what stands beside the documents
/// (the members of a group, say), they are looked at as a client sees them.
fn select(
    case: &mut Case<'_>,
    kind: &ResourceType,
    rows: &[Row],
    filter: Option<&Checked<'_>>,
) -> Result<Vec<bool>, Refusal> {
    let Some(filter) = filter else {
        return Ok(vec![true; rows.len()]);
    };
    if !filter.any_target(&|target| view::stands_beside(kind, target)) {
        return rows
            .iter()
            .map(|row| Ok(filter.matches(&document::read(row)?)))
            .collect();
    }
    let views = view::many(
        case,
        kind,
        shown(rows)?,
        &Projection::Default,
        &Pending::default(),
    )?;
    Ok(views.iter().map(|(view, _)| filter.matches(view)).collect())
}

fn shown(rows: &[Row]) -> Result<Vec<Shown<'_>>, Refusal> {
    let mut items = Vec::with_capacity(rows.len());
    for row in rows {
        let (id, version) = (row.key.id.clone(), row.version);
        let document = document::read(row)?;
        items.push(Shown {
            id,
            version,
            document,
        });
    }
    Ok(items)
}

/// The resources of an answer. Groups are looked at one by one, until they have so many members
/// together that the answer is large enough: a page may be shorter than was asked for.
fn views<'a>(
    case: &mut Case<'_>,
    kind: &ResourceType,
    items: Vec<Shown<'a>>,
    projection: &Projection,
) -> Result<Vec<Value<'a>>, Refusal> {
    let pending = Pending::default();
    if kind.name() != "Group" {
        let views = view::many(case, kind, items, projection, &pending)?;
        return Ok(views
            .into_iter()
            .map(|(view, _)| Value::Object(view))
            .collect());
    }
    let mut resources = Vec::with_capacity(items.len());
    let mut members = 0;
    for item in items {
        for (view, _) in view::many(case, kind, vec![item], projection, &pending)? {
            members += view
                .get("members")
                .map_or(0, |members| members.elements().len());
            resources.push(Value::Object(view));
        }
        if members >= MAX_MEMBERS {
            break;
        }
    }
    Ok(resources)
}

/// A `ListResponse` (RFC 7644 section 3.4.2).
fn list(
    case: &mut Case<'_>,
    kind: &ResourceType,
    found: &Found,
    projection: &Projection,
) -> Result<String, Refusal> {
    let resources = views(case, kind, shown(&found.rows)?, projection)?;
    let count = |number: u64| Value::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    let mut body = Object::with_capacity(5);
    body.push("schemas", Value::List(vec![Value::text(urn::LIST)]));
    body.push("totalResults", count(found.total));
    body.push("startIndex", count(case.query.start_index));
    body.push("itemsPerPage", count(resources.len() as u64));
    body.push("Resources", Value::List(resources));
    Ok(Value::Object(body).to_json())
}
