//! HTTP: one page with every route, and what all of them share.
//!
//! A request for the component, SCIM or `/admin/v1`, takes the steps of `scim.rs`, one small file each:
//! `auth`, `base`, `body`, `engine`. Whatever comes from the host itself comes from `fixed.rs`.

pub(crate) mod gate;

mod admin;
mod base;
mod body;
mod engine;
mod events;
mod fixed;
mod later;
mod listen;
mod metrics;
mod observe;
mod pairs;
mod patience;
mod probes;
mod request_id;
mod scim;
mod tls;

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::{any, get, post};
use scimlet_events::World;
use scimlet_events::dispatch::{self, Couriers, Dispatcher};
use scimlet_events::ledger::Ledger;
use scimlet_events::token::Issuer;
use scimlet_runtime::Runtime;
use scimlet_store::Backend;
use tokio::sync::watch;

use crate::auth::Gatekeeper;
use crate::events::Chance;
use crate::tenants::{Tenants, Watch};
use crate::upkeep::Touched;

pub(crate) use base::{Origin, PublicUrl};
pub(crate) use listen::{Listener, Sockets};
pub(crate) use metrics::Metrics;
pub(crate) use tls::acceptor as tls_acceptor;

use engine::Engine;
use events::Waiting;
use gate::Gate;
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
    ledger: Ledger,
    issuer: Issuer,
    dispatcher: Arc<Dispatcher>,
    couriers: Couriers,
    allow_private: bool,
    waiting: Waiting,
    readiness: Readiness,
}

/// How the host tells what happens.
pub(crate) struct Telling {
    /// What is remembered of deliveries.
    pub(crate) ledger: Ledger,
    /// Who signs tokens.
    pub(crate) issuer: Issuer,
    /// Who brings events to endpoints.
    pub(crate) couriers: Couriers,
    /// Whether endpoints in the house's own network are delivered to.
    pub(crate) allow_private: bool,
    /// How long events are kept; none: for ever.
    pub(crate) keep: Option<Duration>,
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
        let dispatcher = Dispatcher::new(
            telling.ledger.clone(),
            telling.couriers.clone(),
            Arc::new(Chance) as Arc<dyn World>,
            Arc::clone(&metrics) as Arc<dyn dispatch::Watch>,
            &dispatch::Limits {
                keep: telling.keep,
                ..dispatch::Limits::default()
            },
        );
        Self {
            backend: Arc::clone(backend),
            gatekeeper: Arc::new(gatekeeper),
            engine: Engine::new(Arc::clone(runtime), tenants),
            origin,
            gate: Gate::new(limits.requests),
            limits,
            metrics,
            ledger: telling.ledger,
            issuer: telling.issuer,
            dispatcher: Arc::new(dispatcher),
            couriers: telling.couriers,
            allow_private: telling.allow_private,
            waiting: Waiting::new(Arc::clone(&touched), telling.stopping),
            touched,
            readiness: Readiness::new(Arc::clone(backend)),
        }
    }

    /// What delivers events.
    pub(crate) fn dispatcher(&self) -> Arc<Dispatcher> {
        Arc::clone(&self.dispatcher)
    }

    /// What is counted.
    pub(crate) fn metrics(&self) -> Arc<Metrics> {
        Arc::clone(&self.metrics)
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
        .merge(routes(""))
        .merge(routes("/t/{tenant}"))
        .route("/healthz", get(probes::health))
        .route("/readyz", get(probes::readiness))
        .route("/metrics", get(probes::metrics))
        .fallback(probes::nothing_here)
        .layer(from_fn_with_state(Arc::clone(&door), observe::observe))
        .with_state(door)
}

/// Those of a tenant: of the credential's, and of the one that the path names.
fn routes(front: &str) -> Router<Arc<Door>> {
    let at = |path: &str| format!("{front}{path}");
    Router::new()
        .route(&at("/scim/v2"), any(scim::answer))
        .route(&at("/scim/v2/"), any(scim::answer))
        .route(&at("/scim/v2/{*rest}"), any(scim::answer))
        .route(&at("/admin/v1"), any(scim::answer))
        .route(&at("/admin/v1/{*rest}"), any(scim::answer))
        .route(&at("/admin/v1/endpoints"), any(admin::endpoints))
        .route(&at("/admin/v1/endpoints/{name}"), any(admin::endpoint))
        .route(
            &at("/admin/v1/endpoints/{name}/rotate"),
            post(admin::rotate),
        )
        .route(
            &at("/admin/v1/endpoints/{name}/replay"),
            post(admin::replay),
        )
        .route(&at("/admin/v1/endpoints/{name}/test"), post(admin::test))
        .route(&at("/admin/v1/deliveries"), any(admin::deliveries))
        .route(&at("/admin/v1/deliveries/{id}"), any(admin::delivery))
        .route(&at("/events"), get(events::feed::read))
        .route(&at("/events/jwks.json"), get(events::keys::read))
        .route(
            &at("/events/poll/{endpoint}"),
            post(events::poll::answer_poll),
        )
}
