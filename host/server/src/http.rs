//! HTTP: one page with every route, and what all of them share.
//!
//! A request for the component, SCIM or `/admin/v1`, takes the steps of `scim.rs`, one small file each:
//! `auth`, `base`, `body`, `engine`. Whatever comes from the host itself comes from `fixed.rs`.

pub(crate) mod gate;

mod base;
mod body;
mod engine;
mod events;
mod fixed;
mod later;
mod listen;
mod metrics;
mod observe;
mod patience;
mod probes;
mod request_id;
mod scim;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get};
use scimlet_events::token::Issuer;
use scimlet_runtime::Runtime;
use scimlet_store::Backend;
use tokio::sync::watch;

use crate::auth::Gatekeeper;
use crate::tenants::{Tenants, Watch};
use crate::upkeep::Touched;

pub(crate) use base::{Origin, PublicUrl};
pub(crate) use listen::{Listener, Sockets};
pub(crate) use tls::acceptor as tls_acceptor;

use engine::Engine;
use events::Waiting;
use gate::Gate;
use metrics::Metrics;
use probes::Readiness;

/// What a request may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// The largest body, in bytes.
    pub(crate) body: usize,
    /// The same of a request that may be carried out later.
    pub(crate) later_body: usize,
    /// The longest time from the last header to the answer.
    pub(crate) time: Duration,
    /// How many requests for the component may be under way at once.
    pub(crate) requests: usize,
}

/// What every handler shares.
pub(crate) struct Door {
    backend: Arc<dyn Backend>,
    gatekeeper: Arc<Gatekeeper>,
    engine: Engine,
    origin: Origin,
    gate: Gate,
    limits: Limits,
    metrics: Arc<Metrics>,
    touched: Arc<Touched>,
    issuer: Issuer,
    waiting: Waiting,
    readiness: Readiness,
}

/// How the host tells what happens.
pub(crate) struct Telling {
    /// Who signs tokens.
    pub(crate) issuer: Issuer,
    /// True once the process is to stop.
    pub(crate) stopping: watch::Receiver<bool>,
}

impl Door {
    pub(crate) fn new(
        backend: &Arc<dyn Backend>,
        runtime: &Arc<Runtime>,
        gatekeeper: Gatekeeper,
        origin: Origin,
        limits: Limits,
        telling: Telling,
    ) -> Self {
        let metrics = Arc::new(Metrics::new());
        let tenants = Tenants::new(Arc::clone(backend), Arc::clone(&metrics) as Arc<dyn Watch>);
        let touched = Arc::<Touched>::default();
        Self {
            backend: Arc::clone(backend),
            gatekeeper: Arc::new(gatekeeper),
            engine: Engine::new(Arc::clone(runtime), tenants),
            origin,
            gate: Gate::new(limits.requests),
            limits,
            metrics,
            issuer: telling.issuer,
            waiting: Waiting::new(Arc::clone(&touched), telling.stopping),
            touched,
            readiness: Readiness::new(Arc::clone(backend)),
        }
    }

    /// Where is noted whose data requests have changed.
    pub(crate) fn touched(&self) -> Arc<Touched> {
        Arc::clone(&self.touched)
    }
}

/// Every route there is.
pub(crate) fn router(door: Door) -> Router {
    let door = Arc::new(door);
    Router::new()
        .route("/scim/v2", any(scim::answer))
        .route("/scim/v2/", any(scim::answer))
        .route("/scim/v2/{*rest}", any(scim::answer))
        .route("/t/{tenant}/scim/v2", any(scim::answer))
        .route("/t/{tenant}/scim/v2/", any(scim::answer))
        .route("/t/{tenant}/scim/v2/{*rest}", any(scim::answer))
        .route("/admin/v1", any(scim::answer))
        .route("/admin/v1/{*rest}", any(scim::answer))
        .route("/t/{tenant}/admin/v1", any(scim::answer))
        .route("/t/{tenant}/admin/v1/{*rest}", any(scim::answer))
        .route("/events", get(events::feed::read))
        .route("/t/{tenant}/events", get(events::feed::read))
        .route("/events/jwks.json", get(events::keys::read))
        .route("/t/{tenant}/events/jwks.json", get(events::keys::read))
        .route("/healthz", get(probes::health))
        .route("/readyz", get(probes::readiness))
        .route("/metrics", get(probes::metrics))
        .fallback(probes::nothing_here)
        .layer(from_fn_with_state(Arc::clone(&door), observe::observe))
        .with_state(door)
}
