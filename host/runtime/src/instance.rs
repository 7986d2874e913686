//! One instance of the component, opened for one tenant: the calls that can be made to it.

use wasmtime::component::ResourceAny;
use wasmtime::{Result, UpdateDeadline};

use crate::bindings::{Engine, EnginePre, provider};
use crate::config::Limits;
use crate::convert::all;
use crate::data::{Problem, Progress, Request, Response};
use crate::error::{CallError, Fault, fault, instantiation_error};
use crate::state::State;

/// How a request is to be answered.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Verb {
    Handle,
    Preview,
}

/// INVARIANT: an instance whose call has failed is dropped, never called again: a trap leaves the
/// guest's memory in the middle of something.
pub(crate) struct Instance {
    store: wasmtime::Store<State>,
    component: Engine,
    tenant: ResourceAny,
}

impl Instance {
    /// Makes an instance and opens it with these settings, bound to the data in `state`.
    pub(crate) fn open(
        component: &EnginePre<State>,
        limits: &Limits,
        settings: &str,
        state: State,
    ) -> Result<Self, CallError> {
        let mut store = new_store(component, limits, state);
        let component = component
            .instantiate(&mut store)
            .map_err(|error| instantiation_error(&error))?;
        let opened = call(&mut store, |store| {
            component
                .scimlet_scim_provider()
                .tenant()
                .call_open(store, settings)
        })?;
        match opened {
            Ok(tenant) => Ok(Self {
                store,
                component,
                tenant,
            }),
            Err(problems) => Err(CallError::Settings(all(problems))),
        }
    }

    /// Answers a request.
    pub(crate) fn answer(&mut self, verb: Verb, request: Request) -> Result<Response, Fault> {
        let Self {
            store,
            component,
            tenant,
        } = self;
        let guest = component.scimlet_scim_provider().tenant();
        let request = provider::Request::from(request);
        let response = call(store, |store| match verb {
            Verb::Handle => guest.call_handle(store, *tenant, &request),
            Verb::Preview => guest.call_preview(store, *tenant, &request),
        })?;
        Ok(response.into())
    }

    /// Makes one step of reindexing; the inner error is a sentence of the component.
    pub(crate) fn reindex(
        &mut self,
        after: Option<&str>,
        budget: u32,
    ) -> Result<Result<Progress, String>, Fault> {
        let Self {
            store,
            component,
            tenant,
        } = self;
        let guest = component.scimlet_scim_provider().tenant();
        let progress = call(store, |store| {
            guest.call_reindex(store, *tenant, after, budget)
        })?;
        Ok(progress.map(Into::into))
    }

    /// Makes one step of what is due; the inner error is a sentence of the component.
    pub(crate) fn sweep(
        &mut self,
        now: u64,
        seed: (u64, u64),
    ) -> Result<Result<Option<u64>, String>, Fault> {
        let Self {
            store,
            component,
            tenant,
        } = self;
        let guest = component.scimlet_scim_provider().tenant();
        call(store, |store| guest.call_sweep(store, *tenant, now, seed))
    }

    /// What is wrong with the settings in the light of the data.
    pub(crate) fn check(&mut self) -> Result<Vec<Problem>, Fault> {
        let Self {
            store,
            component,
            tenant,
        } = self;
        let guest = component.scimlet_scim_provider().tenant();
        let problems = call(store, |store| guest.call_check(store, *tenant))?;
        Ok(all(problems))
    }

    /// What the guest said on stderr in its last call; empty if it said nothing.
    pub(crate) fn said(&self) -> String {
        self.store.data().stderr()
    }

    /// How much memory the guest holds.
    pub(crate) fn memory_bytes(&self) -> usize {
        self.store.data().ceiling.held()
    }
}

fn new_store(
    component: &EnginePre<State>,
    limits: &Limits,
    state: State,
) -> wasmtime::Store<State> {
    let mut store = wasmtime::Store::new(component.engine(), state);
    store.limiter(|state| &mut state.ceiling);
    store.set_hostcall_fuel(limits.transfer_bytes);
    // In every tick in which the guest runs: look at its clock, and let it run for another.
    store.epoch_deadline_callback(|mut store| {
        store.data_mut().meter.look()?;
        Ok(UpdateDeadline::Continue(1))
    });
    store.set_epoch_deadline(1);
    store
}

/// One call of the guest, with nothing used yet.
fn call<T>(
    store: &mut wasmtime::Store<State>,
    function: impl FnOnce(&mut wasmtime::Store<State>) -> Result<T>,
) -> Result<T, Fault> {
    store.data_mut().begin();
    store.set_epoch_deadline(1);
    let answer = function(store).map_err(|error| fault(&error, store.data().stderr()));
    store.data_mut().end();
    answer
}
