//! wasmtime, set up once: how code is compiled and cached, how memory is reserved, what time is.

use std::fs::DirBuilder;
use std::io;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use wasmtime::{
    Cache, CacheConfig, Enabled, Engine, InstanceAllocationStrategy, OptLevel,
    PoolingAllocationConfig, Strategy,
};

use crate::ceiling::TABLE_ELEMENTS;
use crate::config::Config;
use crate::error::{StartError, chain};

/// How often a running guest is looked at. A hundredth of a second costs nothing and is fine
/// enough for a limit of seconds.
pub(crate) const TICK: Duration = Duration::from_millis(10);

/// Address space for one guest's memory: all that 32 bits can name, so that no access needs a
/// check of its bounds.
const RESERVATION: u64 = 4 << 30;
/// Beyond it: what a constant offset may add to an address.
const GUARD: u64 = 32 << 20;
/// A component is a handful of core modules: the program, and what adapts its imports.
const CORE_INSTANCES: u32 = 32;
/// The program's table of functions, and those of what adapts its imports.
const TABLES: u32 = 4;
/// One memory for the program.
const MEMORIES: u32 = 1;
/// How much of a slot is wiped by hand when it is freed, instead of given back to the system: a
/// small guest's working set.
const RESIDENT_BYTES: usize = 1 << 20;
/// Frames of a policy's backtrace: enough to find the place, and no more than a line of the log takes.
const POLICY_FRAMES: usize = 16;

/// An engine, and how it came about.
pub(crate) struct Started {
    pub(crate) engine: Engine,
    pub(crate) cache: Option<Cache>,
    pub(crate) pooling: bool,
}

/// Sets wasmtime up: with a pool of memory slots where the address space is large enough for it,
/// else with a mapping for each instance.
pub(crate) fn start(config: &Config) -> Result<Started, StartError> {
    let cache = config.cache_dir.as_deref().and_then(open_cache);
    let mut wasm = common();
    wasm.cache(cache.clone())
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool(config)));
    // The probe is the reservation itself: nothing knows better whether it will succeed.
    let (engine, pooling) = match Engine::new(&wasm) {
        Ok(engine) => (engine, true),
        Err(error) => {
            let cause = chain(&error);
            tracing::warn!(
                cause,
                "no address space for a pool of instances; mapping each one"
            );
            wasm.allocation_strategy(InstanceAllocationStrategy::OnDemand);
            let engine = Engine::new(&wasm).map_err(|error| StartError::Engine(chain(&error)))?;
            (engine, false)
        }
    };
    start_ticker(&engine)?;
    Ok(Started {
        engine,
        cache,
        pooling,
    })
}

/// An engine for policies. They come in every size and shape, so no pool of slots fits them; each is
/// mapped. What went wrong in one, its author wants to know: with a backtrace.
pub(crate) fn start_for_policies() -> Result<Engine, StartError> {
    let mut wasm = common();
    wasm.allocation_strategy(InstanceAllocationStrategy::OnDemand)
        .wasm_backtrace_max_frames(NonZeroUsize::new(POLICY_FRAMES));
    let engine = Engine::new(&wasm).map_err(|error| StartError::Engine(chain(&error)))?;
    start_ticker(&engine)?;
    Ok(engine)
}

fn common() -> wasmtime::Config {
    let mut wasm = wasmtime::Config::new();
    wasm.strategy(Strategy::Cranelift)
        .cranelift_opt_level(OptLevel::Speed)
        // No async function and no stream is in the contract, and each call is cheaper without.
        .concurrency_support(false)
        .epoch_interruption(true)
        .memory_init_cow(true)
        .memory_reservation(RESERVATION)
        .memory_guard_size(GUARD)
        .memory_may_move(false)
        // The component carries no names, so a backtrace would be a list of numbers.
        .wasm_backtrace_max_frames(None);
    wasm
}

fn pool(config: &Config) -> PoolingAllocationConfig {
    let instances = config.max_instances;
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        .total_core_instances(instances.saturating_mul(CORE_INSTANCES))
        .max_core_instances_per_component(CORE_INSTANCES)
        .total_memories(instances.saturating_mul(MEMORIES))
        .max_memories_per_component(MEMORIES)
        .total_tables(instances.saturating_mul(TABLES))
        .max_tables_per_component(TABLES)
        .table_elements(TABLE_ELEMENTS)
        .max_memory_size(config.limits.memory_bytes)
        .linear_memory_keep_resident(RESIDENT_BYTES)
        .pagemap_scan(Enabled::Auto);
    pool
}

/// A cache that cannot be had costs time, not service.
fn open_cache(dir: &Path) -> Option<Cache> {
    match try_open_cache(dir) {
        Ok(cache) => Some(cache),
        Err(cause) => {
            tracing::warn!(dir = %dir.display(), cause, "no cache for compiled components");
            None
        }
    }
}

fn try_open_cache(dir: &Path) -> Result<Cache, String> {
    let dir = make_private(dir).map_err(|error| error.to_string())?;
    let mut config = CacheConfig::new();
    config.with_directory(dir);
    Cache::new(config).map_err(|error| chain(&error))
}

/// Makes a folder that is closed to others, if it does not exist; its absolute path.
pub(crate) fn make_private(dir: &Path) -> io::Result<PathBuf> {
    let dir = std::path::absolute(dir)?;
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&dir)?;
    Ok(dir)
}

/// Moves the engine's time on, for as long as there is an engine.
fn start_ticker(engine: &Engine) -> Result<(), StartError> {
    let engine = engine.weak();
    #[expect(clippy::disallowed_methods, reason = "a tick has no event to wait for")]
    let tick = move || {
        while let Some(engine) = engine.upgrade() {
            engine.increment_epoch();
            drop(engine);
            thread::sleep(TICK);
        }
    };
    thread::Builder::new()
        .name("scimlet-ticker".to_owned())
        .spawn(tick)
        .map(drop)
        .map_err(|error| StartError::Engine(error.to_string()))
}
