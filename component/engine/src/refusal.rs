//! Every no the engine can say, and the SCIM Error it becomes (RFC 7644 section 3.12).

use crate::facts::{Broken, Failure};
use crate::message::Response;
use crate::scim::tolerance::Tolerance;
use serde::Serialize;

/// The schema of the error message.
const ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// The `scimType` words in use: RFC 7644 table 9, and ours at the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScimType {
    /// A filter that does not parse, or compares what cannot be compared.
    InvalidFilter,
    /// More than the server is willing to work through.
    TooMany,
    /// A value that somebody else holds.
    Uniqueness,
    /// A change of what cannot be changed.
    Mutability,
    /// A message that is not what it must be.
    InvalidSyntax,
    /// A PATCH path that does not parse or names nothing in the schema.
    InvalidPath,
    /// A PATCH path that selects nothing.
    NoTarget,
    /// A value of the wrong type, or one that is missing.
    InvalidValue,
    /// A cursor that this server did not give for this query (RFC 9865 section 2.1).
    InvalidCursor,
    /// A cursor that is too old.
    ExpiredCursor,
    /// A count that is not the one of the first page, or larger than a page may be.
    InvalidCount,
    /// No seat is left, and the license says to refuse (contract.md).
    LicenseLimitReached,
    /// The tenant's policy says no (docs/policies.md).
    PolicyRefused,
}

impl ScimType {
    /// As it stands on the wire.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::InvalidFilter => "invalidFilter",
            Self::TooMany => "tooMany",
            Self::Uniqueness => "uniqueness",
            Self::Mutability => "mutability",
            Self::InvalidSyntax => "invalidSyntax",
            Self::InvalidPath => "invalidPath",
            Self::NoTarget => "noTarget",
            Self::InvalidValue => "invalidValue",
            Self::InvalidCursor => "invalidCursor",
            Self::ExpiredCursor => "expiredCursor",
            Self::InvalidCount => "invalidCount",
            Self::LicenseLimitReached => "licenseLimitReached",
            Self::PolicyRefused => "policyRefused",
        }
    }

    /// The status it comes with.
    #[must_use]
    pub fn status(self) -> u16 {
        match self {
            Self::Uniqueness => 409,
            Self::LicenseLimitReached | Self::PolicyRefused => 403,
            _ => 400,
        }
    }
}

/// A no, with a sentence for the caller that says what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// One that RFC 7644 (or our contract) has a word for.
    Scim(ScimType, String),
    /// One that a bare status says: 403, 404, 405, 412, 413, 415, 501.
    Status(u16, String),
    /// A method that this path does not take; the second part lists those it does.
    Method(String, &'static str),
    /// There is too much of it just now: 429.
    Busy(String),
    /// The store gave no answer: 503, or 500 if asking again is useless.
    Store(Failure),
    /// A stored document cannot be read: 500. Never the caller's fault.
    Corrupt(String),
    /// The tenant's policy has failed, and the tenant wants to be asked nothing without it: 503.
    Policy(Broken),
}

impl Refusal {
    /// `invalidValue` with this detail.
    pub fn value(detail: impl Into<String>) -> Self {
        Self::Scim(ScimType::InvalidValue, detail.into())
    }

    /// `invalidSyntax` with this detail.
    pub fn syntax(detail: impl Into<String>) -> Self {
        Self::Scim(ScimType::InvalidSyntax, detail.into())
    }

    /// `invalidFilter` with this detail.
    pub fn filter(detail: impl Into<String>) -> Self {
        Self::Scim(ScimType::InvalidFilter, detail.into())
    }

    /// `invalidPath` with this detail.
    pub fn path(detail: impl Into<String>) -> Self {
        Self::Scim(ScimType::InvalidPath, detail.into())
    }

    /// `mutability` with this detail.
    pub fn mutability(detail: impl Into<String>) -> Self {
        Self::Scim(ScimType::Mutability, detail.into())
    }

