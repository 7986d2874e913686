//! Where licenses are asked for: `licensing` in the settings.

mod read;

use std::collections::BTreeMap;

use crate::scim::filter::{Checked, Filter};
use crate::scim::schema::ResourceType;

/// SKUs by the value that stands for them.
pub type SkuMap = BTreeMap<String, Vec<String>>;

/// What to do with an entitlement value that the map does not name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Unmapped {
    /// It is itself the SKU.
    #[default]
    Sku,
    /// It is kept and shown as blocked.
    Block,
    /// It asks for nothing.
    Ignore,
}

/// Where licenses are asked for.
#[derive(Clone, Debug, Default)]
pub struct Licensing {
    /// `entitlements.map`
    pub entitlements: SkuMap,
    /// `entitlements.unmapped`
    pub unmapped: Unmapped,
    /// `roles.map`
    pub roles: SkuMap,
    /// `attributes`: a path and the SKUs by its values.
    pub attributes: Vec<(String, SkuMap)>,
    /// `groups.map`: by `displayName` or id.
    pub groups: SkuMap,
    /// `groups.nested`: whether membership through another group counts.
    pub nested: bool,
    /// `rules`: a name, a condition, and SKUs.
    pub rules: Vec<Rule>,
    /// `priorities`: a condition, and who comes first: 0 to 9, the higher.
    pub priorities: Vec<(Condition, u8)>,
    /// What tells these settings from others.
    pub digest: String,
    /// `guard`: how much may be revoked before somebody is asked.
    pub guard: Option<Limit>,
    /// `default`: granted when no other source grants anything.
    pub default: Vec<String>,
}

/// A SCIM filter on the user. It parsed when the settings were read.
#[derive(Clone, Debug)]
pub struct Condition(pub String);

impl Condition {
    /// The filter, checked against the User type.
    #[must_use]
    pub fn filter<'t>(&self, user: &'t ResourceType) -> Option<Checked<'t>> {
        Filter::parse(&self.0).ok()?.check(user).ok()
    }
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// For people, and for the source `rule:NAME`.
    pub name: String,
    /// Of whom it is true.
    pub when: Condition,
    /// SKUs.
    pub grant: Vec<String>,
}

/// How many seats may be revoked in a window of time before an admin is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limit {
    /// So many.
    pub max: Option<u64>,
    /// So many of a hundred seats in use.
    pub percent: Option<u64>,
    /// Milliseconds.
    pub window: u64,
}

impl Licensing {
    /// Every SKU that the settings name, with the place that names it.
    #[must_use]
    pub fn skus(&self) -> Vec<(String, &str)> {
        let mut named = Vec::new();
        let licensing = self;
        for (value, skus) in &licensing.entitlements {
            let at = format!("$.licensing.entitlements.map.{value}");
            named.extend(skus.iter().map(|sku| (at.clone(), sku.as_str())));
        }
        for (value, skus) in &licensing.roles {
            let at = format!("$.licensing.roles.map.{value}");
            named.extend(skus.iter().map(|sku| (at.clone(), sku.as_str())));
        }
        for (index, (_, map)) in licensing.attributes.iter().enumerate() {
            for (value, skus) in map {
                let at = format!("$.licensing.attributes[{index}].map.{value}");
                named.extend(skus.iter().map(|sku| (at.clone(), sku.as_str())));
            }
        }
        for (value, skus) in &licensing.groups {
            let at = format!("$.licensing.groups.map.{value}");
            named.extend(skus.iter().map(|sku| (at.clone(), sku.as_str())));
        }
        for (index, rule) in licensing.rules.iter().enumerate() {
            let at = format!("$.licensing.rules[{index}].grant");
            named.extend(rule.grant.iter().map(|sku| (at.clone(), sku.as_str())));
        }
        let default = licensing.default.iter();
        named.extend(default.map(|sku| ("$.licensing.default".to_owned(), sku.as_str())));
        named
    }
}
