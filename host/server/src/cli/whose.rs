//! The options of every command about one tenant's data, and the client that they lead to.

use anyhow::bail;

use super::place::Place;
use crate::local::Local;

/// Whose data, and how it is told.
#[derive(Debug, clap::Args)]
pub(super) struct Whose {
    /// The tenant
    #[arg(long, value_name = "NAME")]
    pub(super) tenant: String,
    /// Print JSON
    #[arg(long)]
    pub(super) json: bool,
}

impl Whose {
    /// A client of the tenant.
    pub(super) fn client(&self, place: &Place) -> anyhow::Result<Local> {
        client(place, &self.tenant)
    }
}

/// A client of a tenant.
pub(super) fn client(place: &Place, tenant: &str) -> anyhow::Result<Local> {
    let backend = place.open()?;
    // Asked first: starting the component for a tenant that does not exist would be slow.
    if backend.registry().tenant(tenant)?.is_none() {
        bail!("there is no tenant `{tenant}`");
    }
    Ok(Local::new(place.runtime()?, &backend, tenant)?)
}
