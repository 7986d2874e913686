//! Recounts everything and compares it with the counters, step by step. Nothing is changed.
//!
//! Others may write meanwhile, so a count that differs is only believed if the counters stood still
//! all the while; else everything is counted again.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::super::case::Case;
use super::super::settle::held::{HELD, read};
use super::super::{Decision, document};
use super::ask::{MAX_ROWS, PAGE_BYTES, optional_body};
use super::{answer, find};
use crate::facts::{Plan, Row};
use crate::license::{COUNTERS, Catalog, Counts, Grant, License, State, counter_names, grants};
use crate::refusal::Refusal;
use crate::scim::value::{Object, Value};

/// How often it is counted again when others write meanwhile.
const TRIES: u32 = 3;

/// How far it has come.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Progress {
    /// Behind which row; users first, then what the guard keeps of deleted ones.
    after: Option<String>,
    held: bool,
    /// What was counted, by SKU, in the order of the counters.
    counts: BTreeMap<String, [u64; COUNTERS]>,
    /// The counters when it began.
    began: BTreeMap<String, [u64; COUNTERS]>,
    tries: u32,
}

/// Something that is not as it must be.
struct Finding {
    what: &'static str,
    r#where: String,
    detail: String,
}

pub(super) fn step(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    let mut progress = progress(case)?;
    let mut total = None;
    if progress.began.is_empty() {
        progress.began = counters(case)?;
    }
    let kind = if progress.held { HELD } else { "User" };
    let page = find(
        case,
        Plan {
            kind: kind.to_owned(),
            after: progress.after.take(),
            max_rows: MAX_ROWS,
            max_bytes: PAGE_BYTES,
            want_total: true,
            ..Plan::default()
        },
    )?;
    let catalog = case.catalog()?;
    let mut findings = Vec::new();
    for row in &page.rows {
        if progress.held {
            progress.count_held(row)?;
        } else {
            let user = document::read(row)?;
            progress.count(&grants(&user));
            findings.extend(of_user(&catalog, &row.key.id, &user));
        }
    }
    if !progress.held {
        total = page.total;
    }
    let looked = page.rows.len();
    let goes_on = match (page.next, progress.held) {
        (Some(next), _) => {
            progress.after = Some(next);
            true
        }
        (None, false) => {
            progress.held = true;
            true
        }
        (None, true) => {
            let (again, more) = end(case, &mut progress)?;
            findings.extend(more);
            again
        }
    };
    let findings: Vec<Json> = findings.iter().map(shown).collect();
    let mut body = json!({ "looked": looked, "findings": findings });
    if let Some(body) = body.as_object_mut() {
        if let Some(total) = total {
            body.insert("total".to_owned(), json!(total));
        }
        if goes_on {
            let state = serde_json::to_string(&progress).unwrap_or_default();
            body.insert("state".to_owned(), json!(state));
        }
    }
    Ok(answer(&body))
}

/// What the body may say.
#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Begun {
    /// As the step before answered it.
    #[serde(default)]
    state: Option<String>,
}

fn progress(case: &Case<'_>) -> Result<Progress, Refusal> {
    let Begun { state } = optional_body(case)?;
    let Some(state) = state.filter(|state| !state.is_empty()) else {
        return Ok(Progress::default());
    };
    serde_json::from_str(&state)
        .map_err(|_| Refusal::value("`state` is none that was given here: begin anew without it"))
}

fn shown(finding: &Finding) -> Json {
    json!({
        "what": finding.what,
        "where": finding.r#where,
        "detail": finding.detail,
    })
}

/// The counters of all licenses, by SKU.
fn counters(case: &mut Case<'_>) -> Result<BTreeMap<String, [u64; COUNTERS]>, Refusal> {
    let catalog = case.catalog()?;
    let licenses = catalog.licenses();
    let names: Vec<String> = licenses
        .iter()
        .flat_map(|license| counter_names(&license.id))
        .collect();
    if names.is_empty() {
        return Ok(BTreeMap::new());
    }
    let counters = case.facts.counters(names)?;
    let counters = counters.as_chunks::<COUNTERS>().0.iter().copied();
    let skus = licenses.iter().map(|license| license.sku.clone());
    Ok(skus.zip(counters).collect())
}

