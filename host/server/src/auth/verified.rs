//! Passwords that were checked a moment ago.
//!
//! Argon2 is slow on purpose, and a client that uses Basic sends its password with every request.
//! So what was verified is remembered for a while: as a keyed hash, never as text, together with
//! the verifier it was checked against. The registry is asked for the verifier on every request
//! all the same, so a revoked or changed credential is never let in by this memory.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};
use std::time::Duration;

use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use tokio::time::Instant;

use super::header::Basic;

/// Short enough that the memory of an idle server holds nothing, long enough that a busy client
/// pays for argon2 a few times an hour.
const LIFETIME: Duration = Duration::from_mins(5);
/// Bounds the memory; far above the number of clients that use Basic at the same time.
const CAPACITY: usize = 4096;

struct Seen {
    digest: [u8; 32],
    verifier: String,
    until: Instant,
}

/// What was verified lately, by credential id.
pub(crate) struct Verified {
    /// New in each process, so that the digests mean nothing outside of it.
    key: [u8; 32],
    seen: RwLock<HashMap<String, Seen>>,
}

impl Verified {
    pub(crate) fn new(key: [u8; 32]) -> Self {
        Self {
            key,
            seen: RwLock::default(),
        }
    }

    /// Whether this password was verified against this verifier lately.
    pub(crate) fn knows(&self, login: &Basic, verifier: &str, now: Instant) -> bool {
        let seen = self.seen.read().unwrap_or_else(PoisonError::into_inner);
        seen.get(&login.username).is_some_and(|entry| {
            now < entry.until
                && entry.verifier == verifier
                && bool::from(entry.digest.ct_eq(&self.digest(login)))
        })
    }

    /// Notes that it was.
    pub(crate) fn remember(&self, login: &Basic, verifier: String, now: Instant) {
        let entry = Seen {
            digest: self.digest(login),
            verifier,
            until: now + LIFETIME,
        };
        let mut seen = self.seen.write().unwrap_or_else(PoisonError::into_inner);
        if seen.len() >= CAPACITY {
            make_room(&mut seen, now);
        }
        seen.insert(login.username.clone(), entry);
    }

    /// The length in front keeps `("a", "bc")` apart from `("ab", "c")`.
    fn digest(&self, login: &Basic) -> [u8; 32] {
        let hash = Sha256::new()
            .chain_update(self.key)
            .chain_update(login.username.len().to_be_bytes())
            .chain_update(login.username.as_bytes())
            .chain_update(login.password.as_bytes());
        hash.finalize().into()
    }
}

/// Drops what is over; if nothing is, all of it: everyone pays once more.
fn make_room(seen: &mut HashMap<String, Seen>, now: Instant) {
    seen.retain(|_, entry| now < entry.until);
    if seen.len() >= CAPACITY {
        seen.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world;

    fn login(username: &str, password: &str) -> Basic {
        Basic {
            username: username.to_owned(),
            password: password.to_owned(),
        }
    }

    #[test]
    fn knows_only_the_same_login_against_the_same_verifier() {
        let (verified, now) = (Verified::new([7; 32]), world::instant());
        verified.remember(&login("acme-1", "right"), "v1".to_owned(), now);
        assert!(verified.knows(&login("acme-1", "right"), "v1", now));
        assert!(!verified.knows(&login("acme-1", "wrong"), "v1", now));
        assert!(!verified.knows(&login("acme-2", "right"), "v1", now));
        assert!(!verified.knows(&login("acme-1", "right"), "v2", now));
    }

    #[test]
    fn forgets_after_its_lifetime() {
        let (verified, now) = (Verified::new([7; 32]), world::instant());
        verified.remember(&login("acme-1", "right"), "v1".to_owned(), now);
        assert!(!verified.knows(&login("acme-1", "right"), "v1", now + LIFETIME));
    }

    #[test]
    fn never_grows_beyond_its_capacity() {
        let (verified, now) = (Verified::new([7; 32]), world::instant());
        for number in 0..=CAPACITY {
            verified.remember(&login(&number.to_string(), "p"), "v".to_owned(), now);
        }
        let seen = verified.seen.read().unwrap_or_else(PoisonError::into_inner);
        assert!(seen.len() <= CAPACITY);
    }
}
