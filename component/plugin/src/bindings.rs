//! What wit-bindgen makes of the WIT.

wit_bindgen::generate!({
    path: ["../../wit/store", "../../wit/policy", "../../wit/scim"],
    world: "scimlet:scim/engine",
    generate_all,
});
