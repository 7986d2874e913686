//! All candidates of a part, page by page, and which of them the filter selects.

use super::part::{Part, Source};
use super::{MAX_EXAMINED, PAGE_BYTES, PAGE_ROWS, shown};
use crate::facts::{Plan, Row, Selection};
use crate::refusal::{Refusal, ScimType};
use crate::scim::filter::Checked;
use crate::scim::project::Projection;
use crate::scim::schema::{ResourceType, Target};
use crate::usecase::case::Case;
use crate::usecase::document;
use crate::usecase::view::{self, Pending};

/// Rows that a request has looked at.
#[derive(Default)]
pub(super) struct Examined(u64);

impl Examined {
    /// Whether a request has looked at as many as it may.
    pub(super) fn is_enough(&self) -> bool {
        self.0 >= MAX_EXAMINED
    }

    /// Refuses to go on.
    pub(super) fn too_many() -> Refusal {
        let detail = format!(
            "more than {MAX_EXAMINED} resources would have to be looked at; narrow the filter by \
             an attribute such as userName, externalId or emails.value, or page by cursor"
        );
        Refusal::Scim(ScimType::TooMany, detail)
    }
}

/// A page of candidates.
pub(super) struct Page {
    pub(super) rows: Vec<Row>,
    /// Which of them the filter selects.
    pub(super) chosen: Vec<bool>,
    /// Where the next page begins; none on the last one.
    pub(super) next: Option<String>,
}

/// The page behind `after`, of so many rows.
pub(super) fn page(
    case: &mut Case<'_>,
    part: &Part<'_>,
    after: Option<&str>,
    max_rows: u32,
    examined: &mut Examined,
) -> Result<Page, Refusal> {
    let Candidates { rows, next, exact } = candidates(case, part, after, max_rows.min(PAGE_ROWS))?;
    examined.0 += rows.len() as u64;
    let filter = part.filter.as_ref().filter(|_| !exact);
    let chosen = select(case, part.kind, &rows, filter)?;
    Ok(Page { rows, chosen, next })
}

/// A page before the filter.
struct Candidates {
    rows: Vec<Row>,
    next: Option<String>,
    /// Whether the filter selects all of them: the plan says it all, and the store could answer it.
    exact: bool,
}

fn candidates(
    case: &mut Case<'_>,
    part: &Part<'_>,
    after: Option<&str>,
    max_rows: u32,
) -> Result<Candidates, Refusal> {
    let keys = match &part.source {
        Source::Plan { plan, exact } => {
            let page = case.facts.find(Plan {
                after: after.map(str::to_owned),
                max_rows,
                max_bytes: PAGE_BYTES,
                ..plan.clone()
            })?;
            return Ok(Candidates {
                rows: page.rows,
                next: page.next,
                exact: *exact && page.selection == Selection::Exact,
            });
        }
        Source::Keys(keys) => keys,
    };
    let begin = after.map_or(0, |after| {
        keys.partition_point(|key| key.id.as_str() <= after)
    });
    let rest = keys.get(begin..).unwrap_or_default();
    let (now, later) = rest.split_at(rest.len().min(max_rows as usize));
    let next = now.last().filter(|_| !later.is_empty());
    let rows = if now.is_empty() {
        Vec::new()
    } else {
        case.facts.load(now.to_vec())?
    };
    Ok(Candidates {
        rows: rows.into_iter().flatten().collect(),
        next: next.map(|key| key.id.clone()),
        exact: false,
    })
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
    let (all, none) = (all_of(kind, filter), Pending::default());
    let mut chosen = Vec::with_capacity(rows.len());
    for some in rows.chunks(at_a_time(kind)) {
        let items = some.iter().map(shown).collect::<Result<Vec<_>, _>>()?;
        let views = view::many(case, kind, items, &all, &none)?;
        chosen.extend(views.iter().map(|(view, _)| filter.matches(view)));
    }
    Ok(chosen)
}

/// Everything that a filter may be about, and the names of members only where it is about them.
fn all_of(kind: &ResourceType, filter: &Checked<'_>) -> Projection {
    let members = kind.attribute("members");
    let display = members.and_then(|it| Some((it, it.sub_attribute("display")?)));
    match display {
        Some((attribute, display)) if filter.names_part("display") => {
            Projection::with_part(Target {
                extension: None,
                attribute,
                sub: Some(display),
            })
        }
        _ => Projection::Default,
    }
}

/// Resources that are shown at a time: one group may have very many members, and a user many groups.
pub(super) fn at_a_time(kind: &ResourceType) -> usize {
    match kind.name() {
        "Group" => 1,
        "User" => 50,
        _ => PAGE_ROWS as usize,
    }
}
