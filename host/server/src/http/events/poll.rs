//! `POST /events/poll/ENDPOINT`: security event tokens to be fetched (RFC 8936).
//!
//! Any credential of the tenant may fetch and acknowledge, `scim:read` too: a receiver should hold no key
//! that opens more.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, RawPathParams, Request, State};
use axum::http::{Response, StatusCode};
use scimlet_events::ledger::Refusal;
use scimlet_events::poll::{Ask, Found, SetError, fetch};
use scimlet_events::token::jti;
use scimlet_events::{Endpoint, State as Health, Target};
use serde::{Deserialize, Serialize, Serializer};

use super::answer::{JSON, PRIVATE, Stop, finished, json};
use super::visit::{Visit, part};
use super::wait::LONGEST;
use crate::http::Door;
use crate::http::body;
use crate::http::fixed::Fixed;
use crate::http::observe::{Route, Seen};
use crate::http::request_id::RequestId;
use crate::world;

/// Tokens of one answer, whatever is asked for: each is signed for it.
const MOST: usize = 500;

/// RFC 8936 section 2.2.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Wish {
    max_events: Option<usize>,
    #[serde(default)]
    return_immediately: bool,
    #[serde(default)]
    ack: BTreeSet<String>,
    #[serde(default)]
    set_errs: BTreeMap<String, SetError>,
}

/// RFC 8936 section 2.3.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Sets {
    #[serde(serialize_with = "in_order")]
    sets: Vec<(String, String)>,
    more_available: bool,
}

/// A JSON object with its members in the order of what happened.
fn in_order<S: Serializer>(sets: &[(String, String)], to: S) -> Result<S::Ok, S::Error> {
    to.collect_map(sets.iter().map(|(name, token)| (name, token)))
}

/// Answers one request.
pub(in crate::http) async fn answer_poll(
    State(door): State<Arc<Door>>,
    Extension(id): Extension<RequestId>,
    params: RawPathParams,
    request: Request,
) -> Response<Body> {
    let seen = Seen::at(Route::Poll.of_tenant(request.uri().path()));
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
    let (parts, sent) = request.into_parts();
    let visit = Visit::begin(door, params, &parts.headers, seen).await?;
    let text = body::read(sent, &parts.headers, door.limits.body).await?;
    let wish: Wish = serde_json::from_str(&text)
        .map_err(|error| Stop::bad(format!("this is no poll of RFC 8936: {error}")))?;
    let named = part(params, "endpoint").ok_or(Fixed::NotFound)?;
    let seconds = if wish.return_immediately { 0 } else { LONGEST };
    let mut waiter = door.waiting.begin(&visit.caller.tenant, seconds);
    let mut ask = Ask {
        max: wish.max_events.unwrap_or(MOST).min(MOST),
        ack: wish.ack,
        errors: wish.set_errs,
    };
    let (mut sets, mut is_there) = look(&visit, &named, &ask).await?;
    // What was acknowledged is so by now, even if nobody waits for the answer any more.
    ask.ack.clear();
    ask.errors.clear();
    // Who only acknowledges and does not want it at once waits as well (section 2.4.2).
    while !is_there && waiter.wait().await {
        (sets, is_there) = look(&visit, &named, &ask).await?;
    }
    let body = serde_json::to_string(&sets)
        .map_err(|error| Stop::Said(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(json(body, JSON, PRIVATE))
}

/// What there is for an endpoint, and whether there is anything.
async fn look(visit: &Visit, named: &str, ask: &Ask) -> Result<(Sets, bool), Stop> {
    let (door, tenant) = (Arc::clone(&visit.door), visit.caller.tenant.clone());
    let (named, ask) = (named.to_owned(), ask.clone());
    let asked = visit.ask(move |_| {
        let endpoint = door.ledger.named(&tenant, &named).map_err(refused)?.value;
        check(&endpoint)?;
        let found = fetch(&door.ledger, &endpoint, &ask, world::now()).map_err(refused)?;
        let is_there = found.more || !found.events.is_empty();
        Ok((sign(&door, &endpoint, &found)?, is_there))
    });
    asked.await
}

fn check(endpoint: &Endpoint) -> Result<(), Stop> {
    if endpoint.target != Target::Poll {
        let detail = format!("`{}` fetches nothing: events are sent to it", endpoint.name);
        return Err(Stop::Said(StatusCode::NOT_FOUND, detail));
    }
    if endpoint.state != Health::Enabled {
        let detail = format!("`{}` is disabled; an admin can enable it", endpoint.name);
        return Err(Stop::Said(StatusCode::FORBIDDEN, detail));
    }
    Ok(())
}

fn sign(door: &Door, endpoint: &Endpoint, found: &Found) -> Result<Sets, Stop> {
    let broken = |error: &dyn std::error::Error| {
        tracing::error!(%error, endpoint = endpoint.id, "a token cannot be made");
        Stop::from(Fixed::Internal)
    };
    let key = door.issuer.keys.signing(&endpoint.tenant, world::now());
    let key = key.map_err(|error| broken(&error))?;
    let mut sets = Vec::new();
    for event in &found.events {
        let token = door.issuer.token(&key, endpoint, event);
        let token = token.map_err(|error| broken(&error))?;
        sets.push((jti(&event.id, &endpoint.id), token));
    }
    Ok(Sets {
        sets,
        more_available: found.more,
    })
}

fn refused(refusal: Refusal) -> Stop {
    match refusal {
        Refusal::NoEndpoint(_) => Stop::Said(StatusCode::NOT_FOUND, refusal.to_string()),
        Refusal::Failed(failure) => failure.into(),
        Refusal::Busy => Fixed::TooMany.into(),
        // None of them comes of fetching.
        other => Stop::Said(StatusCode::CONFLICT, other.to_string()),
    }
}
