//! `scimlet license holders`: who has a license, waits for it, or is kept from it.

use clap::ValueEnum;
use serde_json::json;

use super::gather;
use crate::admin::{Pages, path};
use crate::cli::cells::Cells;
use crate::cli::place::Place;
use crate::cli::print::{say, say_json, table};
use crate::cli::whose::Whose;

/// One page: what the component takes.
const PAGE: u32 = 500;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The license
    sku: String,
    /// Only those in this state, in the order of their line
    #[arg(long, value_enum)]
    state: Option<State>,
    #[command(flatten)]
    whose: Whose,
}

/// What may become of a license that somebody asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(super) enum State {
    Active,
    Overage,
    Waiting,
    Blocked,
    Grace,
    Held,
}

impl State {
    fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Overage => "overage",
            Self::Waiting => "waiting",
            Self::Blocked => "blocked",
            Self::Grace => "grace",
            Self::Held => "held",
        }
    }
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let Args { sku, state, whose } = args;
    let local = whose.client(place)?;
    let mut holders = Vec::new();
    // The component keeps a line for each state.
    for state in state.map_or_else(|| State::value_variants().to_vec(), |state| vec![state]) {
        let query = [
            ("state", Some(state.as_str().to_owned())),
            ("count", Some(PAGE.to_string())),
        ];
        let pages = Pages::new(&local, path(&["licenses", sku, "holders"]), query);
        holders.extend(gather(pages, "holders")?);
    }
    if whose.json {
        return say_json(&json!({ "holders": holders }));
    }
    let header = [
        "USER", "STATE", "SINCE", "UNTIL", "PRIORITY", "REASON", "SOURCES",
    ];
    let names = Cells([
        "userName", "state", "since", "until", "priority", "reason", "sources",
    ]);
    let rows = holders.iter().map(|holder| names.of(holder));
    Ok(say(&table(header, rows))?)
}
