//! Many operations as one request to the component (RFC 7644 section 3.7), in such a way that a request
//! that was done before a crash is not done again.

use scimlet_events::retry::{Fault, Policy};
use scimlet_runtime::{CallError, FaultKind};
use scimlet_store::Failure;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tokio::runtime;

use super::report::Refusal;
use crate::events::Chance;
use crate::hex::hex;
use crate::local::{Ask, Local, LocalError};

const BULK: &str = "urn:ietf:params:scim:api:messages:2.0:BulkRequest";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";

/// One operation.
#[derive(Clone, Debug)]
pub(super) struct Operation {
    method: &'static str,
    path: String,
    data: Value,
}

/// What has been done.
#[derive(Clone, Debug)]
pub(super) struct Done {
    pub(super) id: String,
    /// The version that it has now; none where the component does not say.
    pub(super) version: Option<u64>,
}

/// Sends operations for one import.
pub(super) struct Sender<'a> {
    pub(super) local: &'a Local,
    /// Of the import.
    pub(super) name: &'a str,
}

impl Operation {
    pub(super) fn create(endpoint: &str, body: Value) -> Self {
        Self {
            method: "POST",
            path: endpoint.to_owned(),
            data: body,
        }
    }

    pub(super) fn patch(endpoint: &str, id: &str, operation: &Value) -> Self {
        Self {
            method: "PATCH",
            path: format!("{endpoint}/{id}"),
            data: json!({ "schemas": [PATCH], "Operations": [operation] }),
        }
    }
}

impl Sender<'_> {
    /// Carries out operations; each by itself is done or refused. `row` is the first that they are of.
    ///
    /// # Errors
    /// The component did not answer; which of them are done is then not known, and the same call does
    /// what is left.
    pub(super) fn send(
        &self,
        row: u64,
        operations: &[Operation],
    ) -> Result<Vec<Result<Done, Refusal>>, LocalError> {
        if operations.is_empty() {
            return Ok(Vec::new());
        }
        let body = message(operations);
        match self.ask(row, &body) {
            Ok(answer) => Ok(outcomes(&answer, operations.len())),
            Err(error) => self.send_less(row, operations, error),
        }
    }

    fn ask(&self, row: u64, body: &Value) -> Result<Value, LocalError> {
        // By what is sent as well: what was looked up in between may be another thing the next time.
        let digest = hex(&Sha256::digest(body.to_string()));
        let key = format!("{}.{row}.{digest}", self.name);
        let once = || {
            self.local.send(&Ask {
                method: "POST",
                path: "/Bulk",
                idempotency_key: Some(&key),
                body: Some(body),
                ..Ask::default()
            })
        };
        match once() {
            Err(error) if is_passing(&error) => patiently(once, error),
            done => done,
        }
    }

    /// What is too much at once is sent by halves; what is too much alone is refused.
    fn send_less(
        &self,
        row: u64,
        operations: &[Operation],
        error: LocalError,
    ) -> Result<Vec<Result<Done, Refusal>>, LocalError> {
        let Some(status) = too_much(&error) else {
            return Err(error);
        };
        if operations.len() == 1 {
            let refusal = Refusal::said(status, "tooMuch", error.to_string());
            return Ok(vec![Err(refusal)]);
        }
        let (first, second) = operations.split_at(operations.len() / 2);
        let mut outcomes = self.send(row, first)?;
        outcomes.extend(self.send(row, second)?);
        Ok(outcomes)
    }
}

/// Whether others were quicker, again and again, or the database was in use: the same may work a little
/// later.
fn is_passing(error: &LocalError) -> bool {
    match error {
        LocalError::Refused { status, .. } => matches!(status, 429 | 503 | 504),
        LocalError::Call(error) => error.is_unavailable(),
        LocalError::Failed(failure) => {
            matches!(failure, Failure::Unavailable(_) | Failure::Timeout)
        }
        _ => false,
    }
}

