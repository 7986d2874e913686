//! Builds the component that this crate carries: `component/plugin` for wasm32-wasip2.
//!
//! With `SCIMLET_COMPONENT_FILE` set, takes that file instead: for a packager who has built the
//! component elsewhere.

#![expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build script by its environment"
)]

#[path = "build/guest.rs"]
mod guest;

use std::env;
use std::error::Error;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Everything that the component is made of, from the root of the workspace. The build script
/// runs again when one of these changes, and never otherwise.
const SOURCES: [&str; 6] = [
    "component/engine",
    "component/plugin",
    "wit",
    "Cargo.toml",
    "Cargo.lock",
    "host/runtime/build",
];

fn main() -> ExitCode {
    match component() {
        Ok(path) => {
            println!("cargo::rustc-env=SCIMLET_COMPONENT={}", path.display());
            ExitCode::SUCCESS
        }
        #[expect(
            clippy::print_stderr,
            reason = "cargo shows it when a build script fails"
        )]
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

const PREBUILT: &str = "SCIMLET_COMPONENT_FILE";

/// Builds the component and puts a copy where no other build will touch it.
fn component() -> Result<PathBuf, Box<dyn Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let root = here
        .ancestors()
        .nth(2)
        .ok_or("host/runtime is not inside the workspace")?;
    println!("cargo::rerun-if-changed=build.rs");
    for source in SOURCES {
        println!("cargo::rerun-if-changed={}", root.join(source).display());
    }
    println!("cargo::rerun-if-env-changed={PREBUILT}");
    let out_dir = PathBuf::from(env::var("OUT_DIR")?);
    let built = match env::var_os(PREBUILT) {
        Some(file) => PathBuf::from(file),
        None => build(root, &out_dir)?,
    };
    let copy = out_dir.join("component.wasm");
    copy_if_changed(&built, &copy)?;
    Ok(copy)
}

fn build(root: &Path, out_dir: &Path) -> Result<PathBuf, Box<dyn Error>> {
    let outer = outer_target_dir(out_dir, &env::var("TARGET")?)
        .ok_or("OUT_DIR is not inside a target directory")?;
    let built = guest::build(&guest::Order {
        folder: root,
        package: "scimlet-plugin",
        profile: "component",
        target_dir: &outer.join("component"),
    })?;
    Ok(built)
}

/// The target directory of the outer build: both `debug` and `release` lie in it, so that what is
/// built below it serves both.
fn outer_target_dir(out_dir: &Path, target: &str) -> Option<PathBuf> {
    // <target dir>[/<triple>]/<profile>/build/<package>/out
    let above = out_dir.ancestors().nth(4)?;
    if above.file_name() == Some(OsStr::new(target)) {
        return above.parent().map(Path::to_path_buf);
    }
    Some(above.to_path_buf())
}

/// Leaves a copy alone that is right already, and its time of change with it: what includes it
/// need not be compiled again.
fn copy_if_changed(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    let bytes =
        fs::read(from).map_err(|error| format!("cannot read {}: {error}", from.display()))?;
    if fs::read(to).is_ok_and(|there| there == bytes) {
        return Ok(());
    }
    fs::write(to, bytes).map_err(|error| format!("cannot write {}: {error}", to.display()).into())
}
