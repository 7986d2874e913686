//! What a call costs beside the component's own work: `cargo bench -p scimlet-runtime`.
//!
//! The hostile component is asked for next to nothing, so what remains is the boundary; the real
//! one is asked for what needs no data.

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

use std::hint::black_box;
use std::time::{Duration, Instant};

use scimlet_runtime::{COMPONENT, Config, Runtime};

use world::{Fake, World, hostile, read, small};

fn main() {
    println!("the hostile component");
    start(hostile());
    let cold = World::new(Config {
        warm_total: 0,
        ..small()
    });
    report("  call, fresh instance", 5000, || cold.body("acme", "/ok"));
    let warm = World::new(small());
    report("  call, warm", 50_000, || warm.body("acme", "/ok"));
    report("  call with one question, warm", 50_000, || {
        warm.body("acme", "/slow")
    });

    println!("the real component");
    start(COMPONENT);
    let cold = Runtime::new(
        COMPONENT,
        Config {
            warm_total: 0,
            ..small()
        },
    )
    .unwrap();
    report("  /ServiceProviderConfig, fresh instance", 1000, || {
        describe(&cold)
    });
    let warm = Runtime::new(COMPONENT, small()).unwrap();
    report("  /ServiceProviderConfig, warm", 10_000, || describe(&warm));
}

fn start(component: &[u8]) {
    let dir = tempfile::tempdir().unwrap();
    let start = || {
        let cache_dir = Some(dir.path().to_path_buf());
        Runtime::new(
            component,
            Config {
                cache_dir,
                ..Config::default()
            },
        )
        .unwrap()
    };
    report("  start, compiling", 1, start);
    report("  start, compiled before", 20, start);
}

fn describe(runtime: &Runtime) -> u16 {
    let answer = runtime.handle(&Fake::default(), "{}", 1, read("/ServiceProviderConfig"));
    answer.unwrap().status
}

/// Prints the median.
fn report<T>(what: &str, times: usize, work: impl Fn() -> T) {
    let mut taken: Vec<Duration> = (0..times)
        .map(|_| {
            let begun = Instant::now();
            drop(black_box(work()));
            begun.elapsed()
        })
        .collect();
    taken.sort_unstable();
    println!("{what:42} {:>12.1?}", taken.get(times / 2).unwrap());
}
