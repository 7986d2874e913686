//! SCIM 2.0 and licenses as a pure function.
//!
//! What comes in: a [`Request`] (with the time and 128 bits of chance in it), an opened
//! [`Tenant`], and somebody who answers questions about the tenant's data ([`Facts`]). What comes
//! out: a [`Decision`], that is an answer and the changes it stands for. Nothing else happens
//! here: no clock, no randomness, no I/O, no async. Same facts, same request: same decision, to
//! the byte.
//!
//! Reading order: [`facts`] (what may be asked, what may be changed), [`scim`] (the law book),
//! [`license`] (the counting house), [`mapping`] (the platform's accounts), [`usecase`] (one verb a file).
//!
//! Words that are ours rather than the RFC's: a *pool* is the seats of one license; the *desk* is
//! where one request's seats are decided, on working copies of the pools; a *want* is a license that some
//! *source* asks for on behalf of a user.

pub mod event;
pub mod facts;
pub mod license;
pub mod mapping;
mod message;
mod refusal;
pub mod scim;
pub mod settings;
mod tenant;
pub mod usecase;

pub use facts::Facts;
pub use message::{Header, Principal, Request, Response};
pub use refusal::{Refusal, ScimType};
pub use settings::Problem;
pub use tenant::Tenant;
pub use usecase::{Decision, Due, Step, adopt, decide, reindex, sweep, unsettled};
