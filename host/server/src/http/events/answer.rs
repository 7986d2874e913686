//! Answers: JSON, or a SCIM Error like every other refusal of this server.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderValue, Response, StatusCode};
use scimlet_events::feed::FeedError;
use scimlet_store::Failure;
use tokio::time::timeout;

use super::wait::LONGEST;
use crate::auth::Denied;
use crate::http::Door;
use crate::http::fixed::{Fixed, scim_error};
use crate::http::gate::Lost;
use crate::http::request_id::RequestId;
use crate::http::scim;

/// What is there for one reader, at one moment.
pub(in crate::http) const PRIVATE: HeaderValue = HeaderValue::from_static("no-store");
pub(in crate::http) const JSON: HeaderValue = HeaderValue::from_static("application/json");

/// Why there is no answer.
#[derive(Debug, thiserror::Error)]
pub(in crate::http) enum Stop {
    /// What is asked cannot be done; holds what to do about it.
    #[error("{1}")]
    Said(StatusCode, String),
    /// As for every other request.
    #[error(transparent)]
    Plain(#[from] scim::Stop),
}

impl From<Fixed> for Stop {
    fn from(fixed: Fixed) -> Self {
        Self::Plain(fixed.into())
    }
}

impl From<Denied> for Stop {
    fn from(denied: Denied) -> Self {
        Self::Plain(denied.into())
    }
}

impl From<Failure> for Stop {
    fn from(failure: Failure) -> Self {
        Denied::from(failure).into()
    }
}

impl From<Lost> for Stop {
    fn from(lost: Lost) -> Self {
        Self::Plain(lost.into())
    }
}

impl From<FeedError> for Stop {
    fn from(error: FeedError) -> Self {
        match error {
            FeedError::Cut { .. } => Self::Said(StatusCode::GONE, error.to_string()),
            FeedError::Ahead { .. } => Self::Said(StatusCode::BAD_REQUEST, error.to_string()),
            FeedError::Failed(failure) => failure.into(),
        }
    }
}

impl Stop {
    /// The request is not understood.
    pub(in crate::http) fn bad(detail: impl Into<String>) -> Self {
        Self::Said(StatusCode::BAD_REQUEST, detail.into())
    }

    pub(in crate::http) fn answer(self, door: &Door, id: &RequestId) -> Response<Body> {
        match self {
            Self::Said(status, detail) => scim_error(status, None, &detail),
            Self::Plain(stop) => scim::explain(door, id, &stop).answer(id),
        }
    }
}

/// An answer of JSON.
pub(in crate::http) fn json(body: String, kind: HeaderValue, cache: HeaderValue) -> Response<Body> {
    let mut answer = Response::new(Body::from(body));
    answer.headers_mut().insert(CONTENT_TYPE, kind);
    answer.headers_mut().insert(CACHE_CONTROL, cache);
    answer
}

/// The answer of a handler, in time, whatever became of it.
pub(super) async fn finished(
    door: &Arc<Door>,
    id: &RequestId,
    work: impl Future<Output = Result<Response<Body>, Stop>>,
) -> Response<Body> {
    told(door, id, in_time(door, work).await)
}

/// Ends what takes too long: whoever waits may do so on top of what every request may take.
pub(in crate::http) async fn in_time<T>(
    door: &Door,
    work: impl Future<Output = Result<T, Stop>>,
) -> Result<T, Stop> {
    let most = door.limits.time + Duration::from_secs(LONGEST);
    let outcome = timeout(most, work).await;
    outcome.unwrap_or_else(|_| Err(Fixed::TimeUp.into()))
}

/// What every handler ends with.
pub(in crate::http) fn told(
    door: &Arc<Door>,
    id: &RequestId,
    outcome: Result<Response<Body>, Stop>,
) -> Response<Body> {
    outcome.unwrap_or_else(|stop| stop.answer(door, id))
}
