//! The seam between deciding when to deliver, and delivering.

mod attempt;
mod push;
mod webhook;

pub use push::Push;
pub use webhook::Webhook;

use std::pin::Pin;
use std::time::Duration;

use crate::{Endpoint, Envelope};

/// A future on the heap, so that [`Courier`] can be a trait object.
pub type BoxFuture<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Brings one event to one endpoint, once. When, how often and in what order is not its business.
pub trait Courier: Send + Sync {
    /// Makes one attempt.
    fn deliver<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        event: &'a Envelope,
    ) -> BoxFuture<'a, Result<Receipt, Refused>>;
}

/// The endpoint has the event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    /// The HTTP status it answered with.
    pub status: u16,
    /// How long it took.
    pub took: Duration,
}

/// The endpoint does not have it, or it is not known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// What to do about it.
    pub verdict: Verdict,
    /// The HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// For the admin: a short text, none of the event's values, no secrets.
    pub reason: String,
    /// How long it took.
    pub took: Duration,
}

/// What to do about an event that was not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Try again later; not before so long, if the endpoint said so.
    Later(Option<Duration>),
    /// Trying again is useless: this event is dead.
    Never,
    /// The endpoint wants no more events at all (410).
    Gone,
}
