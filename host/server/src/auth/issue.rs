//! Makes credentials. The secret is in what is returned and nowhere else: it is shown once.

use scimlet_store::{Backend, Credential, Failure, Scheme};

use super::bearer::Bearer;
use super::password::{self, HashError};
use super::scope::Scope;
use crate::hex::hex;
use crate::world::{self, NoRandomness};

/// Ids are random; a taken one is drawn again, but never for ever.
const ATTEMPTS: usize = 8;
/// Keeps user names short enough to type; a taken one is drawn again.
const LOGIN_BYTES: usize = 4;

/// No credential was made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum IssueError {
    /// It would open nothing.
    #[error("there is no tenant `{0}`")]
    NoTenant(String),
    /// Every id that was drawn is taken.
    #[error("no free credential id was found; try again")]
    NoFreeId,
    /// Nothing can be kept.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// No secret can be drawn.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// No verifier can be made.
    #[error(transparent)]
    Hash(#[from] HashError),
}

/// A new bearer token.
pub(crate) struct Token {
    pub(crate) id: String,
    pub(crate) text: String,
}

/// A new user name and password.
pub(crate) struct Login {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// Makes a bearer token for a tenant.
pub(crate) fn issue_token(
    backend: &dyn Backend,
    tenant: &str,
    scope: Scope,
) -> Result<Token, IssueError> {
    require_tenant(backend, tenant)?;
    for _ in 0..ATTEMPTS {
        let token = Bearer::mint()?;
        let kept = credential(&token.id, tenant, Scheme::Bearer, token.verifier(), scope);
        if backend.registry().create_credential(&kept)? {
            return Ok(Token {
                text: token.reveal(),
                id: token.id,
            });
        }
    }
    Err(IssueError::NoFreeId)
}

/// Makes a user name and a password for a tenant.
pub(crate) fn issue_login(
    backend: &dyn Backend,
    tenant: &str,
    scope: Scope,
) -> Result<Login, IssueError> {
    require_tenant(backend, tenant)?;
    let password = password::mint()?;
    let verifier = password::verifier(&password)?;
    for _ in 0..ATTEMPTS {
        let username = format!("{tenant}-{}", hex(&world::random::<LOGIN_BYTES>()?));
        let kept = credential(&username, tenant, Scheme::Basic, verifier.clone(), scope);
        if backend.registry().create_credential(&kept)? {
            return Ok(Login { username, password });
        }
    }
    Err(IssueError::NoFreeId)
}

/// The registry refuses an unknown tenant and a taken id alike; this tells them apart.
fn require_tenant(backend: &dyn Backend, tenant: &str) -> Result<(), IssueError> {
    match backend.registry().tenant(tenant)? {
        Some(_) => Ok(()),
        None => Err(IssueError::NoTenant(tenant.to_owned())),
    }
}

fn credential(
    id: &str,
    tenant: &str,
    scheme: Scheme,
    verifier: String,
    scope: Scope,
) -> Credential {
    Credential {
        id: id.to_owned(),
        tenant: tenant.to_owned(),
        scheme,
        verifier,
        scope: scope.as_str().to_owned(),
        created: world::now(),
    }
}