impl Progress {
    fn count(&mut self, grants: &[Grant]) {
        for grant in grants {
            let counts = self.counts.entry(grant.sku.clone()).or_default();
            let [active, overage, waiting, grace, reserved, held, _] = counts;
            let is_held = grant.state == State::Held;
            let is_active = grant.state == State::Active || (is_held && !grant.over);
            *active += u64::from(is_active);
            *overage += u64::from(grant.state == State::Overage || (is_held && grant.over));
            *waiting += u64::from(grant.state == State::Waiting);
            *grace += u64::from(grant.state == State::Grace);
            *reserved += u64::from(is_active && grant.reserved);
            *held += u64::from(is_held);
        }
    }

    fn count_held(&mut self, row: &Row) -> Result<(), Refusal> {
        let held = read(row)?;
        if held.deleted
            && let Ok(Value::Object(user)) = Value::parse(&held.licenses)
        {
            self.count(&grants(&user));
        }
        Ok(())
    }
}

/// What is wrong about one user.
fn of_user(catalog: &Catalog, id: &str, user: &Object<'_>) -> Vec<Finding> {
    let grants = grants(user);
    let is_active = !matches!(user.get("active"), Some(Value::Bool(false)));
    let mut findings = Vec::new();
    let mut find = |what: &'static str, sku: &str, detail: &str| {
        findings.push(Finding {
            what,
            r#where: format!("User {id}, license {sku}"),
            detail: detail.to_owned(),
        });
    };
    for (at, grant) in grants.iter().enumerate() {
        let sku = &grant.sku;
        let wants = matches!(
            grant.state,
            State::Active | State::Overage | State::Waiting | State::Blocked
        );
        if grants.iter().take(at).any(|other| other.sku == *sku) {
            find("twice", sku, "the user has two grants of it");
        }
        if wants && grant.sources.is_empty() {
            find("noSource", sku, "nothing asks for it");
        }
        if wants && !is_active {
            find("inactive", sku, "the user is inactive");
        }
        if grant.state != State::Blocked && catalog.license(sku).is_none() {
            find("noLicense", sku, "there is no such license");
        }
    }
    findings
}

/// Compares what was counted. Answers whether to count again, and what is wrong.
fn end(case: &mut Case<'_>, progress: &mut Progress) -> Result<(bool, Vec<Finding>), Refusal> {
    let now = counters(case)?;
    let catalog = case.catalog()?;
    let mut findings = Vec::new();
    for license in catalog.licenses() {
        let counted = progress
            .counts
            .get(&license.sku)
            .copied()
            .unwrap_or_default();
        let stated = now.get(&license.sku).copied().unwrap_or_default();
        // The threshold that was told of is no count.
        let (counted, stated) = (
            Counts {
                alert: 0,
                ..counted.into()
            },
            Counts {
                alert: 0,
                ..stated.into()
            },
        );
        if counted != stated {
            findings.push(Finding {
                what: "count",
                r#where: format!("license {}", license.sku),
                detail: format!("the counters say {stated:?}, the users {counted:?}"),
            });
        }
        findings.extend(of_license(license, stated, case.request.now));
    }
    if findings.is_empty() || now == progress.began {
        return Ok((false, findings));
    }
    if progress.tries + 1 < TRIES {
        *progress = Progress {
            tries: progress.tries + 1,
            began: now,
            ..Progress::default()
        };
        return Ok((true, Vec::new()));
    }
    let unsure = Finding {
        what: "moving",
        r#where: "tenant".to_owned(),
        detail: format!(
            "seats moved while they were counted, {TRIES} times: run it again when fewer users change"
        ),
    };
    Ok((false, vec![unsure]))
}

/// What is wrong about the seats of a license.
fn of_license(license: &License, counts: Counts, now: u64) -> Option<Finding> {
    let seats = license.seats_at(now)?;
    let is_free = counts.active + license.terms.reserved < seats;
    let line = counts.waiting + counts.overage;
    (is_free && line > 0).then(|| Finding {
        what: "line",
        r#where: format!("license {}", license.sku),
        detail: format!(
            "{line} users wait or are above the limit, and {} of {seats} seats are free",
            seats - counts.active
        ),
    })
}
