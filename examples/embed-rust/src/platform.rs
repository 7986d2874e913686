//! What every platform has in some form: tenants, who may speak for them, and what is due.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use axum::http::{Method, Uri};
use scimlet_runtime::{
    COMPONENT, CallError, Config, Header, Opening, Principal, Problem, Request, Response, Runtime,
    Tenants,
};
use scimlet_store::{Backend as _, Failure};
use scimlet_store_sqlite::SqliteBackend;
use serde_json::json;

use crate::token::{Caller, SCOPES, Seal};

/// A tenant is looked after so often, even if nothing is known to be due. Every process looks after
/// what it has written itself, so this is for one that died in between.
const ROUND_MS: u64 = 3_600_000;
/// How many steps a tenant may take before the others have their turn.
const STEPS: usize = 20;

/// All tenants of this program. Any store will do; this one brings a table of tenants.
pub(crate) struct Platform {
    runtime: Runtime,
    backend: SqliteBackend,
    seal: Seal,
    /// When each tenant is looked after next.
    due: Mutex<HashMap<String, u64>>,
}

/// What became of a tenant's settings.
pub(crate) enum Saved {
    /// They are in force; the tenant's tokens, by scope.
    Tokens(HashMap<&'static str, String>),
    /// They are not, and the old ones are: what is wrong with them, as JSON.
    Problems(String),
}

/// Whose settings and whose store: all that the runtime asks.
impl Tenants for Platform {
    fn open(&self, tenant: &str) -> Result<Option<Opening>, Failure> {
        let Some(found) = self.backend.registry().tenant(tenant)? else {
            return Ok(None);
        };
        Ok(Some(Opening {
            settings: found.settings,
            revision: found.revision,
            store: self.backend.store(tenant)?,
        }))
    }
}

impl Platform {
    pub(crate) fn open(file: &Path, secret: &str) -> anyhow::Result<Self> {
        Ok(Self {
            runtime: Runtime::new(COMPONENT, Config::default())?,
            backend: SqliteBackend::open(file)?,
            seal: Seal::new(secret)?,
            due: Mutex::default(),
        })
    }

    /// Makes a tenant, or gives it other settings.
    pub(crate) fn save(&self, name: &str, settings: &str) -> anyhow::Result<Saved> {
        let problems = self.runtime.problems(settings, None)?;
        if !problems.is_empty() {
            let problem = |it: &Problem| json!({ "path": it.path, "detail": it.detail });
            let problems: Vec<_> = problems.iter().map(problem).collect();
            return Ok(Saved::Problems(json!({ "problems": problems }).to_string()));
        }
        let registry = self.backend.registry();
        while !registry.create_tenant(name, settings, now())? {
            let revision = registry.tenant(name)?.map_or(0, |tenant| tenant.revision);
            if registry.replace_settings(name, settings, revision)? {
                break;
            }
        }
        // Rows that were written before are to be found by what the settings name now.
        let mut after = None;
        loop {
            let revision = self.revision(name)?;
            after = self
                .runtime
                .reindex(self, name, revision, after.as_deref(), 200)?
                .next;
            if after.is_none() {
                break;
            }
        }
        let token = |scope| (scope, self.seal.token(name, scope));
        Ok(Saved::Tokens(SCOPES.map(token).into()))
    }

    /// Whether this is the secret itself.
    pub(crate) fn is_operator(&self, token: &str) -> bool {
        self.seal.is_secret(token)
    }

    /// Who presents this token.
    pub(crate) fn bearer(&self, token: &str) -> Option<Caller> {
        self.seal.open(token)
    }

    /// Answers a SCIM request. Blocks.
    pub(crate) fn handle(
        &self,
        caller: Caller,
        method: &Method,
        uri: &Uri,
        headers: Vec<Header>,
        body: String,
        base_url: String,
    ) -> Result<Response, CallError> {
        let tenant = caller.tenant.clone();
        let request = Request {
            method: method.to_string(),
            path: uri.path().trim_start_matches(crate::BASE).to_owned(),
            query: uri.query().map(str::to_owned),
            headers,
            body,
            principal: Principal {
                id: format!("{}.{}", caller.tenant, caller.scope),
                scopes: vec![caller.scope],
            },
            now: now(),
            seed: seed(),
            base_url,
        };
        let answer = self
            .runtime
            .handle(self, &tenant, self.revision(&tenant)?, request);
        if method != Method::GET {
            self.due().insert(tenant, 0);
        }
        answer
    }

    /// Carries out what is due by time, for ever.
    pub(crate) fn look_after(&self) {
        loop {
            std::thread::park_timeout(Duration::from_secs(1));
            for tenant in self.backend.registry().tenants().unwrap_or_default() {
                let due = self.due().get(&tenant.name).copied().unwrap_or_default();
                if due <= now() {
                    // Before the look, so that who writes meanwhile is looked after once more.
                    self.due().insert(tenant.name.clone(), now() + ROUND_MS);
                    let next = self.sweep(&tenant.name, tenant.revision);
                    let mut due = self.due();
                    let noted = due.entry(tenant.name).or_default();
                    *noted = next.min(*noted);
                }
            }
        }
    }

    /// When to come again. What fails is tried again in a second.
    fn sweep(&self, tenant: &str, revision: u64) -> u64 {
        for _ in 0..STEPS {
            let now = now();
            match self.runtime.sweep(self, tenant, revision, now, seed()) {
                Ok(None) => return u64::MAX,
                Ok(Some(next)) if next > now => return next,
                Ok(Some(_)) => {}
                Err(_) => return 0,
            }
        }
        0
    }

    /// Another process may have changed the settings, so the table is asked.
    fn revision(&self, tenant: &str) -> Result<u64, Failure> {
        let found = self.backend.registry().tenant(tenant)?;
        Ok(found.map_or(0, |tenant| tenant.revision))
    }

    fn due(&self) -> std::sync::MutexGuard<'_, HashMap<String, u64>> {
        self.due.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the only clock that the component has"
)]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the only chance that the component has"
)]
fn seed() -> (u64, u64) {
    let mut bytes = [0; 16];
    // Without chance the system does not run either.
    let _ = getrandom::fill(&mut bytes);
    let (first, second) = bytes.split_at(8);
    let number = |half: &[u8]| half.try_into().map_or(0, u64::from_le_bytes);
    (number(first), number(second))
}
