//! Where licenses are asked for: `licensing` in the settings.

use std::collections::BTreeMap;

use serde_json::Value;

use super::reader::Reader;
use crate::scim::filter::{Checked, Filter};
use crate::scim::schema::{Resolved, ResourceType};

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
    /// `rules`: a name, a filter as text, and SKUs.
    pub rules: Vec<Rule>,
    /// `default`: granted when no other source grants anything.
    pub default: Vec<String>,
}

/// One rule.
#[derive(Clone, Debug)]
pub struct Rule {
    /// For people, and for the source `rule:NAME`.
    pub name: String,
    /// A SCIM filter on the user. It parsed when the settings were read.
    pub when: String,
    /// SKUs.
    pub grant: Vec<String>,
}

impl Rule {
    /// The filter, checked against the User type.
    #[must_use]
    pub fn filter<'t>(&self, user: &'t ResourceType) -> Option<Checked<'t>> {
        Filter::parse(&self.when).ok()?.check(user).ok()
    }
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
        for (index, rule) in licensing.rules.iter().enumerate() {
            let at = format!("$.licensing.rules[{index}].grant");
            named.extend(rule.grant.iter().map(|sku| (at.clone(), sku.as_str())));
        }
        let default = licensing.default.iter();
        named.extend(default.map(|sku| ("$.licensing.default".to_owned(), sku.as_str())));
        named
    }
}

impl Reader<'_> {
    /// `$.licensing`
    pub(super) fn licensing(&mut self, value: &Value) -> Licensing {
        let at = "$.licensing";
        let mut licensing = Licensing::default();
        let Some(object) = self.object(at, value) else {
            return licensing;
        };
        for (key, value) in object {
            match key.as_str() {
                "entitlements" => self.entitlements(value, &mut licensing),
                "roles" => licensing.roles = self.mapped("$.licensing.roles", value),
                "attributes" => licensing.attributes = self.attributes(value),
                "rules" => licensing.rules = self.rules(value),
                "default" => licensing.default = self.skus("$.licensing.default", value),
                "groups" | "guard" => {
                    self.problem(
                        &format!("{at}.{key}"),
                        "this version does not carry this out yet",
                    );
                }
                _ => self.unknown(at, key, "entitlements, roles, attributes, rules, default"),
            }
        }
        licensing
    }

    fn entitlements(&mut self, value: &Value, licensing: &mut Licensing) {
        let at = "$.licensing.entitlements";
        let Some(object) = self.object(at, value) else {
            return;
        };
        for (key, value) in object {
            match (key.as_str(), value.as_str()) {
                ("map", _) => licensing.entitlements = self.map(&format!("{at}.map"), value),
                ("unmapped", Some("sku")) => licensing.unmapped = Unmapped::Sku,
                ("unmapped", Some("block")) => licensing.unmapped = Unmapped::Block,
                ("unmapped", Some("ignore")) => licensing.unmapped = Unmapped::Ignore,
                ("unmapped", _) => {
                    self.problem(&format!("{at}.unmapped"), "one of sku, block, ignore");
                }
                _ => self.unknown(at, key, "map, unmapped"),
            }
        }
    }

    /// An object with a `map` in it and nothing else.
    fn mapped(&mut self, at: &str, value: &Value) -> SkuMap {
        let Some(object) = self.object(at, value) else {
            return SkuMap::new();
        };
        let mut map = SkuMap::new();
        for (key, value) in object {
            match key.as_str() {
                "map" => map = self.map(&format!("{at}.map"), value),
                _ => self.unknown(at, key, "map"),
            }
        }
        map
    }

    fn map(&mut self, at: &str, value: &Value) -> SkuMap {
        let Some(object) = self.object(at, value) else {
            return SkuMap::new();
        };
        object
            .iter()
            .map(|(key, value)| (key.clone(), self.skus(&format!("{at}.{key}"), value)))
            .collect()
    }

    /// One SKU or a list of them.
    fn skus(&mut self, at: &str, value: &Value) -> Vec<String> {
        let list = match value {
            Value::Array(list) => list.as_slice(),
            single => std::slice::from_ref(single),
        };
        let skus: Vec<String> = list
            .iter()
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect();
        if skus.len() != list.len() || skus.iter().any(String::is_empty) {
            self.problem(at, "a SKU (a string) or a list of SKUs");
        }
        skus
    }

    fn attributes(&mut self, value: &Value) -> Vec<(String, SkuMap)> {
        let at = "$.licensing.attributes";
        let Some(list) = self.list(at, value) else {
            return Vec::new();
        };
        let mut attributes = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let at = format!("{at}[{index}]");
            let Some(object) = self.object(&at, item) else {
                continue;
            };
            let path = self.text(&at, object, "path");
            self.attribute_path(&format!("{at}.path"), &path);
            let map = object
                .get("map")
                .map(|map| self.map(&format!("{at}.map"), map));
            self.only(&at, object, &["path", "map"]);
            attributes.push((path, map.unwrap_or_default()));
        }
        attributes
    }

    fn attribute_path(&mut self, at: &str, path: &str) {
        let user = self.registry.by_name("User");
        let resolved = user.and_then(|user| user.resolve(path));
        if !path.is_empty() && !matches!(resolved, Some(Resolved::Attribute(_))) {
            self.problem(at, &format!("`{path}` is not an attribute of User"));
        }
    }

    fn rules(&mut self, value: &Value) -> Vec<Rule> {
        let at = "$.licensing.rules";
        let Some(list) = self.list(at, value) else {
            return Vec::new();
        };
        let mut rules: Vec<Rule> = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let at = format!("{at}[{index}]");
            let Some(object) = self.object(&at, item) else {
                continue;
            };
            let name = self.text(&at, object, "name");
            let when = self.text(&at, object, "when");
            self.filter(&format!("{at}.when"), &when);
            let grant = object
                .get("grant")
                .map(|skus| self.skus(&format!("{at}.grant"), skus));
            self.only(&at, object, &["name", "when", "grant"]);
            if rules.iter().any(|rule| rule.name == name) {
                self.problem(&format!("{at}.name"), "another rule has this name");
            }
            rules.push(Rule {
                name,
                when,
                grant: grant.unwrap_or_default(),
            });
        }
        rules
    }

    fn filter(&mut self, at: &str, text: &str) {
        let Some(user) = self.registry.by_name("User") else {
            return;
        };
        if text.is_empty() {
            return;
        }
        if let Err(refusal) = Filter::parse(text).and_then(|filter| filter.check(user).map(|_| ()))
        {
            self.problem(at, &refusal.to_string());
        }
    }
}
