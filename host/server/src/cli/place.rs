//! Where the data is: the options that every command has.

use std::fs::DirBuilder;
use std::io;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use anyhow::{Context as _, bail};
use clap::Args;
use scimlet_runtime::{COMPONENT, Config, Policies, Runtime};
use scimlet_store::Backend;
use scimlet_store_sqlite::SqliteBackend;

const DATABASE_FILE: &str = "scimlet.db";
const CACHE_FOLDER: &str = "cache";

/// Where the data is.
#[derive(Debug, Args)]
pub(super) struct Place {
    /// The data folder
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = "./scimlet-data"
    )]
    pub(super) data: PathBuf,
    /// The database: `sqlite:PATH` [default: `scimlet.db` in the data folder]
    #[arg(long, global = true, value_name = "URL")]
    pub(super) database: Option<String>,
}

/// A database that this program can use.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Sqlite(PathBuf);

/// A database that it cannot.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("the database `{0}` is not understood; this version knows `sqlite:PATH`")]
struct UnknownDatabase(String);

impl FromStr for Sqlite {
    type Err = UnknownDatabase;

    fn from_str(url: &str) -> Result<Self, UnknownDatabase> {
        let path = url.strip_prefix("sqlite:").filter(|path| !path.is_empty());
        // What stands before the colon names the kind; what follows may be a password.
        let kind = || url.split_once(':').map_or(url, |(kind, _)| kind).to_owned();
        path.map(|path| Self(path.into()))
            .ok_or_else(|| UnknownDatabase(kind()))
    }
}

impl Place {
    /// Opens the data, and makes it where there is none.
    pub(super) fn create(&self) -> anyhow::Result<Arc<dyn Backend>> {
        let Sqlite(path) = self.sqlite()?;
        self.folder()?;
        open(&path)
    }

    /// Opens the data. There must be some: a command with a mistyped folder should not succeed.
    pub(super) fn open(&self) -> anyhow::Result<Arc<dyn Backend>> {
        let Sqlite(path) = self.sqlite()?;
        if !path.exists() {
            let path = path.display();
            bail!("there is no data at `{path}`; `scimlet tenant create` makes it");
        }
        open(&path)
    }

    /// The file that the data is in.
    pub(super) fn file(&self) -> anyhow::Result<PathBuf> {
        let Sqlite(path) = self.sqlite()?;
        Ok(path)
    }

    /// The data folder, made where there is none.
    pub(super) fn folder(&self) -> anyhow::Result<PathBuf> {
        make_folder(&self.data)
            .with_context(|| format!("cannot make the data folder `{}`", self.data.display()))?;
        Ok(self.data.clone())
    }

    /// The component, compiled or from the cache.
    pub(super) fn runtime(&self) -> anyhow::Result<Arc<Runtime>> {
        let config = config(Some(self.data.join(CACHE_FOLDER)));
        Ok(Arc::new(
            Runtime::new(COMPONENT, config).context("cannot start the component")?,
        ))
    }

    /// What policies run in, without the component. Where there is no data folder, none is made for
    /// the sake of a cache.
    pub(super) fn policies(&self) -> anyhow::Result<Policies> {
        let cache = self.data.is_dir().then(|| self.data.join(CACHE_FOLDER));
        Policies::start(&config(cache)).context("cannot run policies")
    }

    /// The component for a command that needs no data: it leaves no data folder behind where there is none.
    pub(super) fn runtime_alone(&self) -> anyhow::Result<Arc<Runtime>> {
        if self.data.exists() {
            return self.runtime();
        }
        let runtime = Runtime::new(COMPONENT, Config::default());
        Ok(Arc::new(runtime.context("cannot start the component")?))
    }

    fn sqlite(&self) -> Result<Sqlite, UnknownDatabase> {
        match &self.database {
            Some(url) => url.parse(),
            None => Ok(Sqlite(self.data.join(DATABASE_FILE))),
        }
    }
}

fn config(cache_dir: Option<PathBuf>) -> Config {
    Config {
        cache_dir,
        ..Config::default()
    }
}

fn open(path: &Path) -> anyhow::Result<Arc<dyn Backend>> {
    let backend = SqliteBackend::open(path)
        .with_context(|| format!("cannot open the database `{}`", path.display()))?;
    Ok(Arc::new(backend))
}

/// Nobody else on the machine may read what is in it.
fn make_folder(path: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.recursive(true).create(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn understands_sqlite_and_nothing_else() {
        assert_eq!("sqlite:/x/y.db".parse(), Ok(Sqlite("/x/y.db".into())));
        for url in ["sqlite:", "postgres://user:secret@host/db", "", "x"] {
            let refused = url.parse::<Sqlite>();
            assert!(
                refused.is_err_and(|error| !error.to_string().contains("secret")),
                "{url}"
            );
        }
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_private() -> io::Result<()> {
        use std::os::unix::fs::PermissionsExt as _;
        let outer = tempfile::tempdir()?;
        let folder = outer.path().join("a/b");
        make_folder(&folder)?;
        assert_eq!(folder.metadata()?.permissions().mode() & 0o777, 0o700);
        make_folder(&folder)
    }
}
