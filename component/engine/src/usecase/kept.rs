//! An answer as a row keeps it.

use serde::{Deserialize, Serialize};

use crate::message::{Header, Response};

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Kept {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
}

impl From<&Response> for Kept {
    fn from(answer: &Response) -> Self {
        let headers = answer.headers.iter();
        Self {
            status: answer.status,
            headers: headers
                .map(|Header { name, value }| (name.clone(), value.clone()))
                .collect(),
            body: answer.body.clone(),
        }
    }
}

impl From<Kept> for Response {
    fn from(kept: Kept) -> Self {
        let headers = kept.headers.into_iter();
        Self {
            status: kept.status,
            headers: headers
                .map(|(name, value)| Header { name, value })
                .collect(),
            body: kept.body,
        }
    }
}
