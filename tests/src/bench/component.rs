//! The component in this process: one runtime, one tenant, one store.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use scimlet_runtime::{COMPONENT, Config, Opening, Request, Response, Runtime, Tenants};
use scimlet_store::{Failure, Store};

use super::machine;

/// The component that is measured, if not the one that the server carries.
static CHOSEN: OnceLock<Vec<u8>> = OnceLock::new();

/// The settings of every tenant of the bench: none but the defaults.
pub(super) const SETTINGS: &str = "{}";

/// Takes another build of the component for all that is measured in this process.
pub(super) fn choose(file: &Path) {
    let bytes = std::fs::read(file).expect("a component that can be read");
    CHOSEN.set(bytes).expect("one component is chosen");
}

/// A component with its tenant.
pub(super) struct Component {
    runtime: Runtime,
    home: Home,
}

struct Home(Arc<dyn Store>);

impl Tenants for Home {
    fn open(&self, _: &str) -> Result<Option<Opening>, Failure> {
        Ok(Some(Opening {
            settings: SETTINGS.to_owned(),
            revision: 1,
            store: Arc::clone(&self.0),
            policy: None,
        }))
    }
}

impl Component {
    /// Starts it as the server does, with a compile cache.
    pub(super) fn start(store: Arc<dyn Store>) -> Self {
        Self::start_keeping(store, Config::default().warm_total)
    }

    /// Starts one that opens a new instance for each call.
    pub(super) fn start_cold(store: Arc<dyn Store>) -> Self {
        Self::start_keeping(store, 0)
    }

    fn start_keeping(store: Arc<dyn Store>, warm_total: usize) -> Self {
        let config = Config {
            cache_dir: Some(machine::cache()),
            warm_total,
            ..Config::default()
        };
        let component = CHOSEN.get().map_or(COMPONENT, Vec::as_slice);
        let runtime = Runtime::new(component, config).expect("the component starts");
        let home = Home(store);
        Self { runtime, home }
    }

    /// Answers a request.
    pub(super) fn handle(&self, request: Request) -> Response {
        let answer = self.runtime.handle(&self.home, "bench", 1, request);
        answer.expect("the component answers")
    }
}
