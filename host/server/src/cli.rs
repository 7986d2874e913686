//! The command line. One file a family of commands; here is what they share: the options, how a
//! refusal is said, and the exit status.

mod account;
mod busy;
mod cells;
mod component;
mod days;
mod deliveries;
mod endpoint;
mod events;
mod import;
mod input;
mod license;
mod logs;
mod mapping;
mod place;
mod plan;
mod policy;
mod print;
mod progress;
mod reconcile;
mod serve;
mod sync;
mod tenant;
mod token;
mod verify;
mod whose;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) use cells::csv_line;

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
    /// A tenant's licenses: what there is, who holds it and why
    #[command(subcommand)]
    License(license::Command),
    /// A tenant's own rules, as a component: try them, install them, take them back
    #[command(subcommand)]
    Policy(policy::Command),
    /// A tenant's accounts: its users in the platform's own shape
    #[command(subcommand)]
    Account(account::Command),
    /// Try a mapping before it is used
    #[command(subcommand)]
    Mapping(mapping::Command),
    /// How does a second system that is kept like a tenant differ from it? Exits with 1 if it does
    Sync(sync::Args),
    /// Bring users and groups in: from JSON lines, CSV, or another server that speaks SCIM
    Import(Box<import::Args>),
    /// Who is told what happens to a tenant's users, groups and licenses
    #[command(subcommand)]
    Endpoint(endpoint::Command),
    /// What has happened, as it is told to endpoints
    #[command(subcommand)]
    Events(events::Command),
    /// Events on their way, and those that were given up
    #[command(subcommand)]
    Deliveries(deliveries::Command),
    /// What would an import do? All of it is run against a copy of the data, which is thrown away
    Plan(plan::Args),
    /// How do a tenant and a directory export, or an account list of the platform, differ? Exits with 1
    /// if they do
    Reconcile(reconcile::Args),
    /// Recount a tenant's data; changes nothing, and exits with 1 if something is wrong
    Verify(verify::Args),
    /// Write the component that this program runs, to be embedded elsewhere
    Component(component::Args),
}

/// Parses the arguments and runs the command. Wrong usage ends in here, with status 2.
pub(crate) fn run() -> ExitCode {
    let Cli { place, command } = Cli::parse();
    let done = match command.unwrap_or_else(|| Command::Serve(serve::Args::standard())) {
        Command::Serve(args) => serve::run(&place, args),
        Command::Tenant(command) => tenant::run(&place, command),
        Command::Token(command) => token::run(&place, command),
        Command::License(command) => license::run(&place, command),
        Command::Policy(command) => policy::run(&place, command),
        Command::Account(command) => account::run(&place, command),
        Command::Mapping(command) => mapping::run(&place, command),
        Command::Sync(args) => sync::run(&place, &args),
        Command::Import(args) => import::run(&place, &args),
        Command::Endpoint(command) => endpoint::run(&place, command),
        Command::Events(command) => events::run(&place, command),
        Command::Deliveries(command) => deliveries::run(&place, command),
        Command::Plan(args) => plan::run(&place, &args),
        Command::Reconcile(args) => reconcile::run(&place, &args),
        Command::Verify(args) => verify::run(&place, &args),
        Command::Component(args) => component::run(&args),
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
