//! What `wit/policy` looks like in Rust, from the host's side. The words are those that the engine
//! uses as well, so that nothing is copied between the two.

wasmtime::component::bindgen!({
    path: "../../wit/policy",
    world: "scimlet:policy/policy",
    with: { "scimlet:policy/types": crate::bindings::scimlet::policy::types },
});

pub(crate) use crate::bindings::scimlet::policy::types;
