//! `scimlet license held`: what the guard against mass revocation keeps, and what becomes of it.

use anyhow::bail;
use clap::ValueEnum;
use serde_json::{Value, json};

use super::gather;
use crate::admin::{Pages, path, send};
use crate::cli::cells::Cells;
use crate::cli::place::Place;
use crate::cli::print::{say, say_json, table};
use crate::cli::progress::Progress;
use crate::cli::whose::Whose;
use crate::local::Local;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// What is to become of the seats; without it, they are listed
    #[arg(value_enum)]
    action: Option<Action>,
    /// Of these users only: `userName` or id
    #[arg(value_name = "USER", requires = "action")]
    users: Vec<String>,
    #[command(flatten)]
    whose: Whose,
}

/// What an admin decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum Action {
    /// The revocation was meant: free the seats
    Release,
    /// It was not: make the users what they were before
    Undo,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let local = args.whose.client(place)?;
    let json = args.whose.json;
    match args.action {
        None => list(&local, json),
        Some(action) => decide(&local, action, &args.users, json),
    }
}

fn list(local: &Local, json: bool) -> anyhow::Result<()> {
    let held = gather(Pages::new(local, path(&["held"]), []), "held")?;
    if json {
        return say_json(&json!({ "held": held, "total": held.len() }));
    }
    let names = Cells(["userName", "id", "skus", "since", "deleted"]);
    let rows = held.iter().map(|user| names.of(user));
    Ok(say(&table(
        ["USER", "ID", "SKUS", "SINCE", "DELETED"],
        rows,
    ))?)
}

/// The component takes some hundreds of users at a time: again, while some are left.
fn decide(local: &Local, action: Action, users: &[String], json: bool) -> anyhow::Result<()> {
    let (word, did) = match action {
        Action::Release => ("release", "released"),
        Action::Undo => ("undo", "undone"),
    };
    let mut body = json!({ "action": word });
    if let (false, Some(members)) = (users.is_empty(), body.as_object_mut()) {
        members.insert("users".to_owned(), json!(users));
    }
    let mut progress = Progress::new(None);
    loop {
        let answer = send(local, "POST", &path(&["held"]), Some(&body))?;
        let number = |name| answer.get(name).and_then(Value::as_u64).unwrap_or(0);
        let (done, left) = (number("done"), number("left"));
        progress.expect(progress.done() + done + left);
        progress.advance(done);
        if left == 0 {
            break;
        }
        if done == 0 {
            bail!(
                "{left} users could not be {did}; `license held` lists them, `license why` says more"
            );
        }
    }
    let done = progress.done();
    drop(progress);
    if json {
        return say_json(&json!({ "action": word, "done": done }));
    }
    Ok(say(&format!("{did}: {done} users\n"))?)
}
