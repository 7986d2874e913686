//! `scimlet license list`, `show`, `remove`: the catalog, as a SCIM client.

use std::fmt::Write as _;

use anyhow::bail;

use crate::admin;
use crate::cli::cells::{Cells, cell, list as elements, seats, text};
use crate::cli::place::Place;
use crate::cli::print::{say, say_json, table};
use crate::cli::whose::{Whose, client};
use crate::licenses::{self, License};
use crate::local::{Local, LocalError};

/// Of `list`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct List {
    #[command(flatten)]
    whose: Whose,
}

/// Of `show`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct One {
    /// Its SKU
    sku: String,
    #[command(flatten)]
    whose: Whose,
}

/// Of `remove`.
#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Remove {
    /// Its SKU
    sku: String,
    /// The tenant
    #[arg(long, value_name = "NAME")]
    tenant: String,
}

pub(super) fn list(place: &Place, args: &List) -> anyhow::Result<()> {
    let all = licenses::list(&args.whose.client(place)?)?;
    if args.whose.json {
        say_json(&all)
    } else {
        Ok(say(&licenses_table(&all))?)
    }
}

pub(super) fn show(place: &Place, args: &One) -> anyhow::Result<()> {
    let One { sku, whose } = args;
    let local = whose.client(place)?;
    let Some(license) = licenses::get(&local, sku)? else {
        bail!("tenant `{}` has no license `{sku}`", whose.tenant);
    };
    say_one(&license, whose.json)?;
    if license.terms.contains_key("pools") && !whose.json {
        say(&pools(&local, sku)?)?;
    }
    Ok(())
}

pub(super) fn remove(place: &Place, args: &Remove) -> anyhow::Result<()> {
    let Remove { sku, tenant } = args;
    if licenses::remove(&client(place, tenant)?, sku)? {
        Ok(())
    } else {
        bail!("tenant `{tenant}` has no license `{sku}`")
    }
}

/// One license, with the terms that are set.
pub(super) fn say_one(license: &License, json: bool) -> anyhow::Result<()> {
    if json {
        return say_json(license);
    }
    let mut out = licenses_table(std::slice::from_ref(license));
    let terms = license.terms.iter().filter(|(name, _)| *name != "pools");
    let rows: Vec<_> = terms
        .map(|(name, value)| [name.clone(), text(value)])
        .collect();
    if !rows.is_empty() {
        write!(out, "\n{}", table(["TERM", "VALUE"], rows))?;
    }
    let lots = license.terms.get("pools").into_iter();
    let rows = lots.flat_map(|lots| lots.as_array().into_iter().flatten());
    let names = Cells(["value", "seats", "validFrom", "validUntil", "grace"]);
    let rows: Vec<_> = rows.map(|lot| names.of(lot)).collect();
    if !rows.is_empty() {
        let header = ["POOL", "SEATS", "FROM", "UNTIL", "GRACE"];
        write!(out, "\n{}", table(header, rows.into_iter().map(unlimited)))?;
    }
    Ok(say(&out)?)
}

/// A pool that does not say its seats has as many as are wanted.
fn unlimited([id, seats, from, until, grace]: [String; 5]) -> [String; 5] {
    let seats = if seats.is_empty() {
        "unlimited".to_owned()
    } else {
        seats
    };
    [id, seats, from, until, grace]
}

/// How the used seats are spread over the pools, as the component thinks of it.
fn pools(local: &Local, sku: &str) -> Result<String, LocalError> {
    let report = admin::get(local, &admin::path(&["licenses"]))?;
    let mut all = elements(&report, "licenses").iter();
    let found = all.find(|license| cell(license, "sku") == sku);
    let pools = found.map_or(&[][..], |license| elements(license, "pools"));
    let row = |pool| {
        let open = if cell(pool, "open") == "true" {
            "yes"
        } else {
            "no"
        };
        [
            cell(pool, "id"),
            seats(pool, "seats"),
            cell(pool, "used"),
            open.to_owned(),
        ]
    };
    let rows = table(["POOL", "SEATS", "USED", "OPEN"], pools.iter().map(row));
    Ok(format!("\n{rows}"))
}

fn licenses_table(licenses: &[License]) -> String {
    let header = ["SKU", "NAME", "SEATS", "USED", "WAITING", "OVER", "OVERAGE"];
    table(header, licenses.iter().map(row))
}

fn row(license: &License) -> [String; 7] {
    let License {
        sku,
        name,
        seats,
        used,
        waiting,
        over,
        overage,
        terms: _,
    } = license;
    [
        sku.clone(),
        name.clone(),
        seats.map_or_else(|| "unlimited".to_owned(), |seats| seats.to_string()),
        used.to_string(),
        waiting.to_string(),
        over.to_string(),
        overage.clone(),
    ]
}
