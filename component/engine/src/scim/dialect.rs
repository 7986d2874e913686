//! What a provider wants to see instead of the standard: `dialect` in a tenant's settings.
//!
//! Okta (Identity Governance) looks in `/ResourceTypes` for types whose schema has a URN of its own,
//! reads all of their resources, and then writes the `id` of one as the `value` of a user's
//! `entitlements` or `roles` (`reference/scim/scim-20` of its developer pages). So in its dialect the
//! catalogs of licenses and roles are shown as such resources, with the SKU, or the role's value, as
//! the `id`: what comes back is then what the rules for licenses go by.
//!
//! It is a way of showing the same rows to those who may only read them. Scope `admin`, which writes
//! them, sees the standard shape. Filters and `sortBy` speak of the standard attributes in any case.

use super::query::encode;
use super::schema::{Registry, ResourceType, Schema};
use super::urn;
use super::value::{Object, Value};

/// A provider's own shapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Okta's.
    Okta,
}

/// What it shows in the place of which type.
const OKTA: [(&str, &str); 2] = [
    (
        "Entitlement",
        include_str!("../../schemas/okta-entitlement.json"),
    ),
    ("Role", include_str!("../../schemas/okta-role.json")),
];

impl Dialect {
    /// All of them, as they are spelt in the settings.
    pub const ALL: [(Self, &'static str); 1] = [(Self::Okta, "okta")];

    /// The schemas and resource types as this dialect shows them.
    ///
    /// # Errors
    /// A sentence, if one of the files built into this crate is not what it must be.
    pub fn show(self, registry: &Registry) -> Result<Registry, String> {
        let mut shown = registry.clone();
        let Self::Okta = self;
        for (name, text) in OKTA {
            let schema: Schema = serde_json::from_str(text).map_err(|error| error.to_string())?;
            let Some(kind) = registry.by_name(name) else {
                continue;
            };
            let mut declared = kind.declared.clone();
            declared.schema.clone_from(&schema.id);
            declared.schema_extensions.clear();
            shown.add(schema);
            shown.declare(declared)?;
        }
        Ok(shown)
    }
}

/// Whether resources of this type are shown in another shape.
#[must_use]
pub fn is_reshaped(kind: &ResourceType) -> bool {
    kind.core.id.starts_with(urn::OKTA)
}

/// A resource of a catalog as `kind` shows it.
#[must_use]
pub fn reshape<'a>(kind: &ResourceType, standard: &Object<'a>, base_url: &str) -> Object<'a> {
    let text = |text: &str| Value::owned(text.to_owned());
    let value = standard.get_text("value").unwrap_or_default();
    let mut shown = Object::with_capacity(6);
    shown.push("schemas", Value::List(vec![text(&kind.core.id)]));
    shown.push("id", text(value));
    shown.push("type", text(kind.name()));
    let name = standard.get_text("display").unwrap_or(value);
    shown.push("displayName", text(name));
    if let Some(Value::Object(meta)) = standard.get("meta") {
        let endpoint = &kind.declared.endpoint;
        let location = format!("{base_url}{endpoint}/{}", encode(value));
        let mut meta = meta.clone();
        meta.set("location", Value::owned(location));
        shown.push("meta", Value::Object(meta));
    }
    shown
}
