//! `scimlet account list`: all accounts of a tenant.

use serde_json::Value;

use crate::admin::{Pages, path};
use crate::cli::cells::{cell, text};
use crate::cli::license::{gather, stream};
use crate::cli::place::Place;
use crate::cli::print::{JsonList, say, table};
use crate::cli::whose::Whose;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    whose: Whose,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let local = args.whose.client(place)?;
    let pages = Pages::new(&local, path(&["accounts"]), []);
    if args.whose.json {
        let mut out = JsonList::said("accounts");
        stream(pages, "accounts", &mut out)?;
        return out.end(&[]);
    }
    let accounts = gather(pages, "accounts")?;
    let rows = accounts.iter().map(|account| {
        [
            cell(account, "userName"),
            cell(account, "version"),
            fields(account),
        ]
    });
    Ok(say(&table(["USER", "VERSION", "ACCOUNT"], rows))?)
}

/// `plan=pro seats=5`
fn fields(account: &Value) -> String {
    let fields = account.get("account").and_then(Value::as_object);
    let field = |(name, value): (&String, &Value)| format!("{name}={}", text(value));
    let fields = fields.into_iter().flatten().map(field);
    fields.collect::<Vec<_>>().join(" ")
}
