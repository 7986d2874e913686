//! Hosts: who is alive and may hold endpoints.

use scimlet_store::{Failure, Plan};

use super::rows::{HOST, Host, host_key};
use super::{Ledger, Writing, read};

/// A host that was not heard of for so long is forgotten.
const FORGOTTEN: u64 = 60 * 60 * 1000;

impl Ledger {
    /// Says that a host lives until then.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) fn beat(&self, host: &str, until: u64) -> Result<(), Failure> {
        let found = self.load::<Host>(host_key(host))?;
        let mut writing = Writing::default();
        writing.host(host, &Host { until }, found.map(|found| found.version))?;
        // Only this host writes the row, so it cannot be stale but by its own hand.
        self.commit(writing).map(drop)
    }

    /// Whether a host is believed to live.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) fn lives(&self, host: &str, now: u64) -> Result<bool, Failure> {
        let found = self.load::<Host>(host_key(host))?;
        Ok(found.is_some_and(|found| found.value.until > now))
    }

    /// Takes a host's row away, so that others need not wait for its time to be over.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) fn leave(&self, host: &str) -> Result<(), Failure> {
        if let Some(found) = self.load::<Host>(host_key(host))? {
            let mut writing = Writing::default();
            writing.delete(host_key(host), found.version);
            self.commit(writing)?;
        }
        Ok(())
    }

    /// Forgets hosts that ended without a word.
    ///
    /// # Errors
    /// [`Failure`].
    pub(crate) fn forget_hosts(&self, now: u64) -> Result<(), Failure> {
        let page = self.space.find(&Plan {
            kind: HOST.to_owned(),
            max_rows: 100,
            max_bytes: 1 << 20,
            ..Plan::default()
        })?;
        for row in page.rows {
            let key = row.key.clone();
            let found = read::<Host>(row)?;
            if found.value.until.saturating_add(FORGOTTEN) < now {
                let mut writing = Writing::default();
                writing.delete(key, found.version);
                self.commit(writing)?;
            }
        }
        Ok(())
    }
}
