//! What admins do with endpoints and deliveries; `/admin/v1` and the command line both do it here. Blocks.

use std::sync::Arc;

use scimlet_events::http::{BadUrl, HttpUrl};
use scimlet_events::ledger::{Ledger, Refusal, Which};
use scimlet_events::sign::{BadSecret, SigningSecret};
use scimlet_events::{Endpoint, Form, Secret, State, Target};
use scimlet_store::{Backend, Failure};
use serde_json::{Value, json};

use super::draft::{Again, Draft, Kind, Signature, Wanted};
use super::shown;
use crate::hex::hex;
use crate::world::{self, NoRandomness};

/// Enough that a receiver's answer time is no bound, and few enough not to be a load test.
const CONCURRENCY: u32 = 8;

/// It was not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DeskError {
    /// The ledger refuses.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What was said makes no sense; holds what would.
    #[error("{0}")]
    Said(String),
    /// The URL cannot be used.
    #[error("`{0}`: {1}")]
    Url(String, BadUrl),
    /// The secret is none.
    #[error(transparent)]
    Secret(#[from] BadSecret),
    /// There is no secret without randomness.
    #[error(transparent)]
    Random(#[from] NoRandomness),
}

impl From<Failure> for DeskError {
    fn from(failure: Failure) -> Self {
        Self::Refused(failure.into())
    }
}

/// One tenant's endpoints and deliveries.
pub(crate) struct Desk {
    ledger: Ledger,
    tenant: String,
    /// Whether endpoints in the house's own network are delivered to; none: that is somebody else's
    /// business.
    allow_private: Option<bool>,
}

/// A page of deliveries.
#[derive(Clone, Debug)]
pub(crate) struct Page {
    pub(crate) deliveries: Vec<Value>,
    pub(crate) next: Option<String>,
}

impl Desk {
    pub(crate) fn new(
        backend: &Arc<dyn Backend>,
        tenant: &str,
        allow_private: Option<bool>,
    ) -> Result<Self, Failure> {
        Ok(Self {
            ledger: Ledger::new(Arc::clone(backend))?,
            tenant: tenant.to_owned(),
            allow_private,
        })
    }

    /// All endpoints, by name.
    pub(crate) fn list(&self) -> Result<Vec<Value>, DeskError> {
        let all = self.ledger.endpoints(Some(&self.tenant))?;
        all.iter().map(|found| self.shown(&found.value)).collect()
    }

    /// One of them, by id or name.
    pub(crate) fn named(&self, named: &str) -> Result<Endpoint, DeskError> {
        Ok(self.ledger.named(&self.tenant, named)?.value)
    }

    pub(crate) fn show(&self, named: &str) -> Result<Value, DeskError> {
        self.shown(&self.named(named)?)
    }

    /// Adds an endpoint. The answer holds its secret: nobody is told it again.
    pub(crate) fn add(&self, draft: &Draft) -> Result<Value, DeskError> {
        let kind = draft.kind.ok_or_else(|| {
            DeskError::Said("say its `kind`: `webhook`, `push`, `poll` or `scim`".to_owned())
        })?;
        let secrets = match kind {
            Kind::Webhook => vec![first_secret(draft)?],
            _ if draft.secret.is_some() || draft.signature.is_some() => {
                return Err(DeskError::Said(
                    "only webhooks are signed by a secret".to_owned(),
                ));
            }
            _ => Vec::new(),
        };
        let mut endpoint = Endpoint {
            id: format!("ep_{}", hex(&world::random::<8>()?)),
            tenant: self.tenant.clone(),
            name: draft.name.clone().unwrap_or_default(),
            target: self.target(kind, draft)?,
            events: Vec::new(),
            resources: Vec::new(),
            form: Form::Notice,
            audience: None,
            secrets,
            rate: None,
            concurrency: CONCURRENCY,
            state: State::Enabled,
            created: world::now(),
        };
        apply(&mut endpoint, draft);
        if draft.state == Some(Wanted::Disabled) {
            endpoint.state = disabled();
        }
        self.ledger.add(&endpoint)?;
        self.with_secret(&endpoint)
    }

    /// Changes what is said, and nothing else.
    pub(crate) fn set(&self, named: &str, draft: &Draft) -> Result<Value, DeskError> {
        if draft.kind.is_some() || draft.signature.is_some() || draft.secret.is_some() {
            return Err(DeskError::Said(
                "`kind`, `signature` and `secret` stay as they were made; `rotate` makes another secret"
                    .to_owned(),
            ));
        }
        let found = self.named(named)?;
        let target = self.changed_target(&found.target, draft)?;
        let changed = self.ledger.change(&found.id, |endpoint| {
            endpoint.target = target.clone();
            if let Some(name) = &draft.name {
                endpoint.name.clone_from(name);
            }
            apply(endpoint, draft);
            Ok(())
        })?;
        let changed = match draft.state {
            Some(Wanted::Enabled) => self.ledger.enable(&changed.id)?,
            Some(Wanted::Disabled) => self.ledger.disable(&changed.id, "admin", world::now())?,
            None => changed,
        };
        self.shown(&changed)
    }

    /// Removes an endpoint, and what was still to be delivered to it.
    pub(crate) fn remove(&self, named: &str) -> Result<(), DeskError> {
        let found = self.named(named)?;
        Ok(self.ledger.remove(&found.id, world::now())?)
    }

    /// Gives an endpoint another secret. The old one signs as well, for so many seconds.
    pub(crate) fn rotate(&self, named: &str, overlap: u64) -> Result<Value, DeskError> {
        let found = self.named(named)?;
        let Some(newest) = found.secrets.first() else {
            return Err(DeskError::Said(
                "only webhooks are signed by a secret".to_owned(),
            ));
        };
        let signature = match newest.value.parse()? {
            SigningSecret::Shared(_) => Signature::Hmac,
            SigningSecret::Pair(_) => Signature::Ed25519,
        };
        let (value, now) = (new_secret(signature)?, world::now());
        let until = now.saturating_add(overlap.saturating_mul(1000));
        let changed = self.ledger.change(&found.id, |endpoint| {
            endpoint
                .secrets
                .retain(|secret| secret.until.is_none_or(|until| until > now));
            for secret in &mut endpoint.secrets {
                secret.until = Some(secret.until.map_or(until, |known| known.min(until)));
            }
            let value = value.clone();
            endpoint.secrets.insert(0, Secret { value, until: None });
            Ok(())
        })?;
        self.with_secret(&changed)
    }

    /// One page of deliveries, in the order of positions.
    pub(crate) fn deliveries(
        &self,
        endpoint: Option<&str>,
        state: Option<&str>,
        cursor: Option<String>,
        count: u32,
    ) -> Result<Page, DeskError> {
        let endpoint = endpoint.map(|named| self.named(named)).transpose()?;
        let which = Which {
            tenant: &self.tenant,
            endpoint: endpoint.as_ref().map(|endpoint| endpoint.id.as_str()),
            state,
        };
        let page = self.ledger.deliveries(&which, cursor, count)?;
        let found = page.deliveries.iter();
        Ok(Page {
            deliveries: found.map(|found| shown::delivery(&found.value)).collect(),
            next: page.next,
        })
    }

    pub(crate) fn delivery(&self, id: &str) -> Result<Value, DeskError> {
        let found = self.ledger.delivery(&self.tenant, id)?;
        Ok(shown::whole_delivery(&found.value))
    }

    /// Tries a delivery again, at once.
    pub(crate) fn replay_one(&self, id: &str) -> Result<Value, DeskError> {
        self.ledger.replay_one(&self.tenant, id, world::now())?;
        self.delivery(id)
    }

    pub(crate) fn discard(&self, id: &str) -> Result<(), DeskError> {
        Ok(self.ledger.discard(&self.tenant, id, world::now())?)
    }

    /// Delivers a part of the outbox once more.
    pub(crate) fn replay(&self, named: &str, again: &Again) -> Result<Value, DeskError> {
        let range = again.range().ok_or_else(|| {
            let text = "say `from` and `to` (positions), or `since` (`2026-11-22T10:00:00Z`)";
            DeskError::Said(text.to_owned())
        })?;
        let found = self.named(named)?;
        let replayed = self.ledger.replay(&found, range)?;
        Ok(json!({ "endpoint": found.id, "from": replayed.from, "to": replayed.to }))
    }

    fn shown(&self, endpoint: &Endpoint) -> Result<Value, DeskError> {
        Ok(shown::endpoint(endpoint, &self.ledger.status(endpoint)?))
    }

    fn with_secret(&self, endpoint: &Endpoint) -> Result<Value, DeskError> {
        let mut shown = self.shown(endpoint)?;
        if let (Some(newest), Some(members)) = (endpoint.secrets.first(), shown.as_object_mut()) {
            let secret: SigningSecret = newest.value.parse()?;
            members.insert("publicKey".to_owned(), secret.public().into());
            // Of a pair the receiver needs the public half alone; the other one never leaves.
            let told = secret.public().is_none().then(|| newest.value.clone());
            members.insert("secret".to_owned(), told.into());
        }
        Ok(shown)
    }

    fn target(&self, kind: Kind, draft: &Draft) -> Result<Target, DeskError> {
        let needed = |what: &str| DeskError::Said(format!("such an endpoint needs `{what}`"));
        let url = || {
            let url = draft.url.as_deref().ok_or_else(|| needed("url"))?;
            self.url(url)
        };
        let authorization = draft.authorization.clone().flatten();
        let needless = |what| DeskError::Said(format!("such an endpoint has no `{what}`"));
        if kind != Kind::Scim && (draft.known_by.is_some() || draft.deletes.is_some()) {
            return Err(needless("knownBy` and no `deletes"));
        }
        match kind {
            Kind::Webhook if authorization.is_some() => Err(needless("authorization")),
            Kind::Webhook => Ok(Target::Webhook { url: url()? }),
            Kind::Push => Ok(Target::Push {
                url: url()?,
                authorization,
            }),
            Kind::Poll if draft.url.is_some() => Err(needless("url")),
            Kind::Poll if authorization.is_some() => Err(needless("authorization")),
            Kind::Poll => Ok(Target::Poll),
            Kind::Scim => Ok(Target::Scim {
                url: url()?.trim_end_matches('/').to_owned(),
                authorization: authorization.ok_or_else(|| needed("authorization"))?,
                known_by: draft.known_by.unwrap_or_default(),
                deletes: draft.deletes.unwrap_or_default(),
            }),
        }
    }

    fn changed_target(&self, target: &Target, draft: &Draft) -> Result<Target, DeskError> {
        let (kind, url, authorization) = match target {
            Target::Webhook { url } => (Kind::Webhook, Some(url), None),
            Target::Push { url, authorization } => (Kind::Push, Some(url), authorization.clone()),
            Target::Poll => (Kind::Poll, None, None),
            Target::Scim {
                url, authorization, ..
            } => (Kind::Scim, Some(url), Some(authorization.clone())),
        };
        let (known_by, deletes) = match target {
            Target::Scim {
                known_by, deletes, ..
            } => (Some(*known_by), Some(*deletes)),
            Target::Webhook { .. } | Target::Push { .. } | Target::Poll => (None, None),
        };
        let says_target = draft.url.is_some()
            || draft.authorization.is_some()
            || draft.known_by.is_some()
            || draft.deletes.is_some();
        if !says_target {
            return Ok(target.clone());
        }
        let whole = Draft {
            url: draft.url.clone().or_else(|| url.cloned()),
            authorization: Some(draft.authorization.clone().unwrap_or(authorization)),
            known_by: draft.known_by.or(known_by),
            deletes: draft.deletes.or(deletes),
            ..Draft::default()
        };
        self.target(kind, &whole)
    }

    fn url(&self, text: &str) -> Result<String, DeskError> {
        let bad = |error| DeskError::Url(text.to_owned(), error);
        let url: HttpUrl = text.parse().map_err(bad)?;
        if let Some(allow_private) = self.allow_private {
            url.admit(allow_private).map_err(bad)?;
        }
        Ok(url.as_str().to_owned())
    }
}

/// What of a draft stands in an endpoint as it was said.
fn apply(endpoint: &mut Endpoint, draft: &Draft) {
    if let Some(events) = &draft.events {
        endpoint.events.clone_from(events);
    }
    if let Some(resources) = &draft.resources {
        endpoint.resources.clone_from(resources);
    }
    if let Some(audience) = &draft.audience {
        endpoint.audience.clone_from(audience);
    }
    endpoint.form = draft.form.unwrap_or(endpoint.form);
    endpoint.rate = draft.rate.unwrap_or(endpoint.rate);
    endpoint.concurrency = draft.concurrency.unwrap_or(endpoint.concurrency);
}

fn disabled() -> State {
    State::Disabled {
        reason: "admin".to_owned(),
        since: world::now(),
    }
}

fn first_secret(draft: &Draft) -> Result<Secret, DeskError> {
    let value = match (&draft.secret, draft.signature) {
        (Some(known), None) => {
            known.parse::<SigningSecret>()?;
            known.clone()
        }
        (Some(_), Some(_)) => {
            let text = "say `secret` or `signature`: a secret says itself how it signs";
            return Err(DeskError::Said(text.to_owned()));
        }
        (None, signature) => new_secret(signature.unwrap_or_default())?,
    };
    Ok(Secret { value, until: None })
}

fn new_secret(signature: Signature) -> Result<String, DeskError> {
    Ok(match signature {
        Signature::Hmac => SigningSecret::shared(world::random()?),
        Signature::Ed25519 => SigningSecret::pair(world::random()?)?,
    })
}
