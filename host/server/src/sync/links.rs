//! Which resource here is which there, and what was last said of it. Rows in the ledger of delivery.

use std::collections::BTreeSet;
use std::sync::Arc;

use scimlet_events::{Endpoint, Target};
use scimlet_store::{Change, Entry, Failure, Key, Node, Plan, Put, Removal, Row, Store};
use serde::{Deserialize, Serialize};
use tokio::task::spawn_blocking;

use super::{Kind, SyncError};
use crate::percent::percent_encoded;

const LINK: &str = "Link";
/// What links are found by: who they are of here, and there.
const HERE: &str = "link.here";
const THERE: &str = "link.there";

/// How often a link is written that somebody else writes too.
const TRIES: u32 = 5;

/// What is known of a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Link {
    /// Its id there.
    pub(super) there: String,
    /// What it was given, so that what is gone here can go there.
    #[serde(default)]
    pub(super) given: BTreeSet<String>,
}

/// The links of one endpoint to the system behind one URL: at another one, the same id is a stranger's.
#[derive(Clone)]
pub(crate) struct Links {
    space: Arc<dyn Store>,
    /// What their names begin with.
    system: String,
}

impl Links {
    pub(crate) fn new(space: Arc<dyn Store>, endpoint: &Endpoint) -> Self {
        let url = match &endpoint.target {
            Target::Scim { url, .. } => url.as_str(),
            Target::Webhook { .. } | Target::Push { .. } | Target::Poll => "",
        };
        let system = format!("{}/{}", endpoint.id, percent_encoded(url));
        Self { space, system }
    }

    /// The link of a resource.
    pub(super) async fn find(&self, kind: Kind, id: &str) -> Result<Option<Link>, SyncError> {
        let found = self.rows(vec![self.key(kind, id)]).await?;
        found
            .first()
            .cloned()
            .flatten()
            .map(|row| read(&row))
            .transpose()
    }

    /// The ids there of these, where they are known; in this order.
    pub(super) async fn find_all(
        &self,
        kind: Kind,
        ids: &[String],
    ) -> Result<Vec<Option<String>>, SyncError> {
        let keys = ids.iter().map(|id| self.key(kind, id)).collect();
        let rows = self.rows(keys).await?;
        let links = rows
            .into_iter()
            .map(|row| row.map(|row| read(&row)).transpose());
        links.map(|link| Ok(link?.map(|link| link.there))).collect()
    }

    async fn rows(&self, keys: Vec<Key>) -> Result<Vec<Option<Row>>, SyncError> {
        let space = Arc::clone(&self.space);
        Ok(spawn_blocking(move || space.load(&keys)).await??)
    }

    /// Remembers a link; none: forgets it.
    pub(super) async fn set(
        &self,
        kind: Kind,
        id: &str,
        link: Option<Link>,
    ) -> Result<(), SyncError> {
        let (links, id) = (self.clone(), id.to_owned());
        Ok(spawn_blocking(move || links.write(kind, &id, link.as_ref())).await??)
    }

    fn write(&self, kind: Kind, id: &str, link: Option<&Link>) -> Result<(), Failure> {
        let key = self.key(kind, id);
        for _ in 0..TRIES {
            let row = self.space.load(std::slice::from_ref(&key))?;
            let row = row.into_iter().next().flatten();
            let version = row.as_ref().map(|row| row.version);
            let change = match (link, version) {
                (None, None) => return Ok(()),
                (None, Some(version)) => Change::Delete(Removal {
                    key: key.clone(),
                    version,
                }),
                (Some(link), _) => {
                    let body = serde_json::to_string(link);
                    let body = body.map_err(|error| Failure::Other(error.to_string()))?;
                    if row.is_some_and(|row| row.body == body) {
                        return Ok(());
                    }
                    Change::Put(Put {
                        key: key.clone(),
                        body,
                        replaces: version,
                        entries: vec![
                            entry(HERE, self.place(kind, id)),
                            entry(THERE, self.place(kind, &link.there)),
                        ],
                        claims: Vec::new(),
                    })
                }
            };
            if self.space.commit(&[change])? == scimlet_store::Outcome::Applied {
                return Ok(());
            }
        }
        // Whoever was quicker has looked at the same resource.
        Ok(())
    }

    /// Whether a resource there is the copy of one here.
    pub(super) async fn is_copy(&self, kind: Kind, there: &str) -> Result<bool, SyncError> {
        Ok(!self.copied(kind, there).await?.is_empty())
    }

    /// Whether a resource there is the copy of another one here.
    pub(super) async fn is_of_another(
        &self,
        kind: Kind,
        id: &str,
        there: &str,
    ) -> Result<bool, SyncError> {
        let own = self.key(kind, id);
        let rows = self.copied(kind, there).await?;
        Ok(rows.iter().any(|row| row.key != own))
    }

    /// Links to a resource there: two at the most, since that is as bad as any number.
    async fn copied(&self, kind: Kind, there: &str) -> Result<Vec<Row>, SyncError> {
        let plan = Plan {
            kind: LINK.to_owned(),
            nodes: vec![Node::Equal(entry(THERE, self.place(kind, there)))],
            max_rows: 2,
            max_bytes: 1 << 20,
            ..Plan::default()
        };
        let space = Arc::clone(&self.space);
        Ok(spawn_blocking(move || space.find(&plan)).await??.rows)
    }

    /// The ids here of all links, behind a cursor.
    pub(super) async fn all(
        &self,
        kind: Kind,
        after: Option<String>,
    ) -> Result<(Vec<String>, Option<String>), SyncError> {
        let plan = Plan {
            kind: LINK.to_owned(),
            nodes: vec![Node::StartsWith(entry(HERE, self.place(kind, "")))],
            after,
            max_rows: 500,
            max_bytes: 4 << 20,
            ..Plan::default()
        };
        let space = Arc::clone(&self.space);
        let page = spawn_blocking(move || space.find(&plan)).await??;
        let ids = page.rows.into_iter();
        let ids = ids.filter_map(|row| Some(row.key.id.rsplit_once('/')?.1.to_owned()));
        Ok((ids.collect(), page.next))
    }

    fn key(&self, kind: Kind, id: &str) -> Key {
        Key {
            kind: LINK.to_owned(),
            id: self.place(kind, id),
        }
    }

    fn place(&self, kind: Kind, id: &str) -> String {
        format!("{}/{}/{id}", self.system, kind.name())
    }
}

fn entry(path: &str, value: String) -> Entry {
    let path = path.to_owned();
    Entry { path, value }
}

fn read(row: &Row) -> Result<Link, SyncError> {
    let link = serde_json::from_str(&row.body);
    Ok(link.map_err(|error| Failure::Other(format!("a link does not read: {error}")))?)
}
