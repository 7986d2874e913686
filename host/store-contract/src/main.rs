//! `scimlet-store-contract -- COMMAND ...`: does a store in another language keep the contract?
//!
//! The command is started and asked, by JSON lines on its standard input, what
//! [`scimlet_store::contract`] asks of every backend; [`remote`] says what the lines look like.
//! Words: a *child* is the process of the command, a *promise* is one case of the contract.

mod child;
mod kill;
mod remote;

use std::ffi::OsString;
use std::io::Write;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser;
use scimlet_store::contract::{self, Case};

use remote::Remote;

/// Checks that a store in any language keeps the contract of wit/store/store.wit.
#[derive(Parser)]
#[command(name = "scimlet-store-contract", version)]
struct Cli {
    /// Start so many processes of the command, on the same data; questions go to one after the other
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=64))]
    processes: u16,
    /// Check as well that what was acknowledged is still there after the processes are killed
    #[arg(long)]
    durable: bool,
    /// Check only promises whose name contains this text
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
    /// The command that answers, and its arguments
    #[arg(last = true, required = true)]
    command: Vec<OsString>,
}

fn main() -> anyhow::Result<ExitCode> {
    let cli = Cli::parse();
    let remote = Remote::start(&cli.command, cli.processes.into())?;
    let mut out = std::io::stdout().lock();
    let (mut kept, mut broken) = (0, 0);
    for case in chosen(&cli) {
        match (case.run)(&remote) {
            Ok(()) => {
                kept += 1;
                writeln!(out, "kept    {}", case.name)?;
            }
            Err(sentence) => {
                broken += 1;
                writeln!(out, "BROKEN  {}: {sentence}", case.name)?;
            }
        }
    }
    if cli.durable && wanted(&cli, kill::NAME) {
        match kill::check(&remote).context("the processes could not be started again")? {
            Ok(()) => {
                kept += 1;
                writeln!(out, "kept    {}", kill::NAME)?;
            }
            Err(sentence) => {
                broken += 1;
                writeln!(out, "BROKEN  {}: {sentence}", kill::NAME)?;
            }
        }
    }
    writeln!(out, "{kept} kept, {broken} broken")?;
    let nothing = kept + broken == 0;
    Ok(ExitCode::from(u8::from(broken > 0 || nothing)))
}

fn chosen(cli: &Cli) -> impl Iterator<Item = &'static Case> {
    let cases = contract::store_cases().iter();
    cases.filter(|case| wanted(cli, case.name))
}

fn wanted(cli: &Cli, name: &str) -> bool {
    cli.only.as_ref().is_none_or(|text| name.contains(text))
}
