//! `scimlet plan`: what would an import do.

use std::fmt::Write as _;
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use serde_json::json;

use super::input::read;
use super::place::Place;
use super::print::{say, say_json, table};
use super::progress::Progress;
use super::whose::Whose;
use crate::plan::{self, Moves, Plan, Refused, Scratch};

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// JSON lines of `{"method", "path", "body"}`; or CSV with a header of some of userName,
    /// externalId, active, displayName, userType, department, entitlements (separated by `;`), each
    /// line of which is a whole user; `-`: standard input
    file: PathBuf,
    #[command(flatten)]
    whose: Whose,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let Args { file, whose } = args;
    let name = || format!("`{}`", file.display());
    let text = read(file).with_context(|| format!("cannot read {}", name()))?;
    let steps = plan::read(&text).with_context(name)?;
    // Opened, so that there is a file, and of this version.
    if place.open()?.registry().tenant(&whose.tenant)?.is_none() {
        bail!("there is no tenant `{}`", whose.tenant);
    }
    let scratch = copy(place, &whose.tenant)?;
    let mut progress = Progress::new(Some(steps.len() as u64));
    let plan = plan::make(&scratch, &steps, &mut || progress.advance(1))?;
    drop(progress);
    say_plan(&plan, whose)
}

fn copy(place: &Place, tenant: &str) -> anyhow::Result<Scratch> {
    let (file, folder) = (place.file()?, place.folder()?);
    let mut progress = Progress::new(None);
    let mut told = |copied: scimlet_store_sqlite::Copied| {
        progress.expect(copied.total);
        progress.advance(copied.done.saturating_sub(progress.done()));
    };
    let runtimes = [place.runtime()?, place.runtime()?];
    let scratch = Scratch::new(&file, &folder, runtimes, tenant, &mut told);
    scratch.context("cannot copy the data")
}

fn say_plan(plan: &Plan, whose: &Whose) -> anyhow::Result<()> {
    let Plan {
        rows,
        refused,
        licenses,
    } = plan;
    let done = rows.saturating_sub(refused.len());
    if whose.json {
        return say_json(&json!({
            "tenant": whose.tenant,
            "rows": rows,
            "done": done,
            "refused": refused,
            "licenses": licenses,
        }));
    }
    let header = [
        "SKU", "SEATS", "BEFORE", "AFTER", "GRANTED", "FREED", "WAITING", "BLOCKED",
    ];
    let mut out = table(header, licenses.iter().map(row));
    writeln!(out, "\n{done} of {rows} rows would be done")?;
    if !refused.is_empty() {
        let lines = table(
            ["LINE", "WHAT", "STATUS", "REASON"],
            refused.iter().map(refusal),
        );
        write!(out, "\n{lines}")?;
    }
    Ok(say(&out)?)
}

fn row(license: &Moves) -> [String; 8] {
    let Moves {
        sku,
        seats,
        before,
        after,
        granted,
        freed,
        waiting,
        blocked,
    } = license;
    let seats = seats.map_or_else(|| "unlimited".to_owned(), |seats| seats.to_string());
    let [before, after, granted, freed, waiting, blocked] =
        [before, after, granted, freed, waiting, blocked].map(u64::to_string);
    [
        sku.clone(),
        seats,
        before,
        after,
        granted,
        freed,
        waiting,
        blocked,
    ]
}

fn refusal(refused: &Refused) -> [String; 4] {
    let Refused {
        line,
        what,
        status,
        reason,
    } = refused;
    [
        line.to_string(),
        what.clone(),
        status.to_string(),
        reason.clone(),
    ]
}
