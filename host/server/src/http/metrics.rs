//! The numbers at `/metrics`, in the `OpenMetrics` text that Prometheus reads.
//!
//! Every label is from a closed set: no tenant, no principal, no path.

mod outgoing;

use std::sync::atomic::AtomicI64;
use std::time::Duration;

use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use scimlet_events::dispatch::Snapshot;
use scimlet_runtime::Asked;
use scimlet_store::Failure;

use super::observe::Route;
use crate::tenants::Watch;

use outgoing::Outgoing;

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

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct OfHook {
    hook: &'static str,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Failed {
    hook: &'static str,
    kind: &'static str,
}

/// What is so at this moment, read when somebody asks.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Now {
    /// Instances ready for a call.
    pub(crate) warm: usize,
    /// The same of policies.
    pub(crate) warm_policies: usize,
    /// Policies that are not asked for a while.
    pub(crate) suspended_policies: usize,
    /// Bytes of compiled policies that are mapped.
    pub(crate) policy_code_bytes: usize,
    /// The endpoints that this host delivers to.
    pub(crate) endpoints: Snapshot,
}

/// All the numbers.
pub(crate) struct Metrics {
    registry: Registry,
    answered: Family<Answered, Counter>,
    took: Family<Took, Histogram, fn() -> Histogram>,
    under_way: Gauge,
    traps: Counter,
    store_failures: Counter,
    upkeep_failures: Counter,
    warm: Gauge,
    policy_took: Family<OfHook, Histogram, fn() -> Histogram>,
    policy_failures: Family<Failed, Counter>,
    warm_policies: Gauge,
    suspended_policies: Gauge,
    policy_code: Gauge,
    outgoing: Outgoing,
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
            upkeep_failures: Counter::default(),
            warm: Gauge::default(),
            policy_took: Family::new_with_constructor(|| Histogram::new(BUCKETS)),
            policy_failures: Family::default(),
            warm_policies: Gauge::default(),
            suspended_policies: Gauge::default(),
            policy_code: Gauge::default(),
            outgoing: Outgoing::default(),
        };
        numbers.register();
        numbers.register_policies();
        numbers.outgoing.register(&mut numbers.registry);
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
            "upkeep_failures",
            "Looks at what is due that failed and are tried again",
            self.upkeep_failures.clone(),
        );
        all.register(
            "warm_instances",
            "Instances ready for a call",
            self.warm.clone(),
        );
    }

    fn register_policies(&mut self) {
        let all = &mut self.registry;
        all.register(
            "policy_call_duration_seconds",
            "Time that questions to policies took, answered or not",
            self.policy_took.clone(),
        );
        all.register(
            "policy_failures",
            "Questions that a policy did not answer",
            self.policy_failures.clone(),
        );
        all.register(
            "policy_warm_instances",
            "Instances of policies ready for a call",
            self.warm_policies.clone(),
        );
        all.register(
            "policies_suspended",
            "Policies that failed so often that they are not asked for a while",
            self.suspended_policies.clone(),
        );
        all.register(
            "policy_code_bytes",
            "Compiled code of policies that is mapped",
            self.policy_code.clone(),
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

    /// What is due for a tenant could not be done, and is tried again.
    pub(crate) fn upkeep_failed(&self) {
        self.upkeep_failures.inc();
    }

    /// The text for Prometheus; none if a number cannot be written, which would be a bug.
    pub(crate) fn text(&self, now: Now) -> Option<String> {
        let Now {
            warm,
            warm_policies,
            suspended_policies,
            policy_code_bytes,
            endpoints,
        } = now;
        self.outgoing.set(&endpoints);
        for (gauge, value) in [
            (&self.warm, warm),
            (&self.warm_policies, warm_policies),
            (&self.suspended_policies, suspended_policies),
            (&self.policy_code, policy_code_bytes),
        ] {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        }
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

    fn policy_asked(&self, _tenant: &str, asked: &Asked) {
        let hook = asked.hook.as_str();
        let took = self.policy_took.get_or_create(&OfHook { hook });
        took.observe(asked.took.as_secs_f64());
        if let Some(failure) = asked.failure {
            let kind = failure.as_str();
            self.policy_failures
                .get_or_create(&Failed { hook, kind })
                .inc();
        }
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
    use scimlet_runtime::{Hook, PolicyFailure};

    use super::*;

    #[test]
    fn writes_what_was_counted() {
        let metrics = Metrics::new();
        let under_way = metrics.enter();
        metrics.finished(Route::Scim, "GET", 204, Duration::from_micros(200));
        metrics.trap();
        let (hook, took) = (Hook::Entitle, Duration::from_micros(200));
        for failure in [None, Some(PolicyFailure::Deadline)] {
            let asked = Asked {
                hook,
                took,
                failure,
            };
            metrics.policy_asked("acme", &asked);
        }
        let now = Now {
            warm: 3,
            suspended_policies: 1,
            ..Now::default()
        };
        let text = metrics.text(now).unwrap_or_default();
        for line in [
            r#"scimlet_requests_total{route="/scim/v2",method="GET",status="2xx"} 1"#,
            r#"scimlet_request_duration_seconds_bucket{le="0.00025",route="/scim/v2"} 1"#,
            "scimlet_requests_in_flight 1",
            "scimlet_traps_total 1",
            "scimlet_store_failures_total 0",
            "scimlet_warm_instances 3",
            r#"scimlet_policy_call_duration_seconds_count{hook="entitle"} 2"#,
            r#"scimlet_policy_failures_total{hook="entitle",kind="deadline"} 1"#,
            "scimlet_policies_suspended 1",
            "scimlet_policy_warm_instances 0",
        ] {
            assert!(
                text.lines().any(|have| have == line),
                "{line} is not in\n{text}"
            );
        }
        drop(under_way);
        assert!(
            metrics
                .text(Now::default())
                .unwrap_or_default()
                .contains("scimlet_requests_in_flight 0")
        );
    }
}
