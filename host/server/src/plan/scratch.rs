//! The copies that an import is tried on, and what is asked of each.

use std::io;
use std::path::Path;
use std::sync::Arc;

use scimlet_runtime::Runtime;
use scimlet_store::{Backend, Store};
use scimlet_store_sqlite::{Copied, SqliteBackend, copy};
use tempfile::TempDir;

use super::PlanError;
use crate::local::Local;
use crate::tenants::{Tenants, Unwatched};
use crate::world;

/// Two copies of the data, in a folder that goes with them.
pub(crate) struct Scratch {
    work: Work,
    before: Work,
    /// Held for its drop. INVARIANT: dropped last, when nobody writes to what is in it.
    _folder: TempDir,
}

impl Scratch {
    /// Copies the file, and carries out what is due anyway: that is not the doing of an import.
    /// The copies are put into `folder`, which has the room for the data that is there already, and
    /// is as private. `told` hears how far the copying is.
    ///
    /// A runtime keeps instances by the name of the tenant, each bound to its data: hence one for each
    /// copy.
    pub(crate) fn new(
        file: &Path,
        folder: &Path,
        [for_work, for_before]: [Arc<Runtime>; 2],
        tenant: &str,
        told: &mut dyn FnMut(Copied),
    ) -> Result<Self, PlanError> {
        let folder = make_folder(folder)?;
        let (first, second) = (
            folder.path().join("work.db"),
            folder.path().join("before.db"),
        );
        copy(file, &first, told)?;
        let work = Work::open(&first, for_work, tenant)?;
        work.sweep()?;
        copy(&first, &second, &mut |_| ())?;
        Ok(Self {
            work,
            before: Work::open(&second, for_before, tenant)?,
            _folder: folder,
        })
    }

    /// The one to run the import on.
    pub(crate) fn work(&self) -> &Work {
        &self.work
    }

    /// The one to compare with.
    pub(crate) fn before(&self) -> &Work {
        &self.before
    }
}

/// One copy of the data, in a folder that goes with it.
pub(crate) struct Copy {
    work: Work,
    /// Held for its drop. INVARIANT: dropped last, as in [`Scratch`].
    folder: TempDir,
}

impl Copy {
    /// Copies the file into `folder`. `told` hears how far the copying is.
    pub(crate) fn new(
        file: &Path,
        folder: &Path,
        runtime: Arc<Runtime>,
        tenant: &str,
        told: &mut dyn FnMut(Copied),
    ) -> Result<Self, PlanError> {
        let folder = make_folder(folder)?;
        let copied = folder.path().join("work.db");
        copy(file, &copied, told)?;
        let work = Work::open(&copied, runtime, tenant)?;
        Ok(Self { work, folder })
    }

    /// A client of it.
    pub(crate) fn local(&self) -> &Local {
        self.work.local()
    }

    /// Its folder, for what else is not to stay.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// Nobody else on the machine may read it: `tempfile` sees to that.
fn make_folder(folder: &Path) -> io::Result<TempDir> {
    tempfile::Builder::new().prefix("plan-").tempdir_in(folder)
}

/// One copy, opened for one tenant.
pub(crate) struct Work {
    local: Local,
    runtime: Arc<Runtime>,
    backend: Arc<dyn Backend>,
    store: Arc<dyn Store>,
    tenant: String,
}

impl Work {
    fn open(file: &Path, runtime: Arc<Runtime>, tenant: &str) -> Result<Self, PlanError> {
        let backend: Arc<dyn Backend> = Arc::new(SqliteBackend::open_scratch(file)?);
        Ok(Self {
            local: Local::new(Arc::clone(&runtime), &backend, tenant)?,
            store: backend.store(tenant)?,
            runtime,
            backend,
            tenant: tenant.to_owned(),
        })
    }

    /// A client of it.
    pub(crate) fn local(&self) -> &Local {
        &self.local
    }

    /// Its data.
    pub(super) fn store(&self) -> &dyn Store {
        self.store.as_ref()
    }

    /// Carries out all that is due now.
    pub(crate) fn sweep(&self) -> Result<(), PlanError> {
        let tenants = Tenants::new(Arc::clone(&self.backend), Arc::new(Unwatched));
        loop {
            let (now, seed) = (world::now(), world::seed()?);
            let revision = self.local.revision();
            let next = self
                .runtime
                .sweep(&tenants, &self.tenant, revision, now, seed)?;
            if next.is_none_or(|next| next > now) {
                return Ok(());
            }
        }
    }
}
