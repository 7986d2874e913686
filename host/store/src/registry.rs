//! Tenants, credentials and policies: what the host must know before an engine may run.

use crate::Failure;

/// One customer of the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tenant {
    /// Unique; lower-case letters, digits and hyphens.
    pub name: String,
    /// JSON text that the engine owns.
    pub settings: String,
    /// Counts the changes of the settings and of the policy, from 1.
    pub revision: u64,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub created: u64,
    /// The policy that is in force; none: none is.
    pub policy: Option<Policy>,
}

/// What is known of a policy, beside its code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The SHA-256 of its code, in lower-case hex.
    pub digest: String,
    /// What it calls itself.
    pub name: String,
    /// Its own version.
    pub version: String,
    /// What it wants to be asked. No name holds a comma.
    pub hooks: Vec<String>,
    /// The size of its code.
    pub bytes: u64,
}

/// One time that a tenant installed a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Install {
    /// Counts the tenant's, from 1.
    pub number: u64,
    /// What was installed.
    pub policy: Policy,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub installed: u64,
    /// The number of what was in force before; none: nothing was.
    pub before: Option<u64>,
    /// Whether it is in force.
    pub is_current: bool,
}

/// How a credential is presented.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scheme {
    /// A bearer token (RFC 6750).
    Bearer,
    /// A user name and a password (RFC 7617).
    Basic,
}

/// A key to one tenant. The secret itself is never kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// Unique, public, part of what the client presents.
    pub id: String,
    /// The tenant that it opens.
    pub tenant: String,
    /// How it is presented.
    pub scheme: Scheme,
    /// What is kept of the secret: SHA-256 in hex for a token, an argon2id string for a password.
    pub verifier: String,
    /// `scim`, `scim:read` or `admin`.
    pub scope: String,
    /// Milliseconds since 1970-01-01T00:00:00Z.
    pub created: u64,
}

/// A credential together with the tenant that it opens, as one consistent read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Admission {
    /// The credential.
    pub credential: Credential,
    /// The revision of the tenant's settings and policy.
    pub revision: u64,
}

/// Tenants, credentials and policies. Changes are durable when a call returns, and every handle on the same
/// data, in this process or another, sees them at its next call.
pub trait Registry: Send + Sync {
    /// Adds a tenant; false if there is one of that name, which stays as it is.
    ///
    /// # Errors
    /// [`Failure`]; whether it was added is then unknown.
    fn create_tenant(&self, name: &str, settings: &str, now: u64) -> Result<bool, Failure>;

    /// The tenant of that name.
    ///
    /// # Errors
    /// [`Failure`].
    fn tenant(&self, name: &str) -> Result<Option<Tenant>, Failure>;

    /// All tenants, by name.
    ///
    /// # Errors
    /// [`Failure`].
    fn tenants(&self) -> Result<Vec<Tenant>, Failure>;

    /// Replaces a tenant's settings if their revision still is `revision`; false if it is not, or
    /// there is no such tenant.
    ///
    /// # Errors
    /// [`Failure`]; whether they were replaced is then unknown.
    fn replace_settings(&self, name: &str, settings: &str, revision: u64) -> Result<bool, Failure>;

    /// Adds a credential; false if its id is taken or its tenant does not exist.
    ///
    /// # Errors
    /// [`Failure`]; whether it was added is then unknown.
    fn create_credential(&self, credential: &Credential) -> Result<bool, Failure>;

    /// The credential of that id, with its tenant's revision.
    ///
    /// # Errors
    /// [`Failure`].
    fn admission(&self, id: &str) -> Result<Option<Admission>, Failure>;

    /// A tenant's credentials, oldest first.
    ///
    /// # Errors
    /// [`Failure`].
    fn credentials(&self, tenant: &str) -> Result<Vec<Credential>, Failure>;

    /// Removes a credential of that tenant; false if there is none.
    ///
    /// # Errors
    /// [`Failure`]; whether it was removed is then unknown.
    fn revoke_credential(&self, tenant: &str, id: &str) -> Result<bool, Failure>;

    /// Puts a policy in force for a tenant, as the newest of its installs, and advances the tenant's
    /// revision; false if there is no such tenant. The code is kept once, however many tenants have
    /// it.
    ///
    /// # Errors
    /// [`Failure`]; whether it was installed is then unknown.
    fn install_policy(
        &self,
        tenant: &str,
        policy: &Policy,
        code: &[u8],
        now: u64,
    ) -> Result<bool, Failure>;

    /// Puts the install of that number in force, or none, and advances the tenant's revision, if
    /// that still is `revision`; false if it is not, or there is no such tenant or install.
    ///
    /// # Errors
    /// [`Failure`]; whether it was put in force is then unknown.
    fn switch_policy(
        &self,
        tenant: &str,
        install: Option<u64>,
        revision: u64,
    ) -> Result<bool, Failure>;

    /// A tenant's installs, oldest first.
    ///
    /// # Errors
    /// [`Failure`].
    fn installs(&self, tenant: &str) -> Result<Vec<Install>, Failure>;

    /// The code of the policy of that digest.
    ///
    /// # Errors
    /// [`Failure`].
    fn policy_code(&self, digest: &str) -> Result<Option<Vec<u8>>, Failure>;
}
