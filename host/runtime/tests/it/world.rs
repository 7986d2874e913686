//! What the tests run in: the hostile component, tenants, and a store that remembers.

#[path = "../../build/guest.rs"]
#[expect(
    clippy::disallowed_methods,
    reason = "cargo tells a build by its environment"
)]
mod guest;

use std::fs;
use std::path::Path;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::thread;
use std::time::Duration;

use scimlet_runtime::{
    CallError, Config, Fault, Header, Limits, Opening, Policy, Principal, Request, Response,
    Runtime, Tenants,
};
use scimlet_store::{
    Change, Claim, Edge, EdgePage, EdgeQuery, Failure, Key, Outcome, Page, Plan, Posted, Row,
    Selection, Store,
};

/// The hostile component.
pub(crate) fn hostile() -> &'static [u8] {
    static HOSTILE: LazyLock<Vec<u8>> = LazyLock::new(|| build("hostile"));
    &HOSTILE
}

/// The hostile policy.
pub(crate) fn hostile_policy() -> &'static [u8] {
    static HOSTILE: LazyLock<Vec<u8>> = LazyLock::new(|| build("hostile-policy"));
    &HOSTILE
}

/// Builds a guest of `tests/guests`.
fn build(package: &str) -> Vec<u8> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"))
        .ancestors()
        .nth(2)
        .unwrap();
    // `CARGO_TARGET_TMPDIR` is `<target dir>/tmp`.
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().unwrap();
    let built = guest::build(&guest::Order {
        folder: &root.join("tests/guests").join(package),
        package,
        profile: "release",
        target_dir: &target.join("guests"),
    });
    fs::read(built.unwrap_or_else(|error| panic!("{error}"))).unwrap()
}

/// One runtime with its tenants.
pub(crate) struct World {
    pub(crate) runtime: Runtime,
    pub(crate) tenants: Fake,
}

impl World {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            runtime: Runtime::new(hostile(), config).unwrap(),
            tenants: Fake::default(),
        }
    }

    pub(crate) fn limited(limits: Limits) -> Self {
        Self::new(Config { limits, ..small() })
    }

    pub(crate) fn call(&self, tenant: &str, path: &str) -> Result<Response, CallError> {
        let revision = self.tenants.revision.load(Ordering::SeqCst);
        self.runtime
            .handle(&self.tenants, tenant, revision, request(path))
    }

    /// Hands over a body.
    pub(crate) fn tell(&self, tenant: &str, path: &str, body: &str) -> String {
        let revision = self.tenants.revision.load(Ordering::SeqCst);
        let body = body.to_owned();
        let request = Request {
            body,
            ..request(path)
        };
        let answer = self
            .runtime
            .handle(&self.tenants, tenant, revision, request);
        answer.unwrap().body
    }

    pub(crate) fn body(&self, tenant: &str, path: &str) -> String {
        self.call(tenant, path).unwrap().body
    }

    pub(crate) fn fault(&self, path: &str) -> Fault {
        match self.call("acme", path) {
            Err(CallError::Guest(fault)) => fault,
            other => panic!("expected a fault, got {other:?}"),
        }
    }
}

/// A configuration that starts quickly.
pub(crate) fn small() -> Config {
    Config {
        cache_dir: Some(Path::new(env!("CARGO_TARGET_TMPDIR")).join("compiled")),
        max_instances: 20,
        warm_per_tenant: 2,
        warm_total: 8,
        ..Config::default()
    }
}

pub(crate) fn request(path: &str) -> Request {
    Request {
        method: "POST".to_owned(),
        path: path.to_owned(),
        query: Some("count=1".to_owned()),
        headers: vec![Header {
            name: "prefer".to_owned(),
            value: "none".to_owned(),
        }],
        body: "{\"ü\":1}".to_owned(),
        principal: Principal {
            id: "idp".to_owned(),
            scopes: vec!["scim".to_owned()],
        },
        now: 17,
        seed: (18, 19),
        base_url: "https://scim.example.com/scim/v2".to_owned(),
    }
}

/// What a client would send to look something up.
pub(crate) fn read(path: &str) -> Request {
    let (method, body) = ("GET".to_owned(), String::new());
    Request {
        method,
        query: None,
        headers: Vec::new(),
        body,
        ..request(path)
    }
}

