//! `scimlet license grant` and `revoke`: an admin's word, given and taken back.

use serde_json::{Map, Value};

use super::why;
use crate::admin;
use crate::cli::days;
use crate::cli::place::Place;
use crate::cli::print::{say, say_json};
use crate::cli::whose::Whose;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    what: What,
    /// Until the end of this day (2027-01-31, in UTC) or until a moment (2027-01-31T12:00:00Z)
    /// [default: until `revoke`]
    #[arg(long, value_name = "DAY", value_parser = days::parse_until)]
    until: Option<String>,
    #[command(flatten)]
    whose: Whose,
}

/// Of `revoke`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Revoke {
    #[command(flatten)]
    what: What,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, clap::Args)]
struct What {
    /// The user: a `userName` or an id
    user: String,
    /// The license
    sku: String,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let mut body = Map::new();
    if let Some(until) = &args.until {
        body.insert("until".to_owned(), until.clone().into());
    }
    send(place, &args.whose, &args.what, "PUT", Some(&body.into()))
}

pub(super) fn revoke(place: &Place, args: &Revoke) -> anyhow::Result<()> {
    send(place, &args.whose, &args.what, "DELETE", None)
}

/// Whatever was done, the answer is how the user stands now.
fn send(
    place: &Place,
    whose: &Whose,
    what: &What,
    method: &str,
    body: Option<&Value>,
) -> anyhow::Result<()> {
    let path = admin::path(&["users", &what.user, "licenses", &what.sku]);
    let answer = admin::send(&whose.client(place)?, method, &path, body)?;
    if whose.json {
        return say_json(&answer);
    }
    Ok(say(&why::all(&answer))?)
}
