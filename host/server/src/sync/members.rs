//! Who is in a group there.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::mirror::Mirror;
use super::{Kind, SyncError};

/// Members that one request adds or removes.
const SLICE: usize = 200;

/// Members who are brought there along with their group. More are a task of their own.
const MOST_NEW: usize = 50;

impl Mirror {
    /// Makes the members of a copy those of the group. Who is only there stays, unless they are a copy of
    /// somebody here. Whether anything was to be done.
    pub(super) async fn settle_members(
        &self,
        here: &Value,
        copy: &Value,
        path: &str,
    ) -> Result<bool, SyncError> {
        let wanted = self.members_there(here).await?;
        let present: BTreeSet<String> = members(copy).map(|(id, _)| id.to_owned()).collect();
        let mut operations = Vec::new();
        let new: Vec<_> = wanted.difference(&present).collect();
        for slice in new.chunks(SLICE) {
            let value: Value = slice.iter().map(|id| json!({ "value": id })).collect();
            operations.push(json!({ "op": "add", "path": "members", "value": value }));
        }
        for id in present.difference(&wanted) {
            let is_user = self.links.is_copy(Kind::User, id).await?;
            if is_user || self.links.is_copy(Kind::Group, id).await? {
                let path = format!("members[value eq {}]", json!(id));
                operations.push(json!({ "op": "remove", "path": path }));
            }
        }
        let (adding, removing): (Vec<_>, Vec<_>) =
            operations.into_iter().partition(|it| it["op"] == "add");
        for one in adding.chunks(1).chain(removing.chunks(SLICE)) {
            self.patch(path, one).await?;
        }
        Ok(!adding.is_empty() || !removing.is_empty())
    }

    /// What the members of a group are called there. Who is not there yet is brought.
    async fn members_there(&self, here: &Value) -> Result<BTreeSet<String>, SyncError> {
        let mut there = BTreeSet::new();
        for kind in [Kind::User, Kind::Group] {
            let ids = members(here).filter(|(_, it)| *it == kind);
            let ids: Vec<String> = ids.map(|(id, _)| id.to_owned()).collect();
            let found = self.links.find_all(kind, &ids).await?;
            let (mut new, mut known) = (Vec::new(), found.into_iter());
            for id in ids {
                match known.next().flatten() {
                    Some(copy) => {
                        there.insert(copy);
                    }
                    None => new.push(id),
                }
            }
            if new.len() > MOST_NEW && self.applies {
                return Err(SyncError::Members(new.len()));
            }
            // A group that is new has an event, or a turn, of its own; then its place is found.
            if kind == Kind::User && self.applies {
                for id in new {
                    Box::pin(self.settle(kind, &id)).await?;
                    let link = self.links.find(kind, &id).await?;
                    there.extend(link.map(|link| link.there));
                }
            }
        }
        Ok(there)
    }
}

/// The members of a group, and what they are; users, where that is not said.
fn members(group: &Value) -> impl Iterator<Item = (&str, Kind)> {
    let listed = group.get("members").and_then(Value::as_array);
    listed.into_iter().flatten().filter_map(|member| {
        let kind = member.get("type").and_then(Value::as_str);
        let kind = kind.and_then(Kind::of).unwrap_or(Kind::User);
        Some((member.get("value")?.as_str()?, kind))
    })
}
