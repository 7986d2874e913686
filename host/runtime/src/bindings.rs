//! What `wit/` looks like in Rust, from the host's side. Generated; nothing outside this crate
//! sees these types.

wasmtime::component::bindgen!({
    path: ["../../wit/store", "../../wit/policy", "../../wit/scim"],
    world: "scimlet:scim/engine",
    imports: { default: trappable },
});

pub(crate) use exports::scimlet::scim::provider;
pub(crate) use scimlet::scim::policy;
pub(crate) use scimlet::store::store;
