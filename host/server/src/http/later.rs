//! Waits with a client for a request that the component has accepted to carry out later.
//!
//! `Prefer: respond-async, wait=10` (RFC 7240 section 4.3) says: answer me if you can within ten seconds, and
//! tell me where to look if you cannot. The component accepts such a request in any case, so that it is on
//! the disk; the host asks for its answer until it is there, or the time is over.

use std::sync::Arc;

use axum::body::Body;
use axum::http::{HeaderMap, Method, Response, StatusCode};

use super::Door;
use super::engine::Question;
use super::gate::{Slot, blocking};
use super::scim::Stop;
use crate::auth::Caller;

/// Says under which name a request is carried out later (RFC 9967 section 3).
const SET_TXN: &str = "set-txn";

/// A request that was accepted.
pub(super) struct Accepted {
    caller: Caller,
    base_url: String,
    txn: String,
}

impl Accepted {
    /// None: the answer is here already.
    pub(super) fn read(answer: &Response<Body>, caller: &Caller, base_url: &str) -> Option<Self> {
        if answer.status() != StatusCode::ACCEPTED {
            return None;
        }
        let txn = answer.headers().get(SET_TXN)?.to_str().ok()?;
        Some(Self {
            caller: caller.clone(),
            base_url: base_url.to_owned(),
            txn: txn.to_owned(),
        })
    }

    fn question(&self) -> Question {
        Question {
            method: Method::GET,
            path: format!("/.async/{}/response", self.txn),
            query: None,
            headers: Vec::new(),
            body: String::new(),
            base_url: self.base_url.clone(),
        }
    }
}

/// The answer to an accepted request if it comes within this many seconds; else that it was accepted.
pub(super) async fn waited(
    door: &Arc<Door>,
    slot: &Slot,
    seconds: u64,
    accepted: Accepted,
    first: Response<Body>,
) -> Result<Response<Body>, Stop> {
    let accepted = Arc::new(accepted);
    let mut answer = first;
    let mut waiter = door.waiting.begin(&accepted.caller.tenant, seconds);
    while answer.status() == StatusCode::ACCEPTED && waiter.wait().await {
        let (asked, engine) = (Arc::clone(&accepted), Arc::clone(door));
        let turn = door.engine.turn().await;
        let again = blocking(slot, move || {
            let _held = turn;
            engine.engine.ask(asked.caller.clone(), asked.question())
        });
        answer = again.await??;
    }
    Ok(answer)
}

/// Whether the client would rather be answered later; then a body may be larger.
pub(super) fn is_preferred(headers: &HeaderMap) -> bool {
    preferences(headers).any(|word| name(word).eq_ignore_ascii_case("respond-async"))
}

/// How many seconds the client is ready to wait.
pub(super) fn wait(headers: &HeaderMap) -> u64 {
    let found = preferences(headers).find_map(|word| {
        let (name, value) = word.split_once('=')?;
        let seconds = value.split(';').next().unwrap_or_default().trim();
        let seconds = seconds.trim_matches('"').parse().ok()?;
        name.trim().eq_ignore_ascii_case("wait").then_some(seconds)
    });
    found.unwrap_or_default()
}

/// RFC 7240 section 2: a list, in one field or several.
fn preferences(headers: &HeaderMap) -> impl Iterator<Item = &str> {
    let values = headers.get_all("prefer").iter();
    let texts = values.filter_map(|value| value.to_str().ok());
    texts.flat_map(|text| text.split(','))
}

fn name(word: &str) -> &str {
    word.split([';', '=']).next().unwrap_or_default().trim()
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn headers(values: &[&'static str]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append("prefer", HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn reads_a_list_in_one_field_or_several() {
        for values in [
            &["respond-async, wait=10"][..],
            &["Respond-Async", "return=minimal, WAIT=10"],
            &["respond-async; foo=1, wait=\"10\""],
        ] {
            assert!(is_preferred(&headers(values)), "{values:?}");
            assert_eq!(wait(&headers(values)), 10, "{values:?}");
        }
    }

    #[test]
    fn takes_nothing_else_for_it() {
        for values in [&["respond-asynchronously"][..], &["wait=ten"], &[]] {
            assert!(!is_preferred(&headers(values)), "{values:?}");
            assert_eq!(wait(&headers(values)), 0, "{values:?}");
        }
    }
}
