//! `scimlet license holders`: who has a license, waits for it, or is kept from it.

use clap::ValueEnum;

use super::{gather, stream};
use crate::admin::{Pages, path};
use crate::cli::cells::Cells;
use crate::cli::place::Place;
use crate::cli::print::{JsonList, say, table};
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
    // The component keeps a line for each state.
    let states = state.map_or_else(|| State::value_variants().to_vec(), |state| vec![state]);
    let lines = states.into_iter().map(|state| {
        let query = [
            ("state", Some(state.as_str().to_owned())),
            ("count", Some(PAGE.to_string())),
        ];
        Pages::new(&local, path(&["licenses", sku, "holders"]), query)
    });
    if whose.json {
        let mut out = JsonList::said("holders");
        for pages in lines {
            stream(pages, "holders", &mut out)?;
        }
        return out.end(&[]);
    }
    let mut holders = Vec::new();
    for pages in lines {
        holders.extend(gather(pages, "holders")?);
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
