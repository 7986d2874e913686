//! Plain data of a conversation with a policy, name for name what `wit/policy/policy.wit` documents,
//! and what the host knows of a policy.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use scimlet_store::Failure;

/// A policy that a tenant has installed.
#[derive(Clone)]
pub struct Policy {
    /// The SHA-256 of its code, in lower-case hex.
    pub digest: String,
    /// What it wants to be asked, as [`crate::Policies::check`] heard it.
    pub hooks: Vec<Hook>,
    /// Where its code is.
    pub source: Arc<dyn PolicySource>,
}

/// Where a policy's code is, and who wants to know how it does.
pub trait PolicySource: Send + Sync {
    /// The component; asked only if it is not compiled yet. Bytes of another digest are not run.
    ///
    /// # Errors
    /// [`Failure`] if it cannot be read, or is not there.
    fn code(&self) -> Result<Vec<u8>, Failure>;

    /// The policy was asked.
    fn asked(&self, _asked: &Asked) {}
}

/// What became of a question to a policy.
#[derive(Clone, Copy, Debug)]
pub struct Asked {
    /// What it was asked.
    pub hook: Hook,
    /// How long it took, waiting for a place and making an instance included.
    pub took: Duration,
    /// Why there is no answer; none: there is one.
    pub failure: Option<PolicyFailure>,
}

/// What a policy can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Hook {
    /// To rewrite what a client sends.
    Shape,
    /// To have the last word on licenses.
    Entitle,
}

impl Hook {
    /// Every one.
    pub const ALL: [Self; 2] = [Self::Shape, Self::Entitle];

    /// Its name in the contract.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Shape => "shape",
            Self::Entitle => "entitle",
        }
    }

    /// The one of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|hook| hook.as_str() == name)
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a policy gave no answer: `failure` in `wit/scim/scim.wit`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PolicyFailure {
    /// It trapped, or called what it must not.
    Trapped,
    /// It used up its time.
    Deadline,
    /// It asked for more memory, or handed over more bytes, than it may.
    TooLarge,
    /// The count of its answers is not that of the questions.
    Nonsense,
    /// It failed so often that it is not asked for a while.
    Suspended,
    /// The host has no room for another instance, or cannot read the policy's code.
    Unavailable,
}

impl PolicyFailure {
    /// A word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Trapped => "trapped",
            Self::Deadline => "deadline",
            Self::TooLarge => "too-large",
            Self::Nonsense => "nonsense",
            Self::Suspended => "suspended",
            Self::Unavailable => "unavailable",
        }
    }
}

impl fmt::Display for PolicyFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Who asks, and about what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Context {
    /// The tenant's name.
    pub tenant: String,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub now: u64,
    /// Who makes the request.
    pub principal: String,
    /// The verb.
    pub operation: String,
}

/// A user whose licenses are being decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The user, JSON text.
    pub user: String,
    /// What the tenant's settings would grant.
    pub proposed: Vec<Grant>,
}

/// A license that a user should hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// The SKU.
    pub license: String,
    /// Why.
    pub reason: String,
}

/// A policy's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// A word for programs.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

/// A policy that can be installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checked {
    /// The SHA-256 of its code, in lower-case hex.
    pub digest: String,
    /// What it calls itself.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// What it wants to be asked.
    pub hooks: Vec<Hook>,
    /// Its size.
    pub bytes: usize,
    /// The size of it compiled.
    pub compiled_bytes: usize,
    /// The memory of an instance that has said what it is.
    pub memory_bytes: usize,
}
