//! A request for the component, step by step: SCIM, or `/admin/v1`. What it means is the component's
//! business, and so is who may make it.

use std::sync::Arc;

use axum::body::Body;
use axum::extract::{Extension, Request, State};
use axum::http::Response;
use axum::http::request::Parts;
use axum::http::uri::PathAndQuery;
use scimlet_runtime::CallError;
use tokio::time::timeout;

use super::Door;
use super::base::{self, Place};
use super::body;
use super::engine::{EngineError, Question, shown};
use super::fixed::Fixed;
use super::gate::{Lost, Slot, blocking};
use super::later::{self, Accepted};
use super::observe::{Route, Seen};
use super::request_id::RequestId;
use crate::auth::{Caller, Denied, Presented, Visitor, presented};

/// Room for a long filter; longer ones belong into a `.search` (RFC 7644 §3.4.3).
const MAX_URI: usize = 16 * 1024;

/// Why a request gets no answer from the component.
#[derive(Debug, thiserror::Error)]
pub(super) enum Stop {
    /// The request itself cannot be passed on.
    #[error("the request is refused: {0:?}")]
    Fixed(Fixed),
    /// Nobody is let in.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// The component did not answer.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The thread was lost.
    #[error(transparent)]
    Lost(#[from] Lost),
}

impl From<Fixed> for Stop {
    fn from(fixed: Fixed) -> Self {
        Self::Fixed(fixed)
    }
}

/// Answers one request.
pub(super) async fn answer(
    State(door): State<Arc<Door>>,
    Extension(id): Extension<RequestId>,
    request: Request,
) -> Response<Body> {
    let seen = Seen::at(Route::of(request.uri().path()));
    let steps = take_steps(&door, request, &seen);
    let outcome = timeout(door.limits.time, steps)
        .await
        .unwrap_or(Err(Fixed::TimeUp.into()));
    seen.on(outcome.unwrap_or_else(|stop| explain(&door, &id, &stop).answer(&id)))
}

/// The order matters to the caller: without a credential nothing is said of the request.
async fn take_steps(
    door: &Arc<Door>,
    request: Request,
    seen: &Seen,
) -> Result<Response<Body>, Stop> {
    let (parts, sent) = request.into_parts();
    let uri = parts.uri.path_and_query().map_or("", PathAndQuery::as_str);
    if uri.len() > MAX_URI {
        return Err(Fixed::UriTooLong(MAX_URI).into());
    }
    let place = base::split(parts.uri.path()).ok_or(Fixed::NotFound)?;
    let presented = presented(&parts.headers).ok_or(Fixed::Unauthorized)?;
    let steps = Steps {
        door,
        parts: &parts,
        place,
        seen,
    };
    if body::is_small(&sent) {
        steps.read_then_admit(presented, sent).await
    } else {
        steps.admit_then_read(presented, sent).await
    }
}

/// What the steps of one request share.
struct Steps<'a> {
    door: &'a Arc<Door>,
    parts: &'a Parts,
    place: Place<'a>,
    seen: &'a Seen,
}

