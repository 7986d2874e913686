//! The door of this crate: from a request to an answer.

use std::sync::Arc;

use scimlet_store::Store;
use wasmtime::component::{Component, HasSelf, Linker};
use wasmtime::{Cache, Engine};

use crate::bindings::{self, EnginePre};
use crate::config::Config;
use crate::data::{Opening, Problem, Progress, Request, Response, Tenants};
use crate::engine::{self, Started};
use crate::error::{CallError, Fault, HostError, StartError, chain};
use crate::instance::{Instance, Verb};
use crate::meter;
use crate::policy::{Bound, Policies};
use crate::pool::Pool;
use crate::state::State;
use crate::turn::Turns;
use crate::unbound::Unbound;
use crate::wasi;

/// What this host offers besides WASI; `bindings` links it.
const OURS: [&str; 3] = [
    "scimlet:store/store",
    "scimlet:policy/types",
    "scimlet:scim/policy",
];

/// A compiled component and its warm instances. Shared between threads behind an `Arc`.
pub struct Runtime {
    component: EnginePre<State>,
    config: Config,
    warm: Pool<u64, Instance>,
    policies: Arc<Policies>,
    turns: Turns,
    pooling: bool,
    cached: bool,
}

impl Runtime {
    /// Compiles a component, or finds it compiled in the cache, and resolves its imports.
    ///
    /// # Errors
    /// [`StartError`] says what this machine or this component lacks.
    pub fn new(component: &[u8], config: Config) -> Result<Self, StartError> {
        let begun = meter::now();
        let policies = Arc::new(Policies::start(&config)?);
        let Started {
            engine,
            cache,
            pooling,
        } = engine::start(&config)?;
        let component = Component::from_binary(&engine, component)
            .map_err(|error| StartError::Compile(chain(&error)))?;
        let component = resolve(&engine, &component)?;
        let cached = cache
            .as_ref()
            .is_some_and(|cache: &Cache| cache.cache_hits() > 0);
        let micros = begun.elapsed().as_micros();
        tracing::info!(cached, pooling, micros, "component ready");
        let warm = Pool::new(config.warm_per_tenant, config.warm_total);
        Ok(Self {
            component,
            config,
            warm,
            policies,
            turns: Turns::default(),
            pooling,
            cached,
        })
    }

    /// Answers a request of a tenant whose settings are at this revision.
    ///
    /// A warm instance is used if it was opened for just this tenant and revision. Otherwise
    /// `tenants` is asked, and a new one is opened with what it says, even if that is newer.
    ///
    /// # Errors
    /// [`CallError`]. After [`CallError::Guest`], whether anything was committed is unknown;
    /// after any other, nothing was.
    pub fn handle(
        &self,
        tenants: &dyn Tenants,
        tenant: &str,
        revision: u64,
        request: Request,
    ) -> Result<Response, CallError> {
        self.answer(Verb::Handle, tenants, tenant, revision, request)
    }

    /// The answer that [`Self::handle`] would give now; changes nothing.
    ///
    /// # Errors
    /// [`CallError`].
    pub fn preview(
        &self,
        tenants: &dyn Tenants,
        tenant: &str,
        revision: u64,
        request: Request,
    ) -> Result<Response, CallError> {
        self.answer(Verb::Preview, tenants, tenant, revision, request)
    }

    /// Makes one step of what a change of the settings may have left to do: see `reindex` in
    /// `wit/scim`. The same instances as for requests are used.
    ///
    /// # Errors
    /// [`CallError`]. The same step may be made again.
    pub fn reindex(
        &self,
        tenants: &dyn Tenants,
        tenant: &str,
        revision: u64,
        after: Option<&str>,
        budget: u32,
    ) -> Result<Progress, CallError> {
        let step = |instance: &mut Instance| instance.reindex(after, budget);
        self.with_one(tenants, tenant, revision, step)?
            .map_err(CallError::Refused)
    }

    /// Makes one step of what is due by time at `now`, and answers when to come again, in
    /// milliseconds since 1970-01-01T00:00:00Z; at once if that is not after `now`. See `sweep` in
    /// `wit/scim`. The same instances as for requests are used.
    ///
    /// # Errors
    /// [`CallError`]. The same step may be made again.
    pub fn sweep(
        &self,
        tenants: &dyn Tenants,
        tenant: &str,
        revision: u64,
        now: u64,
        seed: (u64, u64),
    ) -> Result<Option<u64>, CallError> {
        let step = |instance: &mut Instance| instance.sweep(now, seed);
        self.with_one(tenants, tenant, revision, step)?
            .map_err(CallError::Refused)
    }

