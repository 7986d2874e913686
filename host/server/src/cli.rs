//! The command line. One file a family of commands; here is what they share: the options, how a
//! refusal is said, and the exit status.

mod license;
mod logs;
mod place;
mod print;
mod serve;
mod tenant;
mod token;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use place::Place;
use print::say_refusal;

/// SCIM 2.0 provisioning with license management.
///
/// Without a command: `serve`, so that `cargo run` shows something.
#[derive(Debug, Parser)]
#[command(name = "scimlet", version)]
struct Cli {
    #[command(flatten)]
    place: Place,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the server
    Serve(serve::Args),
    /// Create tenants, list them, see and change their settings
    #[command(subcommand)]
    Tenant(tenant::Command),
    /// Create, list and revoke credentials
    #[command(subcommand)]
    Token(token::Command),
    /// Create, change, show and remove a tenant's licenses
    #[command(subcommand)]
    License(license::Command),
}

/// Parses the arguments and runs the command. Wrong usage ends in here, with status 2.
pub(crate) fn run() -> ExitCode {
    let Cli { place, command } = Cli::parse();
    let done = match command.unwrap_or_else(|| Command::Serve(serve::Args::standard())) {
        Command::Serve(args) => serve::run(&place, args),
        Command::Tenant(command) => tenant::run(&place, command),
        Command::Token(command) => token::run(&place, command),
        Command::License(command) => license::run(&place, command),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            say_refusal(&reason);
            ExitCode::FAILURE
        }
    }
}

#[cfg(test)]
mod tests;
