//! The options of every command about one tenant's data, and the client that they lead to.

use std::sync::Arc;

use anyhow::bail;
use scimlet_store::Backend;

use super::place::Place;
use crate::events::Desk;
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
    /// The tenant's endpoints and deliveries. The component is not needed for them.
    pub(super) fn desk(&self, place: &Place) -> anyhow::Result<Desk> {
        let backend = self.backend(place)?;
        Ok(Desk::new(&backend, &self.tenant, None)?)
    }

    /// The data, which has the tenant in it.
    pub(super) fn backend(&self, place: &Place) -> anyhow::Result<Arc<dyn Backend>> {
        let backend = place.open()?;
        if backend.registry().tenant(&self.tenant)?.is_none() {
            bail!("there is no tenant `{}`", self.tenant);
        }
        Ok(backend)
    }

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