impl Steps<'_> {
    /// For the many small requests: the body is read without a place among the requests under
    /// way, and all that is left to do then takes one turn of one thread.
    async fn read_then_admit(self, who: Presented, sent: Body) -> Result<Response<Body>, Stop> {
        let text = self.read(sent).await;
        let slot = self.enter()?;
        let visitor = self.door.gatekeeper.receive(who, &slot).await?;
        self.ask(visitor, text, &slot).await
    }

    /// For the few large ones: nobody sends one who is not let in.
    async fn admit_then_read(self, who: Presented, sent: Body) -> Result<Response<Body>, Stop> {
        let slot = self.enter()?;
        let visitor = self.door.gatekeeper.receive(who, &slot).await?;
        let (door, named) = (Arc::clone(self.door), self.named());
        let admitted = blocking(&slot, move || {
            door.gatekeeper.admit(visitor, named.as_deref())
        });
        let visitor = Visitor::Known(admitted.await??);
        let text = self.read(sent).await;
        self.ask(visitor, text, &slot).await
    }

    /// The last step: who it is, what is asked, what the component says.
    async fn ask(
        self,
        visitor: Visitor,
        text: Result<String, Fixed>,
        slot: &Slot,
    ) -> Result<Response<Body>, Stop> {
        let (question, named) = (self.question(text), self.named());
        let (door, seen) = (Arc::clone(self.door), self.seen.clone());
        let turn = door.engine.turn().await;
        let answer = blocking(slot, move || {
            let _held = turn;
            let caller = door.gatekeeper.admit(visitor, named.as_deref())?;
            seen.note(&caller);
            answered(&door, caller, question?)
        });
        match answer.await?? {
            (answer, Some(accepted)) => {
                self.door.touched.hurry();
                let seconds = later::wait(&self.parts.headers);
                later::waited(self.door, slot, seconds, accepted, answer).await
            }
            (answer, None) => Ok(answer),
        }
    }

    fn enter(&self) -> Result<Slot, Fixed> {
        self.door.gate.enter().ok_or(Fixed::TooMany)
    }

    async fn read(&self, sent: Body) -> Result<String, Fixed> {
        let (headers, limits) = (&self.parts.headers, &self.door.limits);
        let max = if later::is_preferred(headers) {
            limits.later_body
        } else {
            limits.body
        };
        body::read(sent, headers, max).await
    }

    fn named(&self) -> Option<String> {
        self.place.tenant.map(str::to_owned)
    }

    fn question(&self, text: Result<String, Fixed>) -> Result<Question, Fixed> {
        let Self {
            door, parts, place, ..
        } = self;
        Ok(Question {
            base_url: door.origin.base_url(parts, place).ok_or(Fixed::BadHost)?,
            method: parts.method.clone(),
            path: place.path(),
            query: parts.uri.query().map(str::to_owned),
            headers: shown(&parts.headers),
            body: text?,
        })
    }
}

/// The component's answer; and whether there is a better one to wait for.
fn answered(
    door: &Door,
    caller: Caller,
    question: Question,
) -> Result<(Response<Body>, Option<Accepted>), Stop> {
    let touches = (!question.method.is_safe()).then(|| caller.clone());
    let base_url = question.base_url.clone();
    let answer = door.engine.ask(caller, question)?;
    let Some(caller) = touches else {
        return Ok((answer, None));
    };
    door.touched.note(&caller.tenant);
    let accepted = Accepted::read(&answer, &caller, &base_url);
    Ok((answer, accepted))
}

/// What the caller is told; and the operator, where it is not the caller's doing.
pub(super) fn explain(door: &Door, id: &RequestId, stop: &Stop) -> Fixed {
    let told = match stop {
        Stop::Fixed(fixed) => return *fixed,
        Stop::Denied(Denied::Refused) => return Fixed::Unauthorized,
        Stop::Denied(Denied::Busy) => return Fixed::TooMany,
        Stop::Denied(Denied::Failed(_)) => {
            door.metrics.store_failure();
            Fixed::Unavailable
        }
        Stop::Engine(EngineError::Call(call)) => explain_call(door, id, call),
        Stop::Denied(Denied::Lost(_)) | Stop::Engine(_) | Stop::Lost(_) => Fixed::Internal,
    };
    tracing::error!(request = %id, error = %stop, "no answer from the component");
    told
}

fn explain_call(door: &Door, id: &RequestId, call: &CallError) -> Fixed {
    match call {
        CallError::Guest(_) => door.metrics.trap(),
        CallError::Store(_) => door.metrics.store_failure(),
        CallError::Settings(problems) => {
            tracing::error!(request = %id, ?problems, "the tenant's settings do not open");
        }
        CallError::NoSuchTenant | CallError::Refused(_) | CallError::Host(_) => {}
    }
    match call {
        _ if call.is_timeout() => Fixed::EngineTimeUp,
        _ if call.is_unavailable() => Fixed::Unavailable,
        _ => Fixed::Internal,
    }
}
