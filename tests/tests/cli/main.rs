//! The command line of contract.md: what each command does, says, and refuses, and that all of it
//! works beside a running server.

mod accounts;
mod admin;
mod component;
mod licenses;
mod mapping;
mod plan;
mod reconcile;
mod serve;
mod settings;
mod tenants;
mod terms;
mod tokens;
mod usage;

use scimlet_tests::{World, shared_world};
use serde_json::Value;

fn world() -> &'static World {
    shared_world!()
}

fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    keys.sort_unstable();
    keys
}
