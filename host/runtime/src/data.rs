//! Plain data of a call, name for name what `wit/scim/scim.wit` documents, and where tenants
//! come from.

use std::sync::Arc;

use scimlet_store::{Failure, Store};

use crate::policy::Policy;

/// A header of a request or an answer; names are lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Header {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// Who makes the request, as the host found out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Principal {
    /// Stable and not secret.
    pub id: String,
    /// `scim:read`, `scim`, `admin`.
    pub scopes: Vec<String>,
}

/// One HTTP request, without what the host keeps to itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// In upper case.
    pub method: String,
    /// Below the SCIM base, percent-encoded: `/Users/42`.
    pub path: String,
    /// Behind the `?`, percent-encoded.
    pub query: Option<String>,
    /// Those that RFC 7644 gives a meaning; never `authorization` or a cookie.
    pub headers: Vec<Header>,
    /// Empty where there is none.
    pub body: String,
    /// Who asks.
    pub principal: Principal,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub now: u64,
    /// 128 bits of good randomness, new for each request.
    pub seed: (u64, u64),
    /// The SCIM base as seen from outside, without a final slash.
    pub base_url: String,
}

/// One HTTP answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The headers.
    pub headers: Vec<Header>,
    /// The body; empty where there is none.
    pub body: String,
}

/// Something wrong in a tenant's settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: a JSON path, `$.licensing.rules[2].when`.
    pub path: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

/// How far reindexing has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many rows the step has looked at.
    pub rows: u32,
    /// How many there are to look at in all, where the walk begins.
    pub total: Option<u64>,
    /// Where the next step begins; none: all is done.
    pub next: Option<String>,
}

/// What an instance is opened with.
#[derive(Clone)]
pub struct Opening {
    /// JSON text that the engine owns.
    pub settings: String,
    /// Which revision of the settings and the policy this is.
    pub revision: u64,
    /// The tenant's data.
    pub store: Arc<dyn Store>,
    /// The tenant's policy at this revision; none: nothing is installed.
    pub policy: Option<Policy>,
}

/// Where a runtime learns of a tenant whose settings it does not have warm.
pub trait Tenants: Send + Sync {
    /// The tenant's settings and data, both as they are now; none if there is no such tenant.
    ///
    /// # Errors
    /// [`Failure`] if they cannot be read.
    fn open(&self, tenant: &str) -> Result<Option<Opening>, Failure>;
}
