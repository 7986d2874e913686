//! One pair of keys.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::digest::{SHA256, digest};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use serde::Serialize;
use serde_json::json;

/// ECDSA on P-256 with SHA-256 (RFC 7518 section 3.4).
pub(super) const ALGORITHM: &str = "ES256";

/// The two coordinates of a public key, behind the byte that says that both are there.
const COORDINATE: usize = 32;

/// What tokens are signed with.
#[derive(Debug)]
pub struct SigningKey {
    pair: EcdsaKeyPair,
    random: SystemRandom,
    jwk: Jwk,
}

/// There is no key, or it cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a signing key cannot be made or used")]
pub struct BadKey;

/// The public half, as RFC 7517 section 4 and RFC 7518 section 6.2.1 write it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Jwk {
    kty: &'static str,
    crv: &'static str,
    x: String,
    y: String,
    #[serde(rename = "use")]
    usage: &'static str,
    alg: &'static str,
    kid: String,
}

impl SigningKey {
    /// A new key, in PKCS#8.
    ///
    /// # Errors
    /// [`BadKey`] if the system gives no chance.
    pub fn generate() -> Result<Vec<u8>, BadKey> {
        let made =
            EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new());
        Ok(made.map_err(|_| BadKey)?.as_ref().to_vec())
    }

    /// Reads a key.
    ///
    /// # Errors
    /// [`BadKey`] if it is none.
    pub fn read(pkcs8: &[u8]) -> Result<Self, BadKey> {
        let random = SystemRandom::new();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8, &random)
            .map_err(|_| BadKey)?;
        let jwk = Jwk::of(pair.public_key().as_ref()).ok_or(BadKey)?;
        Ok(Self { pair, random, jwk })
    }

    /// Its name: the thumbprint of the public half (RFC 7638).
    #[must_use]
    pub fn kid(&self) -> &str {
        &self.jwk.kid
    }

    pub(super) fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    /// Signs claims: a JWS in compact form (RFC 7515 section 3.1).
    pub(super) fn sign<T: Serialize>(&self, typ: &str, claims: &T) -> Result<String, BadKey> {
        let header = json!({ "typ": typ, "alg": ALGORITHM, "kid": self.kid() });
        let claims = serde_json::to_vec(claims).map_err(|_| BadKey)?;
        let mut token = URL_SAFE_NO_PAD.encode(header.to_string());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(claims, &mut token);
        let signature = self.pair.sign(&self.random, token.as_bytes());
        token.push('.');
        URL_SAFE_NO_PAD.encode_string(signature.map_err(|_| BadKey)?, &mut token);
        Ok(token)
    }
}

impl Jwk {
    /// Of an uncompressed point.
    fn of(point: &[u8]) -> Option<Self> {
        let (x, y) = point.strip_prefix(&[4])?.split_at_checked(COORDINATE)?;
        let (x, y) = (URL_SAFE_NO_PAD.encode(x), URL_SAFE_NO_PAD.encode(y));
        // RFC 7638 section 3: just these members, in this order, without spaces.
        let named = format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#);
        let kid = URL_SAFE_NO_PAD.encode(digest(&SHA256, named.as_bytes()));
        Some(Self {
            kty: "EC",
            crv: "P-256",
            x,
            y,
            usage: "sig",
            alg: ALGORITHM,
            kid,
        })
    }
}
