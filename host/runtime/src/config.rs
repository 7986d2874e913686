//! How much a component may use, and how much of it is kept warm.

use std::path::PathBuf;
use std::time::Duration;

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
        }
    }
}

/// What one call of the component may use. Whoever exceeds one of these loses the instance, and
/// the caller gets a [`crate::Fault`] that names the limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory. The largest request that a server accepts by default is far below a
    /// sixteenth of it, and a parsed document takes a few times its text.
    pub memory_bytes: usize,
    /// Time spent in the guest's own code; what the store takes does not count. A request takes
    /// microseconds, a large bulk tens of milliseconds: only a fault takes seconds.
    pub guest_time: Duration,
    /// How often the guest may call the host. An ordinary request does so three or four times; a
    /// bulk, or a walk over all pages of a large tenant, some hundreds.
    pub host_calls: u32,
    /// How many bytes the guest may hand over at a time: in one question, one commit, or the
    /// answer. The host holds a copy of them.
    pub transfer_bytes: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory_bytes: 64 << 20,
            guest_time: Duration::from_secs(2),
            host_calls: 10_000,
            transfer_bytes: 16 << 20,
        }
    }
}
