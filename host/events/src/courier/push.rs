//! Security event tokens by POST (RFC 8935).

use std::sync::Arc;

use serde::Deserialize;
use tokio::task::spawn_blocking;

use super::attempt::Attempt;
use super::{BoxFuture, Courier, Receipt, Refused, Verdict};
use crate::http::{Answer, Call, Client, Method};
use crate::said::said;
use crate::token::{Issuer, SigningKey};
use crate::{Endpoint, Envelope, Target, World};

/// The error that an answer of 400 brings is a short object.
const MOST_ERROR: usize = 16 * 1024;

/// Brings events to endpoints of the kind `push`.
pub struct Push {
    client: Client,
    issuer: Issuer,
    world: Arc<dyn World>,
}

/// RFC 8935 section 2.3.
#[derive(Deserialize)]
struct Told {
    err: String,
    #[serde(default)]
    description: String,
}

impl Push {
    /// `world` dates the attempts.
    #[must_use]
    pub fn new(client: Client, issuer: Issuer, world: Arc<dyn World>) -> Self {
        Self {
            client,
            issuer,
            world,
        }
    }

    async fn attempt(&self, endpoint: &Endpoint, event: &Envelope) -> Result<Receipt, Refused> {
        let attempt = Attempt::begin(self.world.now());
        let stays = |reason: String| attempt.refused(Verdict::Later(None), None, reason);
        let Target::Push { url, authorization } = &endpoint.target else {
            return Err(stays("the endpoint takes no pushed tokens".to_owned()));
        };
        let key = self
            .key(&endpoint.tenant, attempt.now)
            .await
            .map_err(stays)?;
        let token = self.issuer.token(&key, endpoint, event);
        let token = token.map_err(|error| stays(error.to_string()))?;
        let call = Call::new(Method::POST, url)
            .header("accept", "application/json")
            .header("accept-language", "en")
            .authorization(authorization.as_deref())
            .body("application/secevent+jwt", token);
        let answer = self.client.send(call).await;
        let answer = answer.map_err(|error| attempt.failed(&error))?;
        judge(&attempt, answer).await
    }

    async fn key(&self, tenant: &str, now: u64) -> Result<Arc<SigningKey>, String> {
        if let Some(key) = self.issuer.keys.remembered(tenant, now) {
            return Ok(key);
        }
        let (keys, tenant) = (Arc::clone(&self.issuer.keys), tenant.to_owned());
        let read = spawn_blocking(move || keys.signing(&tenant, now)).await;
        read.map_err(|error| error.to_string())?
            .map_err(|error| error.to_string())
    }
}

impl Courier for Push {
    fn deliver<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        event: &'a Envelope,
    ) -> BoxFuture<'a, Result<Receipt, Refused>> {
        Box::pin(self.attempt(endpoint, event))
    }
}

/// RFC 8935 section 2.2: 202 acknowledges, and nothing else does. Some web page that answers 200 to
/// whatever comes must not swallow events.
async fn judge(attempt: &Attempt, answer: Answer) -> Result<Receipt, Refused> {
    let status = answer.status();
    let outcome = match status {
        202 => Ok(attempt.taken(status)),
        200..=299 => Err(attempt.refused(
            Verdict::Later(None),
            Some(status),
            format!("answered {status}: a token is acknowledged with 202 (RFC 8935)"),
        )),
        400 => return Err(explain(attempt, answer).await),
        _ => Err(attempt.judged(&answer)),
    };
    answer.let_go().await;
    outcome
}

/// RFC 8935 section 2.4. `invalid_request` says that the token itself is wrong, and it will be the same
/// the next time (section 4). Keys, issuers, audiences and credentials can be put right on either side.
async fn explain(attempt: &Attempt, answer: Answer) -> Refused {
    let plain = attempt.judged(&answer);
    let Ok(body) = answer.read(MOST_ERROR).await else {
        return plain;
    };
    let Ok(Told { err, description }) = serde_json::from_str(&body.text) else {
        return plain;
    };
    let verdict = if err == "invalid_request" {
        Verdict::Never
    } else {
        plain.verdict
    };
    let mut reason = format!("answered 400 `{}`", said(&err));
    if !description.trim().is_empty() {
        reason.push_str(": ");
        reason.push_str(&said(&description));
    }
    attempt.refused(verdict, Some(400), reason)
}
