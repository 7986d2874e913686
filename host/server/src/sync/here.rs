//! What there is here, as SCIM.

use std::sync::Arc;

use scimlet_runtime::Runtime;
use scimlet_store::Backend;
use serde_json::Value;
use tokio::task::spawn_blocking;

use super::{Kind, SyncError};
use crate::local::{Ask, Local, LocalError};
use crate::percent::percent_encoded;

/// Resources on a page.
const PAGE: u32 = 200;

/// One tenant's resources.
#[derive(Clone)]
pub(crate) struct Here {
    pub(crate) runtime: Arc<Runtime>,
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) tenant: String,
}

impl Here {
    /// A resource as it is now; none if there is none.
    pub(super) async fn read(&self, kind: Kind, id: &str) -> Result<Option<Value>, SyncError> {
        let path = format!("{}/{}", kind.endpoint(), percent_encoded(id));
        match self.get(path, None).await {
            Ok(found) => Ok(Some(found)),
            Err(SyncError::Local(LocalError::Refused { status: 404, .. })) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The ids on one page, and the cursor of the next.
    pub(super) async fn ids(
        &self,
        kind: Kind,
        cursor: &str,
    ) -> Result<(Vec<String>, Option<String>), SyncError> {
        let cursor = percent_encoded(cursor);
        let query = format!("attributes=id&count={PAGE}&cursor={cursor}");
        let page = self.get(kind.endpoint().to_owned(), Some(query)).await?;
        let listed = page.get("Resources").and_then(Value::as_array);
        let ids = listed.into_iter().flatten();
        let ids = ids.filter_map(|it| it.get("id")?.as_str().map(str::to_owned));
        let next = page.get("nextCursor").and_then(Value::as_str);
        Ok((ids.collect(), next.map(str::to_owned)))
    }

    async fn get(&self, path: String, query: Option<String>) -> Result<Value, SyncError> {
        let here = self.clone();
        let asked = spawn_blocking(move || {
            // By the settings of this moment.
            let local = Local::new(here.runtime, &here.backend, &here.tenant)?;
            local.send(&Ask {
                method: "GET",
                path: &path,
                query,
                ..Ask::default()
            })
        });
        Ok(asked.await??)
    }
}
