//! An engine with a store, however it is run.

use std::sync::Arc;

use scimlet_runtime::{Request, Response};
use scimlet_store::memory::MemoryBackend;
use scimlet_store::{Backend as _, Store};
use scimlet_store_sqlite::SqliteBackend;
use scimlet_tests::inside::{Component, DAWN, request, seed};
use scimlet_tests::native::Native;
use scimlet_tests::uri;
use serde_json::Value;

/// One way of running the engine.
pub struct Side {
    /// For messages.
    pub name: &'static str,
    ask: Box<dyn Fn(Request) -> Response>,
    asked: u64,
    /// The database and its folder, for as long as it is needed.
    kept: Option<(SqliteBackend, tempfile::TempDir)>,
}

/// Every way, each with an empty store.
pub fn all(settings: &str) -> Vec<Side> {
    vec![native(settings), component(settings), on_sqlite(settings)]
}

/// The native engine over the store in memory.
pub fn native(settings: &str) -> Side {
    let engine = Native::open(settings, in_memory()).expect("settings");
    Side::new("native", move |request| engine.handle(request))
}

/// The component over the store in memory.
pub fn component(settings: &str) -> Side {
    let engine = Component::open(settings, in_memory());
    Side::new("component", move |request| engine.handle(request))
}

/// The native engine over SQLite.
fn on_sqlite(settings: &str) -> Side {
    let folder = tempfile::tempdir().expect("a folder");
    let backend = SqliteBackend::open(&folder.path().join("t.db")).expect("a database");
    let store = backend.store("t").expect("a store");
    let engine = Native::open(settings, store).expect("settings");
    let mut side = Side::new("native on SQLite", move |request| engine.handle(request));
    side.kept = Some((backend, folder));
    side
}

fn in_memory() -> Arc<dyn Store> {
    Arc::new(MemoryBackend::new().tenant_store("t"))
}

impl Side {
    fn new(name: &'static str, ask: impl Fn(Request) -> Response + 'static) -> Self {
        Self {
            name,
            ask: Box::new(ask),
            asked: 0,
            kept: None,
        }
    }

    /// Sends a request; the status and the JSON of the answer.
    pub fn send(&mut self, method: &str, path: &str, body: Option<&Value>) -> (u16, Value) {
        self.asked += 1;
        let (path, query) = match path.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (path, None),
        };
        let answer = (self.ask)(Request {
            query,
            now: DAWN + self.asked,
            seed: seed(self.asked),
            ..request(method, path, body)
        });
        let body = serde_json::from_str(&answer.body).unwrap_or(Value::Null);
        (answer.status, body)
    }

    /// What a filter finds: names, sorted, or the `scimType` of the refusal.
    pub fn find(&mut self, endpoint: &str, filter: &str) -> Result<Vec<String>, String> {
        let path = format!("/{endpoint}?filter={}", uri::encode(filter));
        let (status, body) = self.send("GET", &path, None);
        if status != 200 {
            let word = body["scimType"].as_str().unwrap_or_default();
            return Err(format!("{status} {word}: {}", body["detail"]));
        }
        let found = body["Resources"].as_array().expect("resources");
        let mut names: Vec<String> = found.iter().map(|it| name(it).to_owned()).collect();
        names.sort();
        assert_eq!(body["totalResults"], names.len(), "{filter}");
        Ok(names)
    }
}

/// What a resource is called in the tables.
pub fn name(resource: &Value) -> &str {
    let name = resource["userName"].as_str();
    name.or(resource["displayName"].as_str()).expect("a name")
}
