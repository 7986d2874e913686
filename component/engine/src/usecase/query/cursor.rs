//! Cursors (RFC 9865): signed, and nothing is kept of them.
//!
//! A cursor says where its page begins, when it expires, and how large a page is. It is signed
//! together with everything that it is bound to: the tenant (by the key), the principal, the
//! place that was asked and all that was asked there. A cursor that was made up, changed, or given
//! to somebody else is refused like one that never was.

use hmac::{Hmac, KeyInit as _, Mac as _};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::PAGE_ROWS;
use super::find::Found;
use super::part::{Part, Source};
use super::room::{Room, ties};
use super::sort::{Place, Sort};
use super::walk::{Examined, page as walk};
use crate::facts::{Change, Key, Plan, Put, Row, Selection};
use crate::refusal::{Refusal, ScimType};
use crate::scim::query::{CURSOR_SECONDS, MAX_COUNT};
use crate::usecase::case::Case;

/// The row that keeps the key of a tenant's cursors.
const SECRET: (&str, &str) = ("Secret", "cursors");

/// Bytes of the signature: 128 bits.
const TAG: usize = 16;

/// What a cursor says.
#[derive(Serialize, Deserialize)]
struct Cursor {
    /// Milliseconds since 1970.
    expires: u64,
    count: u32,
    at: At,
}

/// Where a page begins.
#[derive(Clone, Serialize, Deserialize)]
enum At {
    /// In this part, behind this cursor of the store or this id.
    Part(usize, Option<String>),
    /// Behind this place of a list that is sorted here.
    Place(Place),
}

/// The page that a cursor asks for, and, the first time ever, the key that is to be kept.
pub(super) fn page(
    case: &mut Case<'_>,
    parts: &[Part<'_>],
    sort: Option<&Sort<'_>>,
    cursor: &str,
) -> Result<(Found, Option<Change>), Refusal> {
    if case.query.said_count.unwrap_or_default() > u64::from(MAX_COUNT) {
        return Err(invalid_count());
    }
    let (key, change) = secret(case)?;
    let context = context(case);
    let at = if cursor.is_empty() {
        None
    } else {
        Some(read(case, &key, &context, cursor)?)
    };
    let mut found = match (sort, &at) {
        (Some(sort), at) => sorted(case, parts, sort, at.as_ref())?,
        (None, at) => in_order(case, parts, at.as_ref())?,
    };
    let next = found.1.map(|at| sign(case, &key, &context, at));
    found.0.next = next;
    Ok((found.0, change))
}

/// The tenant's key; made of the request's seed where there is none yet.
fn secret(case: &mut Case<'_>) -> Result<(String, Option<Change>), Refusal> {
    let key = Key::new(SECRET.0, SECRET.1);
    let row = case.facts.load(vec![key.clone()])?.pop().flatten();
    if let Some(Row { body, .. }) = row {
        return Ok((body, None));
    }
    let (high, low) = case.request.seed;
    let body = format!("\"{high:016x}{low:016x}\"");
    let change = Change::Put(Put {
        key,
        body: body.clone(),
        replaces: None,
        entries: Vec::new(),
        claims: Vec::new(),
    });
    Ok((body, Some(change)))
}

/// All that a cursor is bound to, beside the tenant. Lengths keep the parts apart.
fn context(case: &Case<'_>) -> String {
    let query = &case.query;
    let order = query.descending.then(|| "descending".to_owned());
    let path = case.request.path.trim_end_matches("/.search");
    let mut context = format!("{}:{}", path.len(), path);
    let principal = Some(case.request.principal.id.clone());
    for part in [
        &principal,
        &query.filter,
        &query.attributes,
        &query.excluded,
        &query.sort_by,
        &order,
    ] {
        match part {
            Some(text) => context.extend(["+", &text.len().to_string(), ":", text]),
            None => context.push('-'),
        }
    }
    context
}

fn sign(case: &Case<'_>, key: &str, context: &str, at: At) -> String {
    let cursor = Cursor {
        expires: case.request.now.saturating_add(CURSOR_SECONDS * 1000),
        count: case.query.count,
        at,
    };
    let said = serde_json::to_vec(&cursor).unwrap_or_default();
    let tag = mac(key, context, &said).map(|mac| mac.finalize().into_bytes());
    let tag: Vec<u8> = tag.into_iter().flatten().take(TAG).collect();
    [hex(&said), hex(&tag)].join(".")
}

/// The signature's calculation. None never: HMAC takes a key of any length.
fn mac(key: &str, context: &str, said: &[u8]) -> Option<Hmac<Sha256>> {
    let mac = Hmac::<Sha256>::new_from_slice(key.as_bytes()).ok()?;
    Some(
        mac.chain_update(context)
            .chain_update([0])
            .chain_update(said),
    )
}

/// Where a cursor's page begins.
fn read(case: &Case<'_>, key: &str, context: &str, text: &str) -> Result<At, Refusal> {
    let cursor = verified(key, context, text).ok_or_else(|| {
        let detail = "this cursor was not given for this query; begin with an empty one";
        Refusal::Scim(ScimType::InvalidCursor, detail.to_owned())
    })?;
    if cursor.expires <= case.request.now {
        let detail = format!("a cursor lasts {CURSOR_SECONDS} seconds; begin with an empty one");
        return Err(Refusal::Scim(ScimType::ExpiredCursor, detail));
    }
    if cursor.count != case.query.count {
        return Err(invalid_count());
    }
    Ok(cursor.at)
}

fn verified(key: &str, context: &str, text: &str) -> Option<Cursor> {
    let (said, signature) = text.split_once('.')?;
    let (said, signature) = (unhex(said)?, unhex(signature)?);
    if signature.len() != TAG {
        return None;
    }
    let mac = mac(key, context, &said)?;
    mac.verify_truncated_left(&signature).ok()?;
    serde_json::from_slice(&said).ok()
}

fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(u32::from(half), 16).unwrap_or('0');
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(digit).collect()
}

