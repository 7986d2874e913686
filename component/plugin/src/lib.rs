//! The component: a thin shell around the engine.
//!
//! It converts between WIT and the engine's types (`convert`), asks the store on the engine's
//! behalf, and commits what the engine decides, again and again while the facts are stale
//! ([`settle`]). It decides nothing itself.
//!
//! Built for anything but wasm the crate is the same shell around any [`settle::Store`]: that is
//! how tests and benchmarks run the engine natively, by the very code that the component runs.

#![cfg_attr(
    target_family = "wasm",
    expect(
        unsafe_code,
        clippy::same_length_and_capacity,
        reason = "wit-bindgen generates the crossings of the boundary"
    )
)]

/// Most of what the component does is to read and write JSON, which is allocation: the allocator
/// that comes with the target takes a quarter longer over a request.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: shelves::Shelves<talc::wasm::WasmDynamicTalc> =
    shelves::Shelves::over(talc::wasm::new_wasm_dynamic_allocator());

#[cfg(target_family = "wasm")]
mod bindings;
#[cfg(target_family = "wasm")]
mod convert;
#[cfg(target_family = "wasm")]
mod log;
#[cfg(target_family = "wasm")]
mod policy;
#[cfg(target_family = "wasm")]
mod provider;
pub mod settle;
#[cfg(any(target_family = "wasm", test))]
#[cfg_attr(
    not(target_family = "wasm"),
    expect(unsafe_code, reason = "an allocator hands out memory")
)]
mod shelves;
#[cfg(target_family = "wasm")]
mod store;
