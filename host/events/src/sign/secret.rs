//! One secret, as Standard Webhooks writes it.

use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use ring::hmac;
use ring::signature::{Ed25519KeyPair, KeyPair as _};

const SHARED: &str = "whsec_";
const PAIR: &str = "whsk_";
const PUBLIC: &str = "whpk_";

/// A secret that was made here is this long; others may have 24 to 64 bytes.
const SHARED_BYTES: usize = 32;
const SEED_BYTES: usize = 32;

/// What a delivery is signed with.
pub enum SigningSecret {
    /// The receiver has the same.
    Shared(hmac::Key),
    /// The receiver has the public half.
    Pair(Box<Ed25519KeyPair>),
}

/// It is no secret of Standard Webhooks. Does not say what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "a secret is `whsec_` and 24 to 64 bytes in base64, or `whsk_` and an ed25519 key in base64"
)]
pub struct BadSecret;

impl SigningSecret {
    /// The text of a new shared secret, made of chance.
    #[must_use]
    pub fn shared(chance: [u8; SHARED_BYTES]) -> String {
        format!("{SHARED}{}", STANDARD.encode(chance))
    }

    /// The text of a new key pair, made of chance: the seed and the public key, as ed25519 secret keys
    /// are commonly written.
    ///
    /// # Errors
    /// [`BadSecret`], which no 32 bytes are known to cause.
    pub fn pair(chance: [u8; SEED_BYTES]) -> Result<String, BadSecret> {
        let pair = Ed25519KeyPair::from_seed_unchecked(&chance).map_err(|_| BadSecret)?;
        let both = [chance.as_slice(), pair.public_key().as_ref()].concat();
        Ok(format!("{PAIR}{}", STANDARD.encode(both)))
    }

    /// What a receiver checks signatures with, if that is something else than the secret: `whpk_...`.
    #[must_use]
    pub fn public(&self) -> Option<String> {
        match self {
            Self::Shared(_) => None,
            Self::Pair(pair) => Some(format!("{PUBLIC}{}", STANDARD.encode(pair.public_key()))),
        }
    }

    pub(super) fn sign(&self, content: &[u8]) -> String {
        match self {
            Self::Shared(key) => format!("v1,{}", STANDARD.encode(hmac::sign(key, content))),
            Self::Pair(pair) => format!("v1a,{}", STANDARD.encode(pair.sign(content))),
        }
    }
}

impl FromStr for SigningSecret {
    type Err = BadSecret;

    fn from_str(text: &str) -> Result<Self, BadSecret> {
        if let Some(shared) = text.strip_prefix(SHARED) {
            let bytes = STANDARD.decode(shared).map_err(|_| BadSecret)?;
            if !(24..=64).contains(&bytes.len()) {
                return Err(BadSecret);
            }
            return Ok(Self::Shared(hmac::Key::new(hmac::HMAC_SHA256, &bytes)));
        }
        let pair = text.strip_prefix(PAIR).ok_or(BadSecret)?;
        let bytes = STANDARD.decode(pair).map_err(|_| BadSecret)?;
        let pair = match bytes.split_at_checked(SEED_BYTES) {
            Some((seed, [])) => Ed25519KeyPair::from_seed_unchecked(seed),
            Some((seed, public)) => Ed25519KeyPair::from_seed_and_public_key(seed, public),
            None => return Err(BadSecret),
        };
        Ok(Self::Pair(Box::new(pair.map_err(|_| BadSecret)?)))
    }
}

#[cfg(test)]
mod tests {
    use ring::signature::{ED25519, UnparsedPublicKey};

    use super::*;

    fn hex(text: &str) -> Vec<u8> {
        let digit = |letter: char| letter.to_digit(16).expect("hex");
        let digits: Vec<_> = text.chars().map(digit).collect();
        let byte = |pair: &[u32]| u8::try_from(16 * pair[0] + pair[1]).expect("a byte");
        digits.chunks(2).map(byte).collect()
    }

    /// RFC 8032 section 7.1, TEST 3.
    #[test]
    fn signs_by_ed25519_as_rfc_8032_does() {
        let seed = hex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7");
        let public = hex("fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025");
        let signature = hex(
            "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac\
             18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a",
        );
        for bytes in [seed.clone(), [seed, public.clone()].concat()] {
            let text = format!("whsk_{}", STANDARD.encode(bytes));
            let secret: SigningSecret = text.parse().expect("a secret");
            let wanted = format!("v1a,{}", STANDARD.encode(&signature));
            assert_eq!(secret.sign(&hex("af82")), wanted);
            let wanted = format!("whpk_{}", STANDARD.encode(&public));
            assert_eq!(secret.public(), Some(wanted));
        }
    }

    #[test]
    fn what_is_made_here_reads_back() {
        let shared: SigningSecret = SigningSecret::shared([7; 32]).parse().expect("a secret");
        assert_eq!(shared.public(), None);
        let text = SigningSecret::pair([7; 32]).expect("a key pair");
        let pair: SigningSecret = text.parse().expect("a secret");
        let public = pair.public().expect("a public key");
        let public = STANDARD.decode(public.strip_prefix("whpk_").expect("its prefix"));
        let signature = pair.sign(b"what is signed");
        let signature = STANDARD.decode(signature.strip_prefix("v1a,").expect("its version"));
        UnparsedPublicKey::new(&ED25519, public.expect("base64"))
            .verify(b"what is signed", &signature.expect("base64"))
            .expect("the signature is good");
    }

    #[test]
    fn refuses_what_is_no_secret() {
        let other_half = [[7; 32], [8; 32]].concat();
        for text in [
            String::new(),
            "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw".to_owned(),
            "whsec_".to_owned(),
            "whsec_not base64".to_owned(),
            format!("whsec_{}", STANDARD.encode([7; 23])),
            format!("whsec_{}", STANDARD.encode([7; 65])),
            format!("whsk_{}", STANDARD.encode([7; 31])),
            format!("whsk_{}", STANDARD.encode([7; 33])),
            format!("whsk_{}", STANDARD.encode(other_half)),
            format!("whpk_{}", STANDARD.encode([7; 32])),
        ] {
            assert!(text.parse::<SigningSecret>().is_err(), "{text}");
        }
    }
}
