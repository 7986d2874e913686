//! The courier to second systems that speak SCIM: an event is a reason to look.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use scimlet_events::http::Client;
use scimlet_events::retry::Fault;
use scimlet_events::{BoxFuture, Courier, Endpoint, Envelope, Receipt, Refused, Target, Verdict};
use scimlet_runtime::Runtime;
use scimlet_store::{Backend, Store};
use tokio::time::Instant;

use super::mirror::Manner;
use super::{Here, Kind, Mirror, SyncError, links::Links};
use crate::remote::{Question, Remote, RemoteError};
use crate::world;

/// How long it is believed what a second system says that it can do.
const BELIEVED: Duration = Duration::from_mins(10);

/// Events about resources; all others are about what no second system has.
const TOPICS: &str = "prov.";
const TEST: &str = "endpoint.test";

/// Brings changes to endpoints of the kind `scim`.
pub(crate) struct Sync {
    client: Client,
    runtime: Arc<Runtime>,
    backend: Arc<dyn Backend>,
    space: Arc<dyn Store>,
    /// By endpoint, with its target and the moment they were asked.
    mirrors: Mutex<HashMap<String, (Target, Instant, Mirror)>>,
}

impl Sync {
    /// `space` is the ledger's.
    pub(crate) fn new(
        client: Client,
        runtime: Arc<Runtime>,
        backend: Arc<dyn Backend>,
        space: Arc<dyn Store>,
    ) -> Self {
        Self {
            client,
            runtime,
            backend,
            space,
            mirrors: Mutex::default(),
        }
    }

    async fn attempt(&self, endpoint: &Endpoint, event: &Envelope) -> Result<(), SyncError> {
        if event.topic == TEST {
            let remote = self.remote(endpoint)?;
            remote.ask(&Question::get("/Users?count=1")).await?;
            return Ok(());
        }
        match Kind::of(&event.subject.kind) {
            Some(kind) if event.topic.starts_with(TOPICS) => {
                let mirror = self.mirror(endpoint).await?;
                mirror.settle(kind, &event.subject.id).await?;
                Ok(())
            }
            _ => Ok(()),
        }
    }

    fn remote(&self, endpoint: &Endpoint) -> Result<Remote, SyncError> {
        let Target::Scim {
            url, authorization, ..
        } = &endpoint.target
        else {
            return Err(RemoteError::NotScim("the endpoint is of another kind").into());
        };
        let authorization = Some(authorization.clone());
        Ok(Remote::new(self.client.clone(), url, authorization))
    }

    /// What an endpoint can do is asked now and then, and not for every event.
    async fn mirror(&self, endpoint: &Endpoint) -> Result<Mirror, SyncError> {
        let lock = || self.mirrors.lock().unwrap_or_else(PoisonError::into_inner);
        let known = lock().get(&endpoint.id).cloned();
        if let Some((target, asked, mirror)) = known
            && target == endpoint.target
            && asked.elapsed() < BELIEVED
        {
            return Ok(mirror);
        }
        let here = Here {
            runtime: Arc::clone(&self.runtime),
            backend: Arc::clone(&self.backend),
            tenant: endpoint.tenant.clone(),
        };
        let links = Links::new(Arc::clone(&self.space), endpoint);
        let (remote, manner) = (self.remote(endpoint)?, manner(&endpoint.target, true));
        let mirror = Mirror::open(remote, here, links, manner).await?;
        let entry = (endpoint.target.clone(), world::instant(), mirror.clone());
        lock().insert(endpoint.id.clone(), entry);
        Ok(mirror)
    }
}

/// How a target is to be kept.
pub(super) fn manner(target: &Target, applies: bool) -> Manner {
    match target {
        Target::Scim {
            known_by, deletes, ..
        } => Manner {
            known_by: *known_by,
            deletes: *deletes,
            applies,
        },
        Target::Webhook { .. } | Target::Push { .. } | Target::Poll => Manner {
            known_by: scimlet_events::KnownBy::default(),
            deletes: false,
            applies: false,
        },
    }
}

impl Courier for Sync {
    fn deliver<'a>(
        &'a self,
        endpoint: &'a Endpoint,
        event: &'a Envelope,
    ) -> BoxFuture<'a, Result<Receipt, Refused>> {
        Box::pin(async move {
            let begun = world::instant();
            match self.attempt(endpoint, event).await {
                Ok(()) => Ok(Receipt {
                    status: 200,
                    took: begun.elapsed(),
                }),
                Err(error) => Err(refused(error, begun.elapsed())),
            }
        })
    }
}

/// What the dispatcher is to do about it. Whoever is refused for what they are is dead at once, and told:
/// to send the same once more is of no use until somebody has looked.
fn refused(error: SyncError, took: Duration) -> Refused {
    let reason = error.to_string();
    let (verdict, status) = match error {
        SyncError::Remote(error) => {
            let status = error.status();
            let verdict = match error.into_fault() {
                Fault::Passing(_, wait) => Verdict::Later(wait),
                Fault::Lasting(RemoteError::Refused { status, .. }) => match status {
                    // The credential, or the address: an admin can put that right.
                    401 | 403 | 404 | 300..=399 => Verdict::Later(None),
                    410 => Verdict::Gone,
                    _ => Verdict::Never,
                },
                Fault::Lasting(_) => Verdict::Later(None),
            };
            (verdict, status)
        }
        SyncError::Unknown => (Verdict::Never, None),
        _ => (Verdict::Later(None), None),
    };
    Refused {
        verdict,
        status,
        reason,
        took,
    }
}
