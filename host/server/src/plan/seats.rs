//! Whose seats have moved between two copies, counted by license.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;
use serde_json::Value;

use super::PlanError;
use super::scratch::Work;
use crate::licenses;
use crate::local::{Ask, LocalError};

/// Events read at a time.
const EVENTS: u32 = 1000;

/// What the topics of events about seats begin with.
const SEATS: &str = "license.";
/// Where a user's licenses stand.
const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User";

/// What would become of the seats of one license. Users are counted once, by how they stand before and
/// after all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub(crate) struct Moves {
    pub(crate) sku: String,
    /// None: unlimited. 0 for a SKU that is no license.
    pub(crate) seats: Option<u64>,
    /// Moves in use.
    pub(crate) before: u64,
    /// Moves in use.
    pub(crate) after: u64,
    /// Users who would get a seat.
    pub(crate) granted: u64,
    /// Users who would lose theirs.
    pub(crate) freed: u64,
    /// Users who would begin to wait.
    pub(crate) waiting: u64,
    /// Users who would come to be blocked.
    pub(crate) blocked: u64,
}

/// Compares two copies by what has happened behind an event.
pub(super) fn compare(before: &Work, after: &Work, from: u64) -> Result<Vec<Moves>, PlanError> {
    let mut all = catalogs(before, after)?;
    for user in moved(after, from)? {
        let (old, new) = (states(before, &user)?, states(after, &user)?);
        let skus: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for sku in skus {
            let line = all.entry(sku.clone()).or_insert_with(|| Moves {
                sku: sku.clone(),
                seats: Some(0),
                ..Moves::default()
            });
            line.count(old.get(sku).copied(), new.get(sku).copied());
        }
    }
    Ok(all.into_values().collect())
}

fn catalogs(before: &Work, after: &Work) -> Result<BTreeMap<String, Moves>, LocalError> {
    let mut all = BTreeMap::new();
    for license in licenses::list(before.local())? {
        let seats = Moves {
            sku: license.sku.clone(),
            seats: license.seats,
            before: license.used,
            ..Moves::default()
        };
        all.insert(license.sku, seats);
    }
    for license in licenses::list(after.local())? {
        let line = all.entry(license.sku.clone()).or_default();
        (line.sku, line.seats, line.after) = (license.sku, license.seats, license.used);
    }
    Ok(all)
}

/// Everybody of whose seats an event tells.
fn moved(work: &Work, from: u64) -> Result<BTreeSet<String>, PlanError> {
    let (mut users, mut after) = (BTreeSet::new(), from);
    loop {
        let events = work.store().outbox(after, EVENTS)?;
        let Some(last) = events.last() else {
            return Ok(users);
        };
        after = last.position;
        let about_seats = events.into_iter().map(|posted| posted.event);
        let about_seats = about_seats.filter(|event| event.topic.starts_with(SEATS));
        let subjects = about_seats.map(|event| event.subject);
        users.extend(subjects.filter(|key| key.kind == "User").map(|key| key.id));
    }
}

/// How somebody stands with a license.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    Seat,
    Waiting,
    Blocked,
    /// A seat that is free and kept for them counts as none.
    Other,
}

impl State {
    fn of(word: &str) -> Self {
        match word {
            "active" | "overage" | "held" => Self::Seat,
            "waiting" => Self::Waiting,
            "blocked" => Self::Blocked,
            _ => Self::Other,
        }
    }
}

/// By SKU; empty for who is not there.
fn states(work: &Work, user: &str) -> Result<BTreeMap<String, State>, LocalError> {
    let answer = work.local().send(&Ask {
        method: "GET",
        path: &format!("/Users/{user}"),
        query: Some(format!("attributes={EXTENSION}")),
        ..Ask::default()
    });
    match answer {
        Ok(user) => Ok(of(&user)),
        Err(LocalError::Refused { status: 404, .. }) => Ok(BTreeMap::new()),
        Err(error) => Err(error),
    }
}

fn of(user: &Value) -> BTreeMap<String, State> {
    let licenses = user.get(EXTENSION).and_then(|own| own.get("licenses"));
    let licenses = licenses.and_then(Value::as_array).into_iter().flatten();
    let text = |license: &Value, name| license.get(name).and_then(Value::as_str).map(str::to_owned);
    licenses
        .filter_map(|license| {
            let state = State::of(&text(license, "state")?);
            Some((text(license, "value")?, state))
        })
        .collect()
}

impl Moves {
    fn count(&mut self, before: Option<State>, after: Option<State>) {
        if before == after {
            return;
        }
        if before == Some(State::Seat) {
            self.freed += 1;
        }
        match after {
            Some(State::Seat) => self.granted += 1,
            Some(State::Waiting) => self.waiting += 1,
            Some(State::Blocked) => self.blocked += 1,
            Some(State::Other) | None => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_how_somebody_stands() {
        let user = json!({ EXTENSION: { "licenses": [
            { "value": "pro", "state": "overage" },
            { "value": "basic", "state": "grace" },
        ] } });
        let states = of(&user).into_values().collect::<Vec<_>>();
        assert_eq!(states, [State::Other, State::Seat]);
        assert!(of(&json!({})).is_empty());
    }

    #[test]
    fn a_user_counts_by_where_they_come_from_and_where_they_end() {
        let mut seats = Moves::default();
        for (before, after) in [
            (None, Some(State::Seat)),
            (Some(State::Waiting), Some(State::Seat)),
            (Some(State::Seat), Some(State::Seat)),
            (Some(State::Seat), None),
            (Some(State::Seat), Some(State::Blocked)),
            (None, Some(State::Waiting)),
        ] {
            seats.count(before, after);
        }
        let expected = Moves {
            granted: 2,
            freed: 2,
            waiting: 1,
            blocked: 1,
            ..Moves::default()
        };
        assert_eq!(seats, expected);
    }
}
