//! `scimlet license held`: what the guard against mass revocation keeps, and what becomes of it.

use anyhow::bail;
use clap::ValueEnum;
use serde_json::{Value, json};

use super::{gather, stream};
use crate::admin::{Pages, path, send};
use crate::cli::cells::Cells;
use crate::cli::place::Place;
use crate::cli::print::{JsonList, say, say_json, table};
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
    let pages = Pages::new(local, path(&["held"]), []);
    if json {
        let mut out = JsonList::said("held");
        stream(pages, "held", &mut out)?;
        let total = out.written().into();
        return out.end(&[("total", total)]);
    }
    let held = gather(pages, "held")?;
    let names = Cells(["userName", "id", "skus", "since", "deleted"]);
    let rows = held.iter().map(|user| names.of(user));
    Ok(say(&table(
        ["USER", "ID", "SKUS", "SINCE", "DELETED"],
        rows,
    ))?)
}

/// Users named in one call. The component takes some more.
const BATCH: usize = 100;

/// A step at a time, as many as it takes.
fn decide(local: &Local, action: Action, users: &[String], json: bool) -> anyhow::Result<()> {
    let (word, did) = match action {
        Action::Release => ("release", "released"),
        Action::Undo => ("undo", "undone"),
    };
    let (mut progress, mut stuck) = (Progress::new(None), 0);
    for body in bodies(word, users) {
        stuck += steps(local, body, &mut progress)?;
    }
    let done = progress.done();
    drop(progress);
    if json {
        say_json(&json!({ "action": word, "done": done, "stuck": stuck }))?;
    } else {
        say(&format!("{did}: {done} users\n"))?;
    }
    if stuck > 0 {
        bail!(
            "{stuck} users could not be {did}; `license held` lists them, `license why` says more"
        );
    }
    Ok(())
}

/// What to send: of everybody, or of those who are named.
fn bodies(word: &str, users: &[String]) -> Vec<Value> {
    if users.is_empty() {
        return vec![json!({ "action": word })];
    }
    let batches = users.chunks(BATCH);
    batches
        .map(|users| json!({ "action": word, "users": users }))
        .collect()
}

/// All steps of one request. Answers how many users could not be helped.
fn steps(local: &Local, mut body: Value, progress: &mut Progress) -> anyhow::Result<u64> {
    let mut stuck = 0;
    loop {
        let mut answer = send(local, "POST", &path(&["held"]), Some(&body))?;
        let number = |name| answer.get(name).and_then(Value::as_u64).unwrap_or(0);
        progress.advance(number("done"));
        stuck += number("stuck");
        let next = answer.get_mut("next").map(Value::take);
        let (Some(cursor), Some(members)) = (next, body.as_object_mut()) else {
            return Ok(stuck);
        };
        members.insert("cursor".to_owned(), cursor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_users_take_several_calls() {
        let users: Vec<_> = (0..101).map(|number| number.to_string()).collect();
        let bodies = bodies("undo", &users);
        assert_eq!(bodies.len(), 2);
        assert_eq!(
            bodies.last(),
            Some(&json!({ "action": "undo", "users": ["100"] }))
        );
    }

    #[test]
    fn without_users_everybody_is_meant() {
        assert_eq!(bodies("release", &[]), [json!({ "action": "release" })]);
    }
}
