//! `scimlet policy list`: what a tenant has installed, oldest first.

use jiff::Timestamp;
use scimlet_store::Install;
use serde_json::{Value, json};

use super::{hooks, short, size, tenant};
use crate::cli::place::Place;
use crate::cli::print::{say, say_json, table};
use crate::cli::whose::Whose;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    whose: Whose,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let backend = place.open()?;
    let name = &args.whose.tenant;
    tenant(backend.as_ref(), name)?;
    let installs = backend.registry().installs(name)?;
    if args.whose.json {
        let installs: Vec<_> = installs.iter().map(as_json).collect();
        return say_json(&json!({ "tenant": name, "installs": installs }));
    }
    let header = [
        "DIGEST",
        "NAME",
        "VERSION",
        "HOOKS",
        "SIZE",
        "INSTALLED",
        "IN FORCE",
    ];
    Ok(say(&table(header, installs.iter().map(cells)))?)
}

fn cells(install: &Install) -> [String; 7] {
    let policy = &install.policy;
    let mark = if install.is_current { "yes" } else { "" };
    [
        short(&policy.digest),
        policy.name.clone(),
        policy.version.clone(),
        hooks(policy.hooks.iter().map(String::as_str)),
        size(policy.bytes),
        installed(install),
        mark.to_owned(),
    ]
}

fn as_json(install: &Install) -> Value {
    let policy = &install.policy;
    json!({
        "digest": policy.digest, "name": policy.name, "version": policy.version,
        "hooks": policy.hooks, "bytes": policy.bytes, "installed": installed(install),
        "current": install.is_current,
    })
}

/// RFC 3339; empty for a time that no calendar has.
fn installed(install: &Install) -> String {
    let time = i64::try_from(install.installed)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok());
    time.map(|time| time.to_string()).unwrap_or_default()
}
