//! Runs the component: the only crate that knows wasmtime.
//!
//! A [`Runtime`] compiles the component once and answers requests with instances of it. An
//! instance serves one tenant at one revision of its settings, one call at a time, within
//! [`Limits`]; it is kept warm between calls, and dropped when it fails. Calls block, on the store
//! and on the guest's work; the caller brings the thread.
//!
//! A tenant may have a policy, a component of its own that the first one asks: [`Policies`] runs those.
//!
//! Nothing here knows SCIM, HTTP or SQL. What the component asks goes to the tenant's
//! [`scimlet_store::Store`].

mod config;
mod data;
mod error;
mod runtime;

mod engine;
mod instance;
mod pool;

mod ceiling;
mod meter;
mod state;
mod turn;

mod bindings;
mod convert;
mod host;
mod policy;
mod said;
mod unbound;
mod wasi;

pub use config::{Config, Limits, PolicyConfig};
pub use data::{Header, Opening, Principal, Problem, Progress, Request, Response, Tenants};
pub use error::{CallError, Fault, FaultKind, HostError, StartError};
pub use policy::{
    Asked, Checked, Context, Grant, Hook, Policies, Policy, PolicyError, PolicyFailure,
    PolicySource, Question, Refusal, Replies, Subject, Trial, Tried,
};
pub use runtime::Runtime;

/// The scimlet component, as `build.rs` built it from `component/plugin`.
pub const COMPONENT: &[u8] = include_bytes!(env!("SCIMLET_COMPONENT"));
