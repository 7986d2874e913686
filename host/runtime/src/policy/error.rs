//! Why a component cannot be a tenant's policy. Texts are for whoever wrote it.

use std::fmt;

use crate::error::{CallError, Fault, FaultKind, HostError};
use crate::policy::data::PolicyFailure;

/// Why a component cannot be installed as a policy.
#[derive(Debug, thiserror::Error)]
pub enum PolicyError {
    /// It is not WebAssembly.
    #[error("this is not a WebAssembly component; give the `.wasm` file that the build wrote")]
    NotWasm,
    /// It is a core module.
    #[error(
        "this is a core module, not a component; build it for `wasm32-wasip2`, or with a tool that \
         makes components"
    )]
    Module,
    /// It is too large.
    #[error("it has {bytes} bytes, more than the {most} that a policy may have; strip it")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// What is allowed.
        most: usize,
    },
    /// It does not compile.
    #[error("it does not compile: {0}")]
    Compile(String),
    /// It imports what policies are not given.
    #[error("it imports `{import}`, which no policy is given: {remedy}")]
    Import {
        /// The import.
        import: String,
        /// What to do.
        remedy: &'static str,
    },
    /// It does not export the hooks.
    #[error("it does not export `scimlet:policy/hooks@0.1.0`{}", Instead(.0))]
    Export(Vec<String>),
    /// It has exports of that name, but they are others.
    #[error("it does not fit `scimlet:policy/policy`: {0}")]
    Unfit(String),
    /// What it says of itself makes no sense.
    #[error("what it says of itself makes no sense: {0}")]
    Description(String),
    /// It failed when it was asked what it is.
    #[error("it failed when it was asked to describe itself: {0}")]
    Failed(Fault),
    /// This host cannot look at it now.
    #[error(transparent)]
    Host(#[from] HostError),
}

/// What was found instead.
struct Instead<'a>(&'a [String]);

impl fmt::Display for Instead<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return f.write_str("; build it for the world `scimlet:policy/policy`");
        }
        write!(f, ", but `{}`", self.0.join("`, `"))
    }
}

/// Why there is no answer, told to the engine as `failure`, and to the operator in full.
#[derive(Debug)]
pub(crate) enum Broken {
    /// The policy's fault.
    Guest(Fault),
    /// It answered fewer questions, or more, than it was asked.
    Count { asked: usize, answered: usize },
    /// It was asked about more at once than may be handed over.
    Asked { bytes: usize, most: usize },
    /// Its code could not be read.
    Unread(String),
    /// It cannot be loaded.
    Load(String),
    /// No instance can be made.
    Host(HostError),
}

impl Broken {
    /// Whether the policy may be to blame: neither for a question that was too large, nor for a store
    /// that does not answer, nor for a host without room.
    pub(crate) fn is_its_own(&self) -> bool {
        match self {
            Self::Guest(_) | Self::Count { .. } | Self::Load(_) => true,
            Self::Asked { .. } | Self::Unread(_) | Self::Host(_) => false,
        }
    }

    /// As the engine hears it.
    pub(crate) fn failure(&self) -> PolicyFailure {
        match self {
            Self::Guest(fault) => match fault.kind {
                FaultKind::Time => PolicyFailure::Deadline,
                FaultKind::Memory | FaultKind::Transfer => PolicyFailure::TooLarge,
                FaultKind::Crash
                | FaultKind::Stack
                | FaultKind::HostCalls
                | FaultKind::Forbidden => PolicyFailure::Trapped,
            },
            Self::Count { .. } => PolicyFailure::Nonsense,
            Self::Asked { .. } => PolicyFailure::TooLarge,
            Self::Unread(_) | Self::Load(_) | Self::Host(_) => PolicyFailure::Unavailable,
        }
    }

    /// What the policy said in the call that failed.
    pub(crate) fn said(&self) -> &str {
        match self {
            Self::Guest(fault) => &fault.stderr,
            _ => "",
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Guest(Fault { kind, cause, .. }) => write!(f, "{kind}: {cause}"),
            Self::Count { asked, answered } => {
                write!(f, "{answered} answers to {asked} questions")
            }
            Self::Asked { bytes, most } => {
                write!(f, "a question of {bytes} bytes, {most} are allowed")
            }
            Self::Unread(cause) => write!(f, "its code cannot be read: {cause}"),
            Self::Load(cause) => write!(f, "it cannot be loaded: {cause}"),
            Self::Host(error) => error.fmt(f),
        }
    }
}

impl From<Fault> for Broken {
    fn from(fault: Fault) -> Self {
        Self::Guest(fault)
    }
}

/// What making an instance can bring.
impl From<CallError> for Broken {
    fn from(error: CallError) -> Self {
        match error {
            CallError::Guest(fault) => Self::Guest(fault),
            CallError::Host(error) => Self::Host(error),
            other => Self::Load(other.to_string()),
        }
    }
}
