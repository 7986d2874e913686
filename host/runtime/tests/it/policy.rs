//! Policies through the door of the runtime: the hostile component asks, the hostile policy
//! (`tests/guests/hostile-policy`) answers, or does not.

mod asking;
mod checking;
mod failing;
mod limits;
mod trying;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use scimlet_runtime::{
    Asked, Checked, Config, Hook, Limits, Policy, PolicyConfig, PolicyFailure, PolicySource,
};
use scimlet_store::Failure;

use crate::world::{World, hostile_policy, small};

/// A policy's code, and what was heard of it.
pub(crate) struct Source {
    code: Mutex<Result<Vec<u8>, Failure>>,
    reads: AtomicUsize,
    asked: Mutex<Vec<Asked>>,
}

impl PolicySource for Source {
    fn code(&self) -> Result<Vec<u8>, Failure> {
        self.reads.fetch_add(1, Ordering::SeqCst);
        self.code.lock().unwrap().clone()
    }

    fn asked(&self, asked: &Asked) {
        self.asked.lock().unwrap().push(*asked);
    }
}

impl Source {
    fn failures(&self) -> Vec<Option<PolicyFailure>> {
        let asked = self.asked.lock().unwrap();
        asked.iter().map(|asked| asked.failure).collect()
    }
}

/// Limits that a test can wait for, and a guest on a busy machine can keep.
fn policies() -> PolicyConfig {
    PolicyConfig {
        limits: Limits {
            guest_time: Duration::from_millis(300),
            ..PolicyConfig::default().limits
        },
        at_work_per_tenant: 2,
        warm_per_tenant: 2,
        // Whoever needs a breaker says so.
        failures: 1000,
        ..PolicyConfig::default()
    }
}

/// A world whose tenants all have this policy.
fn world_with(code: &[u8], policies: PolicyConfig) -> (World, Arc<Source>) {
    let world = World::new(Config {
        policies,
        ..small()
    });
    let source = install(&world, code);
    (world, source)
}

fn world() -> (World, Arc<Source>) {
    world_with(hostile_policy(), policies())
}

/// Gives all tenants a policy, from the next revision on.
fn install(world: &World, code: &[u8]) -> Arc<Source> {
    let Checked { digest, hooks, .. } = world.runtime.policies().check(code).unwrap();
    let source = Arc::new(Source {
        code: Mutex::new(Ok(code.to_vec())),
        reads: AtomicUsize::new(0),
        asked: Mutex::default(),
    });
    switch(world, digest, hooks, &source);
    source
}

fn switch(world: &World, digest: String, hooks: Vec<Hook>, source: &Arc<Source>) {
    let source = Arc::clone(source) as Arc<dyn PolicySource>;
    *world.tenants.policy.lock().unwrap() = Some(Policy {
        digest,
        hooks,
        source,
    });
    world.tenants.revision.fetch_add(1, Ordering::SeqCst);
}

/// The hostile policy with something else in the place where it says what it is.
fn that_says(itself: &str) -> Vec<u8> {
    const PLACE: &[u8] = b"hostile-policy:shape,entitle                            ";
    assert!(itself.len() <= PLACE.len());
    let mut code = hostile_policy().to_vec();
    let at = code.windows(PLACE.len()).position(|window| window == PLACE);
    let at = at.unwrap();
    let padded = format!("{itself:width$}", width = PLACE.len());
    let place = code.get_mut(at..at + PLACE.len()).unwrap();
    place.copy_from_slice(padded.as_bytes());
    code
}
