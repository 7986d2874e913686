//! How far an import has come, in a file that is replaced as a whole after every step: whoever runs the
//! same import again goes on from there.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::report::Tally;
use super::source::{Fingerprint, Place};

/// How far an import has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct State {
    /// Made up when the import began.
    pub(super) import: String,
    /// When, in milliseconds.
    pub(super) began: u64,
    tenant: String,
    file: Fingerprint,
    options: String,
    pub(super) phase: Phase,
    pub(super) place: Place,
    /// Bytes of the links.
    pub(super) links: u64,
    /// Bytes of the refused rows.
    pub(super) refused: u64,
    /// Whether a group was seen.
    pub(super) has_groups: bool,
    /// Whether a row was seen that refers to others.
    pub(super) has_ties: bool,
    pub(super) tally: Tally,
}

/// One walk over the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Phase {
    /// All but groups.
    Resources,
    /// Groups, without their members.
    Groups,
    /// Who is in which group, and who is whose manager.
    Ties,
    Done,
}

/// What an import is known by.
#[derive(Debug)]
pub(super) struct Identity<'a> {
    pub(super) tenant: &'a str,
    pub(super) file: &'a Fingerprint,
    pub(super) options: String,
}

/// An import cannot go on.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoState {
    /// The file cannot be read or written.
    #[error("`{}`: {cause}", .path.display())]
    Io { path: PathBuf, cause: io::Error },
    /// It is of another import.
    #[error(
        "`{}` is of an import of another {what}; go on with that one, or remove the file to begin anew",
        .path.display()
    )]
    Other { path: PathBuf, what: &'static str },
}

impl State {
    /// At the beginning.
    pub(super) fn begin(import: String, began: u64, identity: &Identity<'_>) -> Self {
        Self {
            import,
            began,
            tenant: identity.tenant.to_owned(),
            file: identity.file.clone(),
            options: identity.options.clone(),
            phase: Phase::Resources,
            place: Place::default(),
            links: 0,
            refused: 0,
            has_groups: false,
            has_ties: false,
            tally: Tally::default(),
        }
    }

    /// Where an earlier run of the same import came to; none where there was none.
    pub(super) fn load(path: &Path, identity: &Identity<'_>) -> Result<Option<Self>, NoState> {
        let text = match fs::read(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(cause) => return Err(NoState::io(path, cause)),
        };
        let state: Self =
            serde_json::from_slice(&text).map_err(|cause| NoState::io(path, cause.into()))?;
        let what = if state.tenant != identity.tenant {
            "tenant"
        } else if state.file != *identity.file {
            "file, or of what was in it then"
        } else if state.options != identity.options {
            "kind (by other options)"
        } else {
            return Ok(Some(state));
        };
        let path = path.to_owned();
        Err(NoState::Other { path, what })
    }

    /// Writes it down: all of it, or what was there stays.
    pub(super) fn save(&self, path: &Path) -> Result<(), NoState> {
        let write = || {
            let folder = path.parent().filter(|it| !it.as_os_str().is_empty());
            // Nobody else on the machine may read it: `tempfile` sees to that.
            let mut file = tempfile::NamedTempFile::new_in(folder.unwrap_or(Path::new(".")))?;
            serde_json::to_writer(&mut file, self)?;
            file.flush()?;
            file.as_file().sync_data()?;
            file.persist(path)?;
            Ok(())
        };
        write().map_err(|cause: io::Error| NoState::io(path, cause))
    }
}

impl NoState {
    fn io(path: &Path, cause: io::Error) -> Self {
        let path = path.to_owned();
        Self::Io { path, cause }
    }
}
