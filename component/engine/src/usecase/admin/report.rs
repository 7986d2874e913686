//! Every license, and how full it is.

use serde_json::{Value as Json, json};

use super::super::Decision;
use super::super::case::Case;
use super::answer;
use super::ask::Parameters;
use crate::facts::{Entry, Node, Plan};
use crate::license::history::{HISTORY, Turn};
use crate::license::{COUNTERS, Counts, License, Lot, Stage, State, counter_names, queue_path};
use crate::refusal::Refusal;
use crate::scim::time;

const DAY: u64 = 24 * 60 * 60 * 1000;

/// Over how many days what was added and freed is counted, if nothing else is said, and at most.
const PERIOD: u64 = 30;
const MAX_PERIOD: u64 = 366;

pub(super) fn all(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    let days = days(&Parameters::read(case, &["days"])?)?;
    let catalog = case.catalog()?;
    let licenses = catalog.licenses();
    let names: Vec<String> = licenses
        .iter()
        .flat_map(|license| counter_names(&license.id))
        .collect();
    let counters = if names.is_empty() {
        Vec::new()
    } else {
        case.facts.counters(names)?
    };
    let mut list = Vec::with_capacity(licenses.len());
    for (license, counters) in licenses.iter().zip(counters.as_chunks::<COUNTERS>().0) {
        list.push(one(case, license, Counts::from(*counters), days)?);
    }
    Ok(answer(&json!({ "days": days, "licenses": list })))
}

fn days(parameters: &Parameters) -> Result<u64, Refusal> {
    let Some(days) = parameters.get("days") else {
        return Ok(PERIOD);
    };
    let days = days.parse().ok();
    days.filter(|days| (1..=MAX_PERIOD).contains(days))
        .ok_or_else(|| Refusal::value(format!("`days` is a number from 1 to {MAX_PERIOD}")))
}

fn one(case: &mut Case<'_>, license: &License, counts: Counts, days: u64) -> Result<Json, Refusal> {
    let now = case.request.now;
    let seats = license.seats_at(now);
    let used = counts.active + counts.overage;
    let [added, freed] = [
        turns(case, license, Turn::Added, days)?,
        turns(case, license, Turn::Freed, days)?,
    ];
    let free = seats.map(|seats| seats.saturating_sub(counts.active));
    let mut report = json!({
        "sku": license.sku,
        "seats": seats,
        "used": used,
        "active": counts.active,
        "overage": counts.overage,
        "waiting": counts.waiting,
        "blocked": blocked(case, license)?,
        "kept": counts.grace,
        "held": counts.held,
        "free": free,
        "over": seats.map_or(0, |seats| used.saturating_sub(seats)),
        "mode": license.overage.word(),
        "stage": stage(license.stage(now)),
        "pools": pools(license, counts.active, now),
        "added": added,
        "freed": freed,
    });
    if let Some(report) = report.as_object_mut() {
        if let Some(name) = &license.display {
            report.insert("name".to_owned(), json!(name));
        }
        if counts.alert > 0 {
            report.insert("alert".to_owned(), json!(counts.alert));
        }
        if let Some(days) = days_left(free, added, freed, days) {
            report.insert("fullInDays".to_owned(), json!(days));
        }
    }
    Ok(report)
}

pub(super) fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::NotBegun => "notBegun",
        Stage::Open => "open",
        Stage::Over => "over",
    }
}

/// The days until no seat is free, if seats go on being taken as they were lately; none if they are
/// not.
fn days_left(free: Option<u64>, added: u64, freed: u64, days: u64) -> Option<u64> {
    let gained = added.checked_sub(freed).filter(|gained| *gained > 0)?;
    Some(free?.saturating_mul(days).div_ceil(gained))
}

/// How often seats of a license were taken, or freed, in so many days.
fn turns(case: &mut Case<'_>, license: &License, turn: Turn, days: u64) -> Result<u64, Refusal> {
    let since = case.request.now.saturating_sub(days * DAY);
    let node = Node::AtLeast(Entry {
        path: turn.path(&license.sku),
        value: time::stamp(since),
    });
    total(case, HISTORY, node)
}

/// How many users ask for a license in vain, for whatever reason.
fn blocked(case: &mut Case<'_>, license: &License) -> Result<u64, Refusal> {
    let path = queue_path(State::Blocked, &license.sku);
    total(case, "User", Node::Present(path))
}

fn total(case: &mut Case<'_>, kind: &str, node: Node) -> Result<u64, Refusal> {
    let page = case.facts.find(Plan {
        kind: kind.to_owned(),
        nodes: vec![node],
        want_total: true,
        ..Plan::default()
    })?;
    Ok(page.total.unwrap_or_default())
}

/// The lots of a license with the seats that are used of each: those that end soonest first.
pub(super) fn pools(license: &License, active: u64, now: u64) -> Vec<Json> {
    let mut lots = license.terms.pools.clone();
    lots.sort_by_key(|lot| (lot.end().is_none(), lot.end()));
    let mut left = active;
    let mut pools = Vec::new();
    for lot in lots {
        let used = used_of(&lot, now, left);
        left -= used;
        pools.push(pool(&lot, used, now));
    }
    pools
}

/// How many of the seats in use are thought to be of this lot.
fn used_of(lot: &Lot, now: u64, left: u64) -> u64 {
    if lot.is_open(now) {
        lot.seats.map_or(left, |seats| seats.min(left))
    } else {
        0
    }
}

fn pool(lot: &Lot, used: u64, now: u64) -> Json {
    let mut pool = json!({
        "id": lot.id,
        "seats": lot.seats,
        "used": used,
        "open": lot.is_open(now),
    });
    let moments = [("from", lot.from), ("until", lot.until)];
    if let Some(pool) = pool.as_object_mut() {
        for (name, moment) in moments {
            if let Some(moment) = moment {
                pool.insert(name.to_owned(), json!(time::stamp(moment)));
            }
        }
    }
    pool
}
