//! `scimlet account`: the platform's accounts, one file a verb.

mod list;
mod set;
mod show;

use clap::Subcommand;

use super::place::Place;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// List the accounts that the mapping makes of a tenant's users
    List(list::Args),
    /// Show one account
    Show(show::Args),
    /// Change fields of an account in the platform's name; what is mapped shows up in SCIM
    Set(set::Args),
}

pub(super) fn run(place: &Place, command: Command) -> anyhow::Result<()> {
    match command {
        Command::List(args) => list::run(place, &args),
        Command::Show(args) => show::run(place, &args),
        Command::Set(args) => set::run(place, &args),
    }
}
