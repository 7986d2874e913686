//! What can go wrong, by whose fault it is: the component's ([`Fault`]) or the host's
//! ([`HostError`]). Only the first is a trap.

use std::fmt;

use scimlet_store::Failure;
use wasmtime::{PoolConcurrencyLimitError, Trap, WasmBacktrace};

use crate::data::Problem;

/// Why a runtime cannot start. Texts are for the operator.
#[derive(Clone, Debug, thiserror::Error)]
pub enum StartError {
    /// This machine cannot run the engine as configured.
    #[error("cannot set up wasmtime: {0}")]
    Engine(String),
    /// The component does not compile.
    #[error("cannot compile the component: {0}")]
    Compile(String),
    /// The component imports what this host does not have.
    #[error("the component imports `{0}`, which this host does not offer")]
    Import(String),
    /// The component is not a `scimlet:scim/engine`.
    #[error("the component does not fit `scimlet:scim/engine`: {0}")]
    Link(String),
}

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum CallError {
    /// There is no such tenant.
    #[error("there is no such tenant")]
    NoSuchTenant,
    /// The tenant's settings do not open.
    #[error("the tenant's settings have {} problems", .0.len())]
    Settings(Vec<Problem>),
    /// The tenant could not be looked up. (What the store answers to the component is no business
    /// of this type: the component makes a SCIM error of it.)
    #[error(transparent)]
    Store(#[from] Failure),
    /// The component could not do it, and says why.
    #[error("{0}")]
    Refused(String),
    /// The component failed. Whether it had committed is unknown.
    #[error(transparent)]
    Guest(#[from] Fault),
    /// The host failed before the component ran.
    #[error(transparent)]
    Host(#[from] HostError),
}

impl CallError {
    /// Something took too long: 504.
    #[must_use]
    pub fn is_timeout(&self) -> bool {
        match self {
            Self::Store(failure) => matches!(failure, Failure::Timeout),
            Self::Guest(fault) => fault.kind == FaultKind::Time,
            Self::NoSuchTenant | Self::Settings(_) | Self::Refused(_) | Self::Host(_) => false,
        }
    }

    /// The same request may well succeed a little later, and nothing has been done: 503.
    #[must_use]
    pub fn is_unavailable(&self) -> bool {
        match self {
            Self::Store(failure) => matches!(failure, Failure::Unavailable(_)),
            Self::Host(HostError::NoRoom) => true,
            Self::NoSuchTenant
            | Self::Settings(_)
            | Self::Refused(_)
            | Self::Guest(_)
            | Self::Host(_) => false,
        }
    }
}

/// How the component failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FaultKind {
    /// It panicked or trapped by itself.
    Crash,
    /// It ran longer than `guest_time`.
    Time,
    /// It wanted more than `memory_bytes`.
    Memory,
    /// It recursed too deeply.
    Stack,
    /// It called the host more often than `host_calls`.
    HostCalls,
    /// It handed over more than `transfer_bytes` at a time.
    Transfer,
    /// It reached for what it does not have: sleep, files, real randomness.
    Forbidden,
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Crash => "crash",
            Self::Time => "time limit",
            Self::Memory => "memory limit",
            Self::Stack => "stack limit",
            Self::HostCalls => "host call limit",
            Self::Transfer => "transfer limit",
            Self::Forbidden => "forbidden call",
        })
    }
}

/// A failure of the component. Its instance is gone.
#[derive(Clone, Debug, thiserror::Error)]
#[error("the component failed ({kind}): {cause}")]
pub struct Fault {
    /// How.
    pub kind: FaultKind,
    /// The chain of causes, for the operator.
    pub cause: String,
    /// The end of what it wrote to stderr in this call: a panic's message. For the operator.
    pub stderr: String,
}

/// A failure of the host.
#[derive(Clone, Debug, thiserror::Error)]
pub enum HostError {
    /// As many instances are at work as there may be.
    #[error("all instances are at work")]
    NoRoom,
    /// No instance could be made.
    #[error("cannot make an instance: {0}")]
    Instance(String),
}

/// Stops the guest from within a host function, and says why.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("{0}")]
pub(crate) struct Stop(pub(crate) FaultKind);

/// Whose fault it is that no instance could be made, and what it was.
pub(crate) fn instantiation_error(error: &wasmtime::Error) -> CallError {
    if error.is::<PoolConcurrencyLimitError>() {
        return HostError::NoRoom.into();
    }
    if error.is::<Stop>() || error.is::<Trap>() {
        return fault(error, String::new()).into();
    }
    HostError::Instance(chain(error)).into()
}

/// What a failed call of the guest means.
pub(crate) fn fault(error: &wasmtime::Error, stderr: String) -> Fault {
    Fault {
        kind: kind(error),
        cause: chain(error),
        stderr,
    }
}

fn kind(error: &wasmtime::Error) -> FaultKind {
    if let Some(Stop(kind)) = error.downcast_ref() {
        return *kind;
    }
    if let Some(Trap::StackOverflow) = error.downcast_ref() {
        return FaultKind::Stack;
    }
    // wasmtime keeps the type of this error to itself; a test holds the text.
    if error
        .chain()
        .any(|cause| cause.to_string().contains("fuel allocated for hostcalls"))
    {
        return FaultKind::Transfer;
    }
    FaultKind::Crash
}

/// Letters of a function's name that are shown.
const FUNCTION_NAME: usize = 100;

/// Bytes of a cause that are told: a guest has words of its own in it, and each goes into the log.
const CAUSE: usize = 4 << 10;

/// An error with its causes on one line, and behind them where the guest was, innermost first.
pub(crate) fn chain(error: &wasmtime::Error) -> String {
    let mut told = whole_chain(error);
    if told.len() > CAUSE {
        told.truncate(told.floor_char_boundary(CAUSE));
        told.push_str("...");
    }
    told
}

fn whole_chain(error: &wasmtime::Error) -> String {
    let frames = error.downcast_ref::<WasmBacktrace>();
    let place = frames.map(ToString::to_string);
    let causes = error.chain().map(ToString::to_string);
    let causes = causes.filter(|cause| Some(cause) != place.as_ref());
    let causes = causes.collect::<Vec<_>>().join(": ").replace('\n', "; ");
    let frames = frames.map_or(&[][..], WasmBacktrace::frames);
    if frames.is_empty() {
        return causes;
    }
    let frames = frames.iter().map(|frame| match frame.func_name() {
        // The guest's own word: it must not break the line, nor fill the log.
        Some(name) => name
            .chars()
            .filter(|letter| !letter.is_control())
            .take(FUNCTION_NAME)
            .collect(),
        None => format!("function {}", frame.func_index()),
    });
    format!("{causes}; in {}", frames.collect::<Vec<_>>().join(" < "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_told_up_to_a_length() {
        let error = |letters: usize| wasmtime::Error::msg("ä".repeat(letters));
        assert_eq!(chain(&error(CAUSE / 2)), "ä".repeat(CAUSE / 2));
        let told = chain(&error(CAUSE).context("x"));
        assert_eq!(told.len(), CAUSE - 1 + "...".len(), "a letter is not cut");
        assert!(told.ends_with("ää..."));
    }
}
