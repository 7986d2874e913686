//! What is due by time: terms that begin or end, seats for some time, work that was too much for one
//! request (`sweep` in `wit/scim`).
//!
//! A tenant is looked at when the moment has come that the component named, soon after a request of
//! this process changed something, and now and then in any case, since other processes write too.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;
use std::time::Duration;

use scimlet_events::World as _;
use scimlet_events::retry::Policy;
use scimlet_runtime::Runtime;
use scimlet_store::Backend;
use tokio::task::{JoinError, JoinSet, spawn_blocking};
use tokio::time::{Instant, sleep, timeout};

use super::{Stop, Touched};
use crate::events::Chance;
use crate::http::Metrics;
use crate::tenants::{Tenants, Unwatched};
use crate::world;

/// Between two looks at what is due: half of what somebody may have to wait for it.
const TICK: Duration = Duration::from_secs(1);

/// Nobody is left alone for longer than this: the command line, or another host on the same data, may
/// have made something due.
const ROUND: Duration = Duration::from_secs(30);

/// Between two looks at which tenants there are.
const LISTING: Duration = Duration::from_secs(10);

/// Between two steps for one tenant. A step is one commit of bounded size; requests come between.
const PAUSE: Duration = Duration::from_millis(2);

/// Steps for one tenant before the others have their turn.
const STEPS: u32 = 20;

/// Looks after what is due, for as long as it is left to run.
pub(super) async fn run(
    backend: Arc<dyn Backend>,
    runtime: Arc<Runtime>,
    touched: Arc<Touched>,
    metrics: Arc<Metrics>,
) {
    let eye = Arc::new(Eye {
        backend,
        runtime,
        touched,
        metrics,
    });
    let mut sweeper = Sweeper {
        eye,
        names: BTreeSet::new(),
        listed: None,
        looks: HashMap::new(),
    };
    loop {
        if let Err(stop) = sweeper.list().await {
            tracing::warn!(error = %stop, "the tenants could not be listed");
        }
        let is_done = sweeper.round().await;
        let hurried = sweeper.eye.touched.hurried();
        // An error: nobody was in a hurry.
        let _ = timeout(if is_done { TICK } else { PAUSE }, hurried).await;
    }
}

struct Sweeper {
    eye: Arc<Eye>,
    names: BTreeSet<String>,
    listed: Option<Instant>,
    looks: HashMap<String, Look>,
}

/// What a look needs.
struct Eye {
    backend: Arc<dyn Backend>,
    runtime: Arc<Runtime>,
    touched: Arc<Touched>,
    metrics: Arc<Metrics>,
}

/// The last look at a tenant.
#[derive(Clone, Copy, Debug)]
struct Look {
    at: Instant,
    /// When the component wants to be called again, on the clock of the world; none: not that it
    /// knows.
    next: Option<u64>,
    /// How often in a row it did not go well; the operator was told of the first time.
    failures: u32,
    /// How long a tenant is left alone after that.
    wait: Duration,
}

impl Look {
    /// Whether it is time for another one.
    fn is_over(&self, now: u64, instant: Instant) -> bool {
        let ago = instant.saturating_duration_since(self.at);
        if self.failures > 0 {
            return ago >= self.wait;
        }
        // By the monotonic clock too: the other one may be set back.
        ago >= ROUND || self.next.is_some_and(|next| next <= now)
    }
}

impl Sweeper {
    async fn list(&mut self) -> Result<(), Stop> {
        let now = world::instant();
        let age = self.listed.map(|at| now.saturating_duration_since(at));
        if age.is_some_and(|age| age < LISTING) {
            return Ok(());
        }
        let backend = Arc::clone(&self.eye.backend);
        let tenants = spawn_blocking(move || backend.registry().tenants()).await??;
        self.names = tenants.into_iter().map(|tenant| tenant.name).collect();
        self.looks.retain(|name, _| self.names.contains(name));
        self.listed = Some(now);
        Ok(())
    }

