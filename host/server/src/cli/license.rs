//! `scimlet license`: one file a verb, and one for those of the catalog. All of it as a client of the
//! component: of SCIM for the catalog, of what the component tells admins for the rest.

mod catalog;
mod grant;
mod held;
mod history;
mod holders;
mod report;
mod set;
mod usage;
mod why;

use std::io::Write;

use clap::Subcommand;
use serde_json::Value;

use super::place::Place;
use super::print::JsonList;
use super::progress::Progress;
use crate::admin::Pages;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a license, or change it
    Set(Box<set::Args>),
    /// List a tenant's licenses
    List(catalog::List),
    /// Show one license
    Show(catalog::One),
    /// Remove a license
    Remove(catalog::Remove),
    /// Every license: its seats, how they are used, and when they will be
    Report(report::Args),
    /// Who has a license, waits for it, or is kept from it
    Holders(holders::Args),
    /// Why a user has a license or has not, and what would change it
    Why(why::Args),
    /// Give a user a license by an admin's word
    Grant(grant::Args),
    /// Take an admin's word back; what others ask for stays
    Revoke(grant::Revoke),
    /// Seats by an attribute of the users: `userType`, `department` ...
    Usage(usage::Args),
    /// What happened to seats, oldest first; or who held a license at a moment
    History(history::Args),
    /// What the guard against mass revocation keeps: list it, free it, or undo it
    Held(held::Args),
}

pub(super) fn run(place: &Place, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Set(args) => set::run(place, *args),
        Command::List(args) => catalog::list(place, &args),
        Command::Show(args) => catalog::show(place, &args),
        Command::Remove(args) => catalog::remove(place, &args),
        Command::Report(args) => report::run(place, &args),
        Command::Holders(args) => holders::run(place, &args),
        Command::Why(args) => why::run(place, &args),
        Command::Grant(args) => grant::run(place, &args),
        Command::Revoke(args) => grant::revoke(place, &args),
        Command::Usage(args) => usage::run(place, &args),
        Command::History(args) => history::run(place, &args),
        Command::Held(args) => held::run(place, &args),
    }
}

/// Writes all elements of a list that is answered page by page. No more than a page is kept.
pub(super) fn stream<W: Write>(
    pages: Pages<'_>,
    list: &'static str,
    out: &mut JsonList<W>,
) -> anyhow::Result<()> {
    let mut progress = Progress::new(None);
    for page in pages {
        let elements = super::cells::take_list(&mut page?, list);
        for element in &elements {
            out.push(element)?;
        }
        progress.advance(elements.len() as u64);
    }
    Ok(())
}

/// All elements of a list that is answered page by page.
pub(super) fn gather(pages: Pages<'_>, list: &str) -> anyhow::Result<Vec<Value>> {
    let (mut all, mut progress) = (Vec::new(), Progress::new(None));
    for page in pages {
        let elements = super::cells::take_list(&mut page?, list);
        progress.advance(elements.len() as u64);
        all.extend(elements);
    }
    Ok(all)
}
