//! `scimlet endpoint`: who is told, of what, and how. It works beside a running server on the same data,
//! which notices within a second.

mod add;
mod options;
mod test;

use clap::Subcommand;
use serde_json::{Value, json};

use super::cells::{cell, list};
use super::place::Place;
use super::print::{say, say_json, table};
use super::whose::Whose;
use crate::events::{Draft, Wanted};
use options::Options;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Add an endpoint, which is told what happens from now on; its secret is shown only once
    Add(Box<add::Args>),
    /// List a tenant's endpoints and how they are
    List {
        #[command(flatten)]
        whose: Whose,
    },
    /// Show all that is known of an endpoint, but for its secret
    Show(One),
    /// Change an endpoint
    Set(Box<Set>),
    /// Bring a test event to an endpoint, now; exits with 1 if it does not take it
    Test(test::Args),
    /// Deliver to an endpoint again, from where it stood
    Enable(One),
    /// Deliver to an endpoint no longer; its events wait
    Disable(One),
    /// Remove an endpoint, with all that was still to be delivered to it
    Remove(One),
    /// Give an endpoint another secret, which is shown only once
    Rotate {
        #[command(flatten)]
        one: One,
        /// How long the old secret signs beside the new one
        #[arg(long, value_name = "SECONDS", default_value_t = 86_400)]
        overlap: u64,
    },
}

/// One endpoint.
#[derive(Debug, clap::Args)]
pub(super) struct One {
    /// Its name or id
    #[arg(value_name = "ENDPOINT")]
    endpoint: String,
    #[command(flatten)]
    whose: Whose,
}

#[derive(Debug, clap::Args)]
pub(super) struct Set {
    #[command(flatten)]
    one: One,
    /// Another name
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Another URL
    #[arg(long, value_name = "URL")]
    url: Option<String>,
    #[command(flatten)]
    options: Options,
}

pub(super) fn run(place: &Place, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Add(args) => add::run(place, *args),
        Command::List { whose } => show_all(place, &whose),
        Command::Show(one) => {
            let shown = one.whose.desk(place)?.show(&one.endpoint)?;
            tell(&shown, one.whose.json)
        }
        Command::Set(set) => {
            let mut draft = set.options.draft();
            draft.name = set.name;
            draft.url = set.url;
            change(place, &set.one, &draft)
        }
        Command::Test(args) => test::run(place, &args),
        Command::Enable(one) => change(place, &one, &wanted(Wanted::Enabled)),
        Command::Disable(one) => change(place, &one, &wanted(Wanted::Disabled)),
        Command::Remove(one) => {
            one.whose.desk(place)?.remove(&one.endpoint)?;
            if one.whose.json {
                return say_json(&json!({ "removed": one.endpoint }));
            }
            Ok(())
        }
        Command::Rotate { one, overlap } => {
            let changed = one.whose.desk(place)?.rotate(&one.endpoint, overlap)?;
            tell(&changed, one.whose.json)
        }
    }
}

fn wanted(state: Wanted) -> Draft {
    Draft {
        state: Some(state),
        ..Draft::default()
    }
}

fn change(place: &Place, one: &One, draft: &Draft) -> anyhow::Result<()> {
    let changed = one.whose.desk(place)?.set(&one.endpoint, draft)?;
    tell(&changed, one.whose.json)
}

fn show_all(place: &Place, whose: &Whose) -> anyhow::Result<()> {
    let all = whose.desk(place)?.list()?;
    if whose.json {
        return say_json(&json!({ "endpoints": all }));
    }
    let header = [
        "NAME",
        "ID",
        "KIND",
        "HEALTH",
        "LAG",
        "RETRYING",
        "DEAD",
        "NEXT ATTEMPT",
        "EVENTS",
    ];
    let row = |endpoint: &Value| {
        let status = endpoint.get("status").cloned().unwrap_or_default();
        let events = match list(endpoint, "events") {
            [] => "*".to_owned(),
            _ => cell(endpoint, "events"),
        };
        [
            cell(endpoint, "name"),
            cell(endpoint, "id"),
            cell(endpoint, "kind"),
            cell(&status, "health"),
            cell(&status, "lag"),
            cell(&status, "retrying"),
            cell(&status, "dead"),
            cell(&status, "nextAttempt"),
            events,
        ]
    };
    Ok(say(&table(header, all.iter().map(row)))?)
}

/// One endpoint, a line for each thing that there is to say.
fn tell(endpoint: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(endpoint);
    }
    let mut rows = Vec::new();
    lines("", endpoint, &mut rows);
    let width = rows
        .iter()
        .map(|(name, _)| name.len())
        .max()
        .unwrap_or_default();
    let told: Vec<_> = rows
        .iter()
        .map(|(name, text)| format!("{name:width$}  {text}\n"))
        .collect();
    let note = match endpoint.get("secret") {
        Some(Value::String(_)) => "\nThe secret is shown only now.\n",
        _ => "",
    };
    Ok(say(&format!("{}{note}", told.concat()))?)
}

/// What is there, members of members too: `status.lag  7`.
fn lines(front: &str, value: &Value, rows: &mut Vec<(String, String)>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        match value {
            Value::Null => {}
            Value::Array(list) if list.is_empty() => {}
            Value::Object(_) => lines(&format!("{front}{name}."), value, rows),
            _ => rows.push((format!("{front}{name}"), super::cells::text(value))),
        }
    }
}
