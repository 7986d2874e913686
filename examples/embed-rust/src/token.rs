//! Tokens of which nothing is stored: whoever knows the secret can tell a good one.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What a token may be for.
pub(crate) const SCOPES: [&str; 3] = ["scim", "scim:read", "admin"];

/// Who presents a token.
#[derive(Clone, Debug)]
pub(crate) struct Caller {
    pub(crate) tenant: String,
    pub(crate) scope: String,
}

/// The secret that tokens are sealed with.
pub(crate) struct Seal {
    fresh: Hmac<Sha256>,
    /// The seal on the secret itself.
    own: Vec<u8>,
}

impl Seal {
    pub(crate) fn new(secret: &str) -> anyhow::Result<Self> {
        let fresh = Hmac::<Sha256>::new_from_slice(secret.as_bytes())?;
        let own = fresh.clone().chain_update(secret).finalize().into_bytes();
        let own = own.to_vec();
        Ok(Self { fresh, own })
    }

    /// Whether this is the secret, in a time that says nothing about how much of it is right.
    pub(crate) fn is_secret(&self, text: &str) -> bool {
        let given = self.fresh.clone().chain_update(text);
        given.verify_slice(&self.own).is_ok()
    }

    /// A token: the tenant, the scope, and the seal on both.
    pub(crate) fn token(&self, tenant: &str, scope: &str) -> String {
        let seal = self.mac(tenant, scope).finalize().into_bytes();
        let seal: Vec<_> = seal.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{tenant}.{scope}.{}", seal.concat())
    }

    /// Who presents this token; none if it was not made with this secret.
    pub(crate) fn open(&self, token: &str) -> Option<Caller> {
        let (named, seal) = token.rsplit_once('.')?;
        let (tenant, scope) = named.split_once('.')?;
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let seal: Option<Vec<u8>> = seal.as_bytes().chunks(2).map(byte).collect();
        // In a time that says nothing about how much of it was right.
        self.mac(tenant, scope).verify_slice(&seal?).ok()?;
        let (tenant, scope) = (tenant.to_owned(), scope.to_owned());
        Some(Caller { tenant, scope })
    }

    fn mac(&self, tenant: &str, scope: &str) -> Hmac<Sha256> {
        self.fresh.clone().chain_update(format!("{tenant}.{scope}"))
    }
}
