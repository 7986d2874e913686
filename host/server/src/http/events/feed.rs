//! `GET /events?after=POSITION`: the outbox, for anyone who just wants to read.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, RawPathParams, Request, State};
use axum::http::{Response, StatusCode};
use scimlet_events::feed::{self, Page, Question};
use scimlet_events::filter::selects;

use super::answer::{JSON, PRIVATE, Stop, finished, json};
use super::query::Query;
use super::visit::Visit;
use crate::http::Door;
use crate::http::observe::{Route, Seen};
use crate::http::request_id::RequestId;

/// Answers one request.
pub(in crate::http) async fn read(
    State(door): State<Arc<Door>>,
    Extension(id): Extension<RequestId>,
    params: RawPathParams,
    request: Request,
) -> Response<Body> {
    let seen = Seen::at(Route::Feed.of_tenant(request.uri().path()));
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
    let visit = Visit::begin(door, params, request.headers(), seen).await?;
    let query = Query::read(request.uri().query())?;
    let mut waiter = door.waiting.begin(&visit.caller.tenant, query.wait);
    let mut page = look(&visit, &query).await?;
    while page.events.is_empty() && waiter.wait().await {
        // What has been looked at has been looked at.
        let query = Query {
            after: page.next,
            ..query.clone()
        };
        page = look(&visit, &query).await?;
    }
    let body = serde_json::to_string(&page);
    let body =
        body.map_err(|error| Stop::Said(StatusCode::INTERNAL_SERVER_ERROR, error.to_string()))?;
    Ok(json(body, JSON, PRIVATE))
}

async fn look(visit: &Visit, query: &Query) -> Result<Page, Stop> {
    let query = query.clone();
    let asked = visit.ask(move |store| {
        let question = Question {
            after: query.after,
            count: query.count,
            wants: &|topic| selects(&query.types, topic),
            form: query.form,
        };
        Ok(feed::read(store, &question)?)
    });
    asked.await
}
