//! Which attributes the store finds rows by, beyond those it always does: `indexes` in the
//! settings.
//!
//! ```json
//! { "indexes": { "User": [ "title", "urn:example:hr:1.0:User:badge" ], "Device": [ "serial" ] } }
//! ```
//!
//! Each costs one entry a value in every write, and makes filters by it flat in the number of rows.

use std::collections::BTreeMap;

use serde_json::Value;

use super::reader::Reader;
use crate::scim::filter::type_name;
use crate::scim::schema::{Kind, Mutability, Resolved, ResourceType, Target};

/// Paths of one resource type.
const MAX_PATHS: usize = 32;

/// Paths in canonical spelling, by resource type.
pub type Indexes = BTreeMap<String, Vec<String>>;

impl Reader<'_> {
    /// `$.indexes`
    pub(super) fn indexes(&mut self, value: &Value) -> Indexes {
        let at = "$.indexes";
        let mut indexes = Indexes::new();
        for (name, value) in self.object(at, value).into_iter().flatten() {
            let at = format!("{at}.{name}");
            let Some(kind) = self.registry.by_name(name) else {
                self.problem(&at, "there is no such resource type");
                continue;
            };
            let paths = self.indexed_paths(&at, value, kind);
            indexes.insert(name.clone(), paths);
        }
        indexes
    }

    fn indexed_paths(&mut self, at: &str, value: &Value, kind: &ResourceType) -> Vec<String> {
        let Some(list) = self.list(at, value) else {
            return Vec::new();
        };
        if list.len() > MAX_PATHS {
            self.problem(at, &format!("{MAX_PATHS} paths at most"));
        }
        let mut paths = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let at = format!("{at}[{index}]");
            let text = item.as_str().unwrap_or_default();
            match (text, kind.resolve(text)) {
                ("", _) => self.problem(&at, "must be an attribute path"),
                (_, Some(Resolved::Attribute(target))) => {
                    if let Some(why) = unfit(kind, target) {
                        self.problem(&at, &why);
                    } else if paths.contains(&target.path()) {
                        self.problem(&at, "this path stands here already");
                    }
                    paths.push(target.path());
                }
                _ => {
                    let detail = format!("`{text}` is not an attribute of {}", kind.name());
                    self.problem(&at, &detail);
                }
            }
        }
        paths
    }
}

/// Why an attribute cannot be indexed.
fn unfit(kind: &ResourceType, target: Target<'_>) -> Option<String> {
    let leaf = target.leaf();
    let name = leaf.name.as_str();
    let read_only = |it: Mutability| it == Mutability::ReadOnly;
    let members = kind.name() == "Group" && target.extension.is_none();
    if leaf.kind == Kind::Complex {
        let example = leaf.sub_attributes.first().map(|sub| sub.name.as_str());
        let example = example.unwrap_or("value");
        return Some(format!("say which part, such as `{name}.{example}`"));
    }
    if leaf.kind == Kind::Binary {
        return Some(format!("{} is not searched for", type_name(leaf.kind)));
    }
    if !leaf.is_kept() || !target.attribute.is_kept() {
        return Some("what is writeOnly is not kept".to_owned());
    }
    if target.sub.is_some() && name == "primary" {
        return Some("`primary` speaks of those without it too, which are not indexed".to_owned());
    }
    // Ties, counters and places in a line stand in no document; what of it may be looked for is
    // indexed already.
    if members && target.attribute.name == "members"
        || (read_only(leaf.mutability) || read_only(target.attribute.mutability))
            && name != "created"
        || name == "schemas"
    {
        return Some("what the server sets is indexed by the server's choice alone".to_owned());
    }
    None
}
