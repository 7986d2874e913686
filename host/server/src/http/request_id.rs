//! The request id: one word that stands in the answer, in the log and in the body of a 500.

use std::fmt;

use axum::http::{HeaderMap, HeaderName, HeaderValue};

use crate::hex::hex;
use crate::world;

/// Where it stands.
pub(crate) const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// Room for a trace id of any make, and not for more.
const MAX_LEN: usize = 128;
const BYTES: usize = 16;

/// A request's id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestId(HeaderValue);

impl RequestId {
    /// What the client (or a proxy in front) calls the request, or a new id.
    pub(crate) fn of(headers: &HeaderMap) -> Self {
        let given = headers
            .get(HEADER)
            .filter(|value| is_plain(value.as_bytes()));
        given.cloned().map_or_else(Self::new, Self)
    }

    /// The id of a request that has none.
    pub(crate) fn fallback() -> Self {
        Self(HeaderValue::from_static("unknown"))
    }

    /// As a header's value.
    pub(crate) fn value(&self) -> HeaderValue {
        self.0.clone()
    }

    /// A request without randomness for its id is still a request.
    fn new() -> Self {
        let drawn = world::random::<BYTES>().ok().map(|bytes| hex(&bytes));
        let value = drawn.and_then(|text| HeaderValue::from_str(&text).ok());
        value.map_or_else(Self::fallback, Self)
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.0.to_str().unwrap_or("unknown"))
    }
}

/// Letters, digits and a few signs: nothing that could break a line of a log or a JSON text.
fn is_plain(id: &[u8]) -> bool {
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || b"-_.:/+=".contains(byte);
    (1..=MAX_LEN).contains(&id.len()) && id.iter().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(value: &str) -> String {
        let mut headers = HeaderMap::new();
        headers.insert(
            HEADER,
            HeaderValue::from_str(value).unwrap_or(HeaderValue::from_static("")),
        );
        RequestId::of(&headers).to_string()
    }

    #[test]
    fn keeps_what_the_client_sent() {
        assert_eq!(of("a-1:b/2"), "a-1:b/2");
    }

    #[test]
    fn draws_one_where_none_or_a_strange_one_came() {
        let drawn = RequestId::of(&HeaderMap::new());
        assert_ne!(drawn, RequestId::of(&HeaderMap::new()));
        assert_eq!(drawn.to_string().len(), 2 * BYTES);
        for strange in ["", "a b", "a\"b", &"x".repeat(129)] {
            assert_eq!(of(strange).len(), 2 * BYTES, "{strange}");
        }
    }
}
