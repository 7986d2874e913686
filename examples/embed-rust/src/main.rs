//! SCIM in an axum program: `SECRET=... cargo run -p scimlet-example-embed -- FILE.db`.
//!
//! This file is the embedding: a runtime, a store, and who the tenants are. `http` is axum's part,
//! `upkeep` what a host does beside requests, `token` how this platform knows its callers.

mod http;
mod token;
mod upkeep;

use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Context as _;
use scimlet_runtime::{COMPONENT, CallError, Config, Opening, Request, Response, Runtime, Tenants};
use scimlet_store::{Backend as _, Failure};
use scimlet_store_sqlite::SqliteBackend;

/// The component, and what it needs of this program.
struct Platform {
    runtime: Runtime,
    /// Any store will do (`scimlet_store::contract` says whether it keeps its promises); this one
    /// brings a table of tenants.
    backend: SqliteBackend,
    seal: token::Seal,
    due: upkeep::Due,
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
            policy: None,
        }))
    }
}

impl Platform {
    /// Answers a SCIM request of a tenant. Blocks.
    fn handle(&self, tenant: &str, request: Request) -> Result<Response, CallError> {
        let changes = request.method != "GET";
        let revision = self.revision(tenant)?;
        let answer = self.runtime.handle(self, tenant, revision, request);
        if changes {
            self.due.now(tenant);
        }
        answer
    }

    /// Another process may have changed the settings, so the table is asked.
    fn revision(&self, tenant: &str) -> Result<u64, Failure> {
        let found = self.backend.registry().tenant(tenant)?;
        Ok(found.map_or(0, |tenant| tenant.revision))
    }
}

#[tokio::main]
#[expect(
    clippy::disallowed_methods,
    reason = "here the program is put together"
)]
async fn main() -> anyhow::Result<()> {
    let secret = std::env::var("SECRET").context("set `SECRET` to something long and secret")?;
    let port = std::env::var("PORT").unwrap_or_else(|_| "8080".to_owned());
    let file = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "embed.db".to_owned());
    let platform = Arc::new(Platform {
        runtime: Runtime::new(COMPONENT, Config::default())?,
        backend: SqliteBackend::open(file.as_ref())?,
        seal: token::Seal::new(&secret)?,
        due: upkeep::Due::default(),
    });
    std::thread::spawn({
        let platform = Arc::clone(&platform);
        move || platform.look_after()
    });
    http::serve(platform, &format!("127.0.0.1:{port}")).await
}

/// Milliseconds since 1970: the only clock that the component has.
#[expect(clippy::disallowed_methods, reason = "wiring reads the clock")]
fn now() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| {
        u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
    })
}

/// The only chance that the component has.
fn seed() -> anyhow::Result<(u64, u64)> {
    Ok((getrandom::u64()?, getrandom::u64()?))
}
