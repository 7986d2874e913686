//! `scimlet events`: the outbox, as anybody may read it.

mod keys;

use std::time::Duration;

use anyhow::Context as _;
use clap::Subcommand;
use scimlet_events::feed::{self, Page, Question};
use scimlet_events::{Form, filter};
use scimlet_store::Store;
use serde_json::Value;
use tokio::runtime;
use tokio::time::sleep;

use super::cells::{cell, text};
use super::place::Place;
use super::print::say;
use super::whose::Whose;

/// Events that are shown of what was before.
const LAST: u64 = 10;
/// Events read at a time.
const PAGE: usize = 500;
/// How often it is looked whether there are more.
const LOOK: Duration = Duration::from_millis(500);

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Show the latest events, and go on with those to come
    Tail(Tail),
    /// Show the keys that security event tokens are signed with, or make a new one
    Keys(keys::Args),
}

#[derive(Debug, clap::Args)]
pub(super) struct Tail {
    /// Go on, until it is interrupted
    #[arg(long, short)]
    follow: bool,
    /// From behind this position, rather than the last ten
    #[arg(long, value_name = "POSITION")]
    after: Option<u64>,
    /// Which events: `license.*,prov.delete`
    #[arg(long, value_name = "PATTERN", value_delimiter = ',')]
    types: Vec<String>,
    /// Show values too, where there are any
    #[arg(long)]
    full: bool,
    #[command(flatten)]
    whose: Whose,
}

pub(super) fn run(place: &Place, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Tail(args) => tail(place, &args),
        Command::Keys(args) => keys::run(place, &args),
    }
}

fn tail(place: &Place, args: &Tail) -> anyhow::Result<()> {
    filter::check_events(&args.types)?;
    let store = args.whose.backend(place)?.store(&args.whose.tenant)?;
    let mut after = match args.after {
        Some(after) => after,
        None => store.outbox_end()?.saturating_sub(LAST),
    };
    let threads = runtime::Builder::new_current_thread().enable_time().build();
    let threads = threads.context("cannot start the threads")?;
    loop {
        let page = read(store.as_ref(), after, args)?;
        tell(&page, args.whose.json)?;
        let more = page.next > after;
        after = page.next;
        if !more && !args.follow {
            return Ok(());
        }
        if !more {
            threads.block_on(sleep(LOOK));
        }
    }
}

fn read(store: &dyn Store, after: u64, args: &Tail) -> anyhow::Result<Page> {
    let question = Question {
        after,
        count: PAGE,
        wants: &|topic| filter::selects(&args.types, topic),
        form: if args.full { Form::Full } else { Form::Notice },
    };
    match feed::read(store, &question) {
        // Nobody has asked for what is gone.
        Err(feed::FeedError::Cut { cut }) if args.after.is_none() => Ok(feed::read(
            store,
            &Question {
                after: cut,
                ..question
            },
        )?),
        found => Ok(found?),
    }
}

/// A line for each event.
fn tell(page: &Page, json: bool) -> anyhow::Result<()> {
    for event in &page.events {
        let event = serde_json::to_value(event)?;
        let line = if json {
            event.to_string()
        } else {
            line(&event)
        };
        say(&format!("{line}\n"))?;
    }
    Ok(())
}

/// `17  2026-11-22T10:00:00.123Z  prov.patch  /Users/42  {"attributes":["title"]}`
fn line(event: &Value) -> String {
    let subject = event.get("sub_id").and_then(|subject| subject.get("uri"));
    let payloads = event.get("events").and_then(Value::as_object);
    let payloads = payloads.into_iter().flat_map(|all| all.values());
    let payloads: Vec<_> = payloads.map(Value::to_string).collect();
    format!(
        "{}  {}  {}  {}  {}",
        cell(event, "position"),
        cell(event, "time"),
        cell(event, "type"),
        subject.map(text).unwrap_or_default(),
        payloads.join(" "),
    )
}
