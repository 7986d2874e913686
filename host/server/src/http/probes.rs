//! What watchers ask: is the process alive, can it work, how does it do. And the answer to
//! everything that has no route.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Extension, State};
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::http::{Response, StatusCode};
use scimlet_store::Backend;
use tokio::sync::Mutex;
use tokio::task::spawn_blocking;
use tokio::time::{Instant, timeout};

use super::Door;
use super::fixed::Fixed;
use super::metrics::Now;
use super::observe::{Route, Seen};
use super::request_id::RequestId;
use crate::world;

const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");
const OPEN_METRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");

/// The probe needs no credential, so asking it often must cost nothing.
const REMEMBERED: Duration = Duration::from_secs(1);
/// A store that needs longer than that is not ready.
const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the backend can work, asked at most once a second.
pub(crate) struct Readiness {
    backend: Arc<dyn Backend>,
    last: Mutex<Option<(Instant, bool)>>,
}

impl Readiness {
    pub(crate) fn new(backend: Arc<dyn Backend>) -> Self {
        Self {
            backend,
            last: Mutex::default(),
        }
    }

    async fn ready(&self) -> bool {
        // Held across the question: whoever asks meanwhile waits for the same answer.
        let mut last = self.last.lock().await;
        match *last {
            Some((at, ready)) if at.elapsed() < REMEMBERED => ready,
            _ => {
                let ready = self.ask().await;
                *last = Some((world::instant(), ready));
                ready
            }
        }
    }

    async fn ask(&self) -> bool {
        let backend = Arc::clone(&self.backend);
        let asked = timeout(PATIENCE, spawn_blocking(move || backend.ready())).await;
        match asked {
            Ok(Ok(Ok(()))) => return true,
            Ok(Ok(Err(failure))) => tracing::warn!(%failure, "the store is not ready"),
            Ok(Err(lost)) => tracing::error!(error = %lost, "the store could not be asked"),
            Err(_) => tracing::warn!("the store did not say in time whether it is ready"),
        }
        false
    }
}

/// The process answers.
pub(super) async fn health() -> Response<Body> {
    plain(Route::Health, StatusCode::OK, TEXT, "ok\n".to_owned())
}

/// The process can work: there is no router before the component is compiled, so what is left to
/// ask is the store.
pub(super) async fn readiness(State(door): State<Arc<Door>>) -> Response<Body> {
    if door.readiness.ready().await {
        plain(Route::Readiness, StatusCode::OK, TEXT, "ready\n".to_owned())
    } else {
        let body = "the store does not answer\n".to_owned();
        plain(
            Route::Readiness,
            StatusCode::SERVICE_UNAVAILABLE,
            TEXT,
            body,
        )
    }
}

/// How it does.
pub(super) async fn metrics(
    State(door): State<Arc<Door>>,
    Extension(id): Extension<RequestId>,
) -> Response<Body> {
    let now = Now {
        endpoints: door.dispatcher.snapshot(),
        ..door.engine.now()
    };
    match door.metrics.text(now) {
        Some(text) => plain(Route::Metrics, StatusCode::OK, OPEN_METRICS, text),
        None => Fixed::Internal.answer(&id),
    }
}

/// Everything that has no route.
pub(super) async fn nothing_here(Extension(id): Extension<RequestId>) -> Response<Body> {
    let mut answer = Fixed::NotFound.answer(&id);
    answer.extensions_mut().insert(Seen::at(Route::Nothing));
    answer
}

fn plain(route: Route, status: StatusCode, kind: HeaderValue, body: String) -> Response<Body> {
    let mut answer = Response::new(Body::from(body));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer.extensions_mut().insert(Seen::at(route));
    answer
}
