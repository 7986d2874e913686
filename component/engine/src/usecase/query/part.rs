//! One resource type of a list: its filter, its projection, and where its candidates come from.

use super::ties;
use crate::facts::{Key, Plan};
use crate::refusal::Refusal;
use crate::scim::filter::{Checked, Comparand, Filter, Operand, Operator, push_down};
use crate::scim::project::Projection;
use crate::scim::schema::ResourceType;
use crate::usecase::case::Case;
use crate::usecase::definition;

/// One resource type of a list.
pub(super) struct Part<'t> {
    pub(super) kind: &'t ResourceType,
    pub(super) projection: Projection,
    /// What candidates must satisfy; none where all of them do.
    pub(super) filter: Option<Checked<'t>>,
    pub(super) source: Source,
}

/// Where candidates come from.
pub(super) enum Source {
    /// The store selects them, exactly or too many.
    Plan { plan: Plan, exact: bool },
    /// These and no others, in the order of their ids.
    Keys(Vec<Key>),
}

/// The parts of a list. With more than one type, a filter may name what only one of them has: the
/// others have no value there (RFC 7644 section 3.4.2.1).
pub(super) fn parts<'t>(
    case: &mut Case<'_>,
    kinds: &[&'t ResourceType],
    filter: Option<&str>,
) -> Result<Vec<Part<'t>>, Refusal> {
    let parsed = filter.map(Filter::parse).transpose()?;
    let mut parts = Vec::with_capacity(kinds.len());
    for kind in kinds {
        let checked = match &parsed {
            Some(filter) if kinds.len() > 1 => Some(filter.check_among_others(kind)?),
            Some(filter) => Some(filter.check(kind)?),
            None => None,
        };
        let projection = case.projection(kind)?;
        parts.push(part(case, kind, projection, checked)?);
    }
    Ok(parts)
}

fn part<'t>(
    case: &mut Case<'_>,
    kind: &'t ResourceType,
    projection: Projection,
    filter: Option<Checked<'t>>,
) -> Result<Part<'t>, Refusal> {
    let filter = filter.map(|filter| simplify(kind, filter));
    let (filter, source) = match filter {
        None => (None, everything(kind)),
        Some(filter) if is_constant(&filter, true) => (None, everything(kind)),
        Some(filter) if is_constant(&filter, false) => (None, Source::Keys(Vec::new())),
        Some(filter) => {
            if let Some(few) = ties::candidates(case, kind, &filter)? {
                (few.rest, Source::Keys(few.keys))
            } else {
                let more = definition::reliable(case, kind)?;
                let pushed = push_down(kind, &filter, &more);
                let plan = Plan {
                    kind: kind.name().to_owned(),
                    nodes: pushed.nodes,
                    ..Plan::default()
                };
                let exact = pushed.exact;
                (Some(filter), Source::Plan { plan, exact })
            }
        }
    };
    Ok(Part {
        kind,
        projection,
        filter,
        source,
    })
}

fn everything(kind: &ResourceType) -> Source {
    let plan = Plan {
        kind: kind.name().to_owned(),
        ..Plan::default()
    };
    Source::Plan { plan, exact: true }
}

/// Whether a filter is true, or false, of everything.
fn is_constant(filter: &Checked<'_>, what: bool) -> bool {
    match filter {
        Checked::And(parts) => what && parts.is_empty(),
        Checked::Or(parts) => !what && parts.is_empty(),
        _ => false,
    }
}

fn constant<'t>(what: bool) -> Checked<'t> {
    if what {
        Checked::And(Vec::new())
    } else {
        Checked::Or(Vec::new())
    }
}

/// Works out what is the same for all resources of a type: `meta.resourceType eq "User"`. A list of
/// all types then looks at no rows of the wrong ones.
fn simplify<'t>(kind: &ResourceType, filter: Checked<'t>) -> Checked<'t> {
    match filter {
        Checked::And(parts) => joined(kind, parts, false),
        Checked::Or(parts) => joined(kind, parts, true),
        Checked::Not(inner) => match simplify(kind, *inner) {
            inner if is_constant(&inner, true) => constant(false),
            inner if is_constant(&inner, false) => constant(true),
            inner => Checked::Not(Box::new(inner)),
        },
        Checked::Compare(Operand::Resource(target), Operator::Eq, Comparand::Text(name))
            if target.path() == "meta.resourceType" =>
        {
            constant(name == kind.name())
        }
        other => other,
    }
}

/// `and` and `or`, where `ends` decides the whole by itself.
fn joined<'t>(kind: &ResourceType, parts: Vec<Checked<'t>>, ends: bool) -> Checked<'t> {
    let mut kept = Vec::with_capacity(parts.len());
    for part in parts {
        let part = simplify(kind, part);
        if is_constant(&part, ends) {
            return part;
        }
        if !is_constant(&part, !ends) {
            kept.push(part);
        }
    }
    match (kept.len(), kept.pop()) {
        (1, Some(only)) => only,
        (_, Some(last)) => {
            kept.push(last);
            if ends {
                Checked::Or(kept)
            } else {
                Checked::And(kept)
            }
        }
        (_, None) => constant(!ends),
    }
}
