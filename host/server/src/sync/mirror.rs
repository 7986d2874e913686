//! One resource, brought up to date there.

use std::collections::BTreeSet;
use std::sync::Arc;

use scimlet_events::KnownBy;
use scimlet_events::http::Method;
use scimlet_events::retry::Policy;
use serde_json::{Value, json};

use super::differ::{Attributes, Path, attributes, body, operations, replaced};
use super::here::Here;
use super::links::{Link, Links};
use super::{Kind, SyncError};
use crate::events::Chance;
use crate::import::types::Types;
use crate::percent::percent_encoded;
use crate::remote::{Provider, Question, Remote, RemoteError};

const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What was to be done there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Deed {
    /// Nothing: it is there as it is here.
    Same,
    Create,
    Update,
    Deactivate,
    Delete,
}

/// A second system.
#[derive(Clone)]
pub(crate) struct Mirror {
    pub(super) remote: Remote,
    pub(super) here: Here,
    pub(super) links: Links,
    provider: Provider,
    /// What it takes; none: it does not say.
    types: Option<Arc<Types>>,
    known_by: KnownBy,
    deletes: bool,
    /// Whether what differs is made the same, or only told.
    pub(super) applies: bool,
}

/// How a second system is to be kept.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Manner {
    pub(crate) known_by: KnownBy,
    pub(crate) deletes: bool,
    pub(crate) applies: bool,
}

impl Mirror {
    /// Asks the other side what it can do.
    pub(crate) async fn open(
        remote: Remote,
        here: Here,
        links: Links,
        manner: Manner,
    ) -> Result<Self, SyncError> {
        let provider = Provider::of(&remote).await?;
        let types = types(&remote).await?.map(Arc::new);
        let Manner {
            known_by,
            deletes,
            applies,
        } = manner;
        Ok(Self {
            remote,
            here,
            links,
            provider,
            types,
            known_by,
            deletes,
            applies,
        })
    }

    /// Makes the copy of one resource as the resource is, and tries again what fails for a passing reason:
    /// from the beginning, since what was sent may have arrived.
    pub(super) async fn settle_patiently(&self, kind: Kind, id: &str) -> Result<Deed, SyncError> {
        let hasty = Self {
            remote: self.remote.clone().hasty(),
            ..self.clone()
        };
        let hasty = &hasty;
        let once = || async move {
            let settled = hasty.settle(kind, id).await;
            settled.map_err(SyncError::into_fault)
        };
        Policy::QUESTION.run(&Chance, once).await
    }

    /// Makes the copy of one resource as the resource is. A system without groups has none to be kept.
    pub(crate) async fn settle(&self, kind: Kind, id: &str) -> Result<Deed, SyncError> {
        let takes = self
            .types
            .as_ref()
            .is_none_or(|types| types.named(kind.name()).is_some());
        if !takes {
            return Ok(Deed::Same);
        }
        match self.settle_kind(kind, id).await {
            Err(SyncError::Remote(error)) if kind == Kind::Group && error.status() == Some(404) => {
                Ok(Deed::Same)
            }
            settled => settled,
        }
    }

    async fn settle_kind(&self, kind: Kind, id: &str) -> Result<Deed, SyncError> {
        let here = self.here.read(kind, id).await?;
        let link = self.links.find(kind, id).await?;
        let known = here.as_ref().map(|here| self.known(here, id)).transpose();
        let known = match (known?, self.known_by) {
            (Some(known), _) => Some(known),
            (None, KnownBy::Id) => Some(id.to_owned()),
            (None, KnownBy::ExternalId) => None,
        };
        let copy = self.copy(kind, id, link.as_ref(), known.as_deref()).await?;
        match (here, copy) {
            (None, None) => {
                self.remember(kind, id, None).await?;
                Ok(Deed::Same)
            }
            (None, Some(copy)) => self.leave(kind, id, &copy).await,
            (Some(here), copy) => {
                let link = link.unwrap_or_default();
                let known = known.unwrap_or_default();
                self.bring(kind, id, &here, copy, &link, &known).await
            }
        }
    }

    /// What it is known by there.
    fn known(&self, here: &Value, id: &str) -> Result<String, SyncError> {
        match self.known_by {
            KnownBy::Id => Ok(id.to_owned()),
            KnownBy::ExternalId => {
                let text = here.get("externalId").and_then(Value::as_str);
                text.map(str::to_owned).ok_or(SyncError::Unknown)
            }
        }
    }

