//! What is due by time: terms that begin or end, seats for some time, work that was too much for one
//! request.
//!
//! One row, `Sweep/state`, says up to which moment terms have been carried out, and for which settings
//! all users have been settled. Users of whom something ends are found by the index. A step that two
//! hosts make at once is made once: the other one's commit is stale, and finds nothing left to do.

use serde::{Deserialize, Serialize};
use std::rc::Rc;

use super::accounts;
use super::case::Case;
use super::job;
use super::settle::{Why, resettled, work};
use super::tell;
use crate::facts::{Change, Entry, Facts, Key, Node, Order, Plan, Put, Row};
use crate::license::{Assigned, Catalog, Cause, DUE, Desk, License, UNASKED, assigned, grants};
use crate::message::{Principal, Request};
use crate::refusal::Refusal;
use crate::scim::time;
use crate::tenant::Tenant;

/// The row.
const STATE: (&str, &str) = ("Sweep", "state");

/// Users of whom something ends, in one step.
const STEP: u32 = 100;

/// Bytes of their documents.
const STEP_BYTES: u32 = 2 << 20;

/// Milliseconds after which a policy that has failed is asked again of the users it was asked about.
const ASK_AGAIN: u64 = 60_000;

/// One step of what is due.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Due {
    /// All or none of them.
    pub changes: Vec<Change>,
    /// When to come again, in milliseconds; at once if that is past. None: nothing is due at any time
    /// that is known now; a request may change that.
    pub next: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct State {
    /// Terms have been carried out up to this moment.
    until: u64,
    /// All users have been settled by these settings, and have the account that they say, or are about to.
    rules: String,
    /// The moment up to which terms are being carried out.
    #[serde(default)]
    pass: u64,
    /// The licenses of which that is done.
    #[serde(default)]
    done: Vec<String>,
}

/// Decides one step of what is due at `now`. `seed` is good randomness, as for a request.
///
/// # Errors
/// The store's failure.
pub fn sweep(
    tenant: &Tenant,
    now: u64,
    seed: (u64, u64),
    facts: &mut dyn Facts,
) -> Result<Due, Refusal> {
    let request = Request {
        method: "POST".to_owned(),
        path: "/".to_owned(),
        query: None,
        headers: Vec::new(),
        body: String::new(),
        principal: Principal {
            id: "scimlet".to_owned(),
            scopes: vec!["admin".to_owned()],
        },
        now,
        seed,
        base_url: String::new(),
    };
    let mut case = Case::new(tenant, &request, facts)?;
    let steps = [begun, turned, work::step, ended, looked, unasked];
    for step in steps {
        if let Some(mut changes) = step(&mut case)? {
            accounts::follow(&mut case, &mut changes)?;
            tell::follow(&mut case, &mut changes)?;
            return Ok(Due {
                changes,
                next: Some(now),
            });
        }
    }
    // Of what these do everything is told already, or there is nothing to tell.
    let steps = [job::answers, job::jobs, job::step];
    for step in steps {
        if let Some(changes) = step(&mut case)? {
            return Ok(Due {
                changes,
                next: Some(now),
            });
        }
    }
    Ok(Due {
        changes: Vec::new(),
        next: next(&mut case)?,
    })
}

/// What requests have left over: seats that are owed to a long line, and thresholds that nobody was told
/// of, since two requests came to one at once and neither saw it.
fn looked(case: &mut Case<'_>) -> Result<Option<Vec<Change>>, Refusal> {
    let catalog = case.catalog()?;
    let Some(user) = case.tenant.registry.by_name("User") else {
        return Ok(None);
    };
    let mut desk = Desk::new(user, Rc::clone(&catalog), case.moment())
        .because(Cause::Term)
        .in_steps();
    desk.look_at(case.facts, catalog.licenses())?;
    let changes = desk.close(false, &case.request.principal.id);
    Ok(changes.iter().any(does_something).then_some(changes))
}

/// Whether a change is more than a condition.
fn does_something(change: &Change) -> bool {
    match change {
        Change::Adjust(adjust) => adjust.delta != 0,
        Change::Check(_) => false,
        _ => true,
    }
}

fn state(case: &mut Case<'_>) -> Result<(State, Option<u64>), Refusal> {
    let key = Key::new(STATE.0, STATE.1);
    let Some(row) = case.facts.load(vec![key])?.pop().flatten() else {
        return Ok((State::default(), None));
    };
    let state = serde_json::from_str(&row.body)
        .map_err(|error| Refusal::Corrupt(format!("the state of the sweep: {error}")))?;
    Ok((state, Some(row.version)))
}

fn put(state: &State, replaces: Option<u64>) -> Change {
    Change::Put(Put {
        key: Key::new(STATE.0, STATE.1),
        body: serde_json::to_string(state).unwrap_or_default(),
        replaces,
        entries: Vec::new(),
        claims: Vec::new(),
    })
}

