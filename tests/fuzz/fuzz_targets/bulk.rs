//! See `scimlet_fuzz::bulk`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| scimlet_fuzz::bulk(data));
