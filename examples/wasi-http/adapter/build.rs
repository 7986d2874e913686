//! Bindings of the adapter.
//!
//! Not by the macro: what wit-bindgen makes of an imported resource has a method `handle` of its own,
//! beside that of `tenant`. Here its own gets another name.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by its environment"
)]

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

use wit_bindgen_core::wit_parser::Resolve;
use wit_bindgen_core::{Files, WorldGenerator as _};
use wit_bindgen_rust::Opts;

/// Where the interfaces are.
const PATHS: [&str; 4] = [
    "../../../wit/store",
    "../../../wit/policy",
    "../../../wit/scim",
    "../wit",
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut resolve = Resolve::default();
    let mut packages = Vec::new();
    for path in PATHS {
        println!("cargo::rerun-if-changed={path}");
        packages.push(resolve.push_path(path)?.0);
    }
    let world = resolve.select_world(&packages, Some("scimlet:wasi-http/adapter"))?;
    let options = Opts {
        generate_all: true,
        ..Opts::default()
    };
    let mut files = Files::default();
    options.build().generate(&mut resolve, world, &mut files)?;
    let (_, text) = files.iter().next().ok_or("no bindings were made")?;
    let text = String::from_utf8(text.to_vec())?
        .replace(
            "pub fn handle(&self) -> u32",
            "pub fn resource_handle(&self) -> u32",
        )
        .replace(".handle() as i32", ".resource_handle() as i32");
    let out = PathBuf::from(env::var("OUT_DIR")?).join("bindings.rs");
    Ok(fs::write(out, text)?)
}
