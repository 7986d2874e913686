//! The numbers of delivery. The kind of an endpoint is a label, its name is not.

use std::time::Duration;

use prometheus_client::encoding::EncodeLabelSet;
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;
use scimlet_events::dispatch::{self, Snapshot};

use super::Metrics;

/// From a receiver next door to one that was down for a weekend; in seconds.
const BUCKETS: [f64; 14] = [
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0, 300.0, 3600.0, 86_400.0,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfKind {
    kind: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failed {
    kind: &'static str,
    why: &'static str,
}

/// All of them.
pub(super) struct Outgoing {
    delivered: Family<OfKind, Counter>,
    took: Family<OfKind, Histogram, fn() -> Histogram>,
    behind: Family<OfKind, Histogram, fn() -> Histogram>,
    failed: Family<Failed, Counter>,
    retried: Family<OfKind, Counter>,
    dead: Family<OfKind, Counter>,
    endpoints: Gauge,
    open: Gauge,
    degraded: Gauge,
    pending: Gauge,
    lag: Gauge,
}

impl Default for Outgoing {
    fn default() -> Self {
        Self {
            delivered: Family::default(),
            took: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            behind: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            failed: Family::default(),
            retried: Family::default(),
            dead: Family::default(),
            endpoints: Gauge::default(),
            open: Gauge::default(),
            degraded: Gauge::default(),
            pending: Gauge::default(),
            lag: Gauge::default(),
        }
    }
}

impl Outgoing {
    pub(super) fn register(&self, all: &mut Registry) {
        let delivered = self.delivered.clone();
        all.register("events_delivered", "Events delivered", delivered);
        let took = "Time that attempts took which delivered an event";
        all.register("event_delivery_seconds", took, self.took.clone());
        let behind = "Time from an event to its delivery";
        all.register("event_lag_seconds", behind, self.behind.clone());
        let failed = "Attempts that delivered nothing";
        all.register("event_attempts_failed", failed, self.failed.clone());
        let retried = "Failed attempts that are followed by another";
        all.register("event_retries", retried, self.retried.clone());
        let dead = "Events that were given up";
        all.register("events_dead", dead, self.dead.clone());
        let endpoints = "Endpoints that this host delivers to";
        all.register("endpoints", endpoints, self.endpoints.clone());
        let open = "Endpoints that are left alone for a while";
        all.register("endpoint_breakers_open", open, self.open.clone());
        let degraded = "Endpoints to which nothing could be delivered for a minute and more";
        all.register("endpoints_degraded", degraded, self.degraded.clone());
        let pending = "Events that are tried again, or wait for such a one";
        all.register("events_pending", pending, self.pending.clone());
        let lag = "Events that the endpoint furthest behind is behind";
        all.register("endpoint_lag_events", lag, self.lag.clone());
    }

    pub(super) fn set(&self, now: &Snapshot) {
        for (gauge, value) in [
            (&self.endpoints, now.endpoints),
            (&self.open, now.open),
            (&self.degraded, now.degraded),
            (&self.pending, now.pending),
            (&self.lag, now.lag),
        ] {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
    }
}

impl dispatch::Watch for Metrics {
    fn delivered(&self, kind: &'static str, took: Duration, behind: Duration) {
        let (all, label) = (&self.outgoing, OfKind { kind });
        all.delivered.get_or_create(&label).inc();
        all.took.get_or_create(&label).observe(took.as_secs_f64());
        all.behind
            .get_or_create(&label)
            .observe(behind.as_secs_f64());
    }

    fn failed(&self, kind: &'static str, why: &'static str) {
        self.outgoing
            .failed
            .get_or_create(&Failed { kind, why })
            .inc();
    }

    fn retried(&self, kind: &'static str) {
        self.outgoing.retried.get_or_create(&OfKind { kind }).inc();
    }

    fn dead(&self, kind: &'static str) {
        self.outgoing.dead.get_or_create(&OfKind { kind }).inc();
    }
}
