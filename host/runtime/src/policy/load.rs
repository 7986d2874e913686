//! From a file to something that can be run, and why it cannot.
//!
//! What may a policy import? Nothing, says the contract. But the standard libraries of most languages
//! bring parts of WASI along whether a program uses them or not, so those parts are there, and
//! empty (see `wasi.rs`): no arguments, environment or files, a clock that stands, and a trap behind
//! everything else. Networks are refused outright: what brings those along (`fetch` in JavaScript,
//! `socket` in Python) can be left out when a component is made, and a policy that means to use
//! them should hear so before it is installed.

use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};

use crate::error::{StartError, chain};
use crate::policy::bindings::{PolicyPre, types};
use crate::policy::error::PolicyError;
use crate::policy::instance::State;
use crate::wasi;

/// The contract's own words, which a component may import by name.
const OURS: [&str; 1] = ["scimlet:policy/types"];

/// What the standard libraries bring along.
const HARMLESS: [&str; 5] = [
    "wasi:cli/",
    "wasi:clocks/",
    "wasi:filesystem/",
    "wasi:io/",
    "wasi:random/",
];

/// What every WebAssembly file begins with, and what follows in a core module.
const MAGIC: &[u8] = b"\0asm";
const MODULE: &[u8] = b"\x01\0\0\0";

const HOOKS: &str = "scimlet:policy/hooks";
/// Policies of a later minor version of 0.1 may expect nothing that is not in this one.
const HOOKS_VERSION: &str = "scimlet:policy/hooks@0.1.";

/// A compiled policy with its imports resolved.
pub(crate) struct Loaded {
    pub(crate) policy: PolicyPre<State>,
    pub(crate) compiled_bytes: usize,
}

/// Whether it is worth compiling.
pub(crate) fn glance(code: &[u8], most: usize) -> Result<(), PolicyError> {
    let bytes = code.len();
    if bytes > most {
        return Err(PolicyError::TooLarge { bytes, most });
    }
    match code.strip_prefix(MAGIC) {
        None => Err(PolicyError::NotWasm),
        Some(rest) if rest.starts_with(MODULE) => Err(PolicyError::Module),
        Some(_) => Ok(()),
    }
}

/// Whether a component is a policy, bound to the little world that it gets.
pub(crate) fn bind(engine: &Engine, component: &Component) -> Result<Loaded, PolicyError> {
    check_imports(engine, component)?;
    check_exports(engine, component)?;
    let unfit = |error: wasmtime::Error| PolicyError::Unfit(chain(&error));
    let mut linker = Linker::new(engine);
    types::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state).map_err(unfit)?;
    wasi::link(&mut linker, engine, component, &OURS).map_err(|error| match error {
        StartError::Import(import) => unknown(import),
        other => PolicyError::Unfit(other.to_string()),
    })?;
    let policy = linker.instantiate_pre(component).map_err(unfit)?;
    let image = component.image_range();
    Ok(Loaded {
        policy: PolicyPre::new(policy).map_err(unfit)?,
        compiled_bytes: image.end.addr().saturating_sub(image.start.addr()),
    })
}

fn check_imports(engine: &Engine, component: &Component) -> Result<(), PolicyError> {
    for (import, _) in component.component_type().imports(engine) {
        let known = OURS.contains(&wasi::interface_of(import))
            || HARMLESS.iter().any(|package| import.starts_with(package));
        if !known {
            return Err(unknown(import.to_owned()));
        }
    }
    Ok(())
}

fn unknown(import: String) -> PolicyError {
    let remedy = match import.split('/').next() {
        Some("wasi:http") => {
            "there is no network; build it without (`disableFeatures: [\"http\", \"fetch-event\"]` \
             of componentize-js)"
        }
        Some("wasi:sockets") => {
            "there is no network; build it without (`--stub-wasi` of componentize-py)"
        }
        _ => "what it needs to know is in the question",
    };
    PolicyError::Import { import, remedy }
}

fn check_exports(engine: &Engine, component: &Component) -> Result<(), PolicyError> {
    let ty = component.component_type();
    let names: Vec<_> = ty.exports(engine).map(|(name, _)| name).collect();
    if names.iter().any(|name| name.starts_with(HOOKS_VERSION)) {
        return Ok(());
    }
    let similar = |name: &&&str| name.starts_with(HOOKS);
    let instead = names.iter().filter(similar).map(|name| (*name).to_owned());
    Err(PolicyError::Export(instead.collect()))
}
