//! A SCIM client: another server, asked as anybody would ask it (RFC 7644).
//!
//! What fails for a passing reason is tried again by the one policy of [`scimlet_events::retry`], and by
//! what the other side asks for.

mod error;
mod provider;

use std::sync::Arc;

use scimlet_events::http::{Call, Client, Method, retry_after};
use scimlet_events::retry::Policy;
use serde_json::Value;

use crate::events::Chance;
use crate::world;

pub(crate) use error::RemoteError;
pub(crate) use provider::Provider;

/// Bytes of an answer at most. A page that is larger is asked for in smaller ones.
pub(crate) const MAX_ANSWER: usize = 32 << 20;

/// Bytes of a refusal that are read.
const MAX_REFUSAL: usize = 16 << 10;

/// What SCIM is sent and asked for as. Plain JSON is what some servers know it by.
const ACCEPT: &str = "application/scim+json, application/json;q=0.9";

/// Another server.
#[derive(Clone)]
pub(crate) struct Remote {
    client: Client,
    base: String,
    authorization: Option<String>,
    /// Whether what fails for a passing reason is tried again here.
    is_patient: bool,
}

/// One request.
#[derive(Clone, Debug)]
pub(crate) struct Question<'a> {
    pub(crate) method: Method,
    /// Below the base, with the query.
    pub(crate) path: String,
    pub(crate) body: Option<&'a Value>,
}

impl<'a> Question<'a> {
    pub(crate) fn get(path: impl Into<String>) -> Self {
        Self {
            method: Method::GET,
            path: path.into(),
            body: None,
        }
    }

    pub(crate) fn bare(method: Method, path: impl Into<String>) -> Self {
        let path = path.into();
        Self {
            method,
            path,
            body: None,
        }
    }

    pub(crate) fn write(method: Method, path: impl Into<String>, body: &'a Value) -> Self {
        Self {
            method,
            path: path.into(),
            body: Some(body),
        }
    }
}

impl Remote {
    /// The server whose SCIM begins at `base`.
    pub(crate) fn new(client: Client, base: &str, authorization: Option<String>) -> Self {
        Self {
            client,
            base: base.trim_end_matches('/').to_owned(),
            authorization,
            is_patient: false,
        }
    }

    /// The same, for somebody who waits for the answers: what fails for a passing reason is tried again,
    /// until it is time to give up.
    pub(crate) fn patient(self) -> Self {
        Self {
            is_patient: true,
            ..self
        }
    }

    /// The same, for somebody who decides themselves what is tried again.
    pub(crate) fn hasty(self) -> Self {
        Self {
            is_patient: false,
            ..self
        }
    }

    /// Asks. The answer is null where it has no body.
    pub(crate) async fn ask(&self, question: &Question<'_>) -> Result<Value, RemoteError> {
        if !self.is_patient {
            return self.ask_once(question).await;
        }
        let once = || async {
            self.ask_once(question)
                .await
                .map_err(RemoteError::into_fault)
        };
        Policy::QUESTION.run(&Chance, once).await
    }

    /// Asks once. The answer is null where there is no body.
    async fn ask_once(&self, question: &Question<'_>) -> Result<Value, RemoteError> {
        let url = format!("{}{}", self.base, question.path);
        let mut call = Call::new(question.method.clone(), &url)
            .authorization(self.authorization.as_deref())
            .header("accept", ACCEPT);
        if let Some(body) = question.body {
            call = call.body("application/scim+json", body.to_string());
        }
        let answer = self.client.send(call).await?;
        let status = answer.status();
        let wait = answer.header("retry-after");
        let wait = wait.and_then(|value| retry_after(value, world::now()));
        if !(200..300).contains(&status) {
            // What it says besides the status is a help, and no more.
            let said = answer.read(MAX_REFUSAL).await;
            let said = said.map(|said| said.text).unwrap_or_default();
            return Err(RemoteError::refused(status, &said, wait));
        }
        let text = answer.read(MAX_ANSWER).await?;
        if !text.is_whole {
            return Err(RemoteError::TooLarge);
        }
        match text.text.trim() {
            "" => Ok(Value::Null),
            text => serde_json::from_str(text).map_err(RemoteError::NotJson),
        }
    }
}

/// A client for what an operator names on the command line: any address that they can reach.
pub(crate) fn operators_client() -> Result<Client, scimlet_events::http::NoClient> {
    use std::time::Duration;

    use scimlet_events::http::{Settings, SystemNames, Trust};

    Client::new(Settings {
        allow_private: true,
        connect: Duration::from_secs(10),
        // A page of a thousand users, of a server that is slow.
        total: Duration::from_mins(1),
        names: Arc::new(SystemNames),
        trust: Trust::System,
    })
}
