//! The reference host: HTTP, TLS, credentials, tenants and the command line around the component.
//!
//! Words used here:
//! - *tenant*: one customer; has settings, credentials and a store of its own.
//! - *credential*: a bearer token or a Basic password. Opens one tenant, with one scope.
//! - *caller*: who a credential turned out to be: tenant, settings revision, principal.
//! - *fixed answer*: one of the few answers that come from the host and not from the component.
//!
//! INVARIANT: nothing here parses a SCIM message that came from outside or writes a SCIM answer,
//! but for the fixed table in `http/fixed.rs`, files that the command line is given (`roster.rs`, `import.rs`),
//! and second systems that speak SCIM (`remote.rs`, `sync.rs`).
//! What the command line does to licenses and users it does as a client of the component
//! (`licenses.rs`, `admin.rs`, `reconcile.rs`, over `local.rs`).

mod admin;
mod auth;
mod cli;
mod demo;
mod events;
mod hex;
mod http;
mod import;
mod licenses;
mod local;
mod percent;
mod plan;
mod reconcile;
mod remote;
mod roster;
mod sync;
mod tenants;
mod trial;
mod upkeep;
mod world;

use std::process::ExitCode;

/// Runs the program `scimlet` with the arguments of the process: 0 done, 1 refused, 2 wrong usage.
#[must_use]
pub fn main() -> ExitCode {
    cli::run()
}
