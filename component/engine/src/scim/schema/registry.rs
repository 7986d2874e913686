//! All schemas and resource types of a tenant: those that come with scimlet, and its own.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{ResourceType, Schema};
use crate::scim::index::Keys;
use crate::scim::tolerance::Tolerances;

/// Schemas that come with scimlet. A tenant's own are loaded behind them in the same way.
const SCHEMAS: [&str; 10] = [
    include_str!("../../../schemas/user.json"),
    include_str!("../../../schemas/enterprise-user.json"),
    include_str!("../../../schemas/group.json"),
    include_str!("../../../schemas/entitlement.json"),
    include_str!("../../../schemas/role.json"),
    include_str!("../../../schemas/scimlet-user.json"),
    include_str!("../../../schemas/scimlet-entitlement.json"),
    include_str!("../../../schemas/service-provider-config.json"),
    include_str!("../../../schemas/resource-type.json"),
    include_str!("../../../schemas/schema.json"),
];

/// Attributes that every resource has (RFC 7643 section 3.1).
const COMMON: &str = include_str!("../../../schemas/common.json");

const TYPES: &str = include_str!("../../../schemas/resource-types.json");

/// A resource type as it is declared and served (RFC 7643 section 6).
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TypeDeclaration {
    /// The same as `name`, unless a tenant's settings say otherwise.
    pub id: String,
    /// `User`; also the kind of its rows.
    pub name: String,
    /// `/Users`.
    pub endpoint: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// The URN of its core schema.
    pub schema: String,
    /// Its extensions.
    #[serde(default)]
    pub schema_extensions: Vec<ExtensionDeclaration>,
}

/// An extension of a resource type.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct ExtensionDeclaration {
    /// The URN.
    pub schema: String,
    /// Whether each resource must have it.
    pub required: bool,
}

/// All schemas and resource types of a tenant.
#[derive(Clone, Debug)]
pub struct Registry {
    common: Arc<Schema>,
    schemas: Vec<Arc<Schema>>,
    types: Vec<ResourceType>,
}

impl Registry {
    /// Those that come with scimlet.
    ///
    /// # Errors
    /// A sentence, if one of the files built into this crate is not what it must be.
    pub fn standard() -> Result<Self, String> {
        let read = |text: &&str| parse::<Schema>(text).map(Arc::new);
        let mut registry = Self {
            common: Arc::new(parse::<Schema>(COMMON)?),
            schemas: SCHEMAS.iter().map(read).collect::<Result<_, _>>()?,
            types: Vec::new(),
        };
        for declared in parse::<Vec<TypeDeclaration>>(TYPES)? {
            registry.declare(declared)?;
        }
        Ok(registry)
    }

    /// Adds a schema of the tenant's own.
    pub(crate) fn add(&mut self, schema: Schema) {
        self.schemas.push(Arc::new(schema));
    }

    /// Adds a resource type, or takes the place of the one of that name.
    ///
    /// # Errors
    /// A sentence that names a schema which is not there.
    pub(crate) fn declare(&mut self, declared: TypeDeclaration) -> Result<(), String> {
        let kind = self.assemble(declared)?;
        let mut types = self.types.iter_mut();
        match types.find(|known| known.name() == kind.name()) {
            Some(known) => *known = kind,
            None => self.types.push(kind),
        }
        Ok(())
    }

    fn assemble(&self, declared: TypeDeclaration) -> Result<ResourceType, String> {
        let schema = |urn: &str| {
            let found = self.schema(urn);
            found.cloned().ok_or_else(|| {
                let name = &declared.name;
                format!("resource type `{name}` names no known schema: `{urn}`")
            })
        };
        let core = schema(&declared.schema)?;
        let extensions = declared
            .schema_extensions
            .iter()
            .map(|extension| schema(&extension.schema))
            .collect::<Result<Vec<_>, _>>()?;
        Ok(ResourceType::new(declared, &self.common, core, extensions))
    }

    /// Has the store find the rows of a type by these paths too (in canonical spelling).
    pub(crate) fn index(&mut self, name: &str, paths: &[String]) {
        if let Some(kind) = self.types.iter_mut().find(|kind| kind.name() == name) {
            kind.keys = Keys::of(kind, paths);
        }
    }

    /// Lets what these types are sent deviate so.
    pub fn tolerate(&mut self, tolerances: Tolerances) {
        for kind in &mut self.types {
            kind.tolerances = tolerances;
        }
    }

    /// The schemas, in order.
    #[must_use]
    pub fn schemas(&self) -> &[Arc<Schema>] {
        &self.schemas
    }

    /// The schema of that URN, whatever its case.
    #[must_use]
    pub fn schema(&self, urn: &str) -> Option<&Arc<Schema>> {
        let mut schemas = self.schemas.iter();
        schemas.find(|schema| schema.id.eq_ignore_ascii_case(urn))
    }

    /// The attributes that every resource has.
    #[must_use]
    pub fn common(&self) -> &Schema {
        &self.common
    }

    /// The resource types, in order.
    #[must_use]
    pub fn types(&self) -> &[ResourceType] {
        &self.types
    }

    /// The type whose endpoint is `/segment`. Paths are case-sensitive (RFC 3986).
    #[must_use]
    pub fn by_endpoint(&self, segment: &str) -> Option<&ResourceType> {
        self.types
            .iter()
            .find(|kind| kind.declared.endpoint.strip_prefix('/') == Some(segment))
    }

    /// The type of that name.
    #[must_use]
    pub fn by_name(&self, name: &str) -> Option<&ResourceType> {
        self.types.iter().find(|kind| kind.declared.name == name)
    }
}

fn parse<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, String> {
    serde_json::from_str(text).map_err(|error| error.to_string())
}
