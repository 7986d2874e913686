//! What has become of one resource.

use std::collections::BTreeMap;

use serde_json::json;

use super::shallow::{Shallow, paths};
use super::{Draft, json as text, patch};
use crate::event::provision::{self, Full, Notice};
use crate::facts::{Change, Edge, Key, Put, Row};
use crate::license::history::{HISTORY, OF};
use crate::scim::etag;
use crate::scim::project::Projection;
use crate::scim::schema::ResourceType;
use crate::scim::urn;
use crate::scim::value::Value;
use crate::usecase::case::Case;

/// What is needed to say what has become of a resource.
pub(super) struct Teller<'c, 'r> {
    pub(super) case: &'c Case<'r>,
    pub(super) changes: &'c [Change],
    pub(super) before: &'c BTreeMap<Key, Row>,
    pub(super) main: Option<&'c Key>,
}

impl Teller<'_, '_> {
    fn is_full(&self) -> bool {
        self.case.tenant.settings.events_are_full
    }

    pub(super) fn removed(&self, key: &Key) -> Option<Draft> {
        self.case.tenant.registry.by_name(&key.kind)?;
        let before = self.before.get(key);
        let before = before.and_then(|row| Shallow::read(&row.body));
        let external_id = before.and_then(|before| before.text("externalId"));
        Some(Draft::plain(provision::DELETE, key, external_id))
    }

    pub(super) fn written(&self, put: &Put) -> Vec<Draft> {
        let Some(kind) = self.case.tenant.registry.by_name(&put.key.kind) else {
            return Vec::new();
        };
        let after = Shallow::read(&put.body).unwrap_or_default();
        let version = etag::tag(put.replaces.unwrap_or_default().saturating_add(1), &[]);
        if put.replaces.is_none() {
            return vec![self.created(kind, put, &after, &version)];
        }
        let before = self.before.get(&put.key);
        let before = before.and_then(|row| Shallow::read(&row.body));
        let mut drafts: Vec<Draft> = self
            .changed(kind, put, (before.as_ref(), &after), &version)
            .into_iter()
            .collect();
        drafts.extend(before.and_then(|before| turned(put, &before, &after)));
        drafts
    }

    /// The members of a new group.
    fn linked(&self, group: &Key) -> Vec<serde_json::Value> {
        let links = self.changes.iter().filter_map(|change| match change {
            Change::Link(edge) if edge.source == *group && edge.relation == "member" => Some(edge),
            _ => None,
        });
        let member = |edge: &Edge| json!({ "value": edge.target.id, "type": edge.target.kind });
        links.map(member).collect()
    }

    /// Whether a license of a user changes: a line of the history says so.
    fn moves(&self, user: &Key) -> bool {
        self.changes.iter().any(|change| match change {
            Change::Put(put) if put.key.kind == HISTORY => {
                let mut entries = put.entries.iter();
                entries.any(|entry| entry.path == OF && entry.value == user.id)
            }
            _ => false,
        })
    }

    fn created(&self, kind: &ResourceType, put: &Put, after: &Shallow<'_>, version: &str) -> Draft {
        let mut attributes = paths(kind, &Shallow::default(), after);
        if !patch::members(&put.key, self.changes).is_empty() && kind.name() == "Group" {
            attributes.push("members".to_owned());
        }
        let full = self.is_full().then(|| {
            let mut shown = shown(kind, put);
            let members = self.linked(&put.key);
            if let (false, Some(shown)) = (members.is_empty(), shown.as_object_mut()) {
                shown.insert("members".to_owned(), members.into());
            }
            full(shown, version)
        });
        let notice = noticed(&attributes, version);
        Draft {
            topic: provision::CREATE,
            subject: put.key.clone(),
            notice,
            full,
            external_id: after.text("externalId"),
        }
    }

    fn changed(
        &self,
        kind: &ResourceType,
        put: &Put,
        (before, after): (Option<&Shallow<'_>>, &Shallow<'_>),
        version: &str,
    ) -> Option<Draft> {
        let mut attributes = match (before, kind.name()) {
            (Some(before), _) => paths(kind, before, after),
            // Written beside another one, perhaps only to be looked at again.
            (None, "User") if !self.moves(&put.key) => Vec::new(),
            (None, "User") => vec![format!("{}:licenses", urn::SCIMLET_USER)],
            (None, _) => Vec::new(),
        };
        // Of a group what comes and goes is told, not all that is in it (RFC 9967 section 5).
        let is_group = kind.name() == "Group";
        let is_put = self.main == Some(&put.key) && self.case.method == "PUT" && !is_group;
        let members = match kind.name() {
            "Group" => patch::members(&put.key, self.changes),
            _ => Vec::new(),
        };
        let full = self.is_full().then(|| {
            if is_put {
                full(shown(kind, put), version)
            } else {
                full(
                    patch::operations(&attributes, after, members.clone()),
                    version,
                )
            }
        });
        if !members.is_empty() {
            attributes.push("members".to_owned());
        }
        if attributes.is_empty() {
            // Nothing that anybody is shown.
            return None;
        }
        Some(Draft {
            topic: if is_put {
                provision::PUT
            } else {
                provision::PATCH
            },
            subject: put.key.clone(),
            notice: noticed(&attributes, version),
            full,
            external_id: after.text("externalId"),
        })
    }
}

/// The end of the URI, and the payload, that name what has changed.
fn noticed(attributes: &[String], version: &str) -> (&'static str, String) {
    let notice = Notice {
        attributes,
        version,
    };
    ("notice", text(&notice))
}

/// A user who comes back, or leaves.
fn turned(put: &Put, before: &Shallow<'_>, after: &Shallow<'_>) -> Option<Draft> {
    let is_active = |of: &Shallow<'_>| of.get("active").is_none_or(|it| it.get() != "false");
    let topic = match (put.key.kind.as_str(), is_active(before), is_active(after)) {
        ("User", false, true) => provision::ACTIVATE,
        ("User", true, false) => provision::DEACTIVATE,
        _ => return None,
    };
    Some(Draft::plain(topic, &put.key, after.text("externalId")))
}

/// A document as clients are shown it, but for what stands beside it.
fn shown(kind: &ResourceType, put: &Put) -> serde_json::Value {
    let Ok(Value::Object(mut document)) = Value::parse(&put.body) else {
        return serde_json::Value::Null;
    };
    Projection::Default.apply(kind, &mut document);
    serde_json::to_value(Value::Object(document)).unwrap_or_default()
}

fn full(data: serde_json::Value, version: &str) -> String {
    text(&Full { data, version })
}
