//! `scimlet tenant`: create, list, settings, reindex.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::{Subcommand, ValueEnum};
use scimlet_store::{Backend, Tenant};
use serde_json::{Value, json};

use super::input::read;
use super::place::Place;
use super::print::{Reasons, say, say_json};
use super::progress::Progress;
use crate::auth::{Scope, issue_token};
use crate::tenants::{Tenants, Unwatched, check_name};
use crate::world;

/// Rows of one step: the most that the component takes.
const REINDEX_STEP: u32 = 200;

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a tenant and its first token
    Create {
        /// Lower-case letters, digits and hyphens
        name: String,
        /// Whose SCIM the tenant's identity provider speaks
        #[arg(long, value_enum)]
        preset: Option<Preset>,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List all tenants
    List {
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Bring old data under what the settings name in `indexes` now. The server does it by itself,
    /// slowly; this does it at once, beside a running server
    Reindex {
        /// The tenant
        #[arg(long, value_name = "NAME")]
        tenant: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Print a tenant's settings, or replace them
    Settings {
        /// The tenant
        #[arg(long, value_name = "NAME")]
        tenant: String,
        /// Replace the settings by what is in this file (`-`: standard input)
        #[arg(long)]
        file: Option<PathBuf>,
    },
}

/// Named tables of tolerances. What is in them is the engine's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "lower")]
pub(super) enum Preset {
    Rfc,
    Entra,
    Okta,
    OneLogin,
    JumpCloud,
    Ping,
    SailPoint,
    #[value(name = "interop-01")]
    Interop01,
}

pub(super) fn run(place: &Place, command: Command) -> anyhow::Result<()> {
    match command {
        Command::Create { name, preset, json } => create(place, &name, preset, json),
        Command::List { json } => list(place, json),
        Command::Reindex { tenant, json } => reindex(place, &tenant, json),
        Command::Settings { tenant, file: None } => print_settings(place, &tenant),
        Command::Settings {
            tenant,
            file: Some(file),
        } => replace_settings(place, &tenant, &file),
    }
}

fn create(place: &Place, name: &str, preset: Option<Preset>, json: bool) -> anyhow::Result<()> {
    check_name(name)?;
    let backend = place.create()?;
    if !backend
        .registry()
        .create_tenant(name, &first_settings(preset), world::now())?
    {
        bail!("there is a tenant `{name}` already");
    }
    let token = issue_token(backend.as_ref(), name, Scope::Scim)?.text;
    let scope = Scope::Scim.as_str();
    if json {
        return say_json(&json!({ "tenant": name, "token": token, "scope": scope }));
    }
    say(&format!(
        "tenant  {name}\ntoken   {token}\nscope   {scope}\n\nThe token is shown only now.\n"
    ))?;
    Ok(())
}

fn first_settings(preset: Option<Preset>) -> String {
    let named = preset.and_then(|preset| preset.to_possible_value());
    named
        .map_or_else(|| json!({}), |value| json!({ "preset": value.get_name() }))
        .to_string()
}

fn list(place: &Place, json: bool) -> anyhow::Result<()> {
    let tenants = place.open()?.registry().tenants()?;
    if json {
        let listed = tenants
            .iter()
            .map(|tenant| json!({ "tenant": tenant.name }));
        return say_json(&listed.collect::<Vec<_>>());
    }
    let names = tenants.iter().map(|tenant| format!("{}\n", tenant.name));
    say(&names.collect::<String>())?;
    Ok(())
}

fn print_settings(place: &Place, name: &str) -> anyhow::Result<()> {
    let settings = tenant(place.open()?.as_ref(), name)?.settings;
    let pretty = serde_json::from_str::<Value>(&settings)
        .and_then(|value| serde_json::to_string_pretty(&value));
    // What is not JSON is shown as it is: this is how an operator finds out.
    say(&format!("{}\n", pretty.unwrap_or(settings)))?;
    Ok(())
}

fn replace_settings(place: &Place, name: &str, file: &Path) -> anyhow::Result<()> {
    let backend = place.open()?;
    let old = tenant(backend.as_ref(), name)?;
    let new = read(file).with_context(|| format!("cannot read `{}`", file.display()))?;
    let problems = place
        .runtime()?
        .problems(&new, Some(backend.store(name)?))?;
    if !problems.is_empty() {
        let lines = problems
            .iter()
            .map(|problem| format!("{}: {}", problem.path, problem.detail));
        return Err(Reasons(lines.collect()).into());
    }
    if !backend
        .registry()
        .replace_settings(name, &new, old.revision)?
    {
        bail!("the settings of `{name}` were changed by someone else meanwhile; look again");
    }
    Ok(())
}

fn reindex(place: &Place, name: &str, json: bool) -> anyhow::Result<()> {
    let backend = place.open()?;
    let revision = tenant(backend.as_ref(), name)?.revision;
    let runtime = place.runtime()?;
    let tenants = Tenants::new(backend, Arc::new(Unwatched));
    let (mut progress, mut after) = (Progress::new(None), None);
    loop {
        let step = runtime.reindex(&tenants, name, revision, after.as_deref(), REINDEX_STEP)?;
        // A walk that others have made begin anew counts anew.
        if let Some(all) = step.total {
            progress.begin(all);
        }
        progress.advance(step.rows.into());
        after = step.next;
        if after.is_none() {
            break;
        }
    }
    let rows = progress.done();
    drop(progress);
    if json {
        return say_json(&json!({ "tenant": name, "rows": rows }));
    }
    Ok(say(&format!("reindexed {rows} resources of {name}\n"))?)
}

fn tenant(backend: &dyn Backend, name: &str) -> anyhow::Result<Tenant> {
    let found = backend.registry().tenant(name)?;
    found.with_context(|| format!("there is no tenant `{name}`"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_settings_name_the_preset_or_nothing() {
        assert_eq!(first_settings(None), "{}");
        assert_eq!(
            first_settings(Some(Preset::OneLogin)),
            r#"{"preset":"onelogin"}"#
        );
    }
}