    /// The same, with the tolerance that would have accepted what is refused.
    #[must_use]
    pub fn with_hint(mut self, tolerance: Tolerance) -> Self {
        if let Self::Scim(_, detail) | Self::Status(_, detail) | Self::Method(detail, _) = &mut self
        {
            detail.push_str("; the tolerance `");
            detail.push_str(&tolerance.to_string());
            detail.push_str("` in the tenant's settings accepts it");
        }
        self
    }

    /// 404 for a resource.
    #[must_use]
    pub fn not_found(kind: &str, id: &str) -> Self {
        Self::Status(404, format!("there is no {kind} with id `{id}`"))
    }

    /// The HTTP status.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Scim(word, _) => word.status(),
            Self::Status(status, _) => *status,
            Self::Method(..) => 405,
            Self::Busy(_) => 429,
            Self::Store(Failure::Unavailable(_) | Failure::Timeout) | Self::Policy(_) => 503,
            Self::Store(Failure::TooLarge(_) | Failure::Other(_)) | Self::Corrupt(_) => 500,
        }
    }

    /// The SCIM Error. What the store or a broken document said stays out of it: that is for the
    /// operator, who finds it in the store's own log.
    #[must_use]
    pub fn response(&self) -> Response {
        let detail = match self {
            Self::Scim(_, detail)
            | Self::Status(_, detail)
            | Self::Method(detail, _)
            | Self::Busy(detail) => detail,
            Self::Store(Failure::Unavailable(_) | Failure::Timeout) => {
                "the data cannot be reached just now; try again shortly"
            }
            Self::Store(_) | Self::Corrupt(_) => "the server failed; nothing you sent is to blame",
            Self::Policy(broken) => policy_failed(*broken),
        };
        let word = if let Self::Scim(word, _) = self {
            Some(word.word())
        } else {
            None
        };
        let answer = error(self.status(), word, detail);
        match self {
            Self::Method(_, allow) => answer.with("allow", allow),
            Self::Status(401, _) => answer.with("www-authenticate", "Bearer"),
            Self::Store(_) if self.status() == 503 => answer.with("retry-after", "1"),
            Self::Busy(_) => answer.with("retry-after", "10"),
            Self::Policy(_) => answer.with("retry-after", "30"),
            _ => answer,
        }
    }
}

/// What the caller can do is to come again; an admin of the tenant can do more.
fn policy_failed(broken: Broken) -> &'static str {
    match broken {
        Broken::Trapped => {
            "the tenant's policy has failed; an admin can install another, or roll back"
        }
        Broken::Deadline => "the tenant's policy has taken too long; try again, or roll it back",
        Broken::TooLarge => "the tenant's policy needs more memory than it may have; roll it back",
        Broken::Nonsense => {
            "the tenant's policy has given an answer that makes no sense; roll it back"
        }
        Broken::Suspended => {
            "the tenant's policy has failed too often and is not asked for a while"
        }
        Broken::Unavailable => "the tenant's policy cannot be asked just now; try again shortly",
    }
}

impl std::fmt::Display for Refusal {
    /// The sentence alone.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Scim(_, detail)
            | Self::Status(_, detail)
            | Self::Method(detail, _)
            | Self::Busy(detail) => f.write_str(detail),
            Self::Store(failure) => write!(f, "the store gave no answer: {failure:?}"),
            Self::Corrupt(what) => write!(f, "a stored document cannot be read: {what}"),
            Self::Policy(broken) => f.write_str(policy_failed(*broken)),
        }
    }
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Store(failure)
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    schemas: [&'static str; 1],
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    scim_type: Option<&'static str>,
    detail: &'a str,
}

/// A SCIM Error; `status` is a JSON string (RFC 7644 section 3.12).
pub(crate) fn error(status: u16, scim_type: Option<&'static str>, detail: &str) -> Response {
    let body = Body {
        schemas: [ERROR],
        status: status.to_string(),
        scim_type,
        detail,
    };
    Response::scim(status, serde_json::to_string(&body).unwrap_or_default())
}
