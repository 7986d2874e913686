//! A token: what it claims, and about whom.

use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;

use super::key::SigningKey;
use super::keys::Keys;
use crate::{Endpoint, Envelope};

/// RFC 8417 section 2.3: so that nobody takes it for a token that lets somebody in.
const TYPE: &str = "secevent+jwt";

/// Makes tokens.
#[derive(Clone)]
pub struct Issuer {
    /// How the host is seen from outside, without a final slash.
    pub base: String,
    /// Whose keys.
    pub keys: Arc<Keys>,
}

/// The event says no moment, or the token cannot be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the event cannot be made a token")]
pub struct NoToken;

/// RFC 8417 section 2.2, RFC 9967 section 2.2. No `sub` (the subject is in `sub_id`), and no `exp` (what
/// has happened does not expire).
#[derive(Serialize)]
struct Claims<'a> {
    iss: String,
    iat: i64,
    jti: String,
    aud: &'a str,
    txn: &'a str,
    sub_id: &'a RawValue,
    events: &'a RawValue,
}

/// The `jti` of an event for an endpoint: the same at each attempt, and another for each receiver.
#[must_use]
pub fn jti(event: &str, endpoint: &str) -> String {
    format!("{event}.{endpoint}")
}

impl Issuer {
    /// The `iss` of a tenant's tokens. Below it, at `/events/jwks.json`, are the keys.
    #[must_use]
    pub fn name(&self, tenant: &str) -> String {
        format!("{}/t/{tenant}", self.base)
    }

    /// The token of an event for an endpoint. It was issued when the event happened: so it claims the same
    /// at each attempt.
    ///
    /// # Errors
    /// [`NoToken`].
    pub fn token(
        &self,
        key: &SigningKey,
        endpoint: &Endpoint,
        event: &Envelope,
    ) -> Result<String, NoToken> {
        let happened: Timestamp = event.time.parse().map_err(|_| NoToken)?;
        let claims = Claims {
            iss: self.name(&endpoint.tenant),
            iat: happened.as_second(),
            jti: jti(&event.id, &endpoint.id),
            aud: endpoint.audience.as_deref().unwrap_or(&endpoint.id),
            txn: &event.txn,
            sub_id: &event.sub_id,
            events: event.events(endpoint.form),
        };
        key.sign(TYPE, &claims).map_err(|_| NoToken)
    }
}