/// The first step of all, and the first after a change of the settings: everybody is to be settled by
/// what they say.
fn begun(case: &mut Case<'_>) -> Result<Option<Vec<Change>>, Refusal> {
    let (state, version) = state(case)?;
    let settings = &case.tenant.settings;
    let mut rules = settings.licensing.digest.clone();
    if let Some(mapping) = &settings.mapping {
        rules.push_str(&mapping.digest);
    }
    if let Some(policy) = case.installed() {
        rules = format!("{rules} {}", policy.digest);
    }
    if version.is_some() && state.rules == rules {
        return Ok(None);
    }
    let next = State { rules, ..state };
    let mut changes = vec![put(&next, version)];
    // Of settings that were never changed, everybody was settled by what they say.
    if version.is_some() || !next.rules.is_empty() {
        changes.push(work::everybody(case));
    }
    Ok(Some(changes))
}

/// The terms that have begun or ended since the last time, a license at a time: whoever waits may have
/// a seat now, and whoever is above the limit may have to give theirs up.
fn turned(case: &mut Case<'_>) -> Result<Option<Vec<Change>>, Refusal> {
    let (mut state, version) = state(case)?;
    let upto = if state.pass > state.until {
        state.pass
    } else {
        case.request.now
    };
    let catalog = case.catalog()?;
    let due = |license: &&License| {
        let mut turns = license.turns().into_iter();
        let turns = turns.any(|turn| turn > state.until && turn <= upto);
        turns && !state.done.contains(&license.id)
    };
    let Some(license) = catalog.licenses().iter().find(due).cloned() else {
        return Ok((state.pass > state.until).then(|| {
            let state = State {
                until: upto,
                done: Vec::new(),
                ..state
            };
            vec![put(&state, version)]
        }));
    };
    let Some(user) = case.tenant.registry.by_name("User") else {
        return Ok(None);
    };
    let mut desk = Desk::new(user, Rc::clone(&catalog), case.moment())
        .because(Cause::Term)
        .in_steps();
    desk.evict(case.facts, &license)?;
    desk.retermed(case.facts, &license, false)?;
    let more = desk.has_more();
    let mut changes = desk.close(false, &case.request.principal.id);
    if !more || !changes.iter().any(does_something) {
        state.done.push(license.id);
    }
    state.pass = upto;
    changes.push(put(&state, version));
    Ok(Some(changes))
}

/// Users of whom something has ended: they are settled.
fn ended(case: &mut Case<'_>) -> Result<Option<Vec<Change>>, Refusal> {
    let rows = due(case, STEP, true)?;
    if rows.is_empty() {
        return Ok(None);
    }
    let users = rows.into_iter().map(|row| row.key).collect();
    let changes = resettled(case, users, Why::Ended, false)?;
    // Nothing to change would be found for ever.
    Ok(changes.iter().any(does_something).then_some(changes))
}

/// Users of whom the policy could not be asked: it is asked again.
fn unasked(case: &mut Case<'_>) -> Result<Option<Vec<Change>>, Refusal> {
    let users = of_unasked(case, STEP)?;
    if users.is_empty() {
        return Ok(None);
    }
    let changes = resettled(case, users, Why::Settings, false)?;
    Ok(changes.iter().any(does_something).then_some(changes))
}

/// Some of them.
fn of_unasked(case: &mut Case<'_>, max_rows: u32) -> Result<Vec<Key>, Refusal> {
    if case.installed().is_none() {
        return Ok(Vec::new());
    }
    let page = case.facts.find(Plan {
        kind: "User".to_owned(),
        nodes: vec![Node::Present(UNASKED.to_owned())],
        max_rows,
        max_bytes: STEP_BYTES,
        ..Plan::default()
    })?;
    Ok(page.rows.into_iter().map(|row| row.key).collect())
}

/// Users of whom something ends, those first of whom it ends first.
fn due(case: &mut Case<'_>, max_rows: u32, is_past: bool) -> Result<Vec<Row>, Refusal> {
    let node = if is_past {
        Node::AtMost(Entry {
            path: DUE.to_owned(),
            value: time::stamp(case.request.now),
        })
    } else {
        Node::Greater(Entry {
            path: DUE.to_owned(),
            value: time::stamp(case.request.now),
        })
    };
    let page = case.facts.find(Plan {
        kind: "User".to_owned(),
        nodes: vec![node],
        order: Some(Order {
            path: DUE.to_owned(),
            descending: false,
        }),
        max_rows,
        max_bytes: STEP_BYTES,
        ..Plan::default()
    })?;
    let now = case.request.now;
    let mut rows = page.rows;
    // A store may have found others as well.
    rows.retain(|row| ends(row).is_some_and(|end| (end <= now) == is_past));
    Ok(rows)
}

/// When the first thing of a user ends.
fn ends(row: &Row) -> Option<u64> {
    let user = super::document::read(row).ok()?;
    let (grants, given) = (grants(&user), assigned(&user));
    let ends = grants.iter().map(|grant| &grant.until);
    let ends = ends.chain(given.iter().map(|Assigned { until, .. }| until));
    let ends = ends.flatten().filter_map(|until| time::milliseconds(until));
    ends.min()
}

/// When something is due again.
fn next(case: &mut Case<'_>) -> Result<Option<u64>, Refusal> {
    let now = case.request.now;
    let user = due(case, 1, false)?.first().and_then(ends);
    let catalog: Rc<Catalog> = case.catalog()?;
    let turns = catalog.licenses().iter().flat_map(License::turns);
    let turns = turns.filter(|turn| *turn > now);
    let again = of_unasked(case, 1)?.first().map(|_| now + ASK_AGAIN);
    Ok(turns.chain(user).chain(again).min())
}
