//! The ways in which a seat becomes free for who is next, and what a change of the overage means.

use serde_json::{Value, json};

use super::town::Town;
use super::{Beyond, same};

type Move = (&'static str, fn(&mut Town) -> u16);

/// `filler` has the only seat; after this `u` has one.
const MOVES: &[Move] = &[
    ("DELETE", |town| {
        let path = town.path("filler");
        town.send("DELETE", &path, &Value::Null).0
    }),
    ("bulk DELETE", |town| {
        let path = town.path("filler");
        town.bulk(&json!({ "method": "DELETE", "path": path }))
    }),
    ("active: false by PATCH", |town| {
        town.patch(
            "filler",
            &json!({ "op": "replace", "path": "active", "value": false }),
        )
    }),
    ("active: false by PUT", |town| {
        let with = json!({ "active": false, "entitlements": [{ "value": "pro" }] });
        town.put("filler", &with)
    }),
    ("PUT without entitlements", |town| {
        town.put("filler", &json!({}))
    }),
    ("PATCH, remove one", |town| {
        let path = "entitlements[value eq \"pro\"]";
        town.patch("filler", &json!({ "op": "remove", "path": path }))
    }),
    ("PATCH, remove all", |town| {
        town.patch("filler", &json!({ "op": "remove", "path": "entitlements" }))
    }),
    ("an exclusion", |town| {
        town.license("better", 9, &json!({ "rank": 5, "excludes": ["pro"] }));
        let value = json!({ "entitlements": [{ "value": "better" }] });
        town.patch("filler", &json!({ "op": "add", "value": value }))
    }),
    ("the seats are raised", |town| {
        town.change("pro", &json!({ "totalAssignmentsPermitted": 2 }))
    }),
    ("the seats are unlimited", |town| {
        town.change("pro", &json!({ "limitedAssignmentsPermitted": false }))
    }),
    ("a pool", |town| {
        let pools = json!([{ "value": "a", "seats": 1 }, { "value": "b", "seats": 1 }]);
        town.change("pro", &json!({ crate::wire::TERMS: { "pools": pools } }))
    }),
];

#[test]
fn a_seat_that_becomes_free_is_theirs_who_are_next_whatever_the_way() {
    let mut wrongs = Vec::new();
    for (name, free) in MOVES {
        for beyond in Beyond::ALL {
            let judged = move_up(beyond, *free);
            wrongs.extend(
                judged
                    .err()
                    .map(|wrong| format!("{name}, {beyond:?}: {wrong}")),
            );
        }
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n\n"));
}

fn move_up(beyond: Beyond, free: fn(&mut Town) -> u16) -> Result<(), String> {
    let mut town = full(beyond)?;
    let status = free(&mut town);
    same("whether it is done", &(200..300).contains(&status), &true)?;
    town.shows("u", "active")?;
    town.recount()
}

/// `u` asks by a rule, so that `deny` does not refuse it.
fn full(beyond: Beyond) -> Result<Town, String> {
    let mut town = Town::open(None);
    town.license("pro", 1, &beyond.terms());
    town.user("filler", &json!({ "entitlements": [{ "value": "pro" }] }));
    town.user("u", &json!({ "title": "x" }));
    town.shows("u", beyond.second())?;
    Ok(town)
}

#[test]
fn a_change_of_the_overage_reaches_those_who_have_no_seat() {
    let mut wrongs = Vec::new();
    for from in Beyond::ALL {
        for to in Beyond::ALL {
            let judged = change(from, to);
            wrongs.extend(
                judged
                    .err()
                    .map(|wrong| format!("{from:?} to {to:?}: {wrong}")),
            );
        }
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n\n"));
}

fn change(from: Beyond, to: Beyond) -> Result<(), String> {
    let mut town = full(from)?;
    let mut terms = to.terms();
    if terms.get("overageMax").is_none() {
        // More than will ever come: as if there were no bound.
        terms["overageMax"] = 99.into();
    }
    same(
        "the status",
        &town.change("pro", &json!({ crate::wire::TERMS: terms })),
        &200,
    )?;
    let now = match (from.second(), to.second()) {
        // Nobody is evicted, and a place in the line stays one.
        ("overage", _) => "overage",
        ("waiting", "blocked") => "waiting",
        (_, then) => then,
    };
    town.shows("u", now)?;
    town.recount()
}
