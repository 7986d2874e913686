//! The one client for everything that leaves the house: deliveries, sync to other systems, imports from
//! them.
//!
//! Addresses come from tenants, so the client guards the network that it runs in (SSRF). Names are looked
//! up by a resolver of ours that gives the connector only addresses that are allowed: what is checked is
//! what is connected to, and a name that means another address a moment later (DNS rebinding) gains
//! nothing. IP literals never reach a resolver and are checked in the URL. Nothing is allowed but public
//! addresses, and nothing but `https`, unless the operator says [`Settings::allow_private`]; then plain
//! `http` may be spoken too, for the case is a neighbour in the same network, or a developer's machine.
//! Ports are not bounded: to whatever listens there, a TLS handshake means nothing.
//!
//! No redirects (an address that was not checked, and credentials that go astray), no proxies (they would
//! look up names for us), no cookies, no HTTP/2. Answers are read only as far as they are needed.

mod address;
mod answer;
mod client;
mod error;
mod resolve;
mod retry_after;
mod url;

pub use address::is_public;
pub use answer::{Answer, Text};
pub use client::{Call, Client, NoClient, Settings, Trust};
pub use error::SendError;
pub use reqwest::Method;
pub use resolve::{Names, SystemNames};
pub use retry_after::retry_after;
pub use url::{BadUrl, HttpUrl};
