//! What the engine may ask of a tenant's policy.
//!
//! Name for name what the interface `policy` in `wit/scim/scim.wit` documents.

/// The policy that is installed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// The SHA-256 of its code, in lower-case hex.
    pub digest: String,
    /// What it wants to be asked: `shape`, `entitle`.
    pub hooks: Vec<String>,
}

/// Who asks, and about what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Question {
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub now: u64,
    /// The `id` of the request's principal; `scimlet` where no request asks.
    pub principal: String,
    /// The verb.
    pub operation: String,
}

/// A user whose licenses are being decided.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subject {
    /// The user, JSON text.
    pub user: String,
    /// What the settings would grant.
    pub proposed: Vec<Proposal>,
}

/// A license that a user should hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// The SKU.
    pub license: String,
    /// Why.
    pub reason: String,
}

/// A policy's no.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct No {
    /// A stable word for programs.
    pub code: String,
    /// A sentence for people.
    pub detail: String,
}

/// Why there is no answer of the policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Broken {
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
    /// The host could not ask it.
    Unavailable,
}

/// The questions.
pub trait Policy {
    /// What is installed; none: nothing.
    fn describe(&mut self) -> Option<Installed>;

    /// One answer for each document, in their order.
    ///
    /// # Errors
    /// [`Broken`], as the host gave it.
    fn shape(
        &mut self,
        question: &Question,
        documents: Vec<String>,
    ) -> Result<Vec<Result<String, No>>, Broken>;

    /// One answer for each subject, in their order.
    ///
    /// # Errors
    /// [`Broken`], as the host gave it.
    fn entitle(
        &mut self,
        question: &Question,
        subjects: Vec<Subject>,
    ) -> Result<Vec<Result<Vec<Proposal>, No>>, Broken>;
}
