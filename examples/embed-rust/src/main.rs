//! The scimlet component inside a program of one's own: no server, no database.
//!
//! `cargo run -p scimlet-example-embed`. Two things are yours to bring: a `Store` (here the one in
//! memory; `scimlet_store::contract` tells you whether your own is right) and `Tenants` (whose
//! settings and whose store). The time and 128 bits of chance come with each request.

use std::io::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use scimlet_runtime::{COMPONENT, Config, Opening, Principal, Request, Runtime, Tenants};
use scimlet_store::memory::MemoryBackend;
use scimlet_store::{Backend, Failure};

/// When this program is run, as far as the component knows.
const DAWN: u64 = 1_800_000_000_000;

/// One tenant, with one rule: contractors get `basic`.
struct OneTenant {
    backend: MemoryBackend,
}

impl Tenants for OneTenant {
    fn open(&self, tenant: &str) -> Result<Option<Opening>, Failure> {
        let rule =
            r#"{"name":"contractors","when":"userType eq \"Contractor\"","grant":["basic"]}"#;
        Ok(Some(Opening {
            settings: format!(r#"{{"licensing":{{"rules":[{rule}]}}}}"#),
            revision: 1,
            store: self.backend.store(tenant)?,
            policy: None,
        }))
    }
}

fn main() -> anyhow::Result<()> {
    let runtime = Arc::new(Runtime::new(COMPONENT, Config::default())?);
    let tenants = OneTenant {
        backend: MemoryBackend::new(),
    };
    let license = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Entitlement"],
        "value":"basic","type":"License","limitedAssignmentsPermitted":true,
        "totalAssignmentsPermitted":1}"#;
    let user = r#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],
        "userName":"bob@example.com","userType":"Contractor"}"#;

    let mut out = std::io::stdout();
    let requests = [
        ("POST", "/Entitlements", license),
        ("POST", "/Users", user),
        ("GET", "/Entitlements", ""),
    ];
    for (at, (method, path, body)) in (1..).zip(requests) {
        let request = request(method, path, body, at);
        let answer = runtime
            .handle(&tenants, "acme", 1, request)
            .with_context(|| format!("{method} {path}"))?;
        writeln!(
            out,
            "{method} {path} -> {}\n{}\n",
            answer.status, answer.body
        )?;
    }
    sweep(&runtime, &tenants)?;
    Ok(())
}

/// What a host does beside requests, at the start and whenever the answer says so, but at least every
/// half minute: what is due by time (a term that ends, a seat for some days) is carried out.
fn sweep(runtime: &Runtime, tenants: &dyn Tenants) -> anyhow::Result<()> {
    let now = DAWN + 1000;
    let mut next = Some(now);
    // Each call makes one step of bounded size. A moment that is past means: at once.
    while next.is_some_and(|next| next <= now) {
        next = runtime.sweep(tenants, "acme", 1, now, (now, now))?;
    }
    Ok(())
}

/// A request as a host makes it: who asks, when, and with which chance (here: none, so that each
/// run prints the same).
fn request(method: &str, path: &str, body: &str, at: u64) -> Request {
    Request {
        method: method.to_owned(),
        path: path.to_owned(),
        query: None,
        headers: Vec::new(),
        body: body.to_owned(),
        principal: Principal {
            id: "platform".to_owned(),
            scopes: vec!["admin".to_owned()],
        },
        now: DAWN + at,
        seed: (at, at),
        base_url: "https://scim.example.com/scim/v2".to_owned(),
    }
}
