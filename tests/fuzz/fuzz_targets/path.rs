//! See `scimlet_fuzz::path`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| scimlet_fuzz::path(data));
