//! What has happened, for those who come and ask: the feed (`GET /events`), tokens to be fetched
//! (`POST /events/poll/ENDPOINT`, RFC 8936), and the keys that tokens are signed with
//! (`GET /events/jwks.json`); all of it below `/t/NAME` too.
//!
//! Every credential of a tenant may read what happens in it, whatever its scope.

pub(super) mod feed;
pub(super) mod keys;
pub(super) mod poll;

pub(super) mod answer;
mod query;
pub(super) mod visit;
mod wait;

pub(crate) use wait::Waiting;
