//! Who is asking: from the `Authorization` header to a tenant and a principal.
//!
//! The lookup of the credential happens on every request, so that a revocation acts at once. A
//! refusal never says what was wrong: id, secret, scheme and tenant fail alike.

mod bearer;
mod header;
mod issue;
mod password;
mod scope;
mod verified;

use std::sync::Arc;

use scimlet_runtime::Principal;
use scimlet_store::{Admission, Backend, Failure, Scheme};

use crate::http::gate::{Lost, Slot, blocking};

pub(crate) use header::{Presented, is_bare, presented};
pub(crate) use issue::{issue_login, issue_token};
pub(crate) use password::prepare as prepare_passwords;
pub(crate) use scope::Scope;

use bearer::Bearer;
use header::Basic;
use password::Passwords;

/// Who a credential turned out to be.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) tenant: String,
    /// The revision of the tenant's settings, as read together with the credential.
    pub(crate) revision: u64,
    pub(crate) principal: Principal,
}

/// Why there is no caller.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Denied {
    /// No credential, or a wrong one. The request gets 401.
    #[error("no credential, or a wrong one")]
    Refused,
    /// Too many passwords wait to be checked. The request may come again.
    #[error("too many passwords to check")]
    Busy,
    /// The registry does not answer. The request may come again.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// The check itself broke. Look into the log.
    #[error(transparent)]
    Lost(#[from] Lost),
}

/// Someone whose request has come in.
pub(crate) enum Visitor {
    /// A password was checked: who it is, is known.
    Known(Caller),
    /// A token is still to be looked up.
    Token(Bearer),
}

/// Checks credentials against the registry.
pub(crate) struct Gatekeeper {
    backend: Arc<dyn Backend>,
    passwords: Passwords,
}

impl Gatekeeper {
    pub(crate) fn new(backend: Arc<dyn Backend>, passwords: Passwords) -> Self {
        Self { backend, passwords }
    }

    /// Checks what takes turns: a password. A token costs one quick look, which is left to
    /// [`Gatekeeper::admit`], so that it needs no thread of its own.
    pub(crate) async fn receive(
        self: &Arc<Self>,
        presented: Presented,
        slot: &Slot,
    ) -> Result<Visitor, Denied> {
        match presented {
            Presented::Bearer(token) => Ok(Visitor::Token(token)),
            Presented::Basic(login) => Ok(Visitor::Known(self.check(login, slot).await?)),
        }
    }

    /// Who the visitor is. `named` is the tenant that the path names, if it does: another one's
    /// credential is as good as none. Blocks.
    pub(crate) fn admit(&self, visitor: Visitor, named: Option<&str>) -> Result<Caller, Denied> {
        let caller = match visitor {
            Visitor::Known(caller) => caller,
            Visitor::Token(token) => self.look_up(&token)?,
        };
        if named.is_some_and(|name| name != caller.tenant) {
            return Err(Denied::Refused);
        }
        Ok(caller)
    }

    fn look_up(&self, token: &Bearer) -> Result<Caller, Denied> {
        let found = self.admission(&token.id, Scheme::Bearer)?;
        let fits = found.filter(|found| token.matches(&found.credential.verifier));
        caller(fits.ok_or(Denied::Refused)?)
    }

    async fn check(self: &Arc<Self>, login: Basic, slot: &Slot) -> Result<Caller, Denied> {
        let (keeper, id) = (Arc::clone(self), login.username.clone());
        let found = blocking(slot, move || keeper.admission(&id, Scheme::Basic)).await??;
        let verifier = found
            .as_ref()
            .map(|found| found.credential.verifier.clone());
        // Asked even where there is no such user: that must not be told by the time it takes.
        let fits = self.passwords.check(login, verifier).await?;
        caller(found.filter(|_| fits).ok_or(Denied::Refused)?)
    }

    /// The credential of that id, if it is of that scheme.
    fn admission(&self, id: &str, scheme: Scheme) -> Result<Option<Admission>, Failure> {
        let found = self.backend.registry().admission(id)?;
        Ok(found.filter(|admission| admission.credential.scheme == scheme))
    }
}

/// A kept scope that this host does not know opens nothing.
fn caller(admission: Admission) -> Result<Caller, Denied> {
    let scope: Scope = admission
        .credential
        .scope
        .parse()
        .map_err(|_| Denied::Refused)?;
    Ok(Caller {
        tenant: admission.credential.tenant,
        revision: admission.revision,
        principal: Principal {
            id: admission.credential.id,
            scopes: scope.principal_scopes(),
        },
    })
}
