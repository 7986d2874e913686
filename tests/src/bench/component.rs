//! The component in this process: one runtime, one tenant, one store.

use std::sync::Arc;

use scimlet_runtime::{COMPONENT, Config, Opening, Request, Response, Runtime, Tenants};
use scimlet_store::{Failure, Store};

use super::machine;

/// The settings of every tenant of the bench: none but the defaults.
pub(super) const SETTINGS: &str = "{}";

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
        let runtime = Runtime::new(COMPONENT, config).expect("the component starts");
        let home = Home(store);
        Self { runtime, home }
    }

    /// Answers a request.
    pub(super) fn handle(&self, request: Request) -> Response {
        let answer = self.runtime.handle(&self.home, "bench", 1, request);
        answer.expect("the component answers")
    }
}
