//! A write that is sent twice with one `Idempotency-Key` has the effect of one, and gets the answer of
//! the first (draft-ietf-httpapi-idempotency-key-header).
//!
//! The answer is a row that is written in the commit of the change, so that there is no moment at which
//! the one is there without the other: whoever never saw an answer may ask again, however the first try
//! ended. A refusal has had no effect, and is not remembered: who sends it again is judged again.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::adopt::is_inactive;
use super::case::Case;
use super::kept::Kept;
use super::{Decision, document};
use crate::facts::{Change, Entry, Facts, Key, Put, Row};
use crate::message::{Request, Response};
use crate::refusal::Refusal;
use crate::scim::index;
use crate::scim::resource::Resource;
use crate::scim::schema::ResourceType;
use crate::scim::time;
use crate::scim::tolerance::Tolerance;

/// The kind of the rows.
pub(super) const ANSWER: &str = "Answer";

/// Where they are found by when they end.
pub(super) const UNTIL: &str = "answer.until";

/// How long an answer is kept, in milliseconds: a day, as clients that retry expect it.
const KEPT: u64 = 24 * 60 * 60 * 1000;

/// Letters of a key.
const MAX_KEY: usize = 255;

/// The header.
const HEADER: &str = "idempotency-key";

/// Says that an answer is that of an earlier request.
pub(super) const REPLAYED: &str = "idempotent-replayed";

/// What was answered.
#[derive(Debug, Serialize, Deserialize)]
struct Answered {
    /// What was asked: the same key with something else is a mistake of the client.
    asked: String,
    /// In milliseconds.
    until: u64,
    answer: Kept,
}

/// Decides a request by `go`, unless it was answered before under its key.
pub(super) fn once(
    request: &Request,
    facts: &mut dyn Facts,
    go: impl FnOnce(&mut dyn Facts) -> Result<Decision, Refusal>,
) -> Result<Decision, Refusal> {
    let Some(key) = key(request)? else {
        return go(facts);
    };
    let asked = digest(&[
        &request.method,
        request.header("x-http-method-override").unwrap_or_default(),
        &request.path,
        request.query.as_deref().unwrap_or_default(),
        request.header("if-match").unwrap_or_default(),
        &request.body,
    ]);
    let row = facts.load(vec![key.clone()])?.pop().flatten();
    let replaces = row.as_ref().map(|row| row.version);
    if let Some(answered) = row.as_ref().map(read).transpose()?
        && answered.until > request.now
    {
        return answered.replay(&asked);
    }
    let mut decision = go(facts)?;
    let answer = &decision.response;
    // Of a bulk some operations may be worth another try: then the whole is.
    let may_be_tried_again = answer.headers.iter().any(|it| it.name == "retry-after");
    let is_done = (200..300).contains(&answer.status) && !decision.changes.is_empty();
    if is_done && !may_be_tried_again {
        let answered = Answered {
            asked,
            until: request.now.saturating_add(KEPT),
            answer: Kept::from(&decision.response),
        };
        decision.changes.push(answered.put(key, replaces));
    }
    Ok(decision)
}

/// The row of a request's answer. Keys are their principal's own: nobody is answered what another was.
fn key(request: &Request) -> Result<Option<Key>, Refusal> {
    let Some(sent) = request.header(HEADER) else {
        return Ok(None);
    };
    let writes = matches!(request.method.as_str(), "POST" | "PUT" | "PATCH" | "DELETE");
    // What begins with a dot asks, or is an admin's: neither is a write of a resource.
    let is_resource = !request.path.split('/').any(|part| part.starts_with('.'));
    // Who may not write any longer is told so, and not what they were told then.
    if !writes || !is_resource || !request.principal.may_write() {
        return Ok(None);
    }
    // A string of structured fields (RFC 9651 section 3.3.3), or bare, as most clients send it.
    let trimmed = sent.trim();
    let quoted = trimmed
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'));
    let text = quoted.unwrap_or(trimmed);
    if text.is_empty() || text.len() > MAX_KEY || !text.bytes().all(|byte| byte.is_ascii_graphic())
    {
        let detail = format!("`Idempotency-Key` is 1 to {MAX_KEY} visible ASCII characters");
        return Err(Refusal::syntax(detail));
    }
    let scopes = request.principal.scopes.join(" ");
    let id = digest(&[&request.principal.id, &scopes, text]);
    Ok(Some(Key::new(ANSWER, &id)))
}

/// Whether an answer need not be kept any longer.
pub(super) fn is_over(row: &Row, now: u64) -> bool {
    read(row).is_ok_and(|answered| answered.until <= now)
}

fn read(row: &Row) -> Result<Answered, Refusal> {
    serde_json::from_str(&row.body)
        .map_err(|error| Refusal::Corrupt(format!("{} {}: {error}", row.key.kind, row.key.id)))
}

impl Answered {
    fn put(&self, key: Key, replaces: Option<u64>) -> Change {
        Change::Put(Put {
            key,
            body: serde_json::to_string(self).unwrap_or_default(),
            replaces,
            entries: vec![Entry {
                path: UNTIL.to_owned(),
                value: time::stamp(self.until),
            }],
            claims: Vec::new(),
        })
    }

    /// The answer of the first, if this is the same request.
    fn replay(self, asked: &str) -> Result<Decision, Refusal> {
        if self.asked != asked {
            let detail = "this `Idempotency-Key` was used for another request; take a new one for \
                          each, and send the same request again with the same";
            return Err(Refusal::Status(422, detail.to_owned()));
        }
        let response = Response::from(self.answer);
        Ok(Decision::answer(response.with(REPLAYED, "true")))
    }
}

/// The user whom a POST has made already, under the tolerance `repeatedPost`: who is there, active, with the
/// same `userName` and the same `externalId`. Anybody else is a conflict as ever.
pub(super) fn sent_before(
    case: &mut Case<'_>,
    kind: &ResourceType,
    resource: &Resource<'_>,
) -> Result<Option<Row>, Refusal> {
    let external = resource.get_text("externalId").filter(|it| !it.is_empty());
    let Some(external) = external else {
        return Ok(None);
    };
    if kind.name() != "User" || !kind.tolerances.has(Tolerance::RepeatedPost) {
        return Ok(None);
    }
    let holders = case.facts.holders(index::claims(kind, resource))?;
    let mut keys = holders.into_iter();
    let first = keys.next().flatten();
    let Some(key) = first.filter(|first| keys.all(|key| key.as_ref() == Some(first))) else {
        return Ok(None);
    };
    let row = case.facts.load(vec![key])?.pop().flatten();
    let Some(row) = row else { return Ok(None) };
    let is_same = document::read(&row)?.get_text("externalId") == Some(external);
    Ok((is_same && !is_inactive(&row)?).then_some(row))
}

/// SHA-256 of these texts, told apart by their lengths, in lower-case hex.
fn digest(parts: &[&str]) -> String {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize()
        .iter()
        .fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}
