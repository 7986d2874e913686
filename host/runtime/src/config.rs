//! How much a component may use, and how much of it is kept warm.

mod policy;

use std::path::PathBuf;
use std::time::Duration;

pub use policy::PolicyConfig;

/// What a [`crate::Runtime`] is started with.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where compiled components are kept, by content; none: compile at every start.
    ///
    /// What lies here is run as native code without another look, so the folder must belong to
    /// this host alone. It is made, closed to others, if it does not exist.
    pub cache_dir: Option<PathBuf>,
    /// What one call may use.
    pub limits: Limits,
    /// How many instances may exist at a time, at work or warm. Each reserves 4 GiB of address
    /// space (and no memory) so that the guest's bounds checks cost nothing.
    pub max_instances: u32,
    /// How many warm instances one tenant may keep: as many calls as a host lets in at a time. Most
    /// of those wait for the disk, so there are more of them than cores; a call without a warm
    /// instance reads the settings and the schemas first, which costs as much as ten requests.
    pub warm_per_tenant: usize,
    /// How many warm instances there may be in all. One holds its memory, a few MiB, so this many
    /// bound what idle tenants cost; the tenant that has not called for longest gives way.
    pub warm_total: usize,
    /// An instance that has grown beyond this is not kept: memory of a guest never shrinks, and
    /// one huge request must not cost its memory for ever.
    pub warm_memory_bytes: usize,
    /// What tenants' policies may use.
    pub policies: PolicyConfig,
}

impl Default for Config {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self {
            cache_dir: None,
            limits: Limits::default(),
            max_instances: 1000,
            warm_per_tenant: 16 * cores,
            warm_total: 256,
            warm_memory_bytes: 16 << 20,
            policies: PolicyConfig::default(),
        }
    }
}

/// What one call of a component may use: of the engine, or of a policy. Whoever exceeds one of these
/// loses the instance, and the caller gets a [`crate::Fault`] that names the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory. The largest request that a server accepts by default (4 MiB, a bulk) is a
    /// thirty-second of it. Parsed, it takes a few times its text; what it changes, the index
    /// entries, and the commit take as much again.
    pub memory_bytes: usize,
    /// Time spent in the guest's own code; what the store takes does not count. A request takes
    /// microseconds, a bulk of 1,000 operations some hundred milliseconds, and it may have to be
    /// decided a few times when others change the same: only a fault takes longer.
    pub guest_time: Duration,
    /// How often the guest may call the host. An ordinary request does so three or four times, up
    /// to ten where seats change hands; a bulk does so for each of its 1,000 operations, and may be
    /// decided a few times.
    pub host_calls: u32,
    /// How many bytes the guest may hand over at a time: in one question, one commit, or the
    /// answer. The host holds a copy of them.
    pub transfer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 128 << 20,
            guest_time: Duration::from_secs(5),
            host_calls: 50_000,
            transfer_bytes: 16 << 20,
        }
    }
}
