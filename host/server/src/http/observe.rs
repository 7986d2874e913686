//! What the operator sees of each request: one line in the log, some numbers, and the request id.
//!
//! INVARIANT: no credential, no body, no query and no path below the base is written anywhere.
//! Filters and ids hold personal data; the route says enough.

use std::sync::{Arc, OnceLock};

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{Method, Response};
use axum::middleware::Next;

use super::Door;
use super::base::{self, Area};
use super::request_id::{HEADER, RequestId};
use crate::auth::Caller;
use crate::world;

/// Which route a request took. A closed set, so that a client cannot make up labels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Route {
    Scim,
    TenantScim,
    Admin,
    TenantAdmin,
    Feed,
    TenantFeed,
    Keys,
    TenantKeys,
    Poll,
    TenantPoll,
    Health,
    Readiness,
    Metrics,
    Nothing,
}

impl Route {
    /// Which of those that lead to the component.
    pub(crate) fn of(path: &str) -> Self {
        let admin = base::split(path).is_some_and(|place| place.area == Area::Admin);
        match (path.starts_with("/t/"), admin) {
            (false, false) => Self::Scim,
            (true, false) => Self::TenantScim,
            (false, true) => Self::Admin,
            (true, true) => Self::TenantAdmin,
        }
    }

    /// The same below `/t/NAME`, if the path is there.
    pub(crate) fn of_tenant(self, path: &str) -> Self {
        match self {
            Self::Feed if path.starts_with("/t/") => Self::TenantFeed,
            Self::Poll if path.starts_with("/t/") => Self::TenantPoll,
            Self::Keys if path.starts_with("/t/") => Self::TenantKeys,
            other => other,
        }
    }

    /// The pattern, as the router has it.
    pub(crate) fn pattern(self) -> &'static str {
        match self {
            Self::Scim => "/scim/v2",
            Self::TenantScim => "/t/{tenant}/scim/v2",
            Self::Admin => "/admin/v1",
            Self::TenantAdmin => "/t/{tenant}/admin/v1",
            Self::Feed => "/events",
            Self::TenantFeed => "/t/{tenant}/events",
            Self::Keys => "/events/jwks.json",
            Self::TenantKeys => "/t/{tenant}/events/jwks.json",
            Self::Poll => "/events/poll/{endpoint}",
            Self::TenantPoll => "/t/{tenant}/events/poll/{endpoint}",
            Self::Health => "/healthz",
            Self::Readiness => "/readyz",
            Self::Metrics => "/metrics",
            Self::Nothing => "none",
        }
    }
}

/// What a handler tells about a request; travels with the answer.
#[derive(Clone, Debug)]
pub(crate) struct Seen {
    route: Route,
    /// Shared with the thread that finds out, so that it is known even when time is up.
    who: Arc<OnceLock<Who>>,
}

#[derive(Debug)]
struct Who {
    tenant: String,
    principal: String,
}

impl Seen {
    pub(crate) fn at(route: Route) -> Self {
        Self {
            route,
            who: Arc::default(),
        }
    }

    /// Lets whoever counts and logs know of it, by way of the answer.
    pub(crate) fn on(self, mut answer: Response<Body>) -> Response<Body> {
        answer.extensions_mut().insert(self);
        answer
    }

    /// Notes who makes the request.
    pub(crate) fn note(&self, caller: &Caller) {
        let (tenant, principal) = (caller.tenant.clone(), caller.principal.id.clone());
        self.who.get_or_init(|| Who { tenant, principal });
    }
}

/// Wraps every request.
pub(crate) async fn observe(
    State(door): State<Arc<Door>>,
    mut request: Request,
    next: Next,
) -> Response<Body> {
    let started = world::instant();
    let _under_way = door.metrics.enter();
    let id = RequestId::of(request.headers());
    let method = known_method(request.method());
    request.extensions_mut().insert(id.clone());

    let mut answer = next.run(request).await;

    let seen = answer
        .extensions_mut()
        .remove::<Seen>()
        .unwrap_or(Seen::at(Route::Nothing));
    let status = answer.status().as_u16();
    let took = started.elapsed();
    door.metrics.finished(seen.route, method, status, took);
    let who = seen.who.get();
    tracing::info!(
        request = %id,
        method,
        route = seen.route.pattern(),
        status,
        micros = u64::try_from(took.as_micros()).unwrap_or(u64::MAX),
        tenant = who.map(|who| who.tenant.as_str()),
        principal = who.map(|who| who.principal.as_str()),
        "answered"
    );
    answer.headers_mut().insert(HEADER, id.value());
    answer
}

/// A closed set as well.
fn known_method(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "OTHER",
    }
}
