//! Tenants: what a name may look like, and how the runtime opens one.

mod watched;

use std::sync::Arc;

use scimlet_runtime::{Asked, Hook, Opening, Policy, PolicySource};
use scimlet_store::{Backend, Failure};

pub(crate) use watched::{Unwatched, Watch};

use watched::Watched;

/// A DNS label's length, so that a name can become part of a host name.
const MAX_NAME: usize = 63;

/// A tenant cannot be called that.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` cannot name a tenant: take 1 to 63 lower-case letters, digits and hyphens, with no hyphen in front"
)]
pub(crate) struct BadName(String);

/// Whether a tenant may be called that.
pub(crate) fn check_name(name: &str) -> Result<(), BadName> {
    let known = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    // A hyphen in front would read as an option on the command line.
    if (1..=MAX_NAME).contains(&name.len()) && name.bytes().all(known) && !name.starts_with('-') {
        Ok(())
    } else {
        Err(BadName(name.to_owned()))
    }
}

/// The backend, as the runtime sees it.
#[derive(Clone)]
pub(crate) struct Tenants {
    backend: Arc<dyn Backend>,
    watch: Arc<dyn Watch>,
}

impl Tenants {
    pub(crate) fn new(backend: Arc<dyn Backend>, watch: Arc<dyn Watch>) -> Self {
        Self { backend, watch }
    }
}

impl scimlet_runtime::Tenants for Tenants {
    fn open(&self, tenant: &str) -> Result<Option<Opening>, Failure> {
        let Some(found) = self.backend.registry().tenant(tenant)? else {
            return Ok(None);
        };
        let store = self.backend.store(tenant)?;
        let policy = found.policy.map(|policy| self.policy(&found.name, policy));
        Ok(Some(Opening {
            settings: found.settings,
            revision: found.revision,
            store: Arc::new(Watched::new(store, Arc::clone(&self.watch), found.name)),
            policy,
        }))
    }
}

impl Tenants {
    fn policy(&self, tenant: &str, policy: scimlet_store::Policy) -> Policy {
        // What is installed was checked, so a hook that this host does not know is of a later one,
        // and not asked.
        let hooks = policy.hooks.iter().filter_map(|name| Hook::named(name));
        Policy {
            hooks: hooks.collect(),
            source: Arc::new(Code {
                backend: Arc::clone(&self.backend),
                watch: Arc::clone(&self.watch),
                tenant: tenant.to_owned(),
                digest: policy.digest.clone(),
            }),
            digest: policy.digest,
        }
    }
}

/// A tenant's policy, read when it is not compiled yet, and watched.
struct Code {
    backend: Arc<dyn Backend>,
    watch: Arc<dyn Watch>,
    tenant: String,
    digest: String,
}

impl PolicySource for Code {
    fn code(&self) -> Result<Vec<u8>, Failure> {
        let code = self.backend.registry().policy_code(&self.digest)?;
        code.ok_or_else(|| Failure::Other("its code is not in the registry".to_owned()))
    }

    fn asked(&self, asked: &Asked) {
        self.watch.policy_asked(&self.tenant, asked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_letters_digits_and_hyphens() {
        for name in ["a", "acme", "acme-2", "7", "a-", &"x".repeat(63)] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
    }

    #[test]
    fn refuses_everything_else() {
        for name in [
            "",
            "-a",
            "Acme",
            "a b",
            "a/b",
            "a.b",
            "ä",
            "a_b",
            &"x".repeat(64),
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
