//! `scimlet reconcile`: how a tenant and a file differ; and, if it is told so, no more.

mod accounts;
mod directory;

use std::io::{self, BufRead as _, IsTerminal as _, Write as _};
use std::path::PathBuf;

use anyhow::{Context as _, bail};
use clap::ValueEnum;

use super::cells::csv;
use super::input::read;
use super::place::Place;
use super::print::{say, table};
use super::progress::Progress;
use super::whose::Whose;
use crate::reconcile::By;

#[derive(Debug, clap::Args)]
pub(super) struct Args {
    /// CSV with a header, or JSON lines of SCIM users; `-`: standard input. Of a directory export are
    /// compared userName, externalId, active, displayName, userType, department and entitlements
    /// (separated by `;`), as far as they are there; of an account list licenses (or sku)
    file: PathBuf,
    /// What users are known by
    #[arg(long, value_enum, value_name = "ATTRIBUTE", default_value = "userName")]
    by: Key,
    /// What the file is
    #[arg(long, value_enum, value_name = "KIND", default_value = "directory")]
    only: Kind,
    /// Make the tenant as the directory says. Nobody is deleted: who is not in it is deactivated
    #[arg(long)]
    apply: bool,
    /// Do not ask before that
    #[arg(long, requires = "apply")]
    yes: bool,
    /// Print CSV, a line for each difference
    #[arg(long, conflicts_with_all = ["json", "apply"])]
    csv: bool,
    #[command(flatten)]
    whose: Whose,
}

/// What users are known by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Key {
    #[value(name = "userName")]
    UserName,
    #[value(name = "externalId")]
    ExternalId,
}

impl Key {
    fn by(self) -> By {
        match self {
            Self::UserName => By::UserName,
            Self::ExternalId => By::ExternalId,
        }
    }
}

/// What the file is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Kind {
    /// An export of the directory: who should be there, and how
    Directory,
    /// A list of the platform: who has an account there, and perhaps which licenses
    Accounts,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    if args.apply {
        may_apply(args)?;
    }
    let local = args.whose.client(place)?;
    let name = || format!("`{}`", args.file.display());
    let text = read(&args.file).with_context(|| format!("cannot read {}", name()))?;
    match args.only {
        Kind::Directory => directory::run(&local, text, args).with_context(name),
        Kind::Accounts => accounts::run(&local, text, args).with_context(name),
    }
}

/// Refuses before anything is read what could not be carried out in the end.
fn may_apply(args: &Args) -> anyhow::Result<()> {
    if args.only == Kind::Accounts {
        bail!(
            "an account list cannot be applied: it is the platform that makes and removes accounts; \
             leave `--apply` out to see them"
        );
    }
    if !args.yes && !io::stdin().is_terminal() {
        bail!("there is no terminal to ask at; add `--yes` to apply without being asked");
    }
    Ok(())
}

/// Asks at the terminal. No answer is a no.
fn is_meant(question: &str) -> io::Result<bool> {
    let mut out = io::stderr().lock();
    write!(out, "{question} [y/N] ")?;
    out.flush()?;
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer)?;
    let answer = answer.trim();
    Ok(answer.eq_ignore_ascii_case("y") || answer.eq_ignore_ascii_case("yes"))
}

/// A bar for a walk over the users of a tenant.
fn watch(progress: &mut Progress) -> impl FnMut(u64, Option<u64>) {
    |more, total| {
        if let Some(total) = total {
            progress.expect(total);
        }
        progress.advance(more);
    }
}

/// The counts of a comparison, a line each.
fn counts<const N: usize>(counts: [(&str, usize); N]) -> String {
    let rows = counts.map(|(what, count)| [what.to_owned(), count.to_string()]);
    table(["DRIFT", "COUNT"], rows)
}

/// The drift, as CSV or as a table below the counts; nothing of it where there is none.
fn say_rows(
    csv_only: bool,
    counts: &str,
    header: [&str; 6],
    rows: impl Iterator<Item = [String; 6]>,
) -> io::Result<()> {
    if csv_only {
        return say(&csv(header, rows));
    }
    let mut rows = rows.peekable();
    if rows.peek().is_none() {
        return say(counts);
    }
    let header = header.map(str::to_uppercase);
    let drift = table(header.each_ref().map(String::as_str), rows);
    say(&format!("{counts}\n{drift}"))
}

/// Exit status 1 says that there is drift.
fn refuse_drift(drift: usize, help: &str) -> anyhow::Result<()> {
    match drift {
        0 => Ok(()),
        1 => bail!("there is 1 difference{help}"),
        many => bail!("there are {many} differences{help}"),
    }
}
