//! Tokens of which nothing is stored: whoever knows the secret can tell a good one.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

/// What a token may be for.
pub(crate) const SCOPES: [&str; 3] = ["scim", "scim:read", "admin"];

/// The secret that tokens are sealed with.
pub(crate) struct Seal {
    fresh: Hmac<Sha256>,
    secret: String,
}

impl Seal {
    pub(crate) fn new(secret: &str) -> Self {
        let fresh = Hmac::new_from_slice(secret.as_bytes()).expect("HMAC takes keys of any length");
        let secret = secret.to_owned();
        Self { fresh, secret }
    }

    /// Whether this is the secret, in a time that says nothing about how much of it is right.
    pub(crate) fn is_secret(&self, text: &str) -> bool {
        let right = self.fresh.clone().chain_update(&self.secret).finalize();
        let given = self.fresh.clone().chain_update(text).finalize();
        right == given
    }

    /// A token: the tenant, the scope, and the seal on both.
    pub(crate) fn token(&self, tenant: &str, scope: &str) -> String {
        let seal = self.mac(tenant, scope).finalize().into_bytes();
        let seal: Vec<_> = seal.iter().map(|byte| format!("{byte:02x}")).collect();
        format!("{tenant}.{scope}.{}", seal.concat())
    }

    /// Tenant and scope of whoever presents this token; none if it was not made with this secret.
    pub(crate) fn open(&self, token: &str) -> Option<(String, String)> {
        let (named, seal) = token.rsplit_once('.')?;
        let (tenant, scope) = named.split_once('.')?;
        let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok();
        let seal: Option<Vec<u8>> = seal.as_bytes().chunks(2).map(byte).collect();
        self.mac(tenant, scope).verify_slice(&seal?).ok()?;
        Some((tenant.to_owned(), scope.to_owned()))
    }

    fn mac(&self, tenant: &str, scope: &str) -> Hmac<Sha256> {
        self.fresh.clone().chain_update(format!("{tenant}.{scope}"))
    }
}
