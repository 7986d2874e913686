//! How far a fetch has come, in a file beside what was fetched.

use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::pages::{Ask, KINDS, Page};
use crate::remote::Provider;

/// What a server said there was, and what there was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Total {
    /// `Users`, `Groups`
    pub(crate) kind: String,
    /// By its own `totalResults`.
    pub(crate) said: Option<u64>,
    pub(crate) read: u64,
}

/// How far a fetch has come.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Fetched {
    /// Of the file.
    pub(super) bytes: u64,
    /// Where in the file this kind begins.
    begin: u64,
    /// Kinds that are done.
    done: usize,
    /// The next page; none at the beginning of a kind.
    next: Option<Ask>,
    /// The id of the first resource of the last page.
    last: Option<String>,
    pub(super) totals: Vec<Total>,
}

impl Fetched {
    /// As it was written down; from the beginning where nothing was.
    pub(super) fn load(path: &Path) -> io::Result<Self> {
        match fs::read(beside(path)) {
            Ok(text) => Ok(serde_json::from_slice(&text)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Self::default()),
            Err(error) => Err(error),
        }
    }

    pub(super) fn save(&self, path: &Path) -> io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        let mut file = tempfile::NamedTempFile::new_in(folder)?;
        serde_json::to_writer(&mut file, self)?;
        file.flush()?;
        file.persist(beside(path))?;
        Ok(())
    }

    pub(super) fn is_done(&self) -> bool {
        self.kind().is_none()
    }

    /// What is being fetched.
    pub(super) fn kind(&self) -> Option<&'static str> {
        KINDS.get(self.done).copied()
    }

    /// The next page.
    pub(super) fn ask(&self, provider: &Provider) -> Ask {
        let next = self.next.clone();
        next.unwrap_or_else(|| Ask::first(provider))
    }

    /// Whether a page is the last one again.
    pub(super) fn is_repeated(&self, page: &Page) -> bool {
        let first = first(page);
        first.is_some() && first == self.last.as_deref()
    }

    /// A page is kept.
    pub(super) fn advance(&mut self, page: &Page, next: Option<Ask>) {
        self.last = first(page).map(str::to_owned);
        let kind = self.kind().unwrap_or_default();
        if self.totals.last().is_none_or(|total| total.kind != kind) {
            let kind = kind.to_owned();
            self.totals.push(Total {
                kind,
                ..Total::default()
            });
        }
        if let Some(total) = self.totals.last_mut() {
            total.read += page.resources.len() as u64;
            total.said = page.total.or(total.said);
        }
        if next.is_none() {
            (self.done, self.begin, self.last) = (self.done + 1, self.bytes, None);
        }
        self.next = next;
    }

    /// All of this kind once more.
    pub(super) fn restart(&mut self) {
        let kind = self.kind().unwrap_or_default();
        self.totals.retain(|total| total.kind != kind);
        (self.bytes, self.next, self.last) = (self.begin, None, None);
    }
}

fn first(page: &Page) -> Option<&str> {
    page.resources.first()?.get("id").and_then(Value::as_str)
}

pub(super) fn beside(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".fetch.json");
    name.into()
}
