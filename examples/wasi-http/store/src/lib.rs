//! A store over files, as a component, and a tenant's policy where there is none.
//!
//! The folder is `/data`: `wasmtime serve --dir FOLDER::/data`.

pub mod log;

#[cfg(target_family = "wasm")]
mod bindings;
#[cfg(target_family = "wasm")]
mod component;
#[cfg(target_family = "wasm")]
mod convert;