    /// What is wrong with settings: in themselves, and, where a store is given and they can be
    /// used at all, in the light of its data.
    ///
    /// # Errors
    /// [`CallError::Guest`] or [`CallError::Host`]; never [`CallError::Settings`].
    pub fn problems(
        &self,
        settings: &str,
        store: Option<Arc<dyn Store>>,
    ) -> Result<Vec<Problem>, CallError> {
        let check = store.is_some();
        let opening = Opening {
            settings: settings.to_owned(),
            revision: 0,
            store: store.unwrap_or_else(|| Arc::new(Unbound)),
            policy: None,
        };
        match self.fresh("", &opening) {
            Ok(mut instance) if check => Ok(instance.check().inspect_err(log)?),
            Ok(_) => Ok(Vec::new()),
            Err(CallError::Settings(problems)) => Ok(problems),
            Err(error) => Err(error),
        }
    }

    /// What tenants' policies run in.
    #[must_use]
    pub fn policies(&self) -> &Policies {
        &self.policies
    }

    /// How many warm instances wait for a call.
    #[must_use]
    pub fn idle(&self) -> usize {
        self.warm.idle()
    }

    /// Whether instances live in a pool of memory slots, rather than in a mapping for each.
    #[must_use]
    pub fn is_pooling(&self) -> bool {
        self.pooling
    }

    /// Whether the component was found compiled in the cache.
    #[must_use]
    pub fn was_cached(&self) -> bool {
        self.cached
    }

    fn answer(
        &self,
        verb: Verb,
        tenants: &dyn Tenants,
        tenant: &str,
        revision: u64,
        request: Request,
    ) -> Result<Response, CallError> {
        let answer = |instance: &mut Instance| instance.answer(verb, request);
        self.with_one(tenants, tenant, revision, answer)
    }

    /// Calls an instance of a tenant, warm or new.
    fn with_one<T>(
        &self,
        tenants: &dyn Tenants,
        tenant: &str,
        revision: u64,
        work: impl FnOnce(&mut Instance) -> Result<T, Fault>,
    ) -> Result<T, CallError> {
        let (revision, mut instance) = match self.warm.take(tenant, &revision) {
            Some(instance) => (revision, instance),
            None => self.open(tenants, tenant)?,
        };
        let response = work(&mut instance).inspect_err(log)?;
        let said = instance.said();
        if !said.is_empty() {
            tracing::error!(said, "the component reports");
        }
        if instance.memory_bytes() <= self.config.warm_memory_bytes {
            self.warm.put(tenant, revision, 1, instance);
        }
        Ok(response)
    }

    fn open(&self, tenants: &dyn Tenants, tenant: &str) -> Result<(u64, Instance), CallError> {
        let opening = tenants.open(tenant)?.ok_or(CallError::NoSuchTenant)?;
        Ok((opening.revision, self.fresh(tenant, &opening)?))
    }

    /// A new instance. Where there is no room for one, warm ones of other tenants make room.
    fn fresh(&self, tenant: &str, opening: &Opening) -> Result<Instance, CallError> {
        loop {
            let state = self.state(tenant, opening);
            match Instance::open(
                &self.component,
                &self.config.limits,
                &opening.settings,
                state,
            ) {
                Err(CallError::Host(HostError::NoRoom)) if self.warm.evict() => {}
                Err(CallError::Guest(fault)) => {
                    log(&fault);
                    return Err(fault.into());
                }
                opened => return opened,
            }
        }
    }

    /// What an instance is bound to.
    fn state(&self, tenant: &str, opening: &Opening) -> State {
        let policy = opening.policy.clone().map(|policy| Bound {
            policies: Arc::clone(&self.policies),
            tenant: tenant.to_owned(),
            policy,
        });
        let (data, turn) = (Arc::clone(&opening.store), self.turns.of(tenant));
        State::new(data, policy, turn, &self.config.limits)
    }
}

/// Binds the component's imports to this host's functions, once for all instances.
fn resolve(engine: &Engine, component: &Component) -> Result<EnginePre<State>, StartError> {
    let link_error = |error: wasmtime::Error| StartError::Link(chain(&error));
    let mut linker = Linker::new(engine);
    bindings::Engine::add_to_linker::<State, HasSelf<State>>(&mut linker, |state| state)
        .map_err(link_error)?;
    wasi::link(&mut linker, engine, component, &OURS)?;
    let resolved = linker.instantiate_pre(component).map_err(link_error)?;
    EnginePre::new(resolved).map_err(link_error)
}

/// The one place where a fault is told to the operator. Tenant and request are the caller's span.
fn log(fault: &Fault) {
    let Fault {
        kind,
        cause,
        stderr,
    } = fault;
    tracing::error!(%kind, cause, stderr, "the component failed");
}
