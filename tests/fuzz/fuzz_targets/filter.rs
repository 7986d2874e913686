//! See `scimlet_fuzz::filter`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| scimlet_fuzz::filter(data));
