//! A tenant's settings (contract.md): JSON, every line of it checked.
//!
//! Parts that this version does not carry out yet are refused rather than ignored: a setting that
//! does nothing would be believed.

mod indexes;
mod licensing;
mod mapping;
mod reader;
mod schemas;
mod types;

pub use indexes::Indexes;
pub use licensing::{Condition, Licensing, Limit, Rule, SkuMap, Unmapped};

use serde_json::{Map, Value};

use self::reader::Reader;
use crate::mapping::Mapping;
use crate::scim::dialect::Dialect;
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
    /// Whose shapes the catalogs are shown in, if not the standard ones.
    pub dialect: Option<Dialect>,
    /// What the store finds rows by, beyond what it always does.
    pub indexes: Indexes,
    /// How users are accounts of the platform, if they are.
    pub mapping: Option<Mapping>,
    /// `policy.onFailure`: what becomes of a request when the tenant's policy fails.
    pub on_failure: OnFailure,
    /// `events.full`: whether events are kept with the values of what has changed. Without it they name
    /// attributes and ids, so that the outbox holds nothing of somebody who is gone.
    pub events_are_full: bool,
}

/// What becomes of a request when the tenant's policy fails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnFailure {
    /// It is refused if it adds something. Nothing is added without the policy.
    #[default]
    Refuse,
    /// It goes on without the policy; what it adds is marked, and decided anew later.
    Ignore,
}

impl Settings {
    /// Reads settings, with the schemas and resource types that they make of the standard ones.
    /// What the schemas are is settled first: the other parts name attributes, and are looked at
    /// once there is nothing wrong with those.
    ///
    /// # Errors
    /// Everything that is wrong with them, not only the first.
    pub fn parse(text: &str, standard: Registry) -> Result<(Self, Registry), Vec<Problem>> {
        let whole = |detail: String| {
            vec![Problem {
                path: "$".to_owned(),
                detail,
            }]
        };
        let object = match serde_json::from_str::<Value>(text) {
            Ok(Value::Object(object)) => object,
            Ok(_) => return Err(whole("settings are a JSON object".to_owned())),
            Err(error) => return Err(whole(format!("this is not JSON: {error}"))),
        };
        let mut registry = registry(&object, standard)?;
        let mut reader = Reader::new(&registry);
        let settings = reader.settings(&object);
        reader.done()?;
        for (name, paths) in &settings.indexes {
            registry.index(name, paths);
        }
        Ok((settings, registry))
    }
}

/// The standard schemas and resource types, and those of the settings.
fn registry(object: &Map<String, Value>, standard: Registry) -> Result<Registry, Vec<Problem>> {
    let (schemas, types) = (object.get("schemas"), object.get("resourceTypes"));
    let mut registry = standard;
    let mut reader = Reader::new(&registry);
    reader.not_too_large(object);
    let mut names = types::names(types);
    names.extend(registry.types().iter().map(|it| it.name().to_owned()));
    let own = schemas.map(|value| reader.schemas(value, &names));
    reader.done()?;
    own.into_iter()
        .flatten()
        .for_each(|schema| registry.add(schema));
    let mut reader = Reader::new(&registry);
    let declared = types.map(|value| reader.types(value));
    reader.done()?;
    for declared in declared.into_iter().flatten() {
        registry.declare(declared).map_err(|detail| {
            let path = "$.resourceTypes".to_owned();
            vec![Problem { path, detail }]
        })?;
    }
    Ok(registry)
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
                "tolerances" => self.tolerances(value, &mut settings.tolerances),
                "dialect" => settings.dialect = self.dialect(value),
                "licensing" => settings.licensing = self.licensing(value),
                "indexes" => settings.indexes = self.indexes(value),
                "events" => settings.events_are_full = self.events(value),
                "policy" => settings.on_failure = self.policy(value),
                "mapping" => settings.mapping = Some(self.mapping(value)),
                // Read before all others.
                "preset" | "schemas" | "resourceTypes" => {}
                _ => {
                    let known = "preset, tolerances, dialect, licensing, mapping, schemas, \
                                 resourceTypes, indexes, policy, events";
                    self.unknown("$", key, known);
                }
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

    fn dialect(&mut self, value: &Value) -> Option<Dialect> {
        let mut known = Dialect::ALL.iter();
        let found = known.find(|(_, name)| value.as_str() == Some(name));
        if found.is_none() {
            let names: Vec<_> = Dialect::ALL.iter().map(|(_, name)| *name).collect();
            let detail = format!("a dialect is one of {}", names.join(", "));
            self.problem("$.dialect", &detail);
        }
        found.map(|(dialect, _)| *dialect)
    }

    fn events(&mut self, value: &Value) -> bool {
        let at = "$.events";
        let mut is_full = false;
        for (key, value) in self.object(at, value).into_iter().flatten() {
            match (key.as_str(), value.as_bool()) {
                ("full", Some(full)) => is_full = full,
                ("full", None) => self.problem(&format!("{at}.full"), "true or false"),
                _ => self.unknown(at, key, "full"),
            }
        }
        is_full
    }

    fn policy(&mut self, value: &Value) -> OnFailure {
        let at = "$.policy";
        let mut chosen = OnFailure::default();
        for (key, value) in self.object(at, value).into_iter().flatten() {
            match (key.as_str(), value.as_str()) {
                ("onFailure", Some("refuse")) => chosen = OnFailure::Refuse,
                ("onFailure", Some("ignore")) => chosen = OnFailure::Ignore,
                ("onFailure", _) => {
                    self.problem(&format!("{at}.onFailure"), "one of refuse, ignore");
                }
                _ => self.unknown(at, key, "onFailure"),
            }
        }
        chosen
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
