//! `scimlet token`: create, list, revoke.

use anyhow::{Context as _, bail};
use clap::Subcommand;
use jiff::Timestamp;
use scimlet_store::{Backend, Credential, Scheme};
use serde_json::{Value, json};

use super::place::Place;
use super::print::{say, say_json, table};
use crate::auth::{Scope, issue_login, issue_token};

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Create a credential; its secret is shown only once
    Create {
        /// The tenant that it opens
        #[arg(long, value_name = "NAME")]
        tenant: String,
        /// What it may do
        #[arg(long, value_enum, default_value_t = Scope::Scim)]
        scope: Scope,
        /// A user name and a password for HTTP Basic, instead of a bearer token
        #[arg(long)]
        basic: bool,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// List a tenant's credentials, without their secrets
    List {
        /// The tenant
        #[arg(long, value_name = "NAME")]
        tenant: String,
        /// Print JSON
        #[arg(long)]
        json: bool,
    },
    /// Revoke a credential, at once and for good
    Revoke {
        /// Its id, as `token list` shows it
        id: String,
        /// The tenant that it opens, as a safeguard
        #[arg(long, value_name = "NAME")]
        tenant: Option<String>,
    },
}

pub(super) fn run(place: &Place, command: Command) -> anyhow::Result<()> {
    let backend = place.open()?;
    let backend = backend.as_ref();
    match command {
        Command::Create {
            tenant,
            scope,
            basic: false,
            json,
        } => create_token(backend, &tenant, scope, json),
        Command::Create {
            tenant,
            scope,
            basic: true,
            json,
        } => create_login(backend, &tenant, scope, json),
        Command::List { tenant, json } => list(backend, &tenant, json),
        Command::Revoke { id, tenant } => revoke(backend, &id, tenant.as_deref()),
    }
}

fn create_token(
    backend: &dyn Backend,
    tenant: &str,
    scope: Scope,
    json: bool,
) -> anyhow::Result<()> {
    let token = issue_token(backend, tenant, scope)?;
    let scope = scope.as_str();
    if json {
        return say_json(&json!({ "token": token.text, "id": token.id, "scope": scope }));
    }
    let (text, id) = (token.text, token.id);
    say(&format!(
        "token  {text}\nid     {id}\nscope  {scope}\n\nThe token is shown only now.\n"
    ))?;
    Ok(())
}

fn create_login(
    backend: &dyn Backend,
    tenant: &str,
    scope: Scope,
    json: bool,
) -> anyhow::Result<()> {
    let login = issue_login(backend, tenant, scope)?;
    let (username, password, scope) = (login.username, login.password, scope.as_str());
    if json {
        return say_json(&json!({
            "username": username,
            "password": password,
            "id": username,
            "scope": scope,
        }));
    }
    say(&format!(
        "username  {username}\npassword  {password}\nscope     {scope}\n\nThe password is shown only now.\n"
    ))?;
    Ok(())
}

fn list(backend: &dyn Backend, tenant: &str, json: bool) -> anyhow::Result<()> {
    let found = backend.registry().tenant(tenant)?;
    found.with_context(|| format!("there is no tenant `{tenant}`"))?;
    let all = backend.registry().credentials(tenant)?;
    if json {
        return say_json(&all.iter().map(as_json).collect::<Vec<_>>());
    }
    let rows = all.iter().map(|one| {
        [
            one.id.clone(),
            scheme(one).to_owned(),
            one.scope.clone(),
            created(one),
        ]
    });
    say(&table(["ID", "SCHEME", "SCOPE", "CREATED"], rows))?;
    Ok(())
}

fn as_json(one: &Credential) -> Value {
    json!({
        "id": one.id,
        "scheme": scheme(one),
        "scope": one.scope,
        "created": created(one),
    })
}

fn scheme(one: &Credential) -> &'static str {
    match one.scheme {
        Scheme::Bearer => "bearer",
        Scheme::Basic => "basic",
    }
}

/// RFC 3339; empty for a time that no calendar has.
fn created(one: &Credential) -> String {
    let time = i64::try_from(one.created)
        .ok()
        .and_then(|ms| Timestamp::from_millisecond(ms).ok());
    time.map(|time| time.to_string()).unwrap_or_default()
}

fn revoke(backend: &dyn Backend, id: &str, tenant: Option<&str>) -> anyhow::Result<()> {
    let found = backend
        .registry()
        .admission(id)?
        .map(|admission| admission.credential.tenant);
    let opens = found.filter(|opens| tenant.is_none_or(|named| named == opens));
    // Two may revoke at once; the one who comes second is told so.
    match opens {
        Some(opens) if backend.registry().revoke_credential(&opens, id)? => Ok(()),
        _ => bail!("there is no credential `{id}`{}", of(tenant)),
    }
}

fn of(tenant: Option<&str>) -> String {
    tenant
        .map(|name| format!(" of tenant `{name}`"))
        .unwrap_or_default()
}
