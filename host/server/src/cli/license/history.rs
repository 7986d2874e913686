//! `scimlet license history`: what happened to seats, or who held a license at a moment.

use super::{gather, stream};
use crate::admin::{Pages, path};
use crate::cli::cells::{Cells, cell};
use crate::cli::days;
use crate::cli::place::Place;
use crate::cli::print::{JsonList, say, table};
use crate::cli::whose::Whose;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// Only this user: a `userName` or an id
    #[arg(long)]
    user: Option<String>,
    /// Only this license
    #[arg(long)]
    sku: Option<String>,
    /// Who held the license at a moment (2027-01-31T12:00:00Z, or the beginning of a day)
    #[arg(long, value_name = "MOMENT", requires = "sku", conflicts_with = "user", value_parser = days::parse_from)]
    at: Option<String>,
    #[command(flatten)]
    whose: Whose,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let local = args.whose.client(place)?;
    let is_at = args.at.is_some();
    let query = [
        ("user", args.user.clone()),
        ("sku", args.sku.clone()),
        ("at", args.at.clone()),
    ];
    let name = if is_at { "holders" } else { "history" };
    let pages = Pages::new(&local, path(&["history"]), query);
    if args.whose.json {
        let mut out = JsonList::said(name);
        stream(pages, name, &mut out)?;
        return out.end(&[]);
    }
    let rows = gather(pages, name)?;
    // The name is gone with the user; the id is what is left.
    let user = |id: &str, row| {
        Some(cell(row, "userName"))
            .filter(|name| !name.is_empty())
            .unwrap_or_else(|| cell(row, id))
    };
    let text = if is_at {
        let names = Cells(["state", "since", "until"]);
        let rows = rows.iter().map(|row| {
            let [state, since, until] = names.of(row);
            [user("id", row), state, since, until]
        });
        table(["USER", "STATE", "SINCE", "UNTIL"], rows)
    } else {
        let names = Cells(["at", "sku", "from", "to", "reason", "cause", "actor"]);
        let rows = rows.iter().map(|row| {
            let [at, sku, from, to, reason, cause, actor] = names.of(row);
            [at, user("user", row), sku, from, to, reason, cause, actor]
        });
        let header = [
            "AT", "USER", "SKU", "FROM", "TO", "REASON", "CAUSE", "ACTOR",
        ];
        table(header, rows)
    };
    Ok(say(&text)?)
}
