//! `scimlet policy`: one file a verb.

mod check;
mod install;
mod list;
mod new;
mod rollback;
mod test;

use std::fs;
use std::path::Path;

use anyhow::Context as _;
use clap::Subcommand;
use scimlet_runtime::Checked;
use scimlet_store::{Backend, Tenant};

use super::busy::Busy;
use super::place::Place;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Make a project in which a policy can be written, built and tested
    New(new::Args),
    /// Can this component be a tenant's policy? Exits with 1 if it cannot
    Check(check::Args),
    /// Put questions to a policy whose answers are known; exits with 1 if it answers otherwise
    Test(test::Args),
    /// Put a policy in force for a tenant, from its next request on
    Install(install::Args),
    /// List what a tenant has installed
    List(list::Args),
    /// Put in force what was before, at once
    Rollback(rollback::Args),
}

pub(super) fn run(place: &Place, command: Command) -> anyhow::Result<()> {
    match command {
        Command::New(args) => new::run(&args),
        Command::Check(args) => check::run(place, &args),
        Command::Test(args) => test::run(place, &args),
        Command::Install(args) => install::run(place, &args),
        Command::List(args) => list::run(place, &args),
        Command::Rollback(args) => rollback::run(place, &args),
    }
}

/// A component's file.
fn read(file: &Path) -> anyhow::Result<Vec<u8>> {
    fs::read(file).with_context(|| format!("cannot read `{}`", file.display()))
}

/// Whether it can be a policy; compiles it, which may take some seconds.
fn check(place: &Place, file: &Path, code: &[u8]) -> anyhow::Result<Checked> {
    let policies = place.policies()?;
    let _busy = Busy::with("compiling");
    let checked = policies.check(code);
    checked.with_context(|| no_policy(file))
}

fn no_policy(file: &Path) -> String {
    format!("`{}` cannot be a policy", file.display())
}

fn tenant(backend: &dyn Backend, name: &str) -> anyhow::Result<Tenant> {
    let found = backend.registry().tenant(name)?;
    found.with_context(|| format!("there is no tenant `{name}`"))
}

/// As much of a digest as tables show, and as is needed to name one.
fn short(digest: &str) -> String {
    digest.chars().take(12).collect()
}

/// The names of hooks in a table.
fn hooks<'a>(names: impl IntoIterator<Item = &'a str>) -> String {
    names.into_iter().collect::<Vec<_>>().join(",")
}

/// Bytes for people.
fn size(bytes: u64) -> String {
    indicatif::BinaryBytes(bytes).to_string()
}
