//! What the host itself answers below `/admin/v1`: endpoints and deliveries. Only for credentials with
//! the scope `admin`. What is done is done in `events::Desk`.

mod query;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, RawPathParams, Request, State};
use axum::http::{Method, Response, StatusCode};
use scimlet_events::ledger::Refusal;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::Door;
use super::body;
use super::events::answer::{JSON, PRIVATE, Stop, json as json_answer, told};
use super::events::visit::{Visit, part};
use super::fixed::Fixed;
use super::observe::{Route, Seen};
use super::request_id::RequestId;
use crate::auth::Scope;
use crate::events::{Desk, DeskError, try_out};
use query::{Overlap, Query};

/// An answer: its status, and what it says.
type Answered = Result<(StatusCode, Value), Stop>;

/// Makes a handler of something that is done with a call.
macro_rules! handlers {
    ($($(#[$doc:meta])* $name:ident => $answer:path;)*) => {$(
        $(#[$doc])*
        pub(super) async fn $name(
            State(door): State<Arc<Door>>,
            Extension(id): Extension<RequestId>,
            params: RawPathParams,
            request: Request,
        ) -> Response<Body> {
            let seen = Seen::at(Route::of(request.uri().path()));
            let done = async {
                let call = Call::begin(&door, &params, request, &seen).await?;
                $answer(call).await
            };
            let outcome = done.await;
            finish(&door, &id, seen, outcome)
        }
    )*};
}

handlers! {
    /// `GET` lists them, `POST` adds one.
    endpoints => many_endpoints;
    /// `GET` shows it, `PATCH` changes it, `DELETE` removes it.
    endpoint => one_endpoint;
    /// Another secret.
    rotate => rotated;
    /// A part of the outbox once more.
    replay => replayed;
    /// A test event, now.
    test => tested;
    /// `GET` lists them.
    deliveries => many_deliveries;
    /// `GET` shows it, `POST` replays it, `DELETE` discards it.
    delivery => one_delivery;
}

/// A request of somebody who may make it.
struct Call {
    visit: Visit,
    method: Method,
    query: String,
    body: String,
    /// What the path names, behind the tenant.
    named: String,
}

impl Call {
    async fn begin(
        door: &Arc<Door>,
        params: &RawPathParams,
        request: Request,
        seen: &Seen,
    ) -> Result<Self, Stop> {
        let visit = Visit::begin(door, params, request.headers(), seen).await?;
        if !visit
            .caller
            .principal
            .scopes
            .iter()
            .any(|scope| scope == Scope::Admin.as_str())
        {
            let text = "this is for credentials with the scope `admin`".to_owned();
            return Err(Stop::Said(StatusCode::FORBIDDEN, text));
        }
        let (parts, sent) = request.into_parts();
        Ok(Self {
            visit,
            query: parts.uri.query().unwrap_or_default().to_owned(),
            body: body::read(sent, &parts.headers, door.limits.body).await?,
            method: parts.method,
            named: part(params, "name")
                .or_else(|| part(params, "id"))
                .unwrap_or_default(),
        })
    }

    /// Does something at the tenant's desk, on a thread that may block.
    async fn ask<T: Send + 'static>(
        &self,
        question: impl FnOnce(&Desk) -> Result<T, DeskError> + Send + 'static,
    ) -> Result<T, Stop> {
        let door = Arc::clone(&self.visit.door);
        let tenant = self.visit.caller.tenant.clone();
        let asked = self.visit.ask(move |_| {
            let desk = Desk::new(&door.backend, &tenant, Some(door.allow_private))?;
            Ok(question(&desk)?)
        });
        asked.await
    }

    fn read<T: DeserializeOwned>(&self) -> Result<T, Stop> {
        serde_json::from_str(&self.body).map_err(|error| Stop::bad(error.to_string()))
    }

    /// Like [`Call::read`], where nothing has to be said.
    fn read_any<T: DeserializeOwned + Default>(&self) -> Result<T, Stop> {
        if self.body.trim().is_empty() {
            Ok(T::default())
        } else {
            self.read()
        }
    }

    fn no_query(&self) -> Result<(), Stop> {
        if self.query.is_empty() {
            return Ok(());
        }
        Err(Stop::bad(
            "there is nothing to choose from; leave out the query",
        ))
    }
}

async fn many_endpoints(call: Call) -> Answered {
    call.no_query()?;
    match call.method {
        Method::GET | Method::HEAD => {
            let list = call.ask(Desk::list).await?;
            Ok((StatusCode::OK, json!({ "endpoints": list })))
        }
        Method::POST => {
            let draft = call.read()?;
            let added = call.ask(move |desk| desk.add(&draft)).await?;
            Ok((StatusCode::CREATED, added))
        }
        _ => Err(not_allowed("GET, POST")),
    }
}

async fn one_endpoint(call: Call) -> Answered {
    call.no_query()?;
    let named = call.named.clone();
    match call.method {
        Method::GET | Method::HEAD => Ok((
            StatusCode::OK,
            call.ask(move |desk| desk.show(&named)).await?,
        )),
        Method::PATCH => {
            let draft = call.read()?;
            let changed = call.ask(move |desk| desk.set(&named, &draft)).await?;
            Ok((StatusCode::OK, changed))
        }
        Method::DELETE => {
            call.ask(move |desk| desk.remove(&named)).await?;
            Ok((StatusCode::NO_CONTENT, Value::Null))
        }
        _ => Err(not_allowed("GET, PATCH, DELETE")),
    }
}

async fn rotated(call: Call) -> Answered {
    call.no_query()?;
    let (named, Overlap { overlap }) = (call.named.clone(), call.read_any()?);
    let changed = call.ask(move |desk| desk.rotate(&named, overlap)).await?;
    Ok((StatusCode::OK, changed))
}

async fn replayed(call: Call) -> Answered {
    call.no_query()?;
    let (named, again) = (call.named.clone(), call.read()?);
    let replayed = call.ask(move |desk| desk.replay(&named, &again)).await?;
    Ok((StatusCode::OK, replayed))
}

async fn tested(call: Call) -> Answered {
    call.no_query()?;
    let named = call.named.clone();
    let endpoint = call.ask(move |desk| desk.named(&named)).await?;
    let tried = try_out(&call.visit.door.couriers, &endpoint).await;
    Ok((StatusCode::OK, tried))
}

async fn many_deliveries(call: Call) -> Answered {
    if !matches!(call.method, Method::GET | Method::HEAD) {
        return Err(not_allowed("GET"));
    }
    let query = Query::read(&call.query)?;
    let page = call.ask(move |desk| {
        let (endpoint, state) = (query.endpoint.as_deref(), query.state.as_deref());
        desk.deliveries(endpoint, state, query.cursor, query.count)
    });
    let page = page.await?;
    let answer = json!({ "deliveries": page.deliveries, "next": page.next });
    Ok((StatusCode::OK, answer))
}

async fn one_delivery(call: Call) -> Answered {
    call.no_query()?;
    let id = call.named.clone();
    match call.method {
        Method::GET | Method::HEAD => Ok((
            StatusCode::OK,
            call.ask(move |desk| desk.delivery(&id)).await?,
        )),
        Method::POST => Ok((
            StatusCode::OK,
            call.ask(move |desk| desk.replay_one(&id)).await?,
        )),
        Method::DELETE => {
            call.ask(move |desk| desk.discard(&id)).await?;
            Ok((StatusCode::NO_CONTENT, Value::Null))
        }
        _ => Err(not_allowed("GET, POST, DELETE")),
    }
}

fn finish(door: &Arc<Door>, id: &RequestId, seen: Seen, outcome: Answered) -> Response<Body> {
    let outcome = outcome.map(|(status, value)| {
        let text = if value.is_null() {
            String::new()
        } else {
            value.to_string()
        };
        let mut answer = json_answer(text, JSON, PRIVATE);
        *answer.status_mut() = status;
        answer
    });
    seen.on(told(door, id, outcome))
}

fn not_allowed(methods: &str) -> Stop {
    let text = format!("this is not done here; there are {methods}");
    Stop::Said(StatusCode::METHOD_NOT_ALLOWED, text)
}

impl From<DeskError> for Stop {
    fn from(error: DeskError) -> Self {
        let refusal = match error {
            DeskError::Refused(refusal) => refusal,
            DeskError::Random(_) => return Fixed::Internal.into(),
            other => return Self::bad(other.to_string()),
        };
        let status = match &refusal {
            Refusal::NoEndpoint(_) | Refusal::NoDelivery(_) => StatusCode::NOT_FOUND,
            Refusal::NameTaken(_)
            | Refusal::TooManyReplays(_)
            | Refusal::UnderWay(_)
            | Refusal::Fetches(_) => StatusCode::CONFLICT,
            Refusal::BadName(_) | Refusal::BadFilter(_) | Refusal::BadNumber(_) => {
                StatusCode::BAD_REQUEST
            }
            Refusal::Busy => return Fixed::Unavailable.into(),
            Refusal::Failed(failure) => return failure.clone().into(),
        };
        Self::Said(status, refusal.to_string())
    }
}