    /// Everybody whose turn it is, some at a time, so that one who has much to do does not keep the others
    /// waiting. False: somebody has more to do than a turn takes.
    async fn round(&mut self) -> bool {
        let touched = self.eye.touched.take();
        let (now, instant) = (world::now(), world::instant());
        let is_due = |name: &&String| {
            let look = self.looks.get(*name);
            touched.contains(*name) || look.is_none_or(|look| look.is_over(now, instant))
        };
        let due: Vec<_> = self.names.iter().filter(is_due).cloned().collect();
        let mut looking = JoinSet::new();
        for name in due {
            if looking.len() >= world::cores() {
                self.looked(looking.join_next().await);
            }
            let failures = self.looks.get(&name).map_or(0, |look| look.failures);
            let eye = Arc::clone(&self.eye);
            looking.spawn(async move {
                let look = eye.look(&name, failures).await;
                (name, look)
            });
        }
        while !looking.is_empty() {
            self.looked(looking.join_next().await);
        }
        let (now, instant) = (world::now(), world::instant());
        !self.looks.values().any(|look| look.is_over(now, instant))
    }

    fn looked(&mut self, look: Option<Result<(String, Look), JoinError>>) {
        match look {
            Some(Ok((name, look))) => {
                self.looks.insert(name, look);
            }
            Some(Err(lost)) => tracing::error!(error = %lost, "a look at a tenant did not end"),
            None => {}
        }
    }
}

impl Eye {
    /// `failures`: how often looks at this tenant have failed before.
    async fn look(&self, tenant: &str, failures: u32) -> Look {
        let outcome = self.steps(tenant).await;
        let failures = match &outcome {
            Ok(_) => 0,
            Err(_) => failures.saturating_add(1),
        };
        if let Err(stop) = &outcome {
            self.metrics.upkeep_failed();
            if failures == 1 {
                tracing::warn!(tenant, error = %stop, "what is due has to wait");
            }
        }
        Look {
            at: world::instant(),
            failures,
            wait: Policy::UPKEEP.wait(failures, None, Chance.random()),
            next: outcome.unwrap_or_default(),
        }
    }

    /// Goes on until nothing is due any more, or it is somebody else's turn.
    async fn steps(&self, tenant: &str) -> Result<Option<u64>, Stop> {
        let mut next = None;
        for _ in 0..STEPS {
            next = self.step(tenant).await?;
            if next.is_none_or(|next| next > world::now()) {
                break;
            }
            // There is something left to do, so something was done.
            self.touched.ring(tenant);
            sleep(PAUSE).await;
        }
        Ok(next)
    }

    /// The revision is read anew each time: under settings that were replaced, nobody should decide.
    async fn step(&self, tenant: &str) -> Result<Option<u64>, Stop> {
        let (runtime, backend) = (Arc::clone(&self.runtime), Arc::clone(&self.backend));
        let name = tenant.to_owned();
        let step = spawn_blocking(move || {
            let Some(found) = backend.registry().tenant(&name)? else {
                return Ok(None);
            };
            let tenants = Tenants::new(backend, Arc::new(Unwatched));
            let (now, seed) = (world::now(), world::seed()?);
            Ok(runtime.sweep(&tenants, &name, found.revision, now, seed)?)
        });
        step.await?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(next: Option<u64>, failures: u32) -> (Look, Instant) {
        let (at, wait) = (world::instant(), Duration::from_secs(7));
        let look = Look {
            at,
            next,
            failures,
            wait,
        };
        (look, at)
    }

    #[test]
    fn a_look_is_over_when_its_moment_has_come() {
        let (look, at) = look(Some(1000), 0);
        assert!(!look.is_over(999, at + TICK));
        assert!(look.is_over(1000, at + TICK));
    }

    #[test]
    fn nobody_is_left_alone_for_ever() {
        for next in [None, Some(u64::MAX)] {
            let (look, at) = look(next, 0);
            assert!(!look.is_over(1000, at + TICK));
            assert!(look.is_over(1000, at + ROUND));
        }
    }

    #[test]
    fn a_failure_is_tried_again_after_a_while() {
        let (look, at) = look(Some(0), 1);
        assert!(!look.is_over(1000, at + TICK));
        assert!(look.is_over(1000, at + Duration::from_secs(7)));
    }
}
