//! A document taken apart at its top level only: what has changed in it is found by comparing texts, which
//! costs a tenth of reading it.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::scim::schema::ResourceType;

/// The members of an object, in their order.
#[derive(Debug, Default)]
pub(super) struct Shallow<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

impl<'a> Shallow<'a> {
    /// None if the text is no object.
    pub(super) fn read(text: &'a str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    pub(super) fn get(&self, name: &str) -> Option<&'a RawValue> {
        let found = self.0.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| *value)
    }

    /// The value of a member that is a string.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        serde_json::from_str(self.get(name)?.get()).ok()
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_ref())
    }

    /// The member as an object of its own.
    fn object(&self, name: &str) -> Option<Shallow<'a>> {
        Shallow::read(self.get(name)?.get())
    }
}

impl<'de> Deserialize<'de> for Shallow<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Members;
        impl<'de> Visitor<'de> for Members {
            type Value = Shallow<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::with_capacity(16);
                while let Some((name, value)) = map.next_entry::<Name<'de>, _>()? {
                    members.push((name.0, value));
                }
                Ok(Shallow(members))
            }
        }
        deserializer.deserialize_map(Members)
    }
}

/// A name, borrowed where it has no escapes.
#[derive(serde::Deserialize)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

/// The paths at which two documents differ, as those of a PATCH: a part of an attribute with one value by
/// itself, an attribute with many values as a whole, one of an extension under its URN. What the schema
/// does not know is not shown to anybody, and not told of.
pub(super) fn paths(kind: &ResourceType, before: &Shallow<'_>, after: &Shallow<'_>) -> Vec<String> {
    let mut paths = Vec::new();
    for name in differing(before, after) {
        if matches!(name, "schemas" | "meta" | "id") {
            continue;
        }
        if let Some(extension) = kind.extension(name) {
            let (old, new) = (before.object(name), after.object(name));
            let (old, new) = (old.unwrap_or_default(), new.unwrap_or_default());
            let known = |part: &&str| extension.attributes.iter().any(|it| it.name == **part);
            let parts = differing(&old, &new).into_iter().filter(known);
            paths.extend(parts.map(|part| format!("{name}:{part}")));
        } else if let Some(attribute) = kind.attribute(name) {
            match (before.object(name), after.object(name)) {
                (Some(old), Some(new)) if !attribute.multi_valued => {
                    let parts = differing(&old, &new).into_iter();
                    paths.extend(parts.map(|part| format!("{name}.{part}")));
                }
                _ => paths.push(name.to_owned()),
            }
        }
    }
    paths
}

/// The names whose values are not the same text, those that are new first.
fn differing<'s>(before: &'s Shallow<'_>, after: &'s Shallow<'_>) -> Vec<&'s str> {
    let text = |of: &Shallow<'_>, name: &str| of.get(name).map(RawValue::get).map(str::to_owned);
    let changed = after
        .names()
        .filter(|name| text(before, name) != text(after, name));
    let gone = before.names().filter(|name| after.get(name).is_none());
    changed.chain(gone).collect()
}
