//! A tenant's settings (contract.md): JSON, every line of it checked.
//!
//! Parts that this version does not carry out yet are refused rather than ignored: a setting that
//! does nothing would be believed.

mod licensing;
mod reader;

pub use licensing::{Licensing, Rule, SkuMap, Unmapped};

use serde_json::{Map, Value};

use self::reader::Reader;
use crate::scim::schema::Registry;
use crate::scim::tolerance::{ALL, PRESETS, Tolerance, Tolerances};

/// Something wrong in the settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where: `$.licensing.rules[2].when`.
    pub path: String,
    /// What is wrong and what would be right.
    pub detail: String,
}

/// All settings of a tenant.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// What this tenant's provider may deviate in.
    pub tolerances: Tolerances,
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
}

impl Reader<'_> {
    fn settings(&mut self, object: &Map<String, Value>) -> Settings {
        let mut settings = Settings::default();
        // The preset is what single tolerances are switched on and off from.
        if let Some(name) = object.get("preset") {
            settings.tolerances = self.preset(name);
        }
        for (key, value) in object {
            match key.as_str() {
                "preset" => {}
                "tolerances" => self.tolerances(value, &mut settings.tolerances),
                "licensing" => settings.licensing = self.licensing(value),
                _ => self.unknown("$", key, "preset, tolerances, licensing"),
            }
        }
        settings
    }

    fn preset(&mut self, value: &Value) -> Tolerances {
        let found = value.as_str().and_then(Tolerances::preset);
        if found.is_none() {
            let names: Vec<_> = PRESETS.iter().map(|(name, _)| *name).collect();
            self.problem(
                "$.preset",
                &format!("a preset is one of {}", names.join(", ")),
            );
        }
        found.unwrap_or_default()
    }

    fn tolerances(&mut self, value: &Value, tolerances: &mut Tolerances) {
        let at = "$.tolerances";
        let Some(object) = self.object(at, value) else {
            return;
        };
        for (name, on) in object {
            match (Tolerance::named(name), on.as_bool()) {
                (Some(tolerance), Some(on)) => tolerances.set(tolerance, on),
                (Some(_), None) => {
                    self.problem(&format!("{at}.{name}"), "a tolerance is true or false");
                }
                (None, _) => {
                    let names: Vec<_> = ALL.iter().map(|(_, name)| *name).collect();
                    self.unknown(at, name, &names.join(", "));
                }
            }
        }
    }
}
