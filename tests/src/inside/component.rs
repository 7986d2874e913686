//! The component in its runtime, over any store: one runtime for all tests of a process.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use scimlet_runtime::{COMPONENT, Config, Opening, Progress, Request, Response, Runtime, Tenants};
use scimlet_store::{Failure, Store};

/// A tenant of the component, with its data. Threads may share it.
pub struct Component {
    name: String,
    opening: Opening,
}

impl Component {
    /// Opens a tenant with these settings (JSON).
    pub fn open(settings: &str, store: Arc<dyn Store>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let opening = Opening {
            settings: settings.to_owned(),
            revision: 1,
            store,
            policy: None,
        };
        Self {
            name: format!("tenant-{}", NEXT.fetch_add(1, Ordering::Relaxed)),
            opening,
        }
    }

    /// Answers a request.
    #[track_caller]
    pub fn handle(&self, request: Request) -> Response {
        runtime()
            .handle(self, &self.name, 1, request)
            .expect("the component answers")
    }

    /// Makes one step of reindexing.
    #[track_caller]
    pub fn reindex(&self, after: Option<&str>, budget: u32) -> Progress {
        runtime()
            .reindex(self, &self.name, 1, after, budget)
            .expect("the component goes on")
    }

    /// Makes one step of what is due, and answers when to come again.
    #[track_caller]
    pub fn sweep(&self, now: u64, seed: (u64, u64)) -> Option<u64> {
        runtime()
            .sweep(self, &self.name, 1, now, seed)
            .expect("the component goes on")
    }

    /// The answer that [`Self::handle`] would give now; changes nothing.
    #[track_caller]
    pub fn preview(&self, request: Request) -> Response {
        runtime()
            .preview(self, &self.name, 1, request)
            .expect("the component answers")
    }
}

impl Tenants for Component {
    fn open(&self, tenant: &str) -> Result<Option<Opening>, Failure> {
        Ok((tenant == self.name).then(|| self.opening.clone()))
    }
}

/// Compiling the component takes seconds, so what came of it is kept beside the tests' binaries.
fn runtime() -> &'static Runtime {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let program = std::env::current_exe().expect("a test knows its own path");
        let config = Config {
            cache_dir: Some(program.with_file_name("scimlet-inside-cache")),
            max_instances: 64,
            warm_total: 16,
            ..Config::default()
        };
        Runtime::new(COMPONENT, config).expect("the component starts")
    })
}
