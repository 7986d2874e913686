//! One tenant, opened: settings read, schemas at hand. Made once, used for many requests.

use crate::facts::Facts;
use crate::license::Catalog;
use crate::scim::index::Definition;
use crate::scim::schema::Registry;
use crate::settings::{Problem, Settings};

/// A tenant's settings and schemas, compiled.
#[derive(Clone, Debug)]
pub struct Tenant {
    pub(crate) registry: Registry,
    pub(crate) settings: Settings,
    pub(crate) definition: Definition,
    /// The registry as the tenant's dialect shows it.
    pub(crate) shown: Option<Registry>,
}

impl Tenant {
    /// Reads a tenant's settings.
    ///
    /// # Errors
    /// Everything that is wrong with them.
    pub fn open(settings: &str) -> Result<Self, Vec<Problem>> {
        let whole = |detail: String| {
            vec![Problem {
                path: "$".to_owned(),
                detail,
            }]
        };
        let standard = Registry::standard().map_err(whole)?;
        let (settings, mut registry) = Settings::parse(settings, standard)?;
        registry.tolerate(settings.tolerances);
        let shown = settings.dialect.map(|dialect| dialect.show(&registry));
        Ok(Self {
            shown: shown.transpose().map_err(whole)?,
            definition: Definition::of(&registry),
            registry,
            settings,
        })
    }

    /// What is wrong with the settings in the light of the tenant's data: SKUs that are no
    /// license. One problem at `$` if the store does not answer.
    pub fn check(&self, facts: &mut dyn Facts) -> Vec<Problem> {
        let catalog = match Catalog::load(facts) {
            Ok(catalog) => catalog,
            Err(refusal) => {
                return vec![Problem {
                    path: "$".to_owned(),
                    detail: refusal.to_string(),
                }];
            }
        };
        let unknown = |sku: &str| format!("there is no license `{sku}`; create it first");
        self.settings
            .licensing
            .skus()
            .into_iter()
            .filter(|(_, sku)| catalog.license(sku).is_none())
            .map(|(path, sku)| Problem {
                path,
                detail: unknown(sku),
            })
            .collect()
    }
}
