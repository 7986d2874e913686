//! What a host does beside requests: settings that change, and what is due by time.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use scimlet_store::Backend as _;
use serde_json::{Value, json};

use crate::token::SCOPES;
use crate::{Platform, now, seed};

/// A tenant is looked after so often, even if nothing is known to be due. Every process looks after
/// what it has written itself, so this is for one that died in between.
const ROUND_MS: u64 = 3_600_000;
/// How many steps a tenant may take before the others have their turn.
const STEPS: usize = 20;

/// When each tenant is looked after next.
#[derive(Default)]
pub(crate) struct Due(Mutex<HashMap<String, u64>>);

impl Due {
    /// A tenant has been written to.
    pub(crate) fn now(&self, tenant: &str) {
        self.lock().insert(tenant.to_owned(), 0);
    }

    /// Whether a tenant is to be looked after; who asks does so.
    fn take(&self, tenant: &str) -> bool {
        let mut due = self.lock();
        let next = due.entry(tenant.to_owned()).or_default();
        let is_due = *next <= now();
        if is_due {
            *next = now() + ROUND_MS;
        }
        is_due
    }

    /// At this moment, or sooner if it has been written to meanwhile.
    fn at(&self, tenant: &str, moment: u64) {
        let mut due = self.lock();
        let next = due.entry(tenant.to_owned()).or_default();
        *next = moment.min(*next);
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What became of a tenant's settings.
pub(crate) enum Saved {
    /// They are in force; the tenant's tokens, by scope.
    Tokens(HashMap<&'static str, String>),
    /// They are not, and the old ones are: what is wrong with them.
    Problems(Vec<Value>),
}

impl Platform {
    /// Makes a tenant, or gives it other settings. Blocks.
    pub(crate) fn save(&self, name: &str, settings: &str) -> anyhow::Result<Saved> {
        let problems = self.runtime.problems(settings, None)?;
        if !problems.is_empty() {
            let problems = problems.iter();
            let told = problems.map(|it| json!({ "path": it.path, "detail": it.detail }));
            return Ok(Saved::Problems(told.collect()));
        }
        let registry = self.backend.registry();
        while !registry.create_tenant(name, settings, now())? {
            if registry.replace_settings(name, settings, self.revision(name)?)? {
                break;
            }
        }
        self.reindex(name)?;
        let token = |scope| (scope, self.seal.token(name, scope));
        Ok(Saved::Tokens(SCOPES.map(token).into()))
    }

    /// Rows that were written before are to be found by what the settings name now.
    fn reindex(&self, name: &str) -> anyhow::Result<()> {
        let mut after: Option<String> = None;
        loop {
            let (revision, from) = (self.revision(name)?, after.as_deref());
            after = self.runtime.reindex(self, name, revision, from, 200)?.next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// Carries out what is due by time (terms that begin or end, work that was left over), for ever.
    pub(crate) fn look_after(&self) {
        loop {
            thread::park_timeout(Duration::from_secs(1));
            for tenant in self.backend.registry().tenants().unwrap_or_default() {
                if self.due.take(&tenant.name) {
                    // What fails is tried again in a second.
                    let next = self
                        .sweep(&tenant.name, tenant.revision)
                        .unwrap_or_default();
                    self.due.at(&tenant.name, next);
                }
            }
        }
    }

    /// When to come again.
    fn sweep(&self, tenant: &str, revision: u64) -> anyhow::Result<u64> {
        for _ in 0..STEPS {
            let now = now();
            match self.runtime.sweep(self, tenant, revision, now, seed()?)? {
                None => return Ok(u64::MAX),
                Some(next) if next > now => return Ok(next),
                Some(_) => {}
            }
        }
        Ok(0)
    }
}
