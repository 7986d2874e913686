//! `scimlet deliveries`: events on their way, and dead letters.

use anyhow::bail;
use clap::{Subcommand, ValueEnum};
use serde_json::{Value, json};

use super::cells::{cell, list, text};
use super::days::parse_from;
use super::place::Place;
use super::print::{JsonList, say, say_json, table};
use super::whose::Whose;
use crate::events::{Again, Desk, Page};

/// Deliveries asked for at a time.
const PAGE: u32 = 500;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List them: what is tried again, what waits, what was given up
    List {
        /// To this endpoint: its name or id
        #[arg(long, value_name = "ENDPOINT")]
        endpoint: Option<String>,
        /// In this state
        #[arg(long, value_enum)]
        state: Option<State>,
        #[command(flatten)]
        whose: Whose,
    },
    /// Show a delivery with every attempt, and its event
    Show {
        /// Its id, as `deliveries list` shows it
        id: String,
        #[command(flatten)]
        whose: Whose,
    },
    /// Try a delivery again at once, or deliver a part of the past once more
    Replay(Replay),
    /// Give a delivery up; a dead letter is removed
    Discard {
        /// Their ids
        #[arg(required = true)]
        ids: Vec<String>,
        #[command(flatten)]
        whose: Whose,
    },
}

#[derive(Debug, clap::Args)]
pub(super) struct Replay {
    /// Deliveries, by their ids; without them, a part of the past
    #[arg(conflicts_with_all = ["endpoint", "from", "to", "since", "dead"])]
    ids: Vec<String>,
    /// To this endpoint: its name or id
    #[arg(long, value_name = "ENDPOINT", required_unless_present = "ids")]
    endpoint: Option<String>,
    /// From this position
    #[arg(long, value_name = "POSITION")]
    from: Option<u64>,
    /// To this position
    #[arg(long, value_name = "POSITION")]
    to: Option<u64>,
    /// Since a day or a moment
    #[arg(long, value_name = "TIME", value_parser = parse_from, conflicts_with_all = ["from", "to"])]
    since: Option<String>,
    /// All of its dead letters
    #[arg(long, conflicts_with_all = ["from", "to", "since"])]
    dead: bool,
    #[command(flatten)]
    whose: Whose,
}

/// The states of deliveries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum State {
    /// It is tried again
    Retrying,
    /// It waits for an earlier one about the same resource
    Waiting,
    /// It was given up
    Dead,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Retrying => "retrying",
            Self::Waiting => "waiting",
            Self::Dead => "dead",
        }
    }
}

pub(super) fn run(place: &Place, command: Command) -> anyhow::Result<()> {
    match command {
        Command::List {
            endpoint,
            state,
            whose,
        } => show_all(place, endpoint.as_deref(), state, &whose),
        Command::Show { id, whose } => show(&whose.desk(place)?.delivery(&id)?, whose.json),
        Command::Replay(args) => replay(place, args),
        Command::Discard { ids, whose } => {
            let desk = whose.desk(place)?;
            for id in &ids {
                desk.discard(id)?;
            }
            if whose.json {
                return say_json(&json!({ "discarded": ids }));
            }
            Ok(())
        }
    }
}

/// Pages, to the end.
fn each(
    desk: &Desk,
    endpoint: Option<&str>,
    state: Option<State>,
    mut told: impl FnMut(Vec<Value>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut cursor = None;
    loop {
        let Page { deliveries, next } =
            desk.deliveries(endpoint, state.map(State::as_str), cursor, PAGE)?;
        told(deliveries)?;
        match next {
            Some(next) => cursor = Some(next),
            None => return Ok(()),
        }
    }
}

fn show_all(
    place: &Place,
    endpoint: Option<&str>,
    state: Option<State>,
    whose: &Whose,
) -> anyhow::Result<()> {
    let desk = whose.desk(place)?;
    if whose.json {
        let mut out = JsonList::said("deliveries");
        each(&desk, endpoint, state, |page| {
            page.iter().try_for_each(|delivery| out.push(delivery))
        })?;
        return out.end(&[]);
    }
    let mut rows = Vec::new();
    each(&desk, endpoint, state, |page| {
        rows.extend(page.iter().map(cells));
        Ok(())
    })?;
    let header = [
        "ID",
        "EVENT",
        "SUBJECT",
        "STATE",
        "TRIES",
        "NEXT ATTEMPT",
        "REASON",
    ];
    Ok(say(&table(header, rows))?)
}

fn cells(delivery: &Value) -> [String; 7] {
    let member = |name: &str, inner: &str| {
        let value = delivery.get(name).and_then(|value| value.get(inner));
        value.map(text).unwrap_or_default()
    };
    let reason = match delivery.get("reason") {
        Some(Value::String(reason)) => reason.clone(),
        _ => member("lastAttempt", "reason"),
    };
    [
        cell(delivery, "id"),
        cell(delivery, "type"),
        format!("{}/{}", member("subject", "kind"), member("subject", "id")),
        cell(delivery, "state"),
        cell(delivery, "tries"),
        cell(delivery, "nextAttempt"),
        reason,
    ]
}

fn show(delivery: &Value, json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(delivery);
    }
    let [id, event, subject, state, tries, next, reason] = cells(delivery);
    let said = [
        ("id", id),
        ("event", event),
        ("subject", subject),
        ("state", state),
        ("tries", tries),
        ("next attempt", next),
        ("reason", reason),
    ];
    let said = said.iter().filter(|(_, text)| !text.is_empty());
    let said: Vec<_> = said
        .map(|(name, text)| format!("{name:12}  {text}\n"))
        .collect();
    let attempts = list(delivery, "attempts")
        .iter()
        .map(|attempt| ["at", "took", "status", "reason"].map(|name| cell(attempt, name)));
    let attempts = table(["ATTEMPT", "MS", "STATUS", "REASON"], attempts);
    Ok(say(&format!("{}\n{attempts}", said.concat()))?)
}

fn replay(place: &Place, args: Replay) -> anyhow::Result<()> {
    let desk = args.whose.desk(place)?;
    let json = args.whose.json;
    let mut ids = args.ids;
    let Some(endpoint) = args.endpoint else {
        return replay_each(&desk, &ids, json);
    };
    if args.dead {
        each(&desk, Some(&endpoint), Some(State::Dead), |page| {
            ids.extend(page.iter().map(|delivery| cell(delivery, "id")));
            Ok(())
        })?;
        return replay_each(&desk, &ids, json);
    }
    if args.from.or(args.to).is_none() && args.since.is_none() {
        bail!("say what: `--from` and `--to` (positions), `--since` (a time), or `--dead`");
    }
    let again = Again {
        from: args.from,
        to: args.to,
        since: args.since,
    };
    let replayed = desk.replay(&endpoint, &again)?;
    if json {
        return say_json(&replayed);
    }
    let (from, to) = (cell(&replayed, "from"), cell(&replayed, "to"));
    Ok(say(&format!("replaying {from} to {to}\n"))?)
}

fn replay_each(desk: &Desk, ids: &[String], json: bool) -> anyhow::Result<()> {
    for id in ids {
        desk.replay_one(id)?;
    }
    if json {
        return say_json(&json!({ "replayed": ids }));
    }
    Ok(say(&format!("replaying {} deliveries\n", ids.len()))?)
}
