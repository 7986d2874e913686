//! A tenant's data as a log of commits: one file for each, `1.json`, `2.json` ...
//!
//! The state is what the commits come to when they are made one after the other, in memory. A commit
//! is judged on the state after all that are there, written aside, and linked to the next number,
//! which one writer alone can do: who comes second reads what came between and judges again. So many
//! processes may write, and one that dies leaves nothing half done.
//!
//! An instance reads the whole log when it is bound. That is fine for a trial, and for tenants of a
//! few thousand commits; beyond, a platform has a database.

use std::fs::{self, File};
use std::hash::{BuildHasher as _, RandomState};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use scimlet_store::memory::MemoryBackend;
use scimlet_store::{Backend as _, Change, Failure, Outcome, Store};

/// The data of one tenant.
pub struct Log {
    folder: PathBuf,
    /// All commits up to `last`, made.
    state: Arc<dyn Store>,
    last: u64,
}

impl Log {
    /// Reads a tenant's log; there may be none yet.
    ///
    /// # Errors
    /// [`Failure`] if the folder or a commit cannot be read.
    pub fn open(root: &Path, tenant: &str) -> Result<Self, Failure> {
        // Names of tenants are the operator's; a path they must not be.
        let is_plain = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
        if tenant.is_empty() || !tenant.chars().all(is_plain) {
            let text =
                format!("`{tenant}` is no name for a tenant: letters, digits and hyphens are");
            return Err(Failure::Other(text));
        }
        let folder = root.join(tenant);
        fs::create_dir_all(&folder).map_err(|error| failed(&error))?;
        let state = empty()?;
        let mut log = Self {
            folder,
            state,
            last: 0,
        };
        log.refresh()?;
        Ok(log)
    }

    /// What is there now.
    #[must_use]
    pub fn state(&self) -> &dyn Store {
        &*self.state
    }

    /// Makes all changes, durably, or none.
    ///
    /// # Errors
    /// [`Failure`]; whether the changes were made is then unknown.
    pub fn commit(&mut self, changes: &[Change]) -> Result<Outcome, Failure> {
        loop {
            self.refresh()?;
            let outcome = self.state.commit(changes)?;
            if outcome != Outcome::Applied {
                return Ok(outcome);
            }
            let text = serde_json::to_vec(changes).map_err(|error| failed(&error))?;
            match self.write(self.last + 1, &text) {
                Ok(()) => {
                    self.last += 1;
                    return Ok(outcome);
                }
                // Somebody was quicker. What was made in memory is not true.
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                    self.state = empty()?;
                    self.last = 0;
                }
                Err(error) => return Err(failed(&error)),
            }
        }
    }

    /// The tenant's settings; none if it was never made.
    ///
    /// # Errors
    /// [`Failure`] if they cannot be read.
    pub fn settings(&self) -> Result<Option<String>, Failure> {
        match fs::read_to_string(self.folder.join("settings.json")) {
            Ok(text) => Ok(Some(text)),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(failed(&error)),
        }
    }

    /// Keeps a tenant's settings.
    ///
    /// # Errors
    /// [`Failure`]; whether they are kept is then unknown.
    pub fn save(&self, settings: &str) -> Result<(), Failure> {
        let aside = self.aside(settings.as_bytes());
        let place = self.folder.join("settings.json");
        let moved = aside.and_then(|aside| fs::rename(aside, place));
        moved.map_err(|error| failed(&error))
    }

    /// Makes the commits that have come since.
    ///
    /// # Errors
    /// [`Failure`] if one cannot be read.
    pub fn refresh(&mut self) -> Result<(), Failure> {
        loop {
            let next = self.last + 1;
            let text = match fs::read(self.file(next)) {
                Ok(text) => text,
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
                Err(error) => return Err(failed(&error)),
            };
            let changes: Vec<Change> = serde_json::from_slice(&text)
                .map_err(|error| Failure::Other(format!("commit {next} is broken: {error}")))?;
            if self.state.commit(&changes)? != Outcome::Applied {
                return Err(Failure::Other(format!("commit {next} does not follow")));
            }
            self.last = next;
        }
    }

    /// Gives a commit its number. Fails with `AlreadyExists` if the number is taken.
    fn write(&self, number: u64, text: &[u8]) -> io::Result<()> {
        let aside = self.aside(text)?;
        let linked = fs::hard_link(&aside, self.file(number));
        let removed = fs::remove_file(&aside);
        linked.and(removed)?;
        // The name must be on the disk as well.
        File::open(&self.folder)?.sync_all()
    }

    /// Writes a file that nobody looks at, and waits until it is on the disk.
    fn aside(&self, text: &[u8]) -> io::Result<PathBuf> {
        // Nothing but a name that nobody else takes.
        let chance = RandomState::new().hash_one(text.len());
        let path = self.folder.join(format!("aside-{chance:016x}"));
        let mut file = File::create_new(&path)?;
        file.write_all(text)?;
        file.sync_all()?;
        Ok(path)
    }

    fn file(&self, number: u64) -> PathBuf {
        self.folder.join(format!("{number}.json"))
    }
}

fn empty() -> Result<Arc<dyn Store>, Failure> {
    MemoryBackend::new().store("")
}

fn failed(error: &dyn std::fmt::Display) -> Failure {
    Failure::Unavailable(error.to_string())
}
