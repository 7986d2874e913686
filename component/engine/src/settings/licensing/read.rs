//! Reading `licensing`, and all that is wrong with it.

use serde_json::Value;

use super::{Condition, Licensing, Limit, Rule, SkuMap, Unmapped};
use crate::scim::filter::Filter;
use crate::scim::schema::Resolved;
use crate::scim::time;
use crate::settings::reader::{Reader, digest};

impl Reader<'_> {
    /// `$.licensing`
    pub(in crate::settings) fn licensing(&mut self, value: &Value) -> Licensing {
        let at = "$.licensing";
        let mut licensing = Licensing {
            digest: digest(value),
            ..Licensing::default()
        };
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
                "groups" => self.groups(value, &mut licensing),
                "priorities" => licensing.priorities = self.priorities(value),
                "guard" => licensing.guard = self.guard(value),
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
                when: Condition(when),
                grant: grant.unwrap_or_default(),
            });
        }
        rules
    }

    fn groups(&mut self, value: &Value, licensing: &mut Licensing) {
        let at = "$.licensing.groups";
        let Some(object) = self.object(at, value) else {
            return;
        };
        for (key, value) in object {
            match (key.as_str(), value) {
                ("map", _) => licensing.groups = self.map(&format!("{at}.map"), value),
                ("nested", Value::Bool(nested)) => licensing.nested = *nested,
                ("nested", _) => self.problem(&format!("{at}.nested"), "must be true or false"),
                _ => self.unknown(at, key, "map, nested"),
            }
        }
    }

    fn priorities(&mut self, value: &Value) -> Vec<(Condition, u8)> {
        let at = "$.licensing.priorities";
        let Some(list) = self.list(at, value) else {
            return Vec::new();
        };
        let mut priorities = Vec::new();
        for (index, item) in list.iter().enumerate() {
            let at = format!("{at}[{index}]");
            let Some(object) = self.object(&at, item) else {
                continue;
            };
            let when = self.text(&at, object, "when");
            self.filter(&format!("{at}.when"), &when);
            self.only(&at, object, &["when", "priority"]);
            let priority = object.get("priority").and_then(Value::as_u64);
            match priority
                .filter(|it| *it <= 9)
                .and_then(|it| u8::try_from(it).ok())
            {
                Some(priority) => priorities.push((Condition(when), priority)),
                None => self.problem(&format!("{at}.priority"), "a number from 0 to 9"),
            }
        }
        priorities
    }

    fn guard(&mut self, value: &Value) -> Option<Limit> {
        let at = "$.licensing.guard";
        let object = self.object(at, value)?;
        self.only(at, object, &["max", "percent", "window"]);
        let mut number = |name: &str, most: u64| {
            let value = object.get(name)?;
            let number = value.as_u64().filter(|it| *it <= most);
            if number.is_none() {
                let detail = format!("a number from 0 to {most}");
                self.problem(&format!("{at}.{name}"), &detail);
            }
            number
        };
        let (max, percent) = (number("max", 1_000_000_000), number("percent", 100));
        if max.is_none() && percent.is_none() {
            self.problem(at, "needs `max`, `percent` or both");
        }
        let window = self.optional_text(at, object, "window");
        let window = time::duration(window.as_deref().unwrap_or("PT1H"));
        if window.is_none_or(|window| window == 0) {
            self.problem(&format!("{at}.window"), "a duration such as PT1H or P1D");
        }
        Some(Limit {
            max,
            percent,
            window: window.unwrap_or_default(),
        })
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
