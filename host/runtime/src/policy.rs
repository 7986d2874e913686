//! Policies: components of a tenant's own that have a say in how its users are written and which
//! licenses they hold (`wit/policy`).
//!
//! A policy runs in an instance of its own, in an engine of its own, within limits of its own
//! ([`crate::PolicyConfig`]). What it does wrong is an answer to the engine, never a fault of the
//! engine's call. Words: a policy is *suspended* when it has failed too often in a row
//! (`breaker`); compiled ones stand on a *shelf*, and lie in a *cache*.

mod bindings;
mod breaker;
mod cache;
mod data;
mod error;
mod gate;
mod import;
mod instance;
mod load;
mod policies;
mod shelf;
mod trial;

pub use data::{
    Asked, Checked, Context, Grant, Hook, Policy, PolicyFailure, PolicySource, Refusal, Subject,
};
pub use error::PolicyError;
pub use policies::Policies;
pub use trial::{Question, Replies, Trial, Tried};

pub(crate) use import::Bound;
