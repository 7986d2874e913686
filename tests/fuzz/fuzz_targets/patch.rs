//! See `scimlet_fuzz::patch`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| scimlet_fuzz::patch(data));
