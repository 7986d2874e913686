//! `scimlet policy install`: puts a policy in force for a tenant.

use std::path::PathBuf;

use anyhow::bail;
use scimlet_runtime::{Checked, Hook};
use scimlet_store::Policy;
use serde_json::json;

use super::{short, tenant};
use crate::cli::place::Place;
use crate::cli::print::{say, say_json};
use crate::world;

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    /// The component, a `.wasm` file
    file: PathBuf,
    /// The tenant
    #[arg(long, value_name = "NAME")]
    tenant: String,
    /// Print JSON
    #[arg(long)]
    json: bool,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let backend = place.open()?;
    let name = &args.tenant;
    let before = tenant(backend.as_ref(), name)?.policy;
    let code = super::read(&args.file)?;
    let policy = described(super::check(place, &args.file, &code)?);
    // Again and again by a pipeline, it is one install, and users are not settled anew each time.
    let is_new = before.as_ref() != Some(&policy);
    let registry = backend.registry();
    if is_new && !registry.install_policy(name, &policy, &code, world::now())? {
        bail!("there is no tenant `{name}`");
    }
    let before = before.map(|before| before.digest);
    if args.json {
        return say_json(&json!({
            "tenant": name, "digest": policy.digest, "name": policy.name,
            "version": policy.version, "hooks": policy.hooks, "bytes": policy.bytes,
            "installed": is_new, "before": before,
        }));
    }
    let (what, digest) = (
        format!("{} {}", policy.name, policy.version),
        short(&policy.digest),
    );
    Ok(say(&match before {
        _ if !is_new => format!("{what} ({digest}) is in force for {name} already\n"),
        Some(before) => {
            format!(
                "{what} ({digest}) is in force for {name}, instead of {}\n",
                short(&before)
            )
        }
        None => format!("{what} ({digest}) is in force for {name}\n"),
    })?)
}

fn described(checked: Checked) -> Policy {
    let hooks = checked.hooks.into_iter().map(Hook::as_str);
    Policy {
        digest: checked.digest,
        name: checked.name,
        version: checked.version,
        hooks: hooks.map(str::to_owned).collect(),
        bytes: checked.bytes as u64,
    }
}
