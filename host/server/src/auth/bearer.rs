//! Bearer tokens: `scl_<id>_<secret>`.
//!
//! The id is public and finds the credential; the secret is 32 random bytes. What is kept is the
//! SHA-256 of the secret: with 256 bits of chance there is nothing for a slow hash to protect. The
//! prefix lets secret scanners find a token that leaked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;

use crate::hex::hex;
use crate::world::{self, NoRandomness};

const PREFIX: &str = "scl_";
/// 64 bits: enough that two never meet.
const ID_BYTES: usize = 8;
const SECRET_BYTES: usize = 32;

/// A token as a client presents it. Not `Debug`, so that it does not end in a log.
pub(crate) struct Bearer {
    /// The credential's id.
    pub(crate) id: String,
    secret: String,
}

impl Bearer {
    /// A new token.
    pub(crate) fn mint() -> Result<Self, NoRandomness> {
        let id = hex(&world::random::<ID_BYTES>()?);
        let secret = URL_SAFE_NO_PAD.encode(world::random::<SECRET_BYTES>()?);
        Ok(Self { id, secret })
    }

    /// Reads a token's text; none if it cannot be one of ours.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        // The secret may hold underscores itself, the id cannot.
        let (id, secret) = text.strip_prefix(PREFIX)?.split_once('_')?;
        let hexadecimal = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
        let id_fits = id.len() == 2 * ID_BYTES && id.bytes().all(hexadecimal);
        let secret_fits = URL_SAFE_NO_PAD
            .decode(secret)
            .is_ok_and(|b| b.len() == SECRET_BYTES);
        (id_fits && secret_fits).then(|| Self {
            id: id.to_owned(),
            secret: secret.to_owned(),
        })
    }

    /// What is kept of the secret.
    pub(crate) fn verifier(&self) -> String {
        hex(&Sha256::digest(self.secret.as_bytes()))
    }

    /// Whether this is the secret that the verifier was made of, in constant time.
    pub(crate) fn matches(&self, verifier: &str) -> bool {
        self.verifier().as_bytes().ct_eq(verifier.as_bytes()).into()
    }

    /// What the client presents. The only way to the secret's text, so name it with care.
    pub(crate) fn reveal(&self) -> String {
        format!("{PREFIX}{}_{}", self.id, self.secret)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &str = "__________________________________________8";

    #[test]
    fn a_minted_token_reads_back_and_matches_its_verifier() -> Result<(), NoRandomness> {
        let minted = Bearer::mint()?;
        let read = Bearer::parse(&minted.reveal());
        assert!(
            read.is_some_and(|token| token.id == minted.id && token.matches(&minted.verifier()))
        );
        assert!(!minted.matches(&Bearer::mint()?.verifier()));
        assert!(!minted.matches(""));
        Ok(())
    }

    #[test]
    fn a_secret_may_hold_underscores() {
        assert!(Bearer::parse(&format!("scl_0123456789abcdef_{SECRET}")).is_some());
    }

    #[test]
    fn refuses_what_is_not_a_token() {
        let long = format!("scl_0123456789abcdef_{SECRET}A");
        let upper = format!("scl_0123456789ABCDEF_{SECRET}");
        let bare = format!("0123456789abcdef_{SECRET}");
        let short_id = format!("scl_0123_{SECRET}");
        for text in [
            "",
            "scl_",
            "scl__",
            "scl_0123456789abcdef_",
            &long,
            &upper,
            &bare,
            &short_id,
        ] {
            assert!(Bearer::parse(text).is_none(), "{text}");
        }
    }
}
