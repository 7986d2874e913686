//! Versions of resources as entity tags (RFC 7644 section 3.14).
//!
//! A tag is `W/"7"`, or `W/"7.1f0c9a3e"` where the answer also shows what is not part of the
//! document: a user's groups, a place in a waitlist, the seats in use. `If-None-Match` compares
//! the whole, since the client wants to know of any difference; `If-Match` compares the number
//! alone, since it guards what the client may write. A projection that leaves such things out
//! leaves them out of the tag as well.

use crate::message::Request;
use crate::refusal::Refusal;
use crate::scim::value::Value;

/// The tag of a document's version and of what is shown beside the document.
#[must_use]
pub fn tag(version: u64, beside: &[&Value<'_>]) -> String {
    if beside.is_empty() {
        return format!("W/\"{version}\"");
    }
    let text: String = beside.iter().map(|value| value.to_json()).collect();
    format!("W/\"{version}.{:08x}\"", fnv(&text))
}

/// Whether a conditional GET may be answered by 304.
#[must_use]
pub fn unchanged(request: &Request, tag: &str) -> bool {
    candidates(request, "if-none-match")
        .any(|candidate| candidate == "*" || opaque(candidate) == opaque(tag))
}

/// Whether the document is the one that the client means to change.
///
/// # Errors
/// 412 if it is not.
pub fn guard(request: &Request, version: u64) -> Result<(), Refusal> {
    if request.header("if-match").is_none() {
        return Ok(());
    }
    let number = version.to_string();
    let same = |candidate: &str| {
        let opaque = opaque(candidate);
        candidate == "*" || opaque.split('.').next() == Some(number.as_str())
    };
    if candidates(request, "if-match").any(same) {
        return Ok(());
    }
    let detail = format!("the resource is at version W/\"{number}\" now; read it again");
    Err(Refusal::Status(412, detail))
}

/// The tags in all headers of that name (RFC 9110 section 5.3: repeated ones are one list).
fn candidates<'r>(request: &'r Request, name: &'r str) -> impl Iterator<Item = &'r str> {
    let headers = request
        .headers
        .iter()
        .filter(move |header| header.name == name);
    headers.flat_map(|header| header.value.split(',').map(str::trim))
}

/// What stands between the quotes, weak or not: all our tags are weak.
fn opaque(tag: &str) -> &str {
    tag.strip_prefix("W/").unwrap_or(tag).trim_matches('"')
}

/// FNV-1a: the same on every machine and in every release. Nothing rests on its strength.
fn fnv(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}
