//! The fixed answers: the only ones that the host gives itself, because no engine ran.
//!
//! Each is a SCIM Error (RFC 7644 §3.12), so that a SCIM client finds what it expects. The details
//! say what the caller can do and nothing about the inside; what went wrong inside stands in the
//! log under the request id.

use axum::body::Body;
use axum::http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, Response, StatusCode};
use serde_json::json;

use super::request_id::RequestId;

const SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
const CONTENT: HeaderValue = HeaderValue::from_static("application/scim+json");
/// Both schemes in one field, as RFC 9110 §11.6.1 allows.
const CHALLENGE: HeaderValue =
    HeaderValue::from_static(r#"Bearer realm="scimlet", Basic realm="scimlet", charset="UTF-8""#);
/// Crowds pass in moments.
const SOON: HeaderValue = HeaderValue::from_static("1");
/// A store that is down takes longer to come back than a crowd to pass.
const LATER: HeaderValue = HeaderValue::from_static("5");

/// One of the fixed answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fixed {
    /// The body is not UTF-8.
    NotUtf8,
    /// The body broke off.
    BrokenBody,
    /// There is no usable `Host`, and no public URL to take its place.
    BadHost,
    /// No credential, or a wrong one.
    Unauthorized,
    /// Nothing of ours lives at this path.
    NotFound,
    /// The body is larger than this many bytes.
    TooLarge(usize),
    /// The path and query are longer than this many bytes.
    UriTooLong(usize),
    /// Too many requests are under way.
    TooMany,
    /// The engine trapped, or the host itself failed.
    Internal,
    /// The store or the engine cannot be had right now.
    Unavailable,
    /// The time for the request is over.
    TimeUp,
    /// The engine or the store behind it took too long.
    EngineTimeUp,
}

impl Fixed {
    /// The status.
    pub(crate) fn status(self) -> StatusCode {
        match self {
            Self::NotUtf8 | Self::BrokenBody | Self::BadHost => StatusCode::BAD_REQUEST,
            Self::Unauthorized => StatusCode::UNAUTHORIZED,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::TooLarge(_) => StatusCode::PAYLOAD_TOO_LARGE,
            Self::UriTooLong(_) => StatusCode::URI_TOO_LONG,
            Self::TooMany => StatusCode::TOO_MANY_REQUESTS,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
            Self::Unavailable | Self::TimeUp => StatusCode::SERVICE_UNAVAILABLE,
            Self::EngineTimeUp => StatusCode::GATEWAY_TIMEOUT,
        }
    }

    /// RFC 7644 §3.12 defines words for 400 only.
    fn scim_type(self) -> Option<&'static str> {
        matches!(self, Self::NotUtf8 | Self::BrokenBody).then_some("invalidSyntax")
    }

    fn detail(self, id: &RequestId) -> String {
        match self {
            Self::NotUtf8 => "the body is not UTF-8".to_owned(),
            Self::BrokenBody => "the body ended before it was complete".to_owned(),
            Self::BadHost => "the `Host` header is missing or not a host name".to_owned(),
            Self::Unauthorized => "a valid bearer token or password is needed".to_owned(),
            Self::NotFound => "there is nothing here; SCIM is at `/scim/v2`".to_owned(),
            Self::TooLarge(max) => format!("the body is larger than {max} bytes"),
            Self::UriTooLong(max) => format!(
                "the path and query are longer than {max} bytes; a long query can be sent by POST to `.search`"
            ),
            Self::TooMany => "too many requests at once; try again soon".to_owned(),
            Self::Internal => format!("something broke; it is in the log as request `{id}`"),
            Self::Unavailable => "the service cannot answer right now; try again later".to_owned(),
            Self::TimeUp => {
                "the request took too long; it is unknown whether anything was changed".to_owned()
            }
            Self::EngineTimeUp => {
                "the answer took too long; it is unknown whether anything was changed".to_owned()
            }
        }
    }

    fn retry_after(self) -> Option<HeaderValue> {
        match self {
            Self::TooMany => Some(SOON),
            Self::Unavailable | Self::TimeUp => Some(LATER),
            _ => None,
        }
    }

    /// The answer.
    pub(crate) fn answer(self, id: &RequestId) -> Response<Body> {
        let mut answer = scim_error(self.status(), self.scim_type(), &self.detail(id));
        let headers = answer.headers_mut();
        if let Some(after) = self.retry_after() {
            headers.insert(RETRY_AFTER, after);
        }
        if self == Self::Unauthorized {
            headers.insert(WWW_AUTHENTICATE, CHALLENGE);
        }
        answer
    }
}

/// A SCIM Error that the host says itself.
pub(crate) fn scim_error(
    status: StatusCode,
    scim_type: Option<&'static str>,
    detail: &str,
) -> Response<Body> {
    let mut answer = Response::new(Body::from(body(status, scim_type, detail)));
    *answer.status_mut() = status;
    answer.headers_mut().insert(CONTENT_TYPE, CONTENT);
    answer
}

fn body(status: StatusCode, scim_type: Option<&'static str>, detail: &str) -> String {
    let mut body = json!({
        "schemas": [SCHEMA],
        "status": status.as_str(),
        "detail": detail,
    });
    if let (Some(word), Some(members)) = (scim_type, body.as_object_mut()) {
        members.insert("scimType".to_owned(), word.into());
    }
    body.to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    const ALL: [Fixed; 12] = [
        Fixed::NotUtf8,
        Fixed::BrokenBody,
        Fixed::BadHost,
        Fixed::Unauthorized,
        Fixed::NotFound,
        Fixed::TooLarge(10),
        Fixed::UriTooLong(10),
        Fixed::TooMany,
        Fixed::Internal,
        Fixed::Unavailable,
        Fixed::TimeUp,
        Fixed::EngineTimeUp,
    ];

    #[test]
    fn every_answer_is_a_scim_error() -> Result<(), serde_json::Error> {
        for fixed in ALL {
            let detail = fixed.detail(&RequestId::fallback());
            let body = body(fixed.status(), fixed.scim_type(), &detail);
            let body: Value = serde_json::from_str(&body)?;
            assert_eq!(body["schemas"], json!([SCHEMA]), "{fixed:?}");
            assert_eq!(body["status"], fixed.status().as_str(), "{fixed:?}");
            assert!(body["detail"].is_string(), "{fixed:?}");
            let answer = fixed.answer(&RequestId::fallback());
            assert_eq!(
                answer.headers().get(CONTENT_TYPE),
                Some(&CONTENT),
                "{fixed:?}"
            );
        }
        Ok(())
    }

    #[test]
    fn only_400_has_a_scim_type() {
        for fixed in ALL
            .into_iter()
            .filter(|fixed| fixed.status() != StatusCode::BAD_REQUEST)
        {
            assert_eq!(fixed.scim_type(), None, "{fixed:?}");
        }
    }

    #[test]
    fn says_when_to_come_again() {
        for fixed in ALL {
            let wanted = matches!(fixed.status().as_u16(), 429 | 503);
            assert_eq!(fixed.retry_after().is_some(), wanted, "{fixed:?}");
        }
    }

    #[test]
    fn a_refused_credential_gets_a_challenge() {
        let answer = Fixed::Unauthorized.answer(&RequestId::fallback());
        assert_eq!(answer.headers().get(WWW_AUTHENTICATE), Some(&CHALLENGE));
    }
}
