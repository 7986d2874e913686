//! The door of this room: from a question to a policy's answer, or to why there is none.

use std::fmt::Write as _;
use std::sync::Arc;

use sha2::{Digest as _, Sha256};
use wasmtime::Engine;

use crate::config::{Config, PolicyConfig};
use crate::engine;
use crate::error::{HostError, StartError};
use crate::meter;
use crate::policy::breaker::Breakers;
use crate::policy::cache::Cache;
use crate::policy::data::{Asked, Checked, Hook, Policy, PolicyFailure};
use crate::policy::error::{Broken, PolicyError};
use crate::policy::face;
use crate::policy::gate::Gate;
use crate::policy::instance::{Description, Instance};
use crate::policy::load::{self, Loaded};
use crate::policy::shelf::Shelf;
use crate::pool::Pool;

/// Names and versions go into logs and tables.
const MOST_LETTERS: usize = 100;

/// What a warm instance is taken to hold at least, in bytes.
const LEAST_WEIGHT: usize = 1 << 20;

/// All tenants' policies: compiled, warm, at work or suspended. Shared between threads behind an
/// `Arc`.
pub struct Policies {
    engine: Engine,
    config: PolicyConfig,
    cache: Cache,
    shelf: Shelf,
    warm: Pool<String, Instance>,
    gate: Gate,
    breakers: Breakers,
}

impl Policies {
    /// Sets up what policies run in. Nothing is compiled yet.
    ///
    /// # Errors
    /// [`StartError`] says what this machine lacks.
    pub fn start(config: &Config) -> Result<Self, StartError> {
        let engine = engine::start_for_policies()?;
        let cache = Cache::new(&engine, config.cache_dir.as_deref());
        let config = config.policies.clone();
        Ok(Self {
            engine,
            cache,
            shelf: Shelf::new(config.compiled_bytes),
            warm: Pool::new(config.warm_per_tenant, config.warm_bytes),
            gate: Gate::new(config.at_work_per_tenant),
            breakers: Breakers::new(config.failures, config.pause),
            config,
        })
    }

    /// Whether a component can be a tenant's policy: it has the right imports and exports, and says
    /// what it is. It is compiled for that, and stays so.
    ///
    /// # Errors
    /// [`PolicyError`], for whoever wrote it.
    pub fn check(&self, code: &[u8]) -> Result<Checked, PolicyError> {
        let digest = digest(code);
        let loaded = self.load(&digest, code)?;
        let mut instance = self.instance(&loaded).map_err(failed)?;
        let said = instance.describe().map_err(PolicyError::Failed)?;
        let Description {
            name,
            version,
            hooks,
        } = said;
        check_text("name", &name)?;
        check_text("version", &version)?;
        Ok(Checked {
            digest,
            name,
            version,
            hooks: known_hooks(&hooks)?,
            bytes: code.len(),
            compiled_bytes: loaded.compiled_bytes,
            memory_bytes: instance.memory_bytes(),
        })
    }

    /// How many warm instances wait for a call.
    #[must_use]
    pub fn idle(&self) -> usize {
        self.warm.idle()
    }

    /// How many policies are suspended.
    #[must_use]
    pub fn suspended(&self) -> usize {
        self.breakers.open(meter::now())
    }

    /// How many bytes of compiled code are mapped.
    #[must_use]
    pub fn compiled_bytes(&self) -> usize {
        self.shelf.bytes()
    }

    /// Puts a question to a tenant's policy.
    pub(crate) fn put<T>(
        &self,
        tenant: &str,
        policy: &Policy,
        hook: Hook,
        work: impl FnOnce(&mut Instance) -> Result<T, Broken>,
    ) -> Result<T, PolicyFailure> {
        let begun = meter::now();
        let answer = self.try_put(tenant, policy, hook, work);
        policy.source.asked(&Asked {
            hook,
            took: begun.elapsed(),
            failure: answer.as_ref().err().copied(),
        });
        answer
    }

    fn try_put<T>(
        &self,
        tenant: &str,
        policy: &Policy,
        hook: Hook,
        work: impl FnOnce(&mut Instance) -> Result<T, Broken>,
    ) -> Result<T, PolicyFailure> {
        let digest = policy.digest.as_str();
        // Looked at before and behind the gate: nobody waits for what is suspended already, and
        // nobody who waited makes it worse.
        if self.breakers.is_open(tenant, digest, meter::now()) {
            return Err(PolicyFailure::Suspended);
        }
        let Some(_place) = self.gate.enter(tenant, self.config.limits.guest_time) else {
            // In a rush there is one for each request: metrics count them, by the reason.
            tracing::debug!(tenant, digest, "too many calls of the policy are at work");
            return Err(PolicyFailure::Unavailable);
        };
        if !self.breakers.admits(tenant, digest, meter::now()) {
            return Err(PolicyFailure::Suspended);
        }
        match self.with_one(tenant, policy, work) {
            Ok(answer) => {
                if self.breakers.succeeded(tenant, digest) {
                    tracing::info!(tenant, digest, "the policy works again");
                }
                Ok(answer)
            }
            Err(broken) => {
                self.report(tenant, digest, hook, &broken);
                Err(broken.failure())
            }
        }
    }

