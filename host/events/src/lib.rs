//! What leaves scimlet: a tenant's outbox, delivered to whoever wants to know, at least once, in order
//! for each subject.
//!
//! The engine writes the outbox in the commit of each change. This crate reads it, and remembers what
//! has become of each event in a space of its own of the same port ([`scimlet_store::Store`]), so that
//! every backend has it. It knows neither SCIM nor wasm: an event is an [`Envelope`] whose parts it
//! moves and never looks into.
//!
//! [`ledger`] is what is remembered; [`dispatch`] decides when which event goes where; a [`Courier`]
//! brings it there, by [`http`], [`sign`]ed or as a [`token`]; [`retry`] is how often anything is tried.
//! [`feed`] is for those who come and read, [`poll`] for those who fetch.

mod courier;
pub mod dispatch;
mod endpoint;
mod envelope;
pub mod feed;
pub mod filter;
pub mod http;
pub mod ledger;
pub mod poll;
pub mod retry;
mod said;
pub mod sign;
pub mod token;
mod world;

pub use courier::{BoxFuture, Courier, Push, Receipt, Refused, Verdict, Webhook};
pub use endpoint::{Endpoint, Form, KnownBy, Secret, State, Target};
pub use envelope::{Envelope, NotAnEnvelope};
pub use world::World;
