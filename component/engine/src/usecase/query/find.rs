//! The window of rows that a client asks for by `startIndex` and `count`.

use super::part::{Part, Source};
use super::walk::{Examined, page};
use super::{PAGE_BYTES, PAGE_ROWS};
use crate::facts::{Plan, Row, Selection};
use crate::refusal::Refusal;
use crate::usecase::case::Case;

/// What was found: rows with the number of their part.
pub(super) struct Found {
    pub(super) rows: Vec<(usize, Row)>,
    /// How many there are in all pages together, where that is known.
    pub(super) total: Option<u64>,
    /// The cursor of the next page; none on the last one, and by index.
    pub(super) next: Option<String>,
    pub(super) by_cursor: bool,
}

/// The rows that are still to be skipped and to be shown.
struct Window {
    skip: u64,
    take: u64,
}

/// Takes the window out of all parts, one behind the other. Large documents make a shorter page
/// (RFC 7644 section 3.4.2.4 lets a server answer fewer).
pub(super) fn window(case: &mut Case<'_>, parts: &[Part<'_>]) -> Result<Found, Refusal> {
    let mut window = Window {
        skip: case.query.start_index - 1,
        take: u64::from(case.query.count),
    };
    let mut rows = Vec::new();
    let mut total = 0;
    for (at, part) in parts.iter().enumerate() {
        let (some, in_all) = of_part(case, part, &window)?;
        let due = in_all.saturating_sub(window.skip).min(window.take);
        window.skip = window.skip.saturating_sub(in_all);
        window.take = if (some.len() as u64) < due {
            0
        } else {
            window.take - due
        };
        total += in_all;
        rows.extend(some.into_iter().map(|row| (at, row)));
    }
    Ok(Found {
        rows,
        total: Some(total),
        next: None,
        by_cursor: false,
    })
}

fn of_part(
    case: &mut Case<'_>,
    part: &Part<'_>,
    window: &Window,
) -> Result<(Vec<Row>, u64), Refusal> {
    if let Source::Plan { plan, exact: true } = &part.source
        && let Some(found) = by_the_store(case, plan, window)?
    {
        return Ok(found);
    }
    scan(case, part, window)
}

/// The window as the store selects it; none if the store could not select exactly.
fn by_the_store(
    case: &mut Case<'_>,
    plan: &Plan,
    window: &Window,
) -> Result<Option<(Vec<Row>, u64)>, Refusal> {
    let page = case.facts.find(Plan {
        offset: window.skip,
        max_rows: u32::try_from(window.take).unwrap_or(u32::MAX),
        max_bytes: PAGE_BYTES,
        want_total: true,
        ..plan.clone()
    })?;
    if page.selection == Selection::Superset {
        return Ok(None);
    }
    Ok(Some((page.rows, page.total.unwrap_or_default())))
}

/// Walks all candidates and keeps those that the filter selects.
fn scan(case: &mut Case<'_>, part: &Part<'_>, window: &Window) -> Result<(Vec<Row>, u64), Refusal> {
    let end = window.skip.saturating_add(window.take);
    let (mut kept, mut total, mut bytes) = (Vec::new(), 0, 0);
    let mut examined = Examined::default();
    let mut after: Option<String> = None;
    loop {
        let page = page(case, part, after.as_deref(), PAGE_ROWS, &mut examined)?;
        for (row, chosen) in page.rows.into_iter().zip(page.chosen) {
            if !chosen {
                continue;
            }
            if (window.skip..end).contains(&total) && bytes <= PAGE_BYTES as usize {
                bytes += row.body.len();
                kept.push(row);
            }
            total += 1;
        }
        if page.next.is_none() {
            return Ok((kept, total));
        }
        if examined.is_enough() {
            return Err(Examined::too_many());
        }
        after = page.next;
    }
}
