//! `GET /events/jwks.json`: the public keys that a tenant's tokens are signed with (RFC 7517). Below
//! `/t/NAME` nobody needs a credential for them, since whoever checks a token may have none.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, RawPathParams, Request, State};
use axum::http::{HeaderValue, Response};
use scimlet_events::token::KeyError;

use super::answer::{Stop, finished, json};
use super::visit::{Visit, enter, part};
use crate::http::Door;
use crate::http::fixed::Fixed;
use crate::http::gate::blocking;
use crate::http::observe::{Route, Seen};
use crate::http::request_id::RequestId;
use crate::world;

const KIND: HeaderValue = HeaderValue::from_static("application/jwk-set+json");
/// Far shorter than a new key is published before it signs (`scimlet_events::token::PREPARED`).
const CACHE: HeaderValue = HeaderValue::from_static("public, max-age=900");

/// Answers one request.
pub(in crate::http) async fn read(
    State(door): State<Arc<Door>>,
    Extension(id): Extension<RequestId>,
    params: RawPathParams,
    request: Request,
) -> Response<Body> {
    let seen = Seen::at(Route::Keys.of_tenant(request.uri().path()));
    let work = answer(&door, &params, request, &seen);
    let answer = finished(&door, &id, work).await;
    seen.on(answer)
}

async fn answer(
    door: &Arc<Door>,
    params: &RawPathParams,
    request: Request,
    seen: &Seen,
) -> Result<Response<Body>, Stop> {
    if request.uri().query().is_some() {
        return Err(Stop::bad(
            "there is nothing to choose from; leave out the query",
        ));
    }
    let tenant = match part(params, "tenant") {
        Some(named) => named,
        None => {
            Visit::begin(door, params, request.headers(), seen)
                .await?
                .caller
                .tenant
        }
    };
    let slot = enter(door)?;
    let shared = Arc::clone(door);
    let found = blocking(&slot, move || {
        if shared.backend.registry().tenant(&tenant)?.is_none() {
            return Err(Stop::from(Fixed::NotFound));
        }
        Ok(shared.issuer.keys.published(&tenant, world::now()))
    });
    match found.await?? {
        Ok(keys) => Ok(json(keys, KIND, CACHE)),
        Err(KeyError::Failed(failure)) => Err(failure.into()),
        Err(KeyError::Crowded) => Err(Fixed::TooMany.into()),
        Err(error @ (KeyError::Bad(_) | KeyError::Unreadable(_))) => {
            tracing::error!(%error, "the signing keys cannot be told");
            Err(Fixed::Internal.into())
        }
    }
}
