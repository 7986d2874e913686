//! After a change of the settings, rows that were written before are brought under what the settings
//! name now (`reindex` in `wit/scim`).
//!
//! It happens in small steps with a pause behind each, so that requests hardly notice. Nothing
//! depends on it but the speed of filters.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use scimlet_runtime::{Progress, Runtime};
use scimlet_store::Backend;
use tokio::task::spawn_blocking;
use tokio::time::sleep;

use super::Stop;
use crate::tenants::{Tenants, Unwatched};

/// Between two looks at the tenants.
const ROUND: Duration = Duration::from_secs(10);

/// Between two steps. A step takes some milliseconds of one core, and of the one writer.
const PAUSE: Duration = Duration::from_millis(50);

/// Rows that a step looks at.
const STEP: u32 = 100;

/// Tenants are created with settings that name nothing to be found by, so those that were never
/// changed have nothing to do.
const FIRST_REVISION: u64 = 1;

/// Brings the rows of all tenants under their settings, for as long as it is left to run.
pub(super) async fn run(backend: Arc<dyn Backend>, runtime: Arc<Runtime>) {
    let mut upkeep = Upkeep {
        runtime,
        backend,
        done: HashMap::new(),
    };
    loop {
        if let Err(stop) = upkeep.round().await {
            tracing::warn!(error = %stop, "the tenants could not be looked after");
        }
        sleep(ROUND).await;
    }
}

struct Upkeep {
    runtime: Arc<Runtime>,
    backend: Arc<dyn Backend>,
    /// The revision of the settings that all rows of a tenant are known to follow.
    done: HashMap<String, u64>,
}

impl Upkeep {
    async fn round(&mut self) -> Result<(), Stop> {
        let backend = Arc::clone(&self.backend);
        let tenants = spawn_blocking(move || backend.registry().tenants()).await??;
        for tenant in tenants {
            let done = self.done.get(&tenant.name).copied();
            if tenant.revision <= done.unwrap_or(FIRST_REVISION) {
                continue;
            }
            match self.reindex(&tenant.name, tenant.revision).await {
                Ok(()) => drop(self.done.insert(tenant.name, tenant.revision)),
                Err(stop) => {
                    let tenant = tenant.name;
                    tracing::warn!(tenant, error = %stop, "reindexing has to wait");
                }
            }
            sleep(PAUSE).await;
        }
        Ok(())
    }

    async fn reindex(&self, tenant: &str, revision: u64) -> Result<(), Stop> {
        let (mut rows, mut after) = (0_u64, None);
        loop {
            let step = self.step(tenant, revision, after).await?;
            if let Some(total) = step.total {
                tracing::info!(tenant, total, "reindexing begins");
            }
            rows += u64::from(step.rows);
            after = step.next;
            if after.is_none() {
                break;
            }
            sleep(PAUSE).await;
        }
        if rows > 0 {
            tracing::info!(tenant, rows, "reindexing is done");
        }
        Ok(())
    }

    async fn step(
        &self,
        tenant: &str,
        revision: u64,
        after: Option<String>,
    ) -> Result<Progress, Stop> {
        let (runtime, tenant) = (Arc::clone(&self.runtime), tenant.to_owned());
        let tenants = Tenants::new(Arc::clone(&self.backend), Arc::new(Unwatched));
        let step = spawn_blocking(move || {
            runtime.reindex(&tenants, &tenant, revision, after.as_deref(), STEP)
        });
        Ok(step.await??)
    }
}
