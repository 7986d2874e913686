//! What a component must not be able to do to its host.

use std::hint::black_box;
use std::time::Duration;

use crate::bindings::scimlet::store::store::{self, Key};

/// Never ends, never asks.
pub fn spin() -> ! {
    let mut turns = 0u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

/// Never ends, and asks all the time.
pub fn ask_forever() -> ! {
    loop {
        let _ = black_box(store::load(&[]));
    }
}

/// The plain trap.
pub fn trap() -> ! {
    core::arch::wasm32::unreachable()
}

/// Fills stderr, then panics.
pub fn shout() -> ! {
    for _ in 0..500 {
        eprintln!("all work and no play makes Jack a dull boy");
    }
    panic!("here is Johnny")
}

/// Takes memory until there is no more.
pub fn hoard() -> String {
    let mut hoard = Vec::new();
    loop {
        hoard.push(black_box(vec![1u8; 1 << 20]));
    }
}

/// Takes much memory, within the limit, and answers.
pub fn bloat() -> String {
    let bytes = black_box(vec![1u8; 32 << 20]);
    bytes.len().to_string()
}

/// Recurses until the stack ends.
pub fn recurse(depth: u64) -> u64 {
    if depth == u64::MAX {
        return 0;
    }
    recurse(depth + 1).wrapping_mul(31) ^ depth
}

/// Hands the host more in one call than it may.
pub fn flood() -> String {
    let key = Key {
        kind: "x".repeat(12 << 20),
        id: "x".repeat(12 << 20),
    };
    format!("{:?}", store::load(&[key]).map(|rows| rows.len()))
}

/// Holds the host's thread without running.
pub fn sleep() -> String {
    std::thread::sleep(Duration::from_secs(3600));
    "that was refreshing".to_owned()
}