/// Tenants whose settings are their names; there is none called `nobody`.
pub(crate) struct Fake {
    pub(crate) revision: AtomicU64,
    pub(crate) opened: AtomicUsize,
    pub(crate) store: Arc<Memory>,
    /// The policy of all of them.
    pub(crate) policy: Mutex<Option<Policy>>,
}

impl Default for Fake {
    fn default() -> Self {
        let store = Arc::new(Memory::default());
        Self {
            revision: AtomicU64::new(1),
            opened: AtomicUsize::new(0),
            store,
            policy: Mutex::default(),
        }
    }
}

impl Tenants for Fake {
    fn open(&self, tenant: &str) -> Result<Option<Opening>, Failure> {
        self.opened.fetch_add(1, Ordering::SeqCst);
        match tenant {
            "nobody" => Ok(None),
            "unreachable" => Err(Failure::Unavailable("gone fishing".to_owned())),
            "slow" => Err(Failure::Timeout),
            settings => Ok(Some(Opening {
                settings: settings.to_owned(),
                revision: self.revision.load(Ordering::SeqCst),
                store: Arc::clone(&self.store) as Arc<dyn Store>,
                policy: self.policy.lock().unwrap().clone(),
            })),
        }
    }
}

/// Gives the same answers always, and remembers the questions.
#[derive(Default)]
pub(crate) struct Memory {
    /// What every question fails with, if anything.
    pub(crate) failure: Mutex<Option<Failure>>,
    /// How long every question takes.
    pub(crate) delay: Mutex<Duration>,
    pub(crate) plans: Mutex<Vec<Plan>>,
    pub(crate) queries: Mutex<Vec<EdgeQuery>>,
    pub(crate) changes: Mutex<Vec<Change>>,
}

impl Memory {
    fn answer<T>(&self, answer: T) -> Result<T, Failure> {
        let delay = *self.delay.lock().unwrap();
        if !delay.is_zero() {
            thread::park_timeout(delay);
        }
        self.failure.lock().unwrap().clone().map_or(Ok(answer), Err)
    }
}

pub(crate) fn key(id: &str) -> Key {
    Key {
        kind: "User".to_owned(),
        id: id.to_owned(),
    }
}

pub(crate) fn edge() -> Edge {
    let (source, target) = (key("g"), key("1"));
    Edge {
        relation: "member".to_owned(),
        source,
        target,
        body: "{}".to_owned(),
    }
}

impl Store for Memory {
    fn load(&self, keys: &[Key]) -> Result<Vec<Option<Row>>, Failure> {
        let row = |key: &Key| Row {
            key: key.clone(),
            version: 5,
            body: "{\"é\":1}".to_owned(),
        };
        self.answer(
            keys.iter()
                .map(|key| (key.id == "1").then(|| row(key)))
                .collect(),
        )
    }

    fn holders(&self, claims: &[Claim]) -> Result<Vec<Option<Key>>, Failure> {
        self.answer(claims.iter().map(|claim| Some(key(&claim.value))).collect())
    }

    fn counters(&self, names: &[String]) -> Result<Vec<u64>, Failure> {
        self.answer(names.iter().map(|name| name.len() as u64).collect())
    }

    fn find(&self, plan: &Plan) -> Result<Page, Failure> {
        self.plans.lock().unwrap().push(plan.clone());
        let rows = vec![Row {
            key: key("1"),
            version: 5,
            body: "{}".to_owned(),
        }];
        let selection = Selection::Superset;
        self.answer(Page {
            rows,
            next: Some("more".to_owned()),
            total: Some(40),
            selection,
        })
    }

    fn edges(&self, queries: &[EdgeQuery]) -> Result<Vec<EdgePage>, Failure> {
        self.queries.lock().unwrap().extend_from_slice(queries);
        self.answer(vec![EdgePage {
            edges: vec![edge()],
            next: None,
            total: Some(1),
        }])
    }

    fn commit(&self, changes: &[Change]) -> Result<Outcome, Failure> {
        self.changes.lock().unwrap().extend_from_slice(changes);
        self.answer(Outcome::Stale(vec![3]))
    }

    fn outbox(&self, _: u64, _: u32) -> Result<Vec<Posted>, Failure> {
        Ok(Vec::new())
    }

    fn outbox_end(&self) -> Result<u64, Failure> {
        Ok(0)
    }

    fn prune(&self, _: u64, _: u32) -> Result<u64, Failure> {
        Ok(0)
    }
}
