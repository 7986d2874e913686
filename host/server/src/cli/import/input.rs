//! What is read: a file, standard input, or another server.

use std::io;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use sha2::{Digest as _, Sha256};
use tempfile::TempDir;
use tokio::runtime;

use super::Args;
use crate::cli::place::Place;
use crate::cli::progress::Progress;
use crate::hex::hex;
use crate::import::fetch::{self, Total};
use crate::remote::{Remote, operators_client};

/// What is read.
pub(super) enum Input {
    File(PathBuf),
    /// What came by standard input, in a folder that goes with it. Nobody can send it again from the
    /// middle, so how far it has come is not remembered.
    Spool(PathBuf, TempDir),
    /// What another server gave, kept in the data folder until it is imported.
    Fetched {
        path: PathBuf,
        /// What files of it are called.
        name: PathBuf,
        totals: Vec<Total>,
    },
}

impl Input {
    pub(super) fn open(place: &Place, args: &Args) -> anyhow::Result<Self> {
        match (args.from(), &args.file) {
            (Some(url), _) => Self::fetch(place, args, url),
            (None, Some(path)) if path != Path::new("-") => Ok(Self::File(path.clone())),
            (None, _) => Self::spool(),
        }
    }

    fn spool() -> anyhow::Result<Self> {
        let folder = tempfile::tempdir().context("there is no place for what is read")?;
        let spool = folder.path().join("input");
        let mut file = std::fs::File::create(&spool)?;
        io::copy(&mut io::stdin().lock(), &mut file).context("cannot read standard input")?;
        Ok(Self::Spool(spool, folder))
    }

    fn fetch(place: &Place, args: &Args, url: &str) -> anyhow::Result<Self> {
        // Asked first: to fetch for a tenant that does not exist would be in vain.
        let tenant = &args.whose.tenant;
        if place.open()?.registry().tenant(tenant)?.is_none() {
            anyhow::bail!("there is no tenant `{tenant}`");
        }
        let client = operators_client()?;
        let host = client.admit(url).with_context(|| format!("`{url}`"))?;
        let name = name_of(host.as_str());
        let digest = hex(&Sha256::digest(format!("{tenant} {url}")));
        let digest: String = digest.chars().take(16).collect();
        // It holds what the tenant will hold, so it lies where the tenant's data does.
        let path = place.folder()?.join(format!("import-{digest}.jsonl"));
        let remote = Remote::new(client, url, args.authorization.clone()).patient();
        let threads = runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .context("cannot start the threads")?;
        let mut progress = Progress::new(None);
        let mut told = |more, total: Option<u64>| {
            if let Some(total) = total {
                progress.expect(total.max(progress.done()));
            }
            progress.advance(more);
        };
        let totals = threads
            .block_on(fetch::fetch(&remote, &path, &mut told))
            .with_context(|| format!("`{url}`"))?;
        Ok(Self::Fetched { path, name, totals })
    }

    /// Where it is.
    pub(super) fn path(&self) -> &Path {
        match self {
            Self::File(path) | Self::Spool(path, _) | Self::Fetched { path, .. } => path,
        }
    }

    /// What files beside it are called by.
    pub(super) fn name(&self) -> &Path {
        match self {
            Self::File(path) => path,
            Self::Spool(..) => Path::new("import"),
            Self::Fetched { name, .. } => name,
        }
    }

    /// A folder that goes with it.
    pub(super) fn scratch(&self) -> Option<&Path> {
        match self {
            Self::Spool(_, folder) => Some(folder.path()),
            Self::File(_) | Self::Fetched { .. } => None,
        }
    }

    /// What another server said there was.
    pub(super) fn totals(&self) -> &[Total] {
        match self {
            Self::Fetched { totals, .. } => totals,
            Self::File(_) | Self::Spool(..) => &[],
        }
    }

    /// It is imported. What was fetched is of no use any more.
    pub(super) fn forget(&self) -> io::Result<()> {
        match self {
            Self::Fetched { path, .. } => fetch::forget(path),
            Self::File(_) | Self::Spool(..) => Ok(()),
        }
    }
}

/// The host of a URL, with its port.
fn name_of(url: &str) -> PathBuf {
    let host = url.split("://").nth(1).unwrap_or(url);
    let host = host.split(['/', '?']).next().unwrap_or(host);
    host.replace([':', '[', ']'], "-").into()
}
