//! A tenant's signing keys: kept in the ledger, made when first asked for, replaced with an overlap.
//!
//! A new key is published a while before it signs, since receivers keep what they have fetched; an old one
//! is published for a while after it has signed, since tokens lie in queues.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use scimlet_store::{Change, Failure, Key, Outcome, Put, Store};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::key::{BadKey, SigningKey};

/// How long a new key is published before it signs, in milliseconds: an hour.
pub const PREPARED: u64 = 60 * 60 * 1000;
/// How long an old key is published after it has signed, in milliseconds: a week, which is longer than any
/// event is delivered.
pub const OVERLAP: u64 = 7 * 24 * 60 * 60 * 1000;

/// How long what was read is believed, in milliseconds. Far below [`PREPARED`], so that nobody signs with
/// a key that was replaced longer ago than receivers are promised.
const REMEMBERED: u64 = 60 * 1000;

const KIND: &str = "Key";
/// Whoever comes second finds what the first one has written.
const ATTEMPTS: u32 = 8;

/// The keys of all tenants. Calls block, but for [`Keys::remembered`].
pub struct Keys {
    ledger: Arc<dyn Store>,
    memory: Mutex<HashMap<String, Memory>>,
}

struct Memory {
    read: u64,
    signing: Arc<SigningKey>,
}

/// A key, as admins see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Listed {
    /// Its name.
    pub kid: String,
    /// From when it signs, in milliseconds since 1970-01-01T00:00:00Z.
    pub signs: u64,
    /// Whether it is the one that signs now.
    pub is_current: bool,
}

/// How a key is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Haste {
    /// So that no receiver notices.
    Prepared,
    /// Because an old one has got out.
    AtOnce,
}

/// There is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The ledger does not answer.
    #[error(transparent)]
    Failed(#[from] Failure),
    /// A key cannot be made or used.
    #[error(transparent)]
    Bad(#[from] BadKey),
    /// What the ledger keeps is not what was written. Names the tenant.
    #[error("the signing keys of `{0}` cannot be read")]
    Unreadable(String),
    /// Others wrote all the time.
    #[error("the signing keys are being changed by others; try again")]
    Crowded,
}

/// The row of a tenant: newest last.
#[derive(Clone, Default, Serialize, Deserialize)]
struct Kept {
    keys: Vec<One>,
}

#[derive(Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct One {
    /// PKCS#8 in base64.
    pkcs8: String,
    /// From when it signs, in milliseconds since 1970-01-01T00:00:00Z.
    signs: u64,
}

impl Keys {
    /// `ledger` is the space of deliveries.
    #[must_use]
    pub fn new(ledger: Arc<dyn Store>) -> Self {
        Self {
            ledger,
            memory: Mutex::default(),
        }
    }

    /// The key that signs for a tenant now, if it was read a moment ago. Does not block.
    #[must_use]
    pub fn remembered(&self, tenant: &str, now: u64) -> Option<Arc<SigningKey>> {
        let memory = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        let found = memory.get(tenant)?;
        let is_fresh = now.abs_diff(found.read) < REMEMBERED;
        is_fresh.then(|| Arc::clone(&found.signing))
    }

