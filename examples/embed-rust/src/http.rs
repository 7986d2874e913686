//! The program's HTTP.
//!
//! ```text
//! PUT /tenants/NAME   the platform's own: makes a tenant, or changes its settings (the body)
//! /scim/v2/...        SCIM, answered by the component
//! /admin/v1/...       what it answers to admins beside SCIM
//! ```

use std::io::Write as _;
use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, put};
use scimlet_runtime::{Header, Principal, Request};
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::spawn_blocking;

use crate::upkeep::Saved;
use crate::{Platform, now, seed};

const BASE: &str = "/scim/v2";
const ADMIN: &str = "/admin/v1";

/// What the component gets to see of the headers; never who asks.
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

/// Listens for ever.
pub(crate) async fn serve(platform: Arc<Platform>, address: &str) -> anyhow::Result<()> {
    let app = Router::new()
        .route("/tenants/{name}", put(save))
        .route("/scim/v2", any(scim))
        .route("/scim/v2/", any(scim))
        .route("/scim/v2/{*path}", any(scim))
        .route("/admin/v1/{*path}", any(scim))
        .layer(DefaultBodyLimit::max(4 << 20))
        .with_state(platform);
    let listener = TcpListener::bind(address).await?;
    let address = listener.local_addr()?;
    writeln!(std::io::stdout(), "listening on http://{address}")?;
    Ok(axum::serve(listener, app).await?)
}

/// The token of the `Authorization` header, and whether the word `Bearer` is missing.
fn presented(headers: &HeaderMap) -> Option<(&str, bool)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim();
    match value.split_once(' ') {
        None => Some((value, true)),
        Some((word, token)) => {
            let is_bearer = word.eq_ignore_ascii_case("bearer");
            is_bearer.then(|| (token.trim(), false))
        }
    }
}

async fn save(
    State(platform): State<Arc<Platform>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    settings: String,
) -> Response {
    if !presented(&headers).is_some_and(|(token, _)| platform.seal.is_secret(token)) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match spawn_blocking(move || platform.save(&name, &settings)).await {
        Ok(Ok(Saved::Tokens(tokens))) => json!({ "tokens": tokens }).to_string().into_response(),
        Ok(Ok(Saved::Problems(problems))) => {
            let body = json!({ "problems": problems }).to_string();
            (StatusCode::UNPROCESSABLE_ENTITY, body).into_response()
        }
        _ => error(
            StatusCode::INTERNAL_SERVER_ERROR,
            "the settings could not be saved",
        ),
    }
}

async fn scim(
    State(platform): State<Arc<Platform>>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: String,
) -> Response {
    let presented = presented(&headers);
    let caller = presented.and_then(|(token, bare)| Some((platform.seal.open(token)?, bare)));
    let Some((caller, bare)) = caller else {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"scimlet\"")];
        let error = error(StatusCode::UNAUTHORIZED, "a valid bearer token is needed");
        return (challenge, error).into_response();
    };
    let Ok(seed) = seed() else {
        return error(StatusCode::SERVICE_UNAVAILABLE, "try again later");
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    let request = Request {
        method: if method == Method::HEAD {
            "GET".to_owned()
        } else {
            method.to_string()
        },
        path: below(uri.path()),
        query: uri.query().map(str::to_owned),
        headers: shown(&headers, bare),
        body,
        principal: Principal {
            id: format!("{}.{}", caller.tenant, caller.scope),
            scopes: vec![caller.scope],
        },
        now: now(),
        seed,
        base_url: format!("http://{}{BASE}", host.unwrap_or("localhost")),
    };
    // Calls of the component block.
    match spawn_blocking(move || platform.handle(&caller.tenant, request)).await {
        Ok(Ok(answer)) => told(answer),
        _ => error(StatusCode::SERVICE_UNAVAILABLE, "try again later"),
    }
}

/// The path as the component knows it: below the SCIM base, where admins have a corner of their own.
fn below(path: &str) -> String {
    match path.strip_prefix(ADMIN) {
        Some(below) => format!("/.admin{below}"),
        None => path.strip_prefix(BASE).unwrap_or_default().to_owned(),
    }
}

fn shown(headers: &HeaderMap, bare: bool) -> Vec<Header> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let shown = SHOWN.iter().filter_map(|name| Some((*name, text(name)?)));
    let shown = shown.chain(bare.then_some(("x-scimlet-bare-token", "true")));
    let header = |(name, value): (&str, &str)| Header {
        name: name.to_owned(),
        value: value.to_owned(),
    };
    shown.map(header).collect()
}

fn told(answer: scimlet_runtime::Response) -> Response {
    let status = StatusCode::from_u16(answer.status);
    let header = |it: Header| Some((it.name.parse().ok()?, it.value.parse().ok()?));
    let headers: HeaderMap = answer.headers.into_iter().filter_map(header).collect();
    let status = status.unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    (status, headers, Body::from(answer.body)).into_response()
}

fn error(status: StatusCode, detail: &str) -> Response {
    let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
    let body = json!({ "schemas": [schema], "status": status.as_str(), "detail": detail });
    let content = [(header::CONTENT_TYPE, "application/scim+json")];
    (status, content, body.to_string()).into_response()
}
