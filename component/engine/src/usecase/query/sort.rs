//! `sortBy` and `sortOrder` (RFC 7644 section 3.4.2.3).
//!
//! An indexed attribute of one value is sorted by the store. Anything else is sorted here: all
//! that the filter selects is looked at, and of each just the value and the id are kept.

use std::cmp::Ordering;

use serde::{Deserialize, Serialize};

use super::PAGE_ROWS;
use super::find::Found;
use super::part::{Part, Source};
use super::room::{Room, ties};
use super::walk::{Examined, page};
use crate::facts::{Key, Order, Row};
use crate::refusal::{Refusal, ScimType};
use crate::scim::filter::fold;
use crate::scim::index;
use crate::scim::resource::is_primary;
use crate::scim::schema::{Attribute, Kind, Resolved, ResourceType, Target};
use crate::scim::time;
use crate::scim::value::{Object, Value};
use crate::usecase::case::Case;
use crate::usecase::{document, view};

/// What the store cannot order by.
pub(super) struct Sort<'t> {
    /// For each part what it is sorted by; none for a type without such an attribute.
    targets: Vec<Option<Target<'t>>>,
    descending: bool,
}

/// Where a row stands in a sorted list.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Place {
    value: Option<SortValue>,
    part: usize,
    id: String,
}

/// A page of a sorted list.
pub(super) struct Behind {
    pub(super) rows: Vec<(usize, Row)>,
    /// Where the page ends, if there is more behind it.
    pub(super) last: Option<Place>,
    /// How many there are in all.
    pub(super) total: u64,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
enum SortValue {
    Number(f64),
    Text(String),
}

/// Reads `sortBy`: lets the store sort where it can; else answers what is left to do.
pub(super) fn by<'t>(case: &Case<'_>, parts: &mut [Part<'t>]) -> Result<Option<Sort<'t>>, Refusal> {
    let Some(path) = case.query.sort_by.as_deref() else {
        return Ok(None);
    };
    let descending = case.query.descending;
    let targets: Vec<Option<Target<'t>>> =
        parts.iter().map(|part| target(part.kind, path)).collect();
    if targets.iter().all(Option::is_none) {
        let detail = format!("`sortBy` names no attribute that can be sorted by: `{path}`");
        return Err(Refusal::Scim(ScimType::InvalidPath, detail));
    }
    if let ([part], [Some(target)]) = (&mut *parts, targets.as_slice())
        && let Source::Plan { plan, .. } = &mut part.source
        && !target.attribute.multi_valued
        && index::is_indexed(part.kind, &target.path())
    {
        let path = target.path();
        plan.order = Some(Order { path, descending });
        return Ok(None);
    }
    Ok(Some(Sort {
        targets,
        descending,
    }))
}

/// The attribute, or of a complex one its `value`.
fn target<'t>(kind: &'t ResourceType, path: &str) -> Option<Target<'t>> {
    let Some(Resolved::Attribute(target)) = kind.resolve(path) else {
        return None;
    };
    if target.leaf().is_complex() {
        let sub = Some(target.attribute.sub_attribute("value")?);
        let target = Target { sub, ..target };
        return (!view::stands_beside(kind, target)).then_some(target);
    }
    let is_stored = !view::stands_beside(kind, target);
    (is_stored && target.leaf().kind != Kind::Binary).then_some(target)
}

impl Sort<'_> {
    /// The window by `startIndex` and `count`.
    pub(super) fn window(&self, case: &mut Case<'_>, parts: &[Part<'_>]) -> Result<Found, Refusal> {
        let places = self.places(case, parts)?;
        let skip = usize::try_from(case.query.start_index - 1).unwrap_or(usize::MAX);
        let shown = places.iter().skip(skip).take(case.query.count as usize);
        let (rows, _) = load(case, parts, shown)?;
        Ok(Found {
            rows,
            total: Some(places.len() as u64),
            next: None,
            by_cursor: false,
        })
    }

    /// The rows behind a place, as many as fit on a page.
    pub(super) fn behind(
        &self,
        case: &mut Case<'_>,
        parts: &[Part<'_>],
        place: Option<&Place>,
    ) -> Result<Behind, Refusal> {
        let places = self.places(case, parts)?;
        let is_before =
            |it: &Place| place.is_some_and(|place| self.compare(it, place) != Ordering::Greater);
        let begin = places.partition_point(is_before);
        let rest = places.get(begin..).unwrap_or_default();
        let (rows, taken) = load(case, parts, rest.iter().take(case.query.count as usize))?;
        let last = taken.checked_sub(1).filter(|_| taken < rest.len());
        Ok(Behind {
            rows,
            last: last.and_then(|at| rest.get(at)).cloned(),
            total: places.len() as u64,
        })
    }

    /// All that the filter selects, in order.
    fn places(&self, case: &mut Case<'_>, parts: &[Part<'_>]) -> Result<Vec<Place>, Refusal> {
        let mut places = Vec::new();
        let mut examined = Examined::default();
        for (at, (part, target)) in parts.iter().zip(&self.targets).enumerate() {
            let mut after: Option<String> = None;
            loop {
                let page = page(case, part, after.as_deref(), PAGE_ROWS, &mut examined)?;
                for (row, _) in page.rows.iter().zip(page.chosen).filter(|(_, it)| *it) {
                    let resource = document::read(row)?;
                    places.push(Place {
                        value: target.and_then(|target| value(&resource, target)),
                        part: at,
                        id: row.key.id.clone(),
                    });
                }
                if page.next.is_none() {
                    break;
                }
                if examined.is_enough() {
                    return Err(Examined::too_many());
                }
                after = page.next;
            }
        }
        places.sort_unstable_by(|left, right| self.compare(left, right));
        Ok(places)
    }

    /// Those without a value come last when ascending, and first when descending.
    fn compare(&self, left: &Place, right: &Place) -> Ordering {
        let ordering = match (&left.value, &right.value) {
            (Some(left), Some(right)) => left.compare(right),
            (Some(_), None) => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (None, None) => Ordering::Equal,
        };
        let ordering = if self.descending {
            ordering.reverse()
        } else {
            ordering
        };
        ordering
            .then_with(|| left.part.cmp(&right.part))
            .then_with(|| left.id.cmp(&right.id))
    }
}