    /// The key that signs for a tenant now; made, if there is none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn signing(&self, tenant: &str, now: u64) -> Result<Arc<SigningKey>, KeyError> {
        if let Some(known) = self.remembered(tenant, now) {
            return Ok(known);
        }
        let kept = self.kept_or_made(tenant, now)?;
        let current = kept.current(now);
        let current = current.ok_or_else(|| KeyError::Unreadable(tenant.to_owned()))?;
        let signing = Arc::new(current.open(tenant)?);
        let memory = Memory {
            read: now,
            signing: Arc::clone(&signing),
        };
        let mut known = self.memory.lock().unwrap_or_else(PoisonError::into_inner);
        known.insert(tenant.to_owned(), memory);
        Ok(signing)
    }

    /// The public halves of a tenant's keys, as a JSON Web Key Set (RFC 7517 section 5): those that sign,
    /// will sign or have signed of late. Made, if there is none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn published(&self, tenant: &str, now: u64) -> Result<String, KeyError> {
        let kept = self.kept_or_made(tenant, now)?;
        let mut keys = Vec::new();
        for one in &kept.published(now).keys {
            keys.push(json!(one.open(tenant)?.jwk()));
        }
        Ok(json!({ "keys": keys }).to_string())
    }

    /// A tenant's keys that are published, the oldest first. Made, if there is none.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn list(&self, tenant: &str, now: u64) -> Result<Vec<Listed>, KeyError> {
        let kept = self.kept_or_made(tenant, now)?.published(now);
        let current = kept.current(now).map(|one| one.pkcs8.clone());
        let list = |one: &One| {
            Ok(Listed {
                kid: one.open(tenant)?.kid().to_owned(),
                signs: one.signs,
                is_current: current.as_ref() == Some(&one.pkcs8),
            })
        };
        kept.keys.iter().map(list).collect()
    }

    /// Makes a new key; the name of it. [`Haste::Prepared`]: it signs in [`PREPARED`], and what has signed
    /// longer ago than [`OVERLAP`] is thrown away. [`Haste::AtOnce`]: it signs now and all others are thrown
    /// away, for one of them has got out; hosts know that within a minute, and what they have signed until
    /// then is refused, and signed anew.
    ///
    /// # Errors
    /// [`KeyError`].
    pub fn rotate(&self, tenant: &str, now: u64, haste: Haste) -> Result<String, KeyError> {
        for _ in 0..ATTEMPTS {
            let (kept, version) = self.load(tenant)?;
            let (mut kept, signs) = match haste {
                Haste::Prepared if !kept.keys.is_empty() => (kept.published(now), now + PREPARED),
                Haste::Prepared | Haste::AtOnce => (Kept::default(), now),
            };
            let one = One::made(signs)?;
            let kid = one.open(tenant)?.kid().to_owned();
            kept.keys.push(one);
            if self.write(tenant, &kept, version)? {
                return Ok(kid);
            }
        }
        Err(KeyError::Crowded)
    }

    fn kept_or_made(&self, tenant: &str, now: u64) -> Result<Kept, KeyError> {
        for _ in 0..ATTEMPTS {
            let (kept, version) = self.load(tenant)?;
            if !kept.keys.is_empty() {
                return Ok(kept);
            }
            let made = Kept {
                keys: vec![One::made(now)?],
            };
            if self.write(tenant, &made, version)? {
                return Ok(made);
            }
        }
        Err(KeyError::Crowded)
    }

    fn load(&self, tenant: &str) -> Result<(Kept, Option<u64>), KeyError> {
        let Some(row) = self
            .ledger
            .load(&[key(tenant)])?
            .into_iter()
            .flatten()
            .next()
        else {
            return Ok((Kept::default(), None));
        };
        let kept = serde_json::from_str(&row.body);
        let kept = kept.map_err(|_| KeyError::Unreadable(tenant.to_owned()))?;
        Ok((kept, Some(row.version)))
    }

    /// False: somebody else was quicker.
    fn write(&self, tenant: &str, kept: &Kept, replaces: Option<u64>) -> Result<bool, KeyError> {
        let put = Change::Put(Put {
            key: key(tenant),
            body: json!(kept).to_string(),
            replaces,
            entries: Vec::new(),
            claims: Vec::new(),
        });
        Ok(self.ledger.commit(&[put])? == Outcome::Applied)
    }
}

impl Kept {
    /// The newest of those that sign already. A clock that was set back finds none, and takes the oldest.
    fn current(&self, now: u64) -> Option<&One> {
        let mut signing = self.keys.iter().rev().filter(|one| one.signs <= now);
        signing.next().or(self.keys.first())
    }

    /// Without those whose successor has been signing for longer than [`OVERLAP`].
    fn published(&self, now: u64) -> Self {
        let successors = self.keys.iter().skip(1).map(Some).chain([None]);
        let keys =
            self.keys.iter().zip(successors).filter(|(_, next)| {
                next.is_none_or(|next| now < next.signs.saturating_add(OVERLAP))
            });
        Self {
            keys: keys.map(|(one, _)| one.clone()).collect(),
        }
    }
}

impl One {
    fn made(signs: u64) -> Result<Self, BadKey> {
        let pkcs8 = STANDARD.encode(SigningKey::generate()?);
        Ok(Self { pkcs8, signs })
    }

    fn open(&self, tenant: &str) -> Result<SigningKey, KeyError> {
        let pkcs8 = STANDARD.decode(&self.pkcs8);
        let pkcs8 = pkcs8.map_err(|_| KeyError::Unreadable(tenant.to_owned()))?;
        Ok(SigningKey::read(&pkcs8)?)
    }
}

fn key(tenant: &str) -> Key {
    Key {
        kind: KIND.to_owned(),
        id: tenant.to_owned(),
    }
}

#[cfg(test)]
mod tests;
