//! A SCIM client inside the process: the command line's way to a tenant's data.
//!
//! It speaks to the component as any client does, only without HTTP between them, so there is no
//! second path to a seat or a license.

use std::sync::Arc;

use scimlet_runtime::{CallError, Header, Principal, Request, Runtime};
use scimlet_store::{Backend, Failure};
use serde_json::Value;

use crate::auth::Scope;
use crate::tenants::{Tenants, Unwatched};
use crate::world::{self, NoRandomness};

/// Who the history of changes says it was.
const PRINCIPAL: &str = "cli";
/// Nobody follows the links of these answers.
const BASE_URL: &str = "http://localhost/scim/v2";

/// A request was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LocalError {
    /// There is nobody to ask.
    #[error("there is no tenant `{0}`")]
    NoTenant(String),
    /// The component refused. The detail is its own.
    #[error("{detail}")]
    Refused {
        /// The HTTP status.
        status: u16,
        /// The SCIM error's detail.
        detail: String,
    },
    /// The component answered something that is no SCIM.
    #[error("the component gave an answer that is not JSON: {0}")]
    NotJson(serde_json::Error),
    /// The component did not answer.
    #[error(transparent)]
    Call(#[from] CallError),
    /// The registry did not answer.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// There is no seed.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

/// One request.
#[derive(Default)]
pub(crate) struct Ask<'a> {
    pub(crate) method: &'a str,
    pub(crate) path: &'a str,
    pub(crate) query: Option<String>,
    pub(crate) if_match: Option<&'a str>,
    /// The same key again: the answer of the first time, and no second effect.
    pub(crate) idempotency_key: Option<&'a str>,
    pub(crate) body: Option<&'a Value>,
}

/// A client of one tenant.
pub(crate) struct Local {
    runtime: Arc<Runtime>,
    tenants: Tenants,
    tenant: String,
    revision: u64,
}

impl Local {
    pub(crate) fn new(
        runtime: Arc<Runtime>,
        backend: &Arc<dyn Backend>,
        tenant: &str,
    ) -> Result<Self, LocalError> {
        let found = backend.registry().tenant(tenant)?;
        let found = found.ok_or_else(|| LocalError::NoTenant(tenant.to_owned()))?;
        let tenants = Tenants::new(Arc::clone(backend), Arc::new(Unwatched));
        Ok(Self {
            runtime,
            tenants,
            tenant: found.name,
            revision: found.revision,
        })
    }

    /// The revision of the settings that requests are answered by.
    pub(crate) fn revision(&self) -> u64 {
        self.revision
    }

    /// Asks the component. The answer is null where it has no body.
    pub(crate) fn send(&self, ask: &Ask<'_>) -> Result<Value, LocalError> {
        let request = request(ask)?;
        let answer = self
            .runtime
            .handle(&self.tenants, &self.tenant, self.revision, request)?;
        let body = match answer.body.as_str() {
            "" => Value::Null,
            text => serde_json::from_str(text).map_err(LocalError::NotJson)?,
        };
        if (200..300).contains(&answer.status) {
            Ok(body)
        } else {
            Err(refusal(answer.status, &body))
        }
    }
}

fn request(ask: &Ask<'_>) -> Result<Request, NoRandomness> {
    let mut headers = vec![header("accept", "application/scim+json")];
    if ask.body.is_some() {
        headers.push(header("content-type", "application/scim+json"));
    }
    if let Some(version) = ask.if_match {
        headers.push(header("if-match", version));
    }
    if let Some(key) = ask.idempotency_key {
        headers.push(header("idempotency-key", key));
    }
    Ok(Request {
        method: ask.method.to_owned(),
        path: ask.path.to_owned(),
        query: ask.query.clone(),
        headers,
        body: ask.body.map(Value::to_string).unwrap_or_default(),
        principal: Principal {
            id: PRINCIPAL.to_owned(),
            scopes: Scope::Admin.principal_scopes(),
        },
        now: world::now(),
        seed: world::seed()?,
        base_url: BASE_URL.to_owned(),
    })
}

fn header(name: &str, value: &str) -> Header {
    Header {
        name: name.to_owned(),
        value: value.to_owned(),
    }
}

fn refusal(status: u16, body: &Value) -> LocalError {
    let detail = body.get("detail").and_then(Value::as_str);
    let detail = detail.map_or_else(|| format!("refused with status {status}"), str::to_owned);
    LocalError::Refused { status, detail }
}
