//! What a call costs beside the component's own work: `cargo bench -p scimlet-runtime`.
//!
//! The hostile component is asked for next to nothing, so what remains is the boundary.

#![expect(clippy::print_stdout, reason = "a bench reports to whoever runs it")]
#![expect(clippy::disallowed_methods, reason = "a bench measures time")]
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    reason = "a bench fails by panicking"
)]

#[path = "../tests/it/world.rs"]
#[expect(dead_code, reason = "the tests need more of it")]
mod world;

use std::time::{Duration, Instant};

use scimlet_runtime::{Config, Runtime};

use world::{World, hostile, small};

fn main() {
    let dir = tempfile::tempdir().unwrap();
    let start = |max_instances| {
        let cache_dir = Some(dir.path().to_path_buf());
        Runtime::new(
            hostile(),
            Config {
                cache_dir,
                max_instances,
                ..Config::default()
            },
        )
        .unwrap()
    };
    report("start, compiling", 1, || drop(start(1000)));
    report("start, compiled before", 20, || drop(start(1000)));

    let cold = World::new(Config {
        warm_total: 0,
        ..small()
    });
    report("call without a store, fresh instance", 5000, || {
        drop(cold.body("acme", "/ok"));
    });
    let warm = World::new(small());
    report("call without a store, warm", 50_000, || {
        drop(warm.body("acme", "/ok"));
    });
    report("call with one question, warm", 50_000, || {
        drop(warm.body("acme", "/slow"));
    });
}

/// Prints the median.
fn report(what: &str, times: usize, mut work: impl FnMut()) {
    let mut taken: Vec<Duration> = (0..times)
        .map(|_| {
            let begun = Instant::now();
            work();
            begun.elapsed()
        })
        .collect();
    taken.sort_unstable();
    println!("{what:40} {:>12.1?}", taken.get(times / 2).unwrap());
}
