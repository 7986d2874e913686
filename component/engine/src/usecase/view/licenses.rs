//! What is shown of licenses: with a user, names and places in waitlists; with a license, its gauges.

use super::{Beside, Pending, Shown};
use crate::facts::{Entry, Node, Plan, Selection};
use crate::license::{
    COUNTERS, Counts, Grant, State, counter_names, grant, grants, queue_key, queue_path,
};
use crate::refusal::Refusal;
use crate::scim::urn;
use crate::scim::value::{Object, Value};
use crate::usecase::case::Case;
use crate::usecase::document;
use crate::usecase::settle::terms;

/// Users who are looked at for a place in a waitlist at a time, where the store cannot count them.
const PAGE_ROWS: u32 = 200;

/// Users in a line beyond which it is worth three questions not to count them.
const LONG: u64 = 64;

/// Bytes of such a page.
const PAGE_BYTES: u32 = 1 << 20;

/// Adds to a user's licenses what changes without the user: their names, places in waitlists.
/// Returns just that, if there is any.
pub(super) fn complete_licenses(
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
    let (catalog, now) = (case.catalog()?, case.request.now);
    let mut added = Vec::new();
    for license in licenses {
        let Value::Object(license) = license else {
            continue;
        };
        let sku = license.get_text("value").unwrap_or_default().to_owned();
        let display = catalog.license(&sku).and_then(|it| it.display.as_deref());
        let position = match grant(license) {
            Some(grant) if grant.state == State::Waiting => Some(number(place(case, id, &grant)?)),
            _ => None,
        };
        let waits = position.is_some() && license.get_text("reason").is_none();
        let of_term = catalog.license(&sku).and_then(|it| it.out_of_term(now));
        let reason = of_term.filter(|_| waits).map(Value::text);
        for (name, value) in [
            ("reason", reason),
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

fn number(value: u64) -> Value<'static> {
    Value::Integer(i64::try_from(value).unwrap_or(i64::MAX))
}

/// The place in its waitlist of a license that waits.
pub(in crate::usecase) fn place(
    case: &mut Case<'_>,
    id: &str,
    grant: &Grant,
) -> Result<u64, Refusal> {
    Ok(ahead(case, &grant.sku, &queue_key(grant, id))? + 1)
}

/// How many stand in front in a waitlist. Where it is long, whoever stands at its end is not counted up
/// to: the line's counter says it.
fn ahead(case: &mut Case<'_>, sku: &str, key: &str) -> Result<u64, Refusal> {
    let entry = Entry {
        path: queue_path(State::Waiting, sku),
        value: key.to_owned(),
    };
    let license = case.catalog()?.license(sku).map(|it| it.id.clone());
    let [_, _, waiting, ..] = counter_names(&license.unwrap_or_default());
    let length = case.facts.counters(vec![waiting])?;
    let length = length.first().copied().unwrap_or_default();
    if length > LONG && !stands(case, Node::Greater(entry.clone()))? {
        let is_counted = stands(case, Node::Equal(entry))?;
        return Ok(length - u64::from(is_counted));
    }
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
        waits && *queue_key(&grant, id) < *key
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
            let mut grants = grants(&document::read(row)?).into_iter();
            count += u64::from(grants.any(|grant| is_ahead(&row.key.id, grant)));
        }
        after = page.next;
        if after.is_none() {
            return Ok(count);
        }
    }
}

/// Whether anybody stands there in a waitlist.
fn stands(case: &mut Case<'_>, node: Node) -> Result<bool, Refusal> {
    let page = case.facts.find(Plan {
        kind: "User".to_owned(),
        nodes: vec![node],
        max_rows: 1,
        max_bytes: PAGE_BYTES,
        ..Plan::default()
    })?;
    // One that may have found others as well is no proof that nobody does.
    Ok(!page.rows.is_empty() || page.selection != Selection::Exact)
}

/// The seat gauges of licenses (draft-ietf-scim-roles-entitlements, `totalAssignmentsUsed`).
pub(super) fn seats(
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
        Some(counts) => <[u64; COUNTERS]>::from(counts).to_vec(),
        None => case.facts.counters(names)?,
    };
    let now = case.request.now;
    let gauges = |(item, counters): (&Shown<'_>, &[u64; COUNTERS])| {
        let counts = Counts::from(*counters);
        let used = counts.active + counts.overage;
        let license = terms(&item.id, &item.document).ok();
        let seats = license.and_then(|license| license.seats_at(now));
        let over = seats.map_or(0, |seats| used.saturating_sub(seats));
        let gauge = |extension, name, value: u64| Beside {
            extension,
            name,
            value: number(value),
            moves: true,
        };
        let mut gauges = vec![gauge(None, "totalAssignmentsUsed", used)];
        // Nothing to tell is told only where the extension is there anyway.
        let extension = Some(urn::SCIMLET_ENTITLEMENT);
        let is_there = item.document.get(urn::SCIMLET_ENTITLEMENT).is_some();
        if counts.waiting > 0 || over > 0 || is_there {
            gauges.push(gauge(extension, "waiting", counts.waiting));
            gauges.push(gauge(extension, "over", over));
        }
        for (name, count) in [("kept", counts.grace), ("held", counts.held)] {
            if count > 0 {
                gauges.push(gauge(extension, name, count));
            }
        }
        gauges
    };
    Ok(items
        .iter()
        .zip(counters.as_chunks::<COUNTERS>().0)
        .map(gauges)
        .collect())
}
