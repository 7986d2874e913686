//! All of it: how here and there differ, and, if it is told so, no more.

use std::collections::BTreeMap;
use std::sync::Arc;

use scimlet_events::http::Client;
use scimlet_events::{Endpoint, Target};
use scimlet_store::Store;
use serde::Serialize;
use serde_json::Value;

use super::courier::manner;
use super::links::Links;
use super::{Deed, Here, Kind, Mirror, SyncError};
use crate::percent::percent_encoded;
use crate::remote::{Question, Remote, RemoteError};

/// Resources on a page.
const PAGE: u64 = 200;

/// How here and there differ.
#[derive(Debug, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reconciled {
    /// By what was to be done.
    pub(crate) counts: BTreeMap<Deed, u64>,
    /// Resources that only the second system has, and keeps.
    pub(crate) only_there: u64,
    /// What was to be done, one by one.
    pub(crate) found: Vec<Found>,
}

/// One resource that differs, or could not be looked at.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Found {
    pub(crate) kind: Kind,
    /// Its id here.
    pub(crate) id: String,
    /// What was to be done; null where that is not known.
    pub(crate) deed: Option<Deed>,
    /// Why it was not done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<String>,
}

/// Looks at everything. `told` hears of each resource.
pub(crate) async fn reconcile(
    client: &Client,
    here: Here,
    space: Arc<dyn Store>,
    endpoint: &Endpoint,
    applies: bool,
    told: &mut dyn FnMut(),
) -> Result<Reconciled, SyncError> {
    let Target::Scim {
        url, authorization, ..
    } = &endpoint.target
    else {
        return Err(RemoteError::NotScim("the endpoint is of another kind").into());
    };
    let remote = Remote::new(client.clone(), url, Some(authorization.clone())).patient();
    let links = Links::new(space, endpoint);
    let mirror = Mirror::open(remote, here, links, manner(&endpoint.target, applies)).await?;
    let mut done = Reconciled::default();
    for kind in [Kind::User, Kind::Group] {
        done.walk(&mirror, kind, told).await?;
    }
    // Groups in groups, and managers, that were not there yet when their turn came.
    if applies {
        done.again(&mirror).await?;
    }
    for kind in [Kind::User, Kind::Group] {
        done.walk_links(&mirror, kind, told).await?;
        done.walk_there(&mirror, kind).await?;
    }
    Ok(done)
}

impl Reconciled {
    /// All that there is here.
    async fn walk(
        &mut self,
        mirror: &Mirror,
        kind: Kind,
        told: &mut dyn FnMut(),
    ) -> Result<(), SyncError> {
        let mut cursor = String::new();
        loop {
            let (ids, next) = mirror.here.ids(kind, &cursor).await?;
            for id in ids {
                self.settle(mirror, kind, id).await?;
                told();
            }
            match next {
                Some(next) => cursor = next,
                None => return Ok(()),
            }
        }
    }

    /// Who was created is looked at once more, now that everybody is there.
    async fn again(&mut self, mirror: &Mirror) -> Result<(), SyncError> {
        for found in &mut self.found {
            if found.deed == Some(Deed::Create)
                && let Err(error) = mirror.settle_patiently(found.kind, &found.id).await
            {
                found.refused = Some(error.to_string());
            }
        }
        Ok(())
    }

    /// Who was here once.
    async fn walk_links(
        &mut self,
        mirror: &Mirror,
        kind: Kind,
        told: &mut dyn FnMut(),
    ) -> Result<(), SyncError> {
        let mut after = None;
        loop {
            let (ids, next) = mirror.links.all(kind, after).await?;
            for id in ids {
                if mirror.here.read(kind, &id).await?.is_none() {
                    self.settle(mirror, kind, id).await?;
                    told();
                }
            }
            after = next;
            if after.is_none() {
                return Ok(());
            }
        }
    }

    /// What only the second system has.
    async fn walk_there(&mut self, mirror: &Mirror, kind: Kind) -> Result<(), SyncError> {
        let mut start = 1;
        let mut first = None;
        loop {
            let path = format!(
                "{}?attributes={}&startIndex={start}&count={PAGE}",
                kind.endpoint(),
                percent_encoded("externalId")
            );
            let list = match mirror.remote.ask(&Question::get(path)).await {
                // It has no groups.
                Err(error) if kind == Kind::Group && error.status() == Some(404) => return Ok(()),
                list => list?,
            };
            let listed = list.get("Resources").and_then(Value::as_array);
            let listed = listed.map_or(&[][..], Vec::as_slice);
            let head = listed.first().and_then(|it| it.get("id")).cloned();
            if start > 1 && head == first {
                // It gives the same page however it is asked.
                return Ok(());
            }
            first = head;
            for resource in listed {
                if let Some(id) = resource.get("id").and_then(Value::as_str)
                    && !mirror.links.is_copy(kind, id).await?
                {
                    self.only_there += 1;
                }
            }
            start += listed.len() as u64;
            let total = list.get("totalResults").and_then(Value::as_u64);
            if listed.is_empty() || total.is_some_and(|total| start > total) {
                return Ok(());
            }
        }
    }

    /// A refusal of one is no reason to stop; that nobody answers is.
    async fn settle(&mut self, mirror: &Mirror, kind: Kind, id: String) -> Result<(), SyncError> {
        let (deed, refused) = match mirror.settle_patiently(kind, &id).await {
            Ok(deed) => (Some(deed), None),
            Err(error) if is_its_own(&error) => (None, Some(error.to_string())),
            Err(error) => return Err(error),
        };
        if let Some(deed) = deed {
            *self.counts.entry(deed).or_default() += 1;
        }
        if deed != Some(Deed::Same) {
            self.found.push(Found {
                kind,
                id,
                deed,
                refused,
            });
        }
        Ok(())
    }
}

/// Whether it is about the resource, and not about the way.
fn is_its_own(error: &SyncError) -> bool {
    match error {
        SyncError::Remote(RemoteError::Refused { status, .. }) => {
            matches!(status, 400 | 404 | 409 | 412 | 413 | 422 | 500)
        }
        SyncError::Unknown | SyncError::Members(_) | SyncError::Taken => true,
        _ => false,
    }
}
