//! What wit-bindgen makes of the WIT.

wit_bindgen::generate!({
    path: ["../../../wit/store", "../../../wit/policy", "../../../wit/scim", "../wit"],
    world: "scimlet:wasi-http/files",
    generate_all,
});

pub(crate) use exports::scimlet::store::store;
