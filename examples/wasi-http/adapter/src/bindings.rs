//! What wit-bindgen makes of the WIT (`build.rs`).
#![allow(warnings, reason = "generated")]

include!(concat!(env!("OUT_DIR"), "/bindings.rs"));
