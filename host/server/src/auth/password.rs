//! Passwords of Basic credentials, kept as argon2id strings.
//!
//! A check costs 19 MiB and some ten milliseconds, which is a lever for whoever wants to tire out
//! the server: one runs at a time, only some wait, and a user that does not exist costs
//! exactly as much as one that does.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use argon2::password_hash::phc::PasswordHash;
use argon2::{Algorithm, Argon2, Block, Params, PasswordHasher as _, Version};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use subtle::ConstantTimeEq as _;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::Denied;
use super::header::Basic;
use super::verified::Verified;
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
    /// There is no thread to check passwords on.
    #[error("there is no thread for passwords: {0}")]
    Thread(#[from] io::Error),
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

/// Whether the verifier was made of this password. Slow. What cannot be read was made of none.
///
/// `memory` is used again from check to check: whoever tries passwords by the thousand costs time,
/// and not one page more.
fn verify(password: &str, verifier: &str, memory: &mut Vec<Block>) -> bool {
    let made = |kept: PasswordHash| {
        let algorithm = Algorithm::try_from(kept.algorithm.as_str()).ok()?;
        let params = Params::try_from(&kept).ok()?;
        let (salt, expected) = kept.salt.zip(kept.hash)?;
        if memory.len() < params.block_count() {
            memory.resize(params.block_count(), Block::new());
        }
        let mut found = vec![0; expected.as_bytes().len()];
        let argon2 = Argon2::new(algorithm, Version::V0x13, params);
        argon2
            .hash_password_into_with_memory(password.as_bytes(), &salt, &mut found, memory)
            .ok()?;
        Some(bool::from(found.ct_eq(expected.as_bytes())))
    };
    PasswordHash::new(verifier).ok().and_then(made) == Some(true)
}

/// Checks passwords, one at a time.
pub(crate) struct Passwords {
    verified: Verified,
    /// Of a password that nobody knows: what a user that does not exist is checked against.
    nobody: String,
    queue: Arc<Semaphore>,
    jobs: Sender<Job>,
}

/// One password to check.
struct Job {
    login: Basic,
    kept: String,
    answer: oneshot::Sender<(Basic, String, bool)>,
    /// Held to the end even when the client has gone away: the work goes on all the same.
    _queued: OwnedSemaphorePermit,
}

/// Sets up the checking of passwords. Slow, once.
///
/// All checks happen on one thread of their own: requests with tokens go on while someone tries
/// passwords, and the memory of a check is that of the one before.
pub(crate) fn prepare() -> Result<Passwords, HashError> {
    let (jobs, todo) = channel();
    thread::Builder::new()
        .name("passwords".to_owned())
        .spawn(move || work(&todo))?;
    Ok(Passwords {
        verified: Verified::new(world::random()?),
        nobody: verifier(&mint()?)?,
        queue: Arc::new(Semaphore::new(WAITING)),
        jobs,
    })
}

/// Until the server that sends the jobs is gone.
fn work(todo: &Receiver<Job>) {
    let mut memory = Vec::new();
    for Job {
        login,
        kept,
        answer,
        ..
    } in todo
    {
        let fits = verify(&login.password, &kept, &mut memory);
        // The client may have gone away.
        let _ = answer.send((login, kept, fits));
    }
}

impl Passwords {
    /// Whether the login fits the verifier; without a verifier it never does, and costs the same.
    pub(crate) async fn check(&self, login: Basic, kept: Option<String>) -> Result<bool, Denied> {
        match kept {
            Some(kept) if self.verified.knows(&login, &kept, world::instant()) => Ok(true),
            Some(kept) => self.check_slowly(login, kept).await,
            None => {
                self.check_slowly(login, self.nobody.clone()).await?;
                Ok(false)
            }
        }
    }

    async fn check_slowly(&self, login: Basic, kept: String) -> Result<bool, Denied> {
        let queue = Arc::clone(&self.queue);
        let queued = queue.try_acquire_owned().map_err(|_| Denied::Busy)?;
        let (answer, answered) = oneshot::channel();
        let job = Job {
            login,
            kept,
            answer,
            _queued: queued,
        };
        self.jobs.send(job).map_err(|_| Denied::Busy)?;
        let (login, kept, fits) = answered.await.map_err(|_| Denied::Busy)?;
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
        let memory = &mut Vec::new();
        assert!(verify("correct horse", &kept, memory));
        assert!(!verify("battery staple", &kept, memory));
        assert!(!verify("correct horse", "not a verifier", memory));
        Ok(())
    }
}
