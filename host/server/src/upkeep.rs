//! What is to be done for tenants without anybody asking: old rows brought under new settings
//! (`reindex`), and what is due by time (`sweep`).
//!
//! Both go in small steps, one at a time, beside requests. A step that was not made is made later, by
//! this host or another: nothing is lost by a stop in between.

mod reindex;
mod sweep;
mod touched;

use std::sync::Arc;

use scimlet_runtime::{CallError, Runtime};
use scimlet_store::{Backend, Failure};
use tokio::task::JoinError;

use crate::http::Metrics;
use crate::world::NoRandomness;

pub(crate) use touched::{Bell, Touched};

/// Why a tenant has to wait.
#[derive(Debug, thiserror::Error)]
enum Stop {
    #[error(transparent)]
    Failed(#[from] Failure),
    #[error(transparent)]
    Call(#[from] CallError),
    #[error(transparent)]
    Random(#[from] NoRandomness),
    #[error("a step did not end: {0}")]
    Lost(#[from] JoinError),
}

/// Looks after all tenants, for as long as it is left to run. `touched` says whom requests of this
/// process have changed.
pub(crate) async fn run(
    backend: Arc<dyn Backend>,
    runtime: Arc<Runtime>,
    touched: Arc<Touched>,
    metrics: Arc<Metrics>,
) {
    let reindexing = reindex::run(Arc::clone(&backend), Arc::clone(&runtime));
    tokio::join!(reindexing, sweep::run(backend, runtime, touched, metrics));
}
