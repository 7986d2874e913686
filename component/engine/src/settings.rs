//! A tenant's settings (contract.md): JSON, every line of it checked.
//!
//! Parts that this version does not carry out yet are refused rather than ignored: a setting that
//! does nothing would be believed.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::scim::filter::{Checked, Filter};
use crate::scim::schema::{Registry, Resolved, ResourceType};

/// Something wrong in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `$.licensing.rules[2].when`.
    pub path: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

/// The presets of contract.md. The strict core is what each of them starts from.
const PRESETS: [&str; 7] = [
    "rfc",
    "entra",
    "okta",
    "onelogin",
    "jumpcloud",
    "ping",
    "sailpoint",
];

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

/// All settings of a tenant.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Where licenses are asked for.
    pub licensing: Licensing,
}

impl Settings {
    /// Reads settings.
    ///
    /// # Errors
    /// Everything that is wrong with them, not only the first.
    pub fn parse(text: &str, registry: &Registry) -> Result<Self, Vec<Problem>> {
        let mut reader = Reader {
            registry,
            problems: Vec::new(),
        };
        let settings = match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(object)) => reader.settings(&object),
            Ok(_) => {
                reader.problem("$", "settings are a JSON object");
                Self::default()
            }
            Err(error) => {
                reader.problem("$", &format!("this is not JSON: {error}"));
                Self::default()
            }
        };
        if reader.problems.is_empty() {
            Ok(settings)
        } else {
            Err(reader.problems)
        }
    }

    /// Every SKU that the settings name, with the place that names it.
    #[must_use]
    pub fn skus(&self) -> Vec<(String, &str)> {
        let mut named = Vec::new();
        let licensing = &self.licensing;
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

struct Reader<'r> {
    registry: &'r Registry,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, path: &str, detail: &str) {
        self.problems.push(Problem {
            path: path.to_owned(),
            detail: detail.to_owned(),
        });
    }

    fn settings(&mut self, object: &Map<String, Value>) -> Settings {
        let mut settings = Settings::default();
        for (key, value) in object {
            match key.as_str() {
                "preset" => self.preset(value),
                "tolerances" => self.tolerances(value),
                "licensing" => settings.licensing = self.licensing(value),
                _ => self.unknown("$", key, "preset, tolerances, licensing"),
            }
        }
        settings
    }

    fn preset(&mut self, value: &Value) {
        if !value.as_str().is_some_and(|name| PRESETS.contains(&name)) {
            self.problem(
                "$.preset",
                &format!("a preset is one of {}", PRESETS.join(", ")),
            );
        }
    }

    fn tolerances(&mut self, value: &Value) {
        let Some(object) = self.object("$.tolerances", value) else {
            return;
        };
        for (name, on) in object {
            let path = format!("$.tolerances.{name}");
            if !on.is_boolean() {
                self.problem(&path, "a tolerance is true or false");
            } else if on.as_bool() == Some(true) {
                self.problem(&path, "this version knows no tolerance of that name");
            }
        }
    }

    fn licensing(&mut self, value: &Value) -> Licensing {
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

    fn object<'v>(&mut self, at: &str, value: &'v Value) -> Option<&'v Map<String, Value>> {
        if value.as_object().is_none() {
            self.problem(at, "must be an object");
        }
        value.as_object()
    }

    fn list<'v>(&mut self, at: &str, value: &'v Value) -> Option<&'v Vec<Value>> {
        if value.as_array().is_none() {
            self.problem(at, "must be an array");
        }
        value.as_array()
    }

    fn text(&mut self, at: &str, object: &Map<String, Value>, key: &str) -> String {
        let text = object.get(key).and_then(Value::as_str).unwrap_or_default();
        if text.is_empty() {
            self.problem(&format!("{at}.{key}"), "must be a string, and not empty");
        }
        text.to_owned()
    }

    fn only(&mut self, at: &str, object: &Map<String, Value>, known: &[&str]) {
        for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
            self.unknown(at, key, &known.join(", "));
        }
    }

    fn unknown(&mut self, at: &str, key: &str, known: &str) {
        self.problem(
            &format!("{at}.{key}"),
            &format!("unknown key; known here: {known}"),
        );
    }
}
