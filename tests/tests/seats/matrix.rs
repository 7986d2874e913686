//! Every way in which a seat can be taken or becomes free, times what the license does when none is
//! left: one row a way, and a recount after each.
//!
//! The ways are those in which products have let the cap be passed (licensing.md, U2 and U4): here
//! all of them lead to one desk, and this table says so.

mod moves;
mod town;
mod ways;

use serde_json::{Value, json};

use town::Town;
use ways::{WAYS, Way};

/// What the license says of those beyond its one seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Beyond {
    Waitlist,
    Deny,
    Allow,
    /// `allow`, and one seat above the limit.
    One,
    /// `allow`, and no seat above the limit.
    None,
    Grace,
}

impl Beyond {
    const ALL: [Self; 6] = [
        Self::Waitlist,
        Self::Deny,
        Self::Allow,
        Self::One,
        Self::None,
        Self::Grace,
    ];

    /// As the terms of a license.
    fn terms(self) -> Value {
        match self {
            Self::Waitlist => json!({ "overage": "waitlist" }),
            Self::Deny => json!({ "overage": "deny" }),
            Self::Allow => json!({ "overage": "allow" }),
            Self::One => json!({ "overage": "allow", "overageMax": 1 }),
            Self::None => json!({ "overage": "allow", "overageMax": 0 }),
            Self::Grace => json!({ "overage": "grace" }),
        }
    }

    /// What becomes of the second who comes, if the request is not refused.
    fn second(self) -> &'static str {
        match self {
            Self::Waitlist | Self::None => "waiting",
            Self::Allow | Self::One | Self::Grace => "overage",
            Self::Deny => "blocked",
        }
    }
}

#[test]
fn whatever_the_way_a_seat_is_taken_as_the_license_says() {
    let mut wrongs = Vec::new();
    for way in WAYS {
        for beyond in Beyond::ALL {
            for is_full in [false, true] {
                let judged = take(way, beyond, is_full);
                let place = format!("{}, {beyond:?}, full: {is_full}", way.name);
                wrongs.extend(judged.err().map(|wrong| format!("{place}: {wrong}")));
            }
        }
    }
    assert!(wrongs.is_empty(), "{}", wrongs.join("\n\n"));
}

/// Somebody has the only seat, or nobody has; then `u` comes on this way.
fn take(way: &Way, beyond: Beyond, is_full: bool) -> Result<(), String> {
    let mut town = Town::open(way.default);
    if !way.is_late {
        town.license("pro", 1, &beyond.terms());
    }
    if is_full {
        town.user("filler", &json!({ "entitlements": [{ "value": "pro" }] }));
    }
    (way.prepare)(&mut town);
    let before = town.dump();
    let status = if way.is_late {
        town.license("pro", 1, &beyond.terms())
    } else {
        (way.take)(&mut town)
    };
    if is_full && beyond == Beyond::Deny && way.asks {
        same("the status", &status, &403)?;
        same("what is stored", &town.dump(), &before)?;
        return town.recount();
    }
    same("whether it is done", &(200..300).contains(&status), &true)?;
    let state = if is_full { beyond.second() } else { "active" };
    town.shows("u", state)?;
    town.recount()
}

fn same<T: PartialEq + std::fmt::Debug>(what: &str, got: &T, wanted: &T) -> Result<(), String> {
    if got == wanted {
        Ok(())
    } else {
        Err(format!("{what} is {got:?}, and should be {wanted:?}"))
    }
}
