//! Passwords of Basic credentials, kept as argon2id strings.
//!
//! A check costs 19 MiB and some ten milliseconds, which is a lever for whoever wants to tire out
//! the server: only a few run at once, only some wait, and a user that does not exist costs
//! exactly as much as one that does.

use std::sync::Arc;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Argon2, PasswordHasher as _, PasswordVerifier as _};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::sync::{Semaphore, SemaphorePermit};

use super::Denied;
use super::header::Basic;
use super::verified::Verified;
use crate::http::gate::{Slot, blocking};
use crate::world::{self, NoRandomness};

const PASSWORD_BYTES: usize = 24;
const SALT_BYTES: usize = 16;
/// How many checks may wait for their turn; the next one is told to come again.
const WAITING: usize = 64;

/// No verifier could be made of a password.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HashError {
    /// There is no salt.
    #[error(transparent)]
    Random(#[from] NoRandomness),
    /// The hash function refused.
    #[error("the password cannot be hashed: {0}")]
    Hash(argon2::password_hash::Error),
}

/// A new password, to be shown once.
pub(crate) fn mint() -> Result<String, NoRandomness> {
    Ok(URL_SAFE_NO_PAD.encode(world::random::<PASSWORD_BYTES>()?))
}

/// What is kept of a password. Slow.
pub(crate) fn verifier(password: &str) -> Result<String, HashError> {
    let salt = world::random::<SALT_BYTES>()?;
    let hash: PasswordHash = Argon2::default()
        .hash_password_with_salt(password.as_bytes(), &salt)
        .map_err(HashError::Hash)?;
    Ok(hash.to_string())
}

/// Whether the verifier was made of this password. Slow.
fn verify(password: &str, verifier: &str) -> bool {
    Argon2::default()
        .verify_password(password.as_bytes(), verifier)
        .is_ok()
}

/// Checks passwords, a few at a time.
pub(crate) struct Passwords {
    verified: Verified,
    /// Of a password that nobody knows: what a user that does not exist is checked against.
    nobody: String,
    queue: Semaphore,
    running: Arc<Semaphore>,
}

/// Sets up the checking of passwords. Slow, once.
pub(crate) fn prepare() -> Result<Passwords, HashError> {
    // Half the cores: requests with tokens go on while someone tries passwords.
    let parallel = (world::cores() / 2).max(1);
    Ok(Passwords {
        verified: Verified::new(world::random()?),
        nobody: verifier(&mint()?)?,
        queue: Semaphore::new(parallel + WAITING),
        running: Arc::new(Semaphore::new(parallel)),
    })
}

impl Passwords {
    /// Whether the login fits the verifier; without a verifier it never does, and costs the same.
    pub(crate) async fn check(
        &self,
        login: Basic,
        kept: Option<String>,
        slot: &Slot,
    ) -> Result<bool, Denied> {
        match kept {
            Some(kept) if self.verified.knows(&login, &kept, world::instant()) => Ok(true),
            Some(kept) => self.check_slowly(login, kept, slot).await,
            None => {
                self.check_slowly(login, self.nobody.clone(), slot).await?;
                Ok(false)
            }
        }
    }

    async fn check_slowly(&self, login: Basic, kept: String, slot: &Slot) -> Result<bool, Denied> {
        let _queued: SemaphorePermit<'_> = self.queue.try_acquire().map_err(|_| Denied::Busy)?;
        let running = Arc::clone(&self.running)
            .acquire_owned()
            .await
            .map_err(|_| Denied::Busy)?;
        let (login, kept, fits) = blocking(slot, move || {
            // Held to the end even when the client has gone away: the work goes on all the same.
            let _running = running;
            let fits = verify(&login.password, &kept);
            (login, kept, fits)
        })
        .await?;
        if fits {
            self.verified.remember(&login, kept, world::instant());
        }
        Ok(fits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_verifier_fits_its_password_only() -> Result<(), HashError> {
        let kept = verifier("correct horse")?;
        assert!(
            kept.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"),
            "{kept}"
        );
        assert!(verify("correct horse", &kept));
        assert!(!verify("battery staple", &kept));
        assert!(!verify("correct horse", "not a verifier"));
        Ok(())
    }
}
