//! What a policy must not be able to do to its host.

use std::hint::black_box;
use std::time::Duration;

/// Does what the word says.
pub fn act(word: &str) -> String {
    match word {
        "loop" => spin(),
        "memory" => hoard(),
        "bloat" => bloat(),
        "big" => "x".repeat(512 << 20),
        "trap" => core::arch::wasm32::unreachable(),
        "panic" => panic!("the user made me do it"),
        "work" => work(),
        "deep" => recurse(0).to_string(),
        "flood" => flood(),
        "chat" => chat(),
        "sleep" => sleep(),
        "exit" => std::process::exit(3),
        other => format!("what is `{other}`?"),
    }
}

/// Never ends, never asks.
pub fn spin() -> ! {
    let mut turns = 0u64;
    loop {
        turns = black_box(turns.wrapping_add(1));
    }
}

/// Takes its time, and answers: some milliseconds.
fn work() -> String {
    for turn in 0..2_000_000_u64 {
        black_box(turn);
    }
    "done".to_owned()
}

/// Takes memory until there is no more.
fn hoard() -> String {
    let mut hoard = Vec::new();
    loop {
        hoard.push(black_box(vec![1u8; 1 << 20]));
    }
}

/// Takes much memory, within the limit, and answers.
fn bloat() -> String {
    let bytes = black_box(vec![1u8; 200 << 20]);
    bytes.len().to_string()
}

/// Recurses until the stack ends.
fn recurse(depth: u64) -> u64 {
    if depth == u64::MAX {
        return 0;
    }
    recurse(depth + 1).wrapping_mul(31) ^ depth
}

/// Writes to the log without end.
fn flood() -> String {
    loop {
        eprintln!("all work and no play makes Jack a dull boy");
    }
}

/// Writes much to the log, and answers.
fn chat() -> String {
    for line in 0..500 {
        println!("line {line} of what I always wanted to say");
    }
    "I have said it".to_owned()
}

/// Holds the host's thread without running.
fn sleep() -> String {
    std::thread::sleep(Duration::from_secs(3600));
    "that was refreshing".to_owned()
}
