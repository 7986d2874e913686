//! How much a tenant's policy may use.
//!
//! The defaults fit policies in Rust, and those that bring an interpreter along: JavaScript
//! (`StarlingMonkey`, 12 MB of code) and Python (`CPython`, 18 MB of code and some 50 MiB of memory).

use std::time::Duration;

use crate::config::Limits;

/// What a tenant's policy may use, how much of all policies is kept, and what is done about one that
/// fails.
#[derive(Clone, Debug)]
pub struct PolicyConfig {
    /// The largest component that is accepted.
    pub code_bytes: usize,
    /// What one question may use, in however many calls it is put. Whoever exceeds one of these loses the
    /// instance; the tenant's settings say what becomes of the request.
    ///
    /// `transfer_bytes` bounds both directions. `host_calls` counts what is left of the world: lines
    /// that a policy writes, mostly.
    pub limits: Limits,
    /// How many subjects or documents a policy is asked about at a time.
    pub batch: usize,
    /// How many calls of one tenant's policy may be at work at once. A policy only computes, so more
    /// than there are cores would only take the other tenants' time. A call that finds no place waits
    /// for as long as one question may take.
    pub at_work_per_tenant: usize,
    /// How many warm instances one tenant may keep.
    pub warm_per_tenant: usize,
    /// How much memory all warm instances together may have; the tenant that has not called for
    /// longest gives way. What a policy has of it that it never wrote to costs nothing.
    pub warm_bytes: usize,
    /// An instance that has grown beyond this is not kept: memory of a guest never shrinks.
    pub warm_instance_bytes: usize,
    /// How much compiled code is kept mapped; what has not been used for longest gives way, and is
    /// mapped again from the cache when it is needed.
    pub compiled_bytes: usize,
    /// After so many failures in a row a policy is suspended.
    pub failures: u32,
    /// For so long; then one call finds out whether it works again.
    pub pause: Duration,
}

impl Default for PolicyConfig {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            code_bytes: 64 << 20,
            limits: Limits {
                memory_bytes: 256 << 20,
                guest_time: Duration::from_secs(1),
                host_calls: 10_000,
                transfer_bytes: 16 << 20,
            },
            batch: 100,
            at_work_per_tenant: cores,
            warm_per_tenant: cores,
            warm_bytes: 2 << 30,
            warm_instance_bytes: 128 << 20,
            compiled_bytes: 1 << 30,
            failures: 5,
            pause: Duration::from_secs(30),
        }
    }
}
