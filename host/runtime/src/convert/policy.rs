//! A conversation with a policy: the question in, the answers out.

use super::all;
use crate::bindings::scimlet::policy::types as wit;
use crate::policy as plain;

impl From<plain::Context> for wit::Context {
    fn from(from: plain::Context) -> Self {
        let plain::Context {
            tenant,
            now,
            principal,
            operation,
        } = from;
        Self {
            tenant,
            now,
            principal,
            operation,
        }
    }
}

impl From<plain::Subject> for wit::Subject {
    fn from(from: plain::Subject) -> Self {
        let plain::Subject { user, proposed } = from;
        let proposed = all(proposed);
        Self { user, proposed }
    }
}

impl From<plain::Grant> for wit::Grant {
    fn from(from: plain::Grant) -> Self {
        let plain::Grant { license, reason } = from;
        Self { license, reason }
    }
}

impl From<wit::Grant> for plain::Grant {
    fn from(from: wit::Grant) -> Self {
        let wit::Grant { license, reason } = from;
        Self { license, reason }
    }
}

impl From<wit::Refusal> for plain::Refusal {
    fn from(from: wit::Refusal) -> Self {
        let wit::Refusal { code, detail } = from;
        Self { code, detail }
    }
}

/// Each answer, with its refusal.
pub(crate) fn answers<A, B>(
    from: Vec<Result<A, wit::Refusal>>,
    answer: impl Fn(A) -> B,
) -> Vec<Result<B, plain::Refusal>> {
    let one = |one: Result<A, wit::Refusal>| one.map(&answer).map_err(plain::Refusal::from);
    from.into_iter().map(one).collect()
}
