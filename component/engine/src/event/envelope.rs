//! An event as it stands in the outbox: everything that delivery needs, beside what it does not look
//! into.

use serde::Serialize;
use serde_json::value::RawValue;

/// The URIs of our own events, whose registry is this repository. Those of RFC 9967 are not ours to
/// add to.
const OWN: &str = "urn:scimlet:event:";

/// The prefix of the URIs of RFC 9967.
const SCIM: &str = "urn:ietf:params:scim:event:";

/// The body of an event in the outbox.
#[derive(Debug, Serialize)]
pub struct Envelope<'a> {
    /// Unique, and the same for every delivery.
    pub id: String,
    /// When it happened, as SCIM writes moments.
    pub time: &'a str,
    /// The same for all events of one request (RFC 9967 section 2.2).
    pub txn: &'a str,
    /// What it is about (RFC 9967 section 2.1).
    pub sub_id: SubjectId<'a>,
    /// The `events` claim of a security event token: one URI and its payload.
    pub events: Claim<'a>,
    /// The same with the values, where the tenant keeps them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub full: Option<Claim<'a>>,
}

/// RFC 9967 section 2.1.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SubjectId<'a> {
    /// Always `scim`.
    pub format: &'static str,
    /// Below the SCIM base: `/Users/42`.
    pub uri: String,
    /// The client's own id, where it is at hand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<&'a str>,
    /// The resource's id.
    #[serde(skip_serializing_if = "str::is_empty")]
    pub id: &'a str,
}

/// One event URI with its payload, which is JSON.
#[derive(Debug)]
pub struct Claim<'a> {
    /// The URI.
    pub uri: String,
    /// The payload.
    pub payload: &'a RawValue,
}

impl Serialize for Claim<'_> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map([(&self.uri, self.payload)])
    }
}

/// The URI of a topic: those of `prov` and `misc` are RFC 9967's, all others our own.
#[must_use]
pub fn uri(topic: &str) -> String {
    let prefix = match topic.split('.').next() {
        Some("prov" | "misc") => SCIM,
        _ => OWN,
    };
    format!("{prefix}{}", topic.replace('.', ":"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn topics_have_uris_of_the_rfc_or_our_own() {
        assert_eq!(
            uri("prov.deactivate"),
            "urn:ietf:params:scim:event:prov:deactivate"
        );
        assert_eq!(
            uri("misc.asyncresp"),
            "urn:ietf:params:scim:event:misc:asyncresp"
        );
        assert_eq!(uri("license.granted"), "urn:scimlet:event:license:granted");
    }
}