    /// What there is there: by the link, or else by its `externalId`.
    async fn copy(
        &self,
        kind: Kind,
        id: &str,
        link: Option<&Link>,
        known: Option<&str>,
    ) -> Result<Option<Value>, SyncError> {
        if let Some(link) = link {
            let path = format!("{}/{}", kind.endpoint(), percent_encoded(&link.there));
            match self.remote.ask(&Question::get(path)).await {
                Ok(copy) if self.is_ours(kind, id, link, &copy, known).await? => {
                    return Ok(Some(copy));
                }
                // It has become somebody else's.
                Ok(_) => {}
                Err(error) if error.status() == Some(404) => {}
                Err(error) => return Err(error.into()),
            }
        }
        match known {
            Some(known) => self.find(kind, "externalId", known).await,
            None => Ok(None),
        }
    }

    /// Whether what a link leads to is still the copy of this resource: it is known by what it was given; or,
    /// where that is not shown, no other link leads there.
    async fn is_ours(
        &self,
        kind: Kind,
        id: &str,
        link: &Link,
        copy: &Value,
        known: Option<&str>,
    ) -> Result<bool, SyncError> {
        let said = copy.get("externalId").and_then(Value::as_str);
        if let (Some(said), Some(known)) = (said, known) {
            return Ok(said == known);
        }
        let is_shared = self.links.is_of_another(kind, id, &link.there).await?;
        Ok(!is_shared)
    }

    /// The one that has this value.
    async fn find(&self, kind: Kind, path: &str, value: &str) -> Result<Option<Value>, SyncError> {
        // RFC 7644 section 3.4.2.2: a filter's text is a JSON string.
        let filter = format!("{path} eq {}", json!(value));
        let query = format!("{}?filter={}", kind.endpoint(), percent_encoded(&filter));
        let mut list = self.remote.ask(&Question::get(query)).await?;
        let Some(Value::Array(listed)) = list.get_mut("Resources").map(Value::take) else {
            return Ok(None);
        };
        // A server that ignores the filter must not give us somebody else.
        let is_meant = |it: &Value| {
            let said = it.get(path).and_then(Value::as_str);
            said.is_some_and(|said| match path {
                "userName" => said.to_lowercase() == value.to_lowercase(),
                _ => said == value,
            })
        };
        Ok(listed.into_iter().find(is_meant))
    }

    /// It is gone here.
    async fn leave(&self, kind: Kind, id: &str, copy: &Value) -> Result<Deed, SyncError> {
        let there = copy_id(copy)?;
        let path = format!("{}/{}", kind.endpoint(), percent_encoded(there));
        let is_active = copy.get("active") != Some(&Value::Bool(false));
        let deed = match kind {
            _ if self.deletes => {
                self.write(&Question::bare(Method::DELETE, path)).await?;
                Deed::Delete
            }
            Kind::User if is_active => {
                let leave = json!({ "op": "replace", "path": "active", "value": false });
                let wanted = Attributes::from([(Path::own("active"), json!(false))]);
                self.change(&path, copy, &[leave], &wanted, &BTreeSet::new())
                    .await?;
                Deed::Deactivate
            }
            // A group is left as it is: whoever relies on it there is asked first.
            Kind::User | Kind::Group => Deed::Same,
        };
        self.remember(kind, id, None).await?;
        Ok(deed)
    }

    /// It is here.
    async fn bring(
        &self,
        kind: Kind,
        id: &str,
        here: &Value,
        copy: Option<Value>,
        link: &Link,
        known: &str,
    ) -> Result<Deed, SyncError> {
        let mut wanted = self.wanted(kind, here).await?;
        wanted.insert(Path::own("externalId"), known.into());
        let given: BTreeSet<String> = wanted.keys().map(ToString::to_string).collect();
        let (mut deed, copy) = match copy {
            Some(copy) => (Deed::Same, copy),
            None if !self.applies => return Ok(Deed::Create),
            None => self.create(kind, id, here, &wanted).await?,
        };
        let there = copy_id(&copy)?.to_owned();
        let path = format!("{}/{}", kind.endpoint(), percent_encoded(&there));
        let operations = operations(&wanted, &link.given, &copy);
        if !operations.is_empty() {
            self.change(&path, &copy, &operations, &wanted, &link.given)
                .await?;
            deed = deed.max(Deed::Update);
        }
        if kind == Kind::Group && self.settle_members(here, &copy, &path).await? {
            deed = match deed {
                Deed::Same => Deed::Update,
                done => done,
            };
        }
        let link = Link { there, given };
        self.remember(kind, id, Some(link)).await?;
        Ok(deed)
    }

