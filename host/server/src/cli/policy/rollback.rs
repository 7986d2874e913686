//! `scimlet policy rollback`: puts in force what was before, or an earlier one, or none.

use anyhow::{Context as _, bail};
use scimlet_store::Install;
use serde_json::json;

use super::{short, tenant};
use crate::cli::place::Place;
use crate::cli::print::{say, say_json};
use crate::cli::whose::Whose;

/// What `--to` calls no policy at all. No digest is called that.
const NONE: &str = "none";

#[derive(Debug, clap::Args)]
pub(in crate::cli) struct Args {
    #[command(flatten)]
    whose: Whose,
    /// To this one, as `policy list` shows it; or to `none` at all
    #[arg(long, value_name = "DIGEST")]
    to: Option<String>,
}

pub(super) fn run(place: &Place, args: &Args) -> anyhow::Result<()> {
    let backend = place.open()?;
    let name = &args.whose.tenant;
    let revision = tenant(backend.as_ref(), name)?.revision;
    let installs = backend.registry().installs(name)?;
    let current = installs.iter().find(|install| install.is_current);
    let target = target(&installs, current, args.to.as_deref(), name)?;
    let is_new = target.map(|it| it.number) != current.map(|it| it.number);
    let number = target.map(|install| install.number);
    if is_new && !backend.registry().switch_policy(name, number, revision)? {
        bail!(
            "the policy or the settings of `{name}` were changed by someone else meanwhile; look again"
        );
    }
    let digest = target.map(|install| install.policy.digest.as_str());
    if args.whose.json {
        let before = current.map(|install| install.policy.digest.as_str());
        return say_json(&json!({ "tenant": name, "digest": digest, "before": before }));
    }
    Ok(say(&match target.map(|install| &install.policy) {
        Some(policy) => {
            let digest = short(&policy.digest);
            format!(
                "{} {} ({digest}) is in force for {name}\n",
                policy.name, policy.version
            )
        }
        None => format!("no policy is in force for {name}\n"),
    })?)
}

/// What is to be in force; none: no policy.
fn target<'a>(
    installs: &'a [Install],
    current: Option<&Install>,
    to: Option<&str>,
    tenant: &str,
) -> anyhow::Result<Option<&'a Install>> {
    let numbered = |number: u64| installs.iter().find(|install| install.number == number);
    match (to, current) {
        (Some(NONE), _) => Ok(None),
        (Some(digest), _) => named(installs, digest, tenant).map(Some),
        (None, Some(current)) => Ok(current.before.and_then(numbered)),
        (None, None) => bail!("no policy is in force for `{tenant}`; name one with `--to`"),
    }
}

/// The newest install of the policy whose digest begins like that.
fn named<'a>(installs: &'a [Install], digest: &str, tenant: &str) -> anyhow::Result<&'a Install> {
    let fits = |install: &&Install| install.policy.digest.starts_with(digest);
    let newest = installs.iter().rev().find(fits);
    let newest = newest.with_context(|| {
        format!("`{tenant}` has installed no policy `{digest}`; see `scimlet policy list`")
    })?;
    let is_other = |install: &Install| install.policy.digest != newest.policy.digest;
    if digest.is_empty() || installs.iter().filter(fits).any(is_other) {
        bail!("`{digest}` begins more than one digest; give more of it");
    }
    Ok(newest)
}
