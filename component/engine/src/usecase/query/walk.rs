//! All candidates of a part, page by page, and which of them the filter selects.

use super::part::{Part, Source};
use super::{MAX_EXAMINED, PAGE_BYTES, PAGE_ROWS, shown};
use crate::facts::{Plan, Row, Selection};
use crate::refusal::{Refusal, ScimType};
use crate::scim::filter::Checked;
use crate::scim::project::Projection;
use crate::scim::schema::ResourceType;
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
    let (rows, next, selection) = candidates(case, part, after, max_rows.min(PAGE_ROWS))?;
    examined.0 += rows.len() as u64;
    // The plan may say just what the filter does, and the store still give others as well.
    let filter = match (&part.source, selection) {
        (Source::Plan { exact: true, .. }, Selection::Exact) => None,
        _ => part.filter.as_ref(),
    };
    let chosen = select(case, part.kind, &rows, filter)?;
    Ok(Page { rows, chosen, next })
}

fn candidates(
    case: &mut Case<'_>,
    part: &Part<'_>,
    after: Option<&str>,
    max_rows: u32,
) -> Result<(Vec<Row>, Option<String>, Selection), Refusal> {
    let keys = match &part.source {
        Source::Plan { plan, .. } => {
            let page = case.facts.find(Plan {
                after: after.map(str::to_owned),
                max_rows,
                max_bytes: PAGE_BYTES,
                ..plan.clone()
            })?;
            return Ok((page.rows, page.next, page.selection));
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
    let rows = rows.into_iter().flatten().collect();
    Ok((rows, next.map(|key| key.id.clone()), Selection::Exact))
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
    let items = rows.iter().map(shown).collect::<Result<Vec<_>, _>>()?;
    let (all, none) = (Projection::Default, Pending::default());
    let views = view::many(case, kind, items, &all, &none)?;
    Ok(views.iter().map(|(view, _)| filter.matches(view)).collect())
}
