//! Keeps everything in memory, behind one lock: for tests, for trials, and as the plainest reading
//! of what the port promises.
//!
//! Nothing survives the process, so "durable" means no more here than "made". Everything else that
//! `wit/store/store.wit` promises holds, and [`crate::contract`] checks it.

mod commit;
mod edges;
mod find;
mod registry;
mod select;
mod space;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::{
    Backend, Change, Claim, Credential, EdgePage, EdgeQuery, Failure, Install, Key, Outcome, Page,
    Plan, Posted, Registry, Row, Store, Tenant,
};
use space::Space;

/// Everything a host keeps, in memory. Clones are handles on the same data.
#[derive(Clone, Default)]
pub struct MemoryBackend {
    world: Arc<RwLock<World>>,
}

/// One tenant's part of a [`MemoryBackend`].
#[derive(Clone)]
pub struct MemoryStore {
    backend: MemoryBackend,
    tenant: String,
}

/// All tenants' data and the registry.
#[derive(Default)]
struct World {
    /// By tenant; a space begins with a tenant's first commit.
    spaces: BTreeMap<String, Space>,
    tenants: BTreeMap<String, Tenant>,
    credentials: BTreeMap<String, Credential>,
    /// By tenant.
    installs: BTreeMap<String, Vec<Install>>,
    /// By the policy's digest.
    codes: BTreeMap<String, Vec<u8>>,
}

impl MemoryBackend {
    /// An empty backend.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The store of one tenant, as a type of its own.
    #[must_use]
    pub fn tenant_store(&self, tenant: &str) -> MemoryStore {
        MemoryStore {
            backend: self.clone(),
            tenant: tenant.to_owned(),
        }
    }

    fn read(&self) -> Result<RwLockReadGuard<'_, World>, Failure> {
        self.world.read().map_err(|_| poisoned())
    }

    fn write(&self) -> Result<RwLockWriteGuard<'_, World>, Failure> {
        self.world.write().map_err(|_| poisoned())
    }
}

/// A writer panicked, so half a commit may stand: nothing read from here can be trusted.
fn poisoned() -> Failure {
    Failure::Other("a writer of the in-memory store panicked".to_owned())
}

impl Backend for MemoryBackend {
    fn store(&self, tenant: &str) -> Result<Arc<dyn Store>, Failure> {
        Ok(Arc::new(self.tenant_store(tenant)))
    }

    fn registry(&self) -> &dyn Registry {
        self
    }

    fn ready(&self) -> Result<(), Failure> {
        self.write().map(|_| ())
    }
}

impl MemoryStore {
    /// Asks the tenant's space; one that has no commit yet is asked as an empty one.
    fn ask<T>(&self, question: impl FnOnce(&Space) -> Result<T, Failure>) -> Result<T, Failure> {
        let world = self.backend.read()?;
        match world.spaces.get(&self.tenant) {
            Some(space) => question(space),
            None => question(&Space::default()),
        }
    }
}

impl Store for MemoryStore {
    fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, Failure> {
        self.ask(|space| Ok(keys.iter().map(|key| space.row(key)).collect()))
    }

    fn holders(&self, claims: &[Claim]) -> Result<Vec<Option<Key>>, Failure> {
        self.ask(|space| {
            Ok(claims
                .iter()
                .map(|claim| space.claims.get(claim).cloned())
                .collect())
        })
    }

    fn counters(&self, names: &[String]) -> Result<Vec<u64>, Failure> {
        self.ask(|space| Ok(names.iter().map(|name| space.counter(name)).collect()))
    }

    fn find(&self, plan: &Plan) -> Result<Page, Failure> {
        self.ask(|space| find::find(space, plan))
    }

    fn edges(&self, queries: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure> {
        self.ask(|space| {
            queries
                .iter()
                .map(|query| edges::page(space, query))
                .collect()
        })
    }

    fn commit(&self, changes: &[Change]) -> Result<Outcome, Failure> {
        let mut world = self.backend.write()?;
        let space = world.spaces.entry(self.tenant.clone()).or_default();
        Ok(commit::commit(space, changes))
    }

    fn outbox(&self, after: u64, max: u32) -> Result<Vec<Posted>, Failure> {
        self.ask(|space| Ok(space.posted(after, max)))
    }

    fn outbox_end(&self) -> Result<u64, Failure> {
        self.ask(|space| Ok(space.end()))
    }

    fn prune(&self, through: u64, max: u32) -> Result<u64, Failure> {
        let mut world = self.backend.write()?;
        let space = world.spaces.get_mut(&self.tenant);
        Ok(space.map_or(0, |space| space.prune(through, max)))
    }
}

impl fmt::Debug for MemoryBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryBackend").finish_non_exhaustive()
    }
}

impl fmt::Debug for MemoryStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryStore")
            .field("tenant", &self.tenant)
            .finish_non_exhaustive()
    }
}
