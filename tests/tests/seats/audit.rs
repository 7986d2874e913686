//! Recounts: what must be true of everything in a store, however it came to be.

use scimlet_engine::license::counter_names;
use scimlet_tests::inside::Dump;
use serde_json::Value;

use crate::wire::{Shown, TERMS, shown};

/// What is wrong with the seats in a store; empty: nothing. `lowered` names the licenses whose
/// limit was lowered: only there more seats may be taken than there are. `default` is what users
/// get who ask for nothing.
pub fn audit(dump: &Dump, lowered: &[&str], default: Option<&str>) -> Vec<String> {
    let mut wrong = Vec::new();
    let users: Vec<(Value, Vec<Shown>)> = dump
        .documents("User")
        .map(|(_, user)| {
            let held = shown(&user);
            (user, held)
        })
        .collect();
    for (user, held) in &users {
        wrong.extend(faults_of_user(user, held, default));
    }
    let all: Vec<&Shown> = users.iter().flat_map(|(_, held)| held).collect();
    let skus: Vec<Value> = dump
        .documents("Entitlement")
        .map(|(_, license)| license["value"].clone())
        .collect();
    for held in all
        .iter()
        .filter(|held| !skus.contains(&held.sku.as_str().into()))
    {
        if held.reason.as_deref() != Some("unknownLicense") {
            wrong.push(format!("there is no such license: {held:?}"));
        }
    }
    for (id, license) in dump.documents("Entitlement") {
        wrong.extend(faults_of_license(dump, id, &license, &all, lowered));
    }
    wrong
}

fn faults_of_user(user: &Value, held: &[Shown], default: Option<&str>) -> Vec<String> {
    let name = &user["userName"];
    let mut wrong = Vec::new();
    // A seat may be kept for whom is inactive, by the license or by the guard; nothing is given to them.
    let is_kept = |it: &Shown| ["grace", "held"].contains(&it.state.as_str());
    if user["active"] == false && !held.iter().all(is_kept) {
        wrong.push(format!("{name} is inactive and shows {held:?}"));
    }
    for license in held {
        let sku = &license.sku;
        if held.iter().filter(|other| other.sku == *sku).count() > 1 {
            wrong.push(format!("{name} has {sku} more than once"));
        }
        let asks = user["entitlements"]
            .as_array()
            .map_or(&[][..], Vec::as_slice);
        let asked = default == Some(sku) || asks.iter().any(|asked| asked["value"] == **sku);
        for source in &license.sources {
            let lives = match source.split_once(':') {
                None => asked || source == "admin",
                // Of these the document does not tell; whoever needs them asks for them by name.
                Some(("role" | "attribute" | "group" | "rule", _)) => true,
                Some((kind, other)) => is_live(held, kind, other),
            };
            if !lives {
                wrong.push(format!(
                    "{name} has {sku} because of {source}, which is not so"
                ));
            }
        }
        // A seat that is kept has no source, and nothing else is without one.
        if license.state != "held" && license.sources.is_empty() != (license.state == "grace") {
            wrong.push(format!("{name} has {sku} and does not ask for it"));
        }
    }
    wrong
}

/// Whether another license of the user brings one: a bundle that is granted, or one that lacks a
/// seat.
fn is_live(held: &[Shown], kind: &str, other: &str) -> bool {
    let other = held.iter().find(|it| it.sku == other);
    other.is_some_and(|other| match (kind, other.state.as_str()) {
        ("license", state) => ["active", "overage"].contains(&state),
        ("fallback", "waiting") => true,
        ("fallback", _) => other.reason.as_deref() == Some("licenseLimitReached"),
        _ => false,
    })
}

fn faults_of_license(
    dump: &Dump,
    id: &str,
    license: &Value,
    all: &[&Shown],
    lowered: &[&str],
) -> Vec<String> {
    let sku = license["value"].as_str().expect("a license has a SKU");
    let mut wrong = Vec::new();
    let of = |state: &str| {
        let held = all.iter().filter(|held| held.sku == sku);
        held.filter(|held| held.state == state).count() as u64
    };
    // Seats that the guard keeps are used. What is held of those who are deleted no user shows.
    let kept = dump.counters.get(&format!("license.held:{id}"));
    let kept = kept.copied().unwrap_or_default();
    if kept < of("held") {
        wrong.push(format!(
            "{sku}: {kept} are held, and {} show it",
            of("held")
        ));
    }
    let count = |state: &str| of(state) + if state == "active" { kept } else { 0 };
    let states = ["active", "overage", "waiting", "grace"];
    for (name, state) in counter_names(id).iter().zip(states) {
        let (counted, recount) = (dump.counters.get(name), count(state));
        if counted != Some(&recount) {
            wrong.push(format!("{sku}: {state} counts {counted:?}, is {recount}"));
        }
    }
    let unknown = all.iter().filter(|held| held.sku == sku);
    let unknown = unknown.filter(|held| held.reason.as_deref() == Some("unknownLicense"));
    if unknown.count() > 0 {
        wrong.push(format!(
            "{sku}: somebody is told that there is no such license"
        ));
    }
    let terms = &license[TERMS];
    let is_bounded = terms["overageMax"].is_number();
    if terms["overage"] == "allow" && !is_bounded && count("waiting") > 0 {
        wrong.push(format!("{sku}: somebody waits although nobody has to"));
    }
    let seats = seats_of(license);
    if count("active") > seats && !lowered.contains(&sku) {
        wrong.push(format!(
            "{sku}: {} of {seats} seats are taken",
            count("active")
        ));
    }
    // Who waits beside a seat that is reserved, waits rightly.
    let reserved = terms["reservedSeats"].as_u64().unwrap_or(0);
    let in_line = count("waiting") + count("overage");
    if count("active").saturating_add(reserved) < seats && in_line > 0 {
        wrong.push(format!("{sku}: somebody waits beside a free seat"));
    }
    if reserved == 0 && count("grace") > 0 && in_line > 0 {
        wrong.push(format!("{sku}: a seat is kept although somebody waits"));
    }
    if count("grace") > 0 && count("active") + count("grace") > seats {
        wrong.push(format!("{sku}: more seats are kept than there are"));
    }
    wrong
}

/// The seats of a license: those of its pools, if it has any. None of them ends in these tests.
fn seats_of(license: &Value) -> u64 {
    if let Some(pools) = license[TERMS]["pools"].as_array() {
        let seats = pools.iter().map(|pool| pool["seats"].as_u64());
        return seats
            .map(|seats| seats.unwrap_or(u64::MAX))
            .fold(0, u64::saturating_add);
    }
    let seats = license["totalAssignmentsPermitted"].as_u64();
    let is_limited = license["limitedAssignmentsPermitted"] != false;
    seats.filter(|_| is_limited).unwrap_or(u64::MAX)
}