fn unhex(text: &str) -> Option<Vec<u8>> {
    let (pairs, rest) = text.as_bytes().as_chunks::<2>();
    let byte = |pair: &[u8; 2]| {
        let digits = std::str::from_utf8(pair).ok()?;
        u8::from_str_radix(digits, 16).ok()
    };
    rest.is_empty().then(|| pairs.iter().map(byte).collect())?
}

fn invalid_count() -> Refusal {
    let detail =
        format!("`count` is from 0 to {MAX_COUNT}, and the same on every page of a cursor");
    Refusal::Scim(ScimType::InvalidCount, detail)
}

fn found(rows: Vec<(usize, Row)>, total: Option<u64>) -> Found {
    Found {
        rows,
        total,
        next: None,
        by_cursor: true,
    }
}

fn sorted(
    case: &mut Case<'_>,
    parts: &[Part<'_>],
    sort: &Sort<'_>,
    at: Option<&At>,
) -> Result<(Found, Option<At>), Refusal> {
    let place = match at {
        Some(At::Place(place)) => Some(place),
        _ => None,
    };
    let page = sort.behind(case, parts, place)?;
    Ok((found(page.rows, Some(page.total)), page.last.map(At::Place)))
}

/// The next page of all parts, one behind the other. A page may be shorter than was asked for
/// where much has to be looked at for little: the cursor goes on from there.
fn in_order(
    case: &mut Case<'_>,
    parts: &[Part<'_>],
    at: Option<&At>,
) -> Result<(Found, Option<At>), Refusal> {
    let (first, mut after) = match at {
        Some(At::Part(part, after)) => (*part, after.clone()),
        _ => (0, None),
    };
    let total = if at.is_none() {
        total(case, parts)?
    } else {
        None
    };
    let mut room = Room::of(case.query.count);
    let mut rows = Vec::new();
    let mut examined = Examined::default();
    if room.rows() == 0 {
        return Ok((found(rows, total), None));
    }
    for (number, part) in parts.iter().enumerate().skip(first) {
        loop {
            if room.is_full() || examined.is_enough() {
                return Ok((found(rows, total), Some(At::Part(number, after))));
            }
            let (some, next) = some(case, part, after.as_deref(), &mut room, &mut examined)?;
            rows.extend(some.into_iter().map(|row| (number, row)));
            after = next;
            if after.is_none() {
                break;
            }
        }
    }
    Ok((found(rows, total), None))
}

/// The rows behind a cursor of the store that there is room for, and where to go on. Where more are
/// found than there is room for, the page is asked for again, up to the last one that fits; and again
/// if somebody has meanwhile changed what is found.
fn some(
    case: &mut Case<'_>,
    part: &Part<'_>,
    after: Option<&str>,
    room: &mut Room,
    examined: &mut Examined,
) -> Result<(Vec<Row>, Option<String>), Refusal> {
    let is_exact = matches!(&part.source, Source::Plan { exact: true, .. });
    let mut max = if is_exact {
        room.rows()
    } else {
        PAGE_ROWS as usize
    };
    loop {
        let asked = u32::try_from(max).unwrap_or(PAGE_ROWS);
        let page = walk(case, part, after, asked, examined)?;
        let chosen: Vec<(usize, &Row)> = page
            .rows
            .iter()
            .enumerate()
            .zip(&page.chosen)
            .filter_map(|(row, chosen)| chosen.then_some(row))
            .collect();
        let of_part: Vec<_> = chosen.iter().map(|(_, row)| (part, *row)).collect();
        let ties = ties(case, &of_part)?;
        let mut left = room.clone();
        let fits = chosen
            .iter()
            .zip(ties)
            .take_while(|((_, row), ties)| left.takes(row, *ties))
            .count();
        if fits == chosen.len() {
            *room = left;
            let rows = page.rows.into_iter().zip(page.chosen);
            let rows = rows.filter(|(_, chosen)| *chosen).map(|(row, _)| row);
            return Ok((rows.collect(), page.next));
        }
        // The room is not full, so one fits: this ends with one row at the latest.
        let last = fits.checked_sub(1).and_then(|at| chosen.get(at));
        max = last.map_or(1, |(at, _)| at + 1).min(max - 1).max(1);
    }
}

/// How many there are in all, where the store knows it.
fn total(case: &mut Case<'_>, parts: &[Part<'_>]) -> Result<Option<u64>, Refusal> {
    let mut sum = 0;
    for part in parts {
        sum += match &part.source {
            Source::Plan { plan, exact: true } => {
                let page = case.facts.find(Plan {
                    max_rows: 0,
                    want_total: true,
                    ..plan.clone()
                })?;
                match (page.selection, page.total) {
                    (Selection::Exact, Some(total)) => total,
                    _ => return Ok(None),
                }
            }
            // Those that a filter names need not exist.
            _ => return Ok(None),
        };
    }
    Ok(Some(sum))
}