impl SortValue {
    fn compare(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Number(left), Self::Number(right)) => left.total_cmp(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (Self::Number(_), Self::Text(_)) => Ordering::Less,
            (Self::Text(_), Self::Number(_)) => Ordering::Greater,
        }
    }
}

/// The rows at these places that an answer has room for, and how many places were used. Who has gone
/// meanwhile is left out.
fn load<'p>(
    case: &mut Case<'_>,
    parts: &[Part<'_>],
    places: impl Iterator<Item = &'p Place>,
) -> Result<(Vec<(usize, Row)>, usize), Refusal> {
    let places: Vec<&Place> = places.collect();
    let mut room = Room::of(case.query.count);
    let (mut rows, mut used) = (Vec::new(), 0);
    for some in places.chunks(PAGE_ROWS as usize) {
        let part = |place: &Place| parts.get(place.part);
        let name = |place: &Place| part(place).map_or("", |part| part.kind.name());
        let keys = some.iter().map(|place| Key::new(name(place), &place.id));
        let loaded = case.facts.load(keys.collect())?;
        let there = some.iter().zip(&loaded);
        let there = there.filter_map(|(place, row)| part(place).zip(row.as_ref()));
        let mut tied = ties(case, &there.collect::<Vec<_>>())?.into_iter();
        for (place, row) in some.iter().zip(loaded) {
            let Some(row) = row else {
                used += 1;
                continue;
            };
            if !room.takes(&row, tied.next().unwrap_or_default()) {
                return Ok((rows, used));
            }
            used += 1;
            rows.push((place.part, row));
        }
    }
    Ok((rows, used))
}

/// The value that a resource is sorted by: of many, the primary one or else the first.
fn value(resource: &Object<'_>, target: Target<'_>) -> Option<SortValue> {
    let holder = match target.extension {
        Some(schema) => resource.get(&schema.id)?.as_object()?,
        None => resource,
    };
    let elements = holder.get(&target.attribute.name)?.elements();
    let element = elements
        .iter()
        .find(|it| is_primary(it))
        .or(elements.first())?;
    let value = match target.sub {
        Some(sub) => element.as_object()?.get(&sub.name)?,
        None => element,
    };
    comparable(target.leaf(), value)
}

/// As much of a text as decides an order; beyond it the id does. The value of the last row goes into
/// a cursor, and all values of a list are in memory at a time.
fn beginning(text: &str) -> &str {
    const LETTERS: usize = 100;
    let end = text
        .char_indices()
        .nth(LETTERS)
        .map_or(text.len(), |(at, _)| at);
    text.split_at_checked(end)
        .map_or(text, |(beginning, _)| beginning)
}

fn comparable(attribute: &Attribute, value: &Value<'_>) -> Option<SortValue> {
    match value {
        Value::Bool(value) => Some(SortValue::Text(value.to_string())),
        #[expect(
            clippy::cast_precision_loss,
            reason = "SCIM numbers are JSON numbers: f64 is what peers keep"
        )]
        Value::Integer(value) => Some(SortValue::Number(*value as f64)),
        Value::Decimal(value) => Some(SortValue::Number(*value)),
        Value::Text(text) if attribute.kind == Kind::DateTime => {
            time::instant(text).map(|it| SortValue::Text(time::sortable(it)))
        }
        Value::Text(text) if attribute.folds() => Some(SortValue::Text(fold(beginning(text)))),
        Value::Text(text) => Some(SortValue::Text(beginning(text).to_owned())),
        Value::Null | Value::List(_) | Value::Object(_) => None,
    }
}
