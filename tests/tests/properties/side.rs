//! An engine with a store of its own, however it is run. Threads may share it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use scimlet_runtime::{Request, Response};
use scimlet_store::memory::MemoryBackend;
use scimlet_store::{Backend as _, Store};
use scimlet_store_sqlite::SqliteBackend;
use scimlet_tests::inside::{Component, DAWN, request, seed};
use scimlet_tests::native::Native;
use serde_json::Value;

/// One way of running the engine.
pub struct Side {
    /// For messages.
    pub name: &'static str,
    pub store: Arc<dyn Store>,
    ask: Box<dyn Fn(Request) -> Response + Send + Sync>,
    asked: AtomicU64,
    /// The database and its folder, for as long as it is needed.
    kept: Option<Arc<(SqliteBackend, tempfile::TempDir)>>,
}

impl Side {
    /// The native engine over a store.
    pub fn native(name: &'static str, settings: &str, store: Arc<dyn Store>) -> Self {
        let engine = Native::open(settings, store.clone()).expect("settings");
        Self::new(name, store, move |request| engine.handle(request))
    }

    /// The component over a store.
    pub fn component(name: &'static str, settings: &str, store: Arc<dyn Store>) -> Self {
        let engine = Component::open(settings, store.clone());
        Self::new(name, store, move |request| engine.handle(request))
    }

    /// The native engine over a database of its own.
    pub fn on_sqlite(name: &'static str, settings: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let backend = SqliteBackend::open(&folder.path().join("t.db")).expect("a database");
        let store = backend.store("t").expect("a store");
        let side = Self::native(name, settings, store);
        Self {
            kept: Some(Arc::new((backend, folder))),
            ..side
        }
    }

    /// The same data under other settings.
    pub fn reopened(&self, settings: &str) -> Self {
        let side = Self::native(self.name, settings, self.store.clone());
        Self {
            asked: AtomicU64::new(self.asked.load(Ordering::Relaxed)),
            kept: self.kept.clone(),
            ..side
        }
    }

    fn new(
        name: &'static str,
        store: Arc<dyn Store>,
        ask: impl Fn(Request) -> Response + Send + Sync + 'static,
    ) -> Self {
        Self {
            name,
            store,
            ask: Box::new(ask),
            asked: AtomicU64::new(0),
            kept: None,
        }
    }

    /// Sends a request; the status and the JSON of the answer.
    pub fn send(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        let (status, text) = self.send_for_text(method, path, body);
        (status, serde_json::from_str(&text).unwrap_or(Value::Null))
    }

    /// The same; the answer as it was sent.
    pub fn send_for_text(&self, method: &str, path: &str, body: Option<&Value>) -> (u16, String) {
        let number = self.asked.fetch_add(1, Ordering::Relaxed) + 1;
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (path, None),
        };
        let answer = (self.ask)(Request {
            query,
            now: DAWN + number,
            seed: seed(number),
            ..request(method, path, body)
        });
        (answer.status, answer.body)
    }

    /// Creates a resource that must be good; what became of it.
    #[track_caller]
    pub fn create(&self, endpoint: &str, body: &Value) -> Value {
        let (status, answer) = self.send("POST", endpoint, Some(body));
        assert_eq!(status, 201, "{}: {body}\n{answer}", self.name);
        answer
    }
}

/// An empty store in memory.
pub fn in_memory() -> Arc<dyn Store> {
    Arc::new(MemoryBackend::new().tenant_store("t"))
}

/// The path of a resource.
pub fn path_of(resource: &Value) -> String {
    let kind = resource["meta"]["resourceType"].as_str().expect("a type");
    let endpoint = match kind {
        "Entitlement" => "Entitlements",
        "Group" => "Groups",
        "Role" => "Roles",
        _ => "Users",
    };
    format!("/{endpoint}/{}", resource["id"].as_str().expect("an id"))
}