    /// What is to be said there, as far as it is taken.
    async fn wanted(&self, kind: Kind, here: &Value) -> Result<Attributes, SyncError> {
        let mut wanted = attributes(here);
        let manager = Path {
            urn: Some(ENTERPRISE.to_owned()),
            name: "manager".to_owned(),
        };
        if let Some(said) = wanted.remove(&manager) {
            let id = said.get("value").and_then(Value::as_str);
            let link = match id {
                Some(id) => self.links.find(Kind::User, id).await?,
                None => None,
            };
            if let Some(link) = link {
                wanted.insert(manager, json!({ "value": link.there }));
            }
        }
        let kind = self
            .types
            .as_ref()
            .and_then(|types| types.named(kind.name()));
        if let Some(kind) = kind {
            wanted.retain(|path, _| kind.takes(path.urn.as_deref(), &path.name));
        }
        Ok(wanted)
    }

    /// Makes the copy. Who turns out to be there under that name is taken for them.
    async fn create(
        &self,
        kind: Kind,
        id: &str,
        here: &Value,
        wanted: &Attributes,
    ) -> Result<(Deed, Value), SyncError> {
        let sent = body(wanted, Some(&json!([schema(kind)])));
        let created = self
            .remote
            .ask(&Question::write(Method::POST, kind.endpoint(), &sent))
            .await;
        let refused = match created {
            Ok(copy) => return Ok((Deed::Create, copy)),
            Err(error) if error.status() == Some(409) => error,
            Err(error) => return Err(error.into()),
        };
        let name = here.get("userName").and_then(Value::as_str);
        let found = match name {
            Some(name) => self.find(kind, "userName", name).await?,
            None => None,
        };
        let copy = found.ok_or(SyncError::Remote(refused))?;
        if self.links.is_of_another(kind, id, copy_id(&copy)?).await? {
            // Whoever that is has left, or is called otherwise now; their own turn comes first.
            return Err(SyncError::Taken);
        }
        Ok((Deed::Update, copy))
    }

    /// Changes a copy.
    async fn change(
        &self,
        path: &str,
        copy: &Value,
        operations: &[Value],
        wanted: &Attributes,
        given: &BTreeSet<String>,
    ) -> Result<(), SyncError> {
        if self.provider.patch {
            return self.patch(path, operations).await;
        }
        let body = replaced(wanted, given, copy);
        self.write(&Question::write(Method::PUT, path, &body)).await
    }

    pub(super) async fn patch(&self, path: &str, operations: &[Value]) -> Result<(), SyncError> {
        let body = json!({ "schemas": [PATCH], "Operations": operations });
        self.write(&Question::write(Method::PATCH, path, &body))
            .await
    }

    pub(super) async fn write(&self, question: &Question<'_>) -> Result<(), SyncError> {
        if self.applies {
            self.remote.ask(question).await?;
        }
        Ok(())
    }

    async fn remember(&self, kind: Kind, id: &str, link: Option<Link>) -> Result<(), SyncError> {
        if self.applies {
            self.links.set(kind, id, link).await?;
        }
        Ok(())
    }
}

fn schema(kind: Kind) -> String {
    format!("urn:ietf:params:scim:schemas:core:2.0:{}", kind.name())
}

fn copy_id(copy: &Value) -> Result<&str, SyncError> {
    let id = copy.get("id").and_then(Value::as_str);
    id.ok_or_else(|| RemoteError::NotScim("a resource has an `id`").into())
}

/// What the other side takes, where it says so.
async fn types(remote: &Remote) -> Result<Option<Types>, SyncError> {
    let mut said = Vec::new();
    for path in ["/Schemas", "/ResourceTypes"] {
        match remote.ask(&Question::get(path)).await {
            Ok(list) => said.push(list),
            Err(error) if matches!(error.status(), Some(403 | 404 | 501)) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
    }
    let mut said = said.into_iter();
    let (schemas, types) = (
        said.next().unwrap_or_default(),
        said.next().unwrap_or_default(),
    );
    // Who says it in a way of their own is taken to take everything.
    Ok(Types::read(schemas, types)
        .ok()
        .filter(|types| types.named("User").is_some()))
}