    /// Calls an instance of a tenant's policy, warm or new.
    fn with_one<T>(
        &self,
        tenant: &str,
        policy: &Policy,
        work: impl FnOnce(&mut Instance) -> Result<T, Broken>,
    ) -> Result<T, Broken> {
        let digest = &policy.digest;
        let mut instance = match self.warm.take(tenant, digest) {
            Some(instance) => instance,
            None => self.instance(&*self.installed(policy)?)?,
        };
        let answer = work(&mut instance)?;
        tell(tenant, digest, &instance.said());
        let bytes = instance.memory_bytes();
        if bytes <= self.config.warm_instance_bytes {
            // One that holds nothing has its tables and handles all the same.
            let weight = bytes.max(LEAST_WEIGHT);
            self.warm.put(tenant, digest.clone(), weight, instance);
        }
        Ok(answer)
    }

    /// The one place where a policy's failure is told to the operator.
    fn report(&self, tenant: &str, digest: &str, hook: Hook, broken: &Broken) {
        let kind = broken.failure();
        tracing::error!(tenant, digest, %hook, %kind, cause = %broken, "the policy failed");
        tell(tenant, digest, broken.said());
        if broken.is_its_own() && self.breakers.failed(tenant, digest, meter::now()) {
            let seconds = self.config.pause.as_secs_f64();
            tracing::error!(tenant, digest, seconds, "the policy is suspended");
        }
    }

    /// A policy that was checked when it was installed.
    fn installed(&self, policy: &Policy) -> Result<Arc<Loaded>, Broken> {
        let digest = &policy.digest;
        let unusable = |error: PolicyError| Broken::Load(error.to_string());
        self.shelf.get(digest, || {
            if let Some(component) = self.cache.find(digest) {
                return load::bind(&self.engine, &component).map_err(unusable);
            }
            let code = policy
                .source
                .code()
                .map_err(|failure| Broken::Unread(failure.to_string()))?;
            if self::digest(&code) != *digest {
                return Err(Broken::Load(
                    "its code is not what was installed".to_owned(),
                ));
            }
            self.compile(digest, &code).map_err(unusable)
        })
    }

    /// A component that may be anything.
    pub(super) fn load(&self, digest: &str, code: &[u8]) -> Result<Arc<Loaded>, PolicyError> {
        face::check(code, self.config.code_bytes)?;
        self.shelf.get(digest, || match self.cache.find(digest) {
            Some(component) => load::bind(&self.engine, &component),
            None => self.compile(digest, code),
        })
    }

    fn compile(&self, digest: &str, code: &[u8]) -> Result<Loaded, PolicyError> {
        let begun = meter::now();
        let component = self
            .cache
            .compile(digest, code)
            .map_err(PolicyError::Compile)?;
        let micros = begun.elapsed().as_micros();
        tracing::info!(digest, micros, "policy compiled");
        load::bind(&self.engine, &component)
    }

    pub(super) fn instance(&self, loaded: &Loaded) -> Result<Instance, Broken> {
        Instance::new(&loaded.policy, &self.config)
    }
}

/// What a policy writes may hold anybody's name, so it is for those only who ask for it.
fn tell(tenant: &str, digest: &str, said: &str) {
    if !said.is_empty() {
        tracing::debug!(tenant, digest, said, "the policy says");
    }
}

/// The SHA-256 of a policy's code, in lower-case hex.
pub(super) fn digest(code: &[u8]) -> String {
    let hash = Sha256::digest(code);
    hash.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string does not fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Why a new instance could not be asked anything.
pub(super) fn failed(broken: Broken) -> PolicyError {
    match broken {
        Broken::Guest(fault) => PolicyError::Failed(fault),
        Broken::Host(error) => PolicyError::Host(error),
        other => PolicyError::Host(HostError::Instance(other.to_string())),
    }
}

fn known_hooks(names: &[String]) -> Result<Vec<Hook>, PolicyError> {
    let wrong = |text: String| Err(PolicyError::Description(text));
    let mut hooks = Vec::new();
    for name in names {
        match Hook::named(name) {
            None => {
                return wrong(format!(
                    "there is no hook `{name}`; take `shape`, `entitle`"
                ));
            }
            Some(hook) if hooks.contains(&hook) => {
                return wrong(format!("the hook `{name}` is named twice"));
            }
            Some(hook) => hooks.push(hook),
        }
    }
    if hooks.is_empty() {
        return wrong("it names no hook, so it would never be asked".to_owned());
    }
    Ok(hooks)
}

fn check_text(what: &str, text: &str) -> Result<(), PolicyError> {
    let letters = text.chars().count();
    let is_plain = !text.chars().any(char::is_control) && text.trim() == text;
    if (1..=MOST_LETTERS).contains(&letters) && is_plain {
        return Ok(());
    }
    Err(PolicyError::Description(format!(
        "its {what} must have 1 to {MOST_LETTERS} letters, on one line"
    )))
}
