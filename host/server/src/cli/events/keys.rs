//! `scimlet events keys`: what a tenant's security event tokens are signed with.

use std::sync::Arc;

use jiff::Timestamp;
use scimlet_events::ledger::Ledger;
use scimlet_events::token::{Haste, Keys, Listed};
use serde_json::{Value, json};

use crate::cli::place::Place;
use crate::cli::print::{say, say_json, table};
use crate::cli::whose::Whose;
use crate::world;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Make a new key; it is published at once, and signs in an hour
    #[arg(long)]
    rotate: bool,
    /// Let the new key sign now and throw away the old ones, since one of them has got out
    #[arg(long, requires = "rotate")]
    at_once: bool,
    #[command(flatten)]
    whose: Whose,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let ledger = Ledger::new(args.whose.backend(place)?)?;
    let keys = Keys::new(Arc::clone(ledger.space()));
    let (tenant, now) = (&args.whose.tenant, world::now());
    if args.rotate {
        let haste = if args.at_once {
            Haste::AtOnce
        } else {
            Haste::Prepared
        };
        keys.rotate(tenant, now, haste)?;
    }
    let listed = keys.list(tenant, now)?;
    if args.whose.json {
        let all: Vec<_> = listed.iter().map(|key| shown(key, now)).collect();
        return say_json(&json!({ "keys": all }));
    }
    let row = |key: &Listed| {
        [
            key.kid.clone(),
            state(key, now).to_owned(),
            moment(key.signs),
        ]
    };
    Ok(say(&table(
        ["KEY", "STATE", "SIGNS FROM"],
        listed.iter().map(row),
    ))?)
}

fn shown(key: &Listed, now: u64) -> Value {
    json!({ "kid": key.kid, "state": state(key, now), "signsFrom": moment(key.signs) })
}

/// `prepared` (known to receivers, and signs later), `signs` or `old` (still known).
fn state(key: &Listed, now: u64) -> &'static str {
    if key.is_current {
        "signs"
    } else if key.signs > now {
        "prepared"
    } else {
        "old"
    }
}

fn moment(millis: u64) -> String {
    let moment = i64::try_from(millis).ok();
    let moment = moment.and_then(|millis| Timestamp::from_millisecond(millis).ok());
    moment.unwrap_or_default().to_string()
}
