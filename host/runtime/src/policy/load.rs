//! From a component to something that can be run.

use wasmtime::Engine;
use wasmtime::component::{Component, HasSelf, Linker};

use crate::error::chain;
use crate::policy::bindings::{PolicyPre, types};
use crate::policy::error::PolicyError;
use crate::policy::face::OURS;
use crate::policy::instance::State;
use crate::wasi;

/// A compiled policy with its imports resolved.
pub(crate) struct Loaded {
    pub(crate) policy: PolicyPre<State>,
    pub(crate) compiled_bytes: usize,
}

/// Binds a component to the little world that a policy gets.
pub(crate) fn bind(engine: &Engine, component: &Component) -> Result<Loaded, PolicyError> {
    let unfit = |error: wasmtime::Error| PolicyError::Unfit(chain(&error));
    let mut linker = Linker::new(engine);
    types::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state).map_err(unfit)?;
    wasi::link(&mut linker, engine, component, &OURS)
        .map_err(|error| PolicyError::Unfit(error.to_string()))?;
    let policy = linker.instantiate_pre(component).map_err(unfit)?;
    let image = component.image_range();
    Ok(Loaded {
        policy: PolicyPre::new(policy).map_err(unfit)?,
        compiled_bytes: image.end.addr().saturating_sub(image.start.addr()),
    })
}
