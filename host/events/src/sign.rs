//! Signatures of Standard Webhooks 1.0.0: `v1` (HMAC-SHA-256) and `v1a` (ed25519).
//!
//! Signed is `ID.TIMESTAMP.BODY`, with every secret that is in force, so that a receiver who has only the
//! old one or only the new one is content while a secret is replaced. Both schemes are ring's, which TLS
//! brings along anyway.

mod secret;

pub use secret::{BadSecret, SigningSecret};

use crate::Secret;

/// There is nothing to sign with.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unsigned {
    /// No secret is in force.
    #[error("the endpoint has no secret; `scimlet endpoint rotate` makes one")]
    NoSecret,
    /// One of them is none.
    #[error("a secret of the endpoint cannot be used: {0}")]
    Bad(#[from] BadSecret),
}

/// The value of `webhook-signature`: one signature for each secret in force, the newest first.
///
/// `timestamp` is that of the attempt, in seconds; `now` is what secrets are in force at, in milliseconds
/// since 1970-01-01T00:00:00Z.
///
/// # Errors
/// [`Unsigned`].
pub fn signatures(
    secrets: &[Secret],
    now: u64,
    id: &str,
    timestamp: u64,
    body: &str,
) -> Result<String, Unsigned> {
    let in_force = |secret: &&Secret| secret.until.is_none_or(|until| now < until);
    let content = format!("{id}.{timestamp}.{body}");
    let mut signatures = Vec::new();
    for secret in secrets.iter().filter(in_force) {
        let secret: SigningSecret = secret.value.parse()?;
        signatures.push(secret.sign(content.as_bytes()));
    }
    if signatures.is_empty() {
        return Err(Unsigned::NoSecret);
    }
    Ok(signatures.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What the reference libraries are tested with.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const TIMESTAMP: u64 = 1_614_265_330;
    const BODY: &str = r#"{"test": 2432232314}"#;
    const SIGNATURE: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn secret(value: &str, until: Option<u64>) -> Secret {
        Secret {
            value: value.to_owned(),
            until,
        }
    }

    fn signed(secrets: &[Secret], now: u64) -> Result<String, Unsigned> {
        signatures(secrets, now, ID, TIMESTAMP, BODY)
    }

    #[test]
    fn signs_as_the_reference_libraries_do() {
        let signed = signed(&[secret(SECRET, None)], 0);
        assert_eq!(signed.as_deref(), Ok(SIGNATURE));
    }

    #[test]
    fn signs_with_every_secret_that_is_in_force() {
        let new = SigningSecret::shared([7; 32]);
        let secrets = [secret(&new, None), secret(SECRET, Some(1000))];
        let both = signed(&secrets, 999).expect("signatures");
        let [first, second] = both.split(' ').collect::<Vec<_>>()[..] else {
            panic!("{both}");
        };
        assert_ne!(first, second);
        assert_eq!(second, SIGNATURE);
        assert_eq!(signed(&secrets, 1000).as_deref(), Ok(first));
    }

    #[test]
    fn nothing_goes_out_unsigned() {
        assert_eq!(signed(&[], 0), Err(Unsigned::NoSecret));
        let over = [secret(SECRET, Some(1000))];
        assert_eq!(signed(&over, 1000), Err(Unsigned::NoSecret));
        let bad = [secret("whsec_!", None)];
        assert_eq!(signed(&bad, 0), Err(Unsigned::Bad(BadSecret)));
    }
}