/// Asks again by the one policy of trying again, which waits by tokio's clock.
fn patiently(
    once: impl Fn() -> Result<Value, LocalError> + Sync + Send,
    first: LocalError,
) -> Result<Value, LocalError> {
    let Ok(clock) = runtime::Builder::new_current_thread().enable_time().build() else {
        return Err(first);
    };
    let again = || async {
        once().map_err(|error| {
            if is_passing(&error) {
                Fault::Passing(error, None)
            } else {
                Fault::Lasting(error)
            }
        })
    };
    clock.block_on(Policy::QUESTION.run(&Chance, again))
}

/// Whether less of it might be done, and the status that says so.
fn too_much(error: &LocalError) -> Option<u16> {
    match error {
        LocalError::Refused { status: 413, .. } => Some(413),
        LocalError::Call(CallError::Guest(fault)) => match fault.kind {
            FaultKind::Time
            | FaultKind::Memory
            | FaultKind::Stack
            | FaultKind::HostCalls
            | FaultKind::Transfer => Some(413),
            FaultKind::Crash => Some(500),
            FaultKind::Forbidden => None,
        },
        _ => None,
    }
}

fn message(operations: &[Operation]) -> Value {
    let operations: Vec<_> = (0..)
        .zip(operations)
        .map(|(at, it): (u64, _)| {
            let Operation { method, path, data } = it;
            json!({ "method": method, "path": path, "bulkId": at.to_string(), "data": data })
        })
        .collect();
    json!({ "schemas": [BULK], "Operations": operations })
}

/// What became of each, in the order in which they were sent.
fn outcomes(answer: &Value, sent: usize) -> Vec<Result<Done, Refusal>> {
    let said = answer.get("Operations").and_then(Value::as_array);
    let said = said.map_or(&[][..], Vec::as_slice);
    let silent = || {
        Err(Refusal::own(
            "unanswered",
            "the component did not say".to_owned(),
        ))
    };
    (0..sent)
        .map(|at| said.get(at).map_or_else(silent, outcome))
        .collect()
}

fn outcome(said: &Value) -> Result<Done, Refusal> {
    let text = |value: &Value, name: &str| {
        let text = value.get(name).and_then(Value::as_str);
        text.unwrap_or_default().to_owned()
    };
    let status = text(said, "status").parse().unwrap_or(500);
    if status < 400 {
        let location = text(said, "location");
        let id = location.rsplit('/').next().unwrap_or_default().to_owned();
        let version = said
            .get("version")
            .and_then(Value::as_str)
            .and_then(version);
        return Ok(Done { id, version });
    }
    let response = said.get("response").unwrap_or(&Value::Null);
    let (kind, detail) = (text(response, "scimType"), text(response, "detail"));
    Err(Refusal::said(status, &kind, detail))
}

/// The number in an entity tag: `W/"7"`, `W/"7.1f0c9a3e"`.
pub(super) fn version(tag: &str) -> Option<u64> {
    let text = tag.trim_start_matches("W/").trim_matches('"');
    text.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_the_number_in_front() {
        assert_eq!(version("W/\"7\""), Some(7));
        assert_eq!(version("W/\"12.1f0c9a3e\""), Some(12));
        assert_eq!(version("\"x\""), None);
    }

    #[test]
    fn what_passes_is_waited_for_and_what_does_not_is_said() {
        let refused = |status| LocalError::Refused {
            status,
            detail: String::new(),
        };
        let tries = std::sync::atomic::AtomicU16::new(0);
        let once = || match tries.fetch_add(1, std::sync::atomic::Ordering::Relaxed) {
            0 => Err(refused(503)),
            1 => Ok(Value::Null),
            _ => Err(refused(400)),
        };
        assert!(patiently(once, refused(503)).is_ok());
        let error = patiently(once, refused(503)).expect_err("it is refused");
        assert!(!is_passing(&error), "{error}");
    }

    #[test]
    fn every_operation_has_an_outcome() {
        let answer = json!({ "Operations": [
            { "status": "201", "location": "http://x/scim/v2/Users/7", "version": "W/\"1\"" },
            { "status": "409", "response": { "scimType": "uniqueness", "detail": "taken" } },
        ] });
        let outcomes = outcomes(&answer, 3);
        assert!(matches!(&outcomes[0], Ok(Done { id, version: Some(1) }) if id == "7"));
        assert!(outcomes[1].as_ref().is_err_and(Refusal::is_uniqueness));
        assert!(outcomes[2].is_err());
    }
}
