//! From an HTTP request to the engine's question, and from its answer to an HTTP response.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode};
use scimlet_runtime::{CallError, Header, Runtime};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::metrics::Now;
use crate::auth::{Caller, is_bare};
use crate::tenants::Tenants;
use crate::world;

/// What the engine gets to see of a request's headers; everything else stays with the host.
const SHOWN: [&str; 8] = [
    "accept",
    "content-type",
    "idempotency-key",
    "if-match",
    "if-none-match",
    "prefer",
    "user-agent",
    "x-http-method-override",
];

/// Tells the engine that the token came without the word `Bearer` (wit/scim). No client can set it:
/// it is not among [`SHOWN`].
const BARE_TOKEN: &str = "x-scimlet-bare-token";

/// Instances at work per core. Above one, because a call that waits for the disk leaves its core
/// to the next one, and commits that wait together share one write to the disk.
const CALLS_PER_CORE: usize = 16;

/// The component did not answer.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    /// The call failed.
    #[error(transparent)]
    Call(#[from] CallError),
    /// There is no seed.
    #[error(transparent)]
    Random(#[from] world::NoRandomness),
    /// The answer cannot be said in HTTP.
    #[error("the engine answered with the status {0}")]
    Status(u16),
}

/// A request, without who makes it.
pub(crate) struct Question {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    pub(crate) headers: Vec<Header>,
    pub(crate) body: String,
    pub(crate) base_url: String,
}

/// The component, and a bound on how many calls run at once.
pub(crate) struct Engine {
    runtime: Arc<Runtime>,
    tenants: Tenants,
    calls: Arc<Semaphore>,
}

impl Engine {
    pub(crate) fn new(runtime: Arc<Runtime>, tenants: Tenants) -> Self {
        let calls = Semaphore::new(world::cores().saturating_mul(CALLS_PER_CORE));
        Self {
            runtime,
            tenants,
            calls: Arc::new(calls),
        }
    }

    /// How it stands at this moment.
    pub(crate) fn now(&self) -> Now {
        let policies = self.runtime.policies();
        Now {
            warm: self.runtime.idle(),
            warm_policies: policies.idle(),
            suspended_policies: policies.suspended(),
            policy_code_bytes: policies.compiled_bytes(),
            ..Now::default()
        }
    }

    /// Waits for a turn. Whoever has one may make one call of [`Engine::ask`].
    pub(crate) async fn turn(&self) -> Option<OwnedSemaphorePermit> {
        // Never none: the semaphore is not closed. A call without a permit would merely be one
        // too many.
        Arc::clone(&self.calls).acquire_owned().await.ok()
    }

    /// Asks the component. Blocks.
    pub(crate) fn ask(
        &self,
        caller: Caller,
        question: Question,
    ) -> Result<Response<Body>, EngineError> {
        let (tenant, revision) = (caller.tenant.clone(), caller.revision);
        let request = request(caller, question)?;
        response(
            self.runtime
                .handle(&self.tenants, &tenant, revision, request)?,
        )
    }
}

/// What the engine gets to see of the headers.
pub(crate) fn shown(headers: &HeaderMap) -> Vec<Header> {
    let mut shown = Vec::new();
    for name in SHOWN {
        for value in headers.get_all(name) {
            // A value that is no text means nothing to SCIM.
            if let Ok(value) = value.to_str() {
                shown.push(Header {
                    name: name.to_owned(),
                    value: value.to_owned(),
                });
            }
        }
    }
    if is_bare(headers) {
        shown.push(Header {
            name: BARE_TOKEN.to_owned(),
            value: "true".to_owned(),
        });
    }
    shown
}

fn request(
    caller: Caller,
    question: Question,
) -> Result<scimlet_runtime::Request, world::NoRandomness> {
    // RFC 9110 §9.3.2: HEAD is GET without the body, which the router takes off.
    let method = if question.method == Method::HEAD {
        Method::GET
    } else {
        question.method
    };
    Ok(scimlet_runtime::Request {
        method: method.as_str().to_owned(),
        path: question.path,
        query: question.query,
        headers: question.headers,
        body: question.body,
        principal: caller.principal,
        now: world::now(),
        seed: world::seed()?,
        base_url: question.base_url,
    })
}

fn response(answer: scimlet_runtime::Response) -> Result<Response<Body>, EngineError> {
    let unknown = EngineError::Status(answer.status);
    let mut response = Response::new(Body::from(answer.body));
    *response.status_mut() = StatusCode::from_u16(answer.status).map_err(|_| unknown)?;
    for Header { name, value } in answer.headers {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        } else {
            tracing::error!(
                header = name,
                "the engine gave a header that HTTP cannot carry"
            );
        }
    }
    Ok(response)
}
