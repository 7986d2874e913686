//! `scimlet verify`: recounts a tenant's data, and says what does not add up.

use anyhow::bail;
use serde_json::{Map, Value, json};

use super::cells::{Cells, take_list};
use super::place::Place;
use super::print::{say, say_json, table};
use super::progress::Progress;
use super::whose::Whose;
use crate::admin;
use crate::local::{Local, LocalError};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    #[command(flatten)]
    whose: Whose,
}

/// What a recount brought.
struct Found {
    looked: u64,
    findings: Vec<Value>,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let whose = &args.whose;
    let Found { looked, findings } = recount(&whose.client(place)?)?;
    if whose.json {
        say_json(&json!({ "looked": looked, "findings": findings }))?;
    } else if findings.is_empty() {
        say(&format!(
            "looked at {looked} rows of {}: all is well\n",
            whose.tenant
        ))?;
    } else {
        let names = Cells(["what", "where", "detail"]);
        let rows = findings.iter().map(|finding| names.of(finding));
        say(&table(["WHAT", "WHERE", "DETAIL"], rows))?;
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("1 thing is wrong in the data of `{}`", whose.tenant),
        many => bail!("{many} things are wrong in the data of `{}`", whose.tenant),
    }
}

/// Step by step; the component keeps nothing of it, so each step is given the state of the last.
fn recount(local: &Local) -> Result<Found, LocalError> {
    let (mut progress, mut findings) = (Progress::new(None), Vec::new());
    let mut state: Option<Value> = None;
    loop {
        let mut body = Map::new();
        if let Some(state) = state {
            body.insert("state".to_owned(), state);
        }
        let path = admin::path(&["verify"]);
        let mut answer = admin::send(local, "POST", &path, Some(&body.into()))?;
        if let Some(total) = answer.get("total").and_then(Value::as_u64) {
            // Said at the beginning; said again, it changes the total and not what is done.
            progress.expect(total);
        }
        progress.advance(answer.get("looked").and_then(Value::as_u64).unwrap_or(0));
        findings.extend(take_list(&mut answer, "findings"));
        state = answer
            .get_mut("state")
            .map(Value::take)
            .filter(Value::is_string);
        if state.is_none() {
            let looked = progress.done();
            return Ok(Found { looked, findings });
        }
    }
}
