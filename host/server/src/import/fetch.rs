//! Another server as the source: all its users and groups are first fetched into a file, page by page,
//! and then imported from there. So a page is asked for once, a cursor has not to outlive the import of
//! its page, and what is imported does not change on the way.

mod pages;
mod progress;

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::remote::{Provider, Remote, RemoteError};
use pages::{Ask, Page};
use progress::Fetched;
pub(crate) use progress::Total;

/// How often a walk begins anew because its cursor was lost.
const RESTARTS: u32 = 3;

/// Not all was fetched.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    /// The other server did not answer, or not so that it can be understood.
    #[error("{0}")]
    Remote(#[from] RemoteError),
    /// What was fetched cannot be kept.
    #[error("`{}`: {cause}", .path.display())]
    Io { path: PathBuf, cause: io::Error },
    /// It goes round in a circle.
    #[error("gives the same page of {0} again and again")]
    Circle(&'static str),
}

/// Hears how many resources there are, as far as that is known.
pub(crate) type Told<'a> = &'a mut dyn FnMut(u64, Option<u64>);

/// Fetches everything, or what an earlier run has left, into a file. What the server said there was, and
/// what there was.
pub(crate) async fn fetch(
    remote: &Remote,
    path: &Path,
    told: Told<'_>,
) -> Result<Vec<Total>, FetchError> {
    let mut fetch = Fetch::open(path)?;
    if !fetch.fetched.is_done() {
        let provider = Provider::of(remote).await?;
        while let Some(kind) = fetch.fetched.kind() {
            fetch.walk(remote, &provider, kind, told).await?;
        }
    }
    Ok(fetch.fetched.totals)
}

/// Forgets what was fetched.
pub(crate) fn forget(path: &Path) -> io::Result<()> {
    for path in [path.to_owned(), progress::beside(path)] {
        super::remove(&path)?;
    }
    Ok(())
}

/// A fetch at work.
struct Fetch {
    path: PathBuf,
    file: BufWriter<File>,
    fetched: Fetched,
}

impl Fetch {
    fn open(path: &Path) -> Result<Self, FetchError> {
        let open = || {
            let fetched = Fetched::load(path)?;
            let mut options = OpenOptions::new();
            options.create(true).truncate(false).write(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let mut file = options.open(path)?;
            file.set_len(fetched.bytes)?;
            file.seek(SeekFrom::End(0))?;
            let file = BufWriter::new(file);
            let path = path.to_owned();
            Ok(Self {
                path,
                file,
                fetched,
            })
        };
        open().map_err(|cause| FetchError::io(path, cause))
    }

    /// All pages of one kind.
    async fn walk(
        &mut self,
        remote: &Remote,
        provider: &Provider,
        kind: &'static str,
        told: Told<'_>,
    ) -> Result<(), FetchError> {
        let mut restarts = 0;
        loop {
            let ask = self.fetched.ask(provider);
            let page = match pages::page(remote, kind, &ask).await {
                Ok(page) => page,
                Err(error) if error.is_cursor() && restarts < RESTARTS => {
                    restarts += 1;
                    self.restart()?;
                    continue;
                }
                // A server without groups.
                Err(error) if error.status() == Some(404) && kind != "Users" => Page::default(),
                Err(error) => return Err(error.into()),
            };
            let is_last = self.take(kind, &ask, &page)?;
            told(page.resources.len() as u64, page.total);
            if is_last {
                return Ok(());
            }
        }
    }

    /// Keeps a page. Whether it is the last.
    fn take(&mut self, kind: &'static str, ask: &Ask, page: &Page) -> Result<bool, FetchError> {
        let next = ask.next(page);
        let is_circle = next.as_ref().is_some_and(|next| next.is_same_as(ask))
            || self.fetched.is_repeated(page);
        if is_circle {
            return Err(FetchError::Circle(kind));
        }
        let kept = self.write(&page.resources);
        kept.map_err(|cause| FetchError::io(&self.path, cause))?;
        let is_last = next.is_none();
        self.fetched.advance(page, next);
        let saved = self.fetched.save(&self.path);
        saved.map_err(|cause| FetchError::io(&self.path, cause))?;
        Ok(is_last)
    }

    fn write(&mut self, resources: &[Value]) -> io::Result<()> {
        for resource in resources {
            serde_json::to_writer(&mut self.file, resource)?;
            self.file.write_all(b"\n")?;
        }
        self.file.flush()?;
        self.fetched.bytes = self.file.stream_position()?;
        self.file.get_ref().sync_data()
    }

    /// The cursor is lost: all of this kind once more.
    fn restart(&mut self) -> Result<(), FetchError> {
        self.fetched.restart();
        let mut cut = || {
            self.file.get_ref().set_len(self.fetched.bytes)?;
            self.file.seek(SeekFrom::End(0))?;
            self.fetched.save(&self.path)
        };
        cut().map_err(|cause| FetchError::io(&self.path, cause))
    }
}

impl FetchError {
    fn io(path: &Path, cause: io::Error) -> Self {
        let path = path.to_owned();
        Self::Io { path, cause }
    }
}
