//! The numbers at `/metrics`, in the `OpenMetrics` text that Prometheus reads.
//!
//! Every label is from a closed set: no tenant, no principal, no path.

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use scimlet_store::Failure;

use super::observe::Route;
use crate::tenants::Watch;

/// From a warm read to a request that waited for the disk, a lock and a crowd; in seconds.
const BUCKETS: [f64; 14] = [
    0.0001, 0.000_25, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0, 30.0,
];

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    route: &'static str,
    method: &'static str,
    status: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Took {
    route: &'static str,
}

/// All the numbers.
pub(crate) struct Metrics {
    registry: Registry,
    answered: Family<Answered, Counter>,
    took: Family<Took, Histogram, fn() -> Histogram>,
    under_way: Gauge,
    traps: Counter,
    store_failures: Counter,
    warm: Gauge,
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let mut numbers = Self {
            registry: Registry::with_prefix("scimlet"),
            answered: Family::default(),
            took: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            under_way: Gauge::default(),
            traps: Counter::default(),
            store_failures: Counter::default(),
            warm: Gauge::default(),
        };
        numbers.register();
        numbers
    }

    fn register(&mut self) {
        let all = &mut self.registry;
        all.register("requests", "Requests answered", self.answered.clone());
        all.register(
            "request_duration_seconds",
            "Time to the answer",
            self.took.clone(),
        );
        all.register(
            "requests_in_flight",
            "Requests under way",
            self.under_way.clone(),
        );
        all.register(
            "traps",
            "Calls in which the component trapped",
            self.traps.clone(),
        );
        all.register(
            "store_failures",
            "Calls that the store failed",
            self.store_failures.clone(),
        );
        all.register(
            "warm_instances",
            "Instances ready for a call",
            self.warm.clone(),
        );
    }

    /// A request begins; it ends when the guard goes, answered or given up.
    pub(crate) fn enter(&self) -> UnderWay {
        self.under_way.inc();
        UnderWay(self.under_way.clone())
    }

    /// A request was answered.
    pub(crate) fn finished(&self, route: Route, method: &'static str, status: u16, took: Duration) {
        let (route, status) = (route.pattern(), class(status));
        self.answered
            .get_or_create(&Answered {
                route,
                method,
                status,
            })
            .inc();
        self.took
            .get_or_create(&Took { route })
            .observe(took.as_secs_f64());
    }

    /// The component trapped.
    pub(crate) fn trap(&self) {
        self.traps.inc();
    }

    /// The store failed.
    pub(crate) fn store_failure(&self) {
        self.store_failures.inc();
    }

    /// The text for Prometheus; none if a number cannot be written, which would be a bug.
    pub(crate) fn text(&self, warm: usize) -> Option<String> {
        self.warm.set(i64::try_from(warm).unwrap_or(i64::MAX));
        let mut text = String::new();
        text::encode(&mut text, &self.registry).ok()?;
        Some(text)
    }
}

impl Watch for Metrics {
    fn store_failed(&self, tenant: &str, call: &'static str, failure: &Failure) {
        tracing::error!(tenant, call, %failure, "the store failed");
        self.store_failure();
    }
}

/// A request under way.
pub(crate) struct UnderWay(Gauge<i64, AtomicI64>);

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.dec();
    }
}

fn class(status: u16) -> &'static str {
    match status {
        ..200 => "1xx",
        200..300 => "2xx",
        300..400 => "3xx",
        400..500 => "4xx",
        500.. => "5xx",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn writes_what_was_counted() {
        let metrics = Metrics::new();
        let under_way = metrics.enter();
        metrics.finished(Route::Scim, "GET", 204, Duration::from_micros(200));
        metrics.trap();
        let text = metrics.text(3).unwrap_or_default();
        for line in [
            r#"scimlet_requests_total{route="/scim/v2",method="GET",status="2xx"} 1"#,
            r#"scimlet_request_duration_seconds_bucket{le="0.00025",route="/scim/v2"} 1"#,
            "scimlet_requests_in_flight 1",
            "scimlet_traps_total 1",
            "scimlet_store_failures_total 0",
            "scimlet_warm_instances 3",
        ] {
            assert!(
                text.lines().any(|have| have == line),
                "{line} is not in\n{text}"
            );
        }
        drop(under_way);
        assert!(
            metrics
                .text(0)
                .unwrap_or_default()
                .contains("scimlet_requests_in_flight 0")
        );
    }
}
