//! SCIM in an axum program: `SECRET=... cargo run -p scimlet-example-embed -- FILE.db`.
//!
//!     PUT /tenants/NAME   the platform's own: makes a tenant, or changes its settings (the body)
//!     /scim/v2/...        SCIM, answered by the component

mod platform;
mod token;

use std::io::Write as _;
use std::sync::Arc;

use anyhow::Context as _;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Path, State};
use axum::http::{HeaderMap, Method, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::put;
use platform::{Platform, Saved};
use scimlet_runtime::Header;
use serde_json::json;

const BASE: &str = "/scim/v2";
/// What the component gets to see of the headers; never who asks.
const SHOWN: [&str; 7] = [
    "accept",
    "content-type",
    "if-match",
    "if-none-match",
    "prefer",
    "user-agent",
    "x-http-method-override",
];

#[tokio::main]
#[expect(
    clippy::disallowed_methods,
    reason = "here the program is put together"
)]
async fn main() -> anyhow::Result<()> {
    let secret =
        std::env::var("SECRET").context("set `SECRET` to something long that nobody knows")?;
    let file = std::env::args()
        .nth(1)
        .unwrap_or_else(|| "embed.db".to_owned());
    let port = std::env::var("PORT").unwrap_or_else(|_| "8080".to_owned());
    let platform = Arc::new(Platform::open(file.as_ref(), &secret)?);
    std::thread::spawn({
        let platform = Arc::clone(&platform);
        move || platform.look_after()
    });
    let app = Router::new()
        .route("/tenants/{name}", put(save))
        .route(BASE, axum::routing::any(scim))
        .route("/scim/v2/{*path}", axum::routing::any(scim))
        .layer(DefaultBodyLimit::max(4 << 20))
        .with_state(platform);
    let listener = tokio::net::TcpListener::bind(format!("127.0.0.1:{port}")).await?;
    writeln!(
        std::io::stdout(),
        "listening on http://{}",
        listener.local_addr()?
    )?;
    Ok(axum::serve(listener, app).await?)
}

/// The token of the `Authorization` header, and whether the word `Bearer` is missing.
fn presented(headers: &HeaderMap) -> Option<(&str, bool)> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?.trim();
    match value.split_once(' ') {
        None => Some((value, true)),
        Some((word, token)) => word
            .eq_ignore_ascii_case("bearer")
            .then(|| (token.trim(), false)),
    }
}

async fn save(
    State(platform): State<Arc<Platform>>,
    Path(name): Path<String>,
    headers: HeaderMap,
    settings: String,
) -> Response {
    if !presented(&headers).is_some_and(|(token, _)| platform.is_operator(token)) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match tokio::task::spawn_blocking(move || platform.save(&name, &settings)).await {
        Ok(Ok(Saved::Tokens(tokens))) => json!({ "tokens": tokens }).to_string().into_response(),
        Ok(Ok(Saved::Problems(problems))) => {
            (StatusCode::UNPROCESSABLE_ENTITY, problems).into_response()
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
    let Some((caller, (_, bare))) = presented.and_then(|it| Some((platform.bearer(it.0)?, it)))
    else {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer realm=\"scimlet\"")];
        return (
            challenge,
            error(StatusCode::UNAUTHORIZED, "a valid bearer token is needed"),
        )
            .into_response();
    };
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let shown = SHOWN.iter().filter_map(|name| Some((*name, text(name)?)));
    let shown = shown.chain(bare.then_some(("x-scimlet-bare-token", "true")));
    let shown = shown.map(|(name, value)| Header {
        name: name.to_owned(),
        value: value.to_owned(),
    });
    let base_url = format!("http://{}{BASE}", text("host").unwrap_or("localhost"));
    let (headers, method) = (
        shown.collect(),
        if method == Method::HEAD {
            Method::GET
        } else {
            method
        },
    );
    // Calls of the component block.
    match tokio::task::spawn_blocking(move || {
        platform.handle(caller, &method, &uri, headers, body, base_url)
    })
    .await
    {
        Ok(Ok(answer)) => {
            let status =
                StatusCode::from_u16(answer.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            let headers = answer
                .headers
                .into_iter()
                .filter_map(|it| Some((it.name.parse().ok()?, it.value.parse().ok()?)));
            (
                status,
                headers.collect::<HeaderMap>(),
                axum::body::Body::from(answer.body),
            )
                .into_response()
        }
        _ => error(StatusCode::SERVICE_UNAVAILABLE, "try again later"),
    }
}

fn error(status: StatusCode, detail: &str) -> Response {
    let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
    let body = json!({ "schemas": [schema], "status": status.as_str(), "detail": detail });
    (
        status,
        [(header::CONTENT_TYPE, "application/scim+json")],
        body.to_string(),
    )
        .into_response()
}
