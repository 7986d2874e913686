//! All schemas and resource types of a tenant, and what a path means among them.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::{Attribute, Schema, find};
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
    /// The same as `name`.
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

/// A resource type with its schemas at hand.
#[derive(Clone, Debug)]
pub struct ResourceType {
    /// As declared.
    pub declared: TypeDeclaration,
    /// RFC 7643 section 3.1.
    pub common: Arc<Schema>,
    /// The schema whose attributes stand at the top level.
    pub core: Arc<Schema>,
    /// The schemas whose attributes stand under their URN.
    pub extensions: Vec<Arc<Schema>>,
    /// Whether everything that can be stored is returned by default (RFC 7643 section 7,
    /// `returned`): an answer without a projection is then the whole document.
    pub returns_all: bool,
    /// What the tenant's provider may deviate in.
    pub tolerances: Tolerances,
}

/// What a path names: an attribute, or a part of one.
#[derive(Clone, Copy, Debug)]
pub struct Target<'t> {
    /// The extension it stands under; none at the top level.
    pub extension: Option<&'t Schema>,
    /// The attribute.
    pub attribute: &'t Attribute,
    /// The part of it.
    pub sub: Option<&'t Attribute>,
}

/// What an attribute path may be about.
#[derive(Clone, Copy, Debug)]
pub enum Resolved<'t> {
    /// An attribute.
    Attribute(Target<'t>),
    /// A whole extension.
    Extension(&'t Schema),
}

/// All schemas and resource types of a tenant.
#[derive(Clone, Debug)]
pub struct Registry {
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
        let schemas = SCHEMAS.iter().map(read).collect::<Result<Vec<_>, _>>()?;
        let common = Arc::new(parse::<Schema>(COMMON)?);
        let types = parse::<Vec<TypeDeclaration>>(TYPES)?
            .into_iter()
            .map(|declared| assemble(&schemas, &common, declared))
            .collect::<Result<_, _>>()?;
        Ok(Self { schemas, types })
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

fn assemble(
    schemas: &[Arc<Schema>],
    common: &Arc<Schema>,
    declared: TypeDeclaration,
) -> Result<ResourceType, String> {
    let schema = |urn: &str| {
        schemas
            .iter()
            .find(|schema| schema.id.eq_ignore_ascii_case(urn))
            .cloned()
            .ok_or_else(|| {
                format!(
                    "resource type `{}` names no known schema: `{urn}`",
                    declared.name
                )
            })
    };
    let core = schema(&declared.schema)?;
    let extensions = declared
        .schema_extensions
        .iter()
        .map(|extension| schema(&extension.schema))
        .collect::<Result<Vec<_>, _>>()?;
    let all = extensions.iter().chain([&core, common]);
    let returns_all = all
        .flat_map(|schema| &schema.attributes)
        .all(Attribute::returned_if_stored);
    Ok(ResourceType {
        common: Arc::clone(common),
        core,
        extensions,
        returns_all,
        tolerances: Tolerances::default(),
        declared,
    })
}

impl ResourceType {
    /// `User`; also the kind of its rows.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.declared.name
    }

    /// The top-level attribute of that name.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&Attribute> {
        find(&self.core.attributes, name).or_else(|| find(&self.common.attributes, name))
    }

    /// The extension of that URN, whatever its case.
    #[must_use]
    pub fn extension(&self, urn: &str) -> Option<&Schema> {
        self.extensions
            .iter()
            .find(|schema| schema.id.eq_ignore_ascii_case(urn))
            .map(AsRef::as_ref)
    }

    /// What an attribute path names (RFC 7644 section 3.10): `userName`, `name.familyName`, or
    /// either behind a schema URN and a colon. URNs hold dots and colons themselves, so those of
    /// this type are tried, longest first. None for a path that names nothing here.
    #[must_use]
    pub fn resolve(&self, path: &str) -> Option<Resolved<'_>> {
        if let Some(schema) = self.extension(path) {
            return Some(Resolved::Extension(schema));
        }
        let under = |schema: &Schema| qualified(path, &schema.id).map(str::len);
        let longest = self
            .extensions
            .iter()
            .chain([&self.core])
            .filter_map(|schema| under(schema).map(|rest| (rest, schema)))
            .min_by_key(|(rest, _)| *rest);
        let Some((_, schema)) = longest else {
            return self.dotted(None, path);
        };
        let rest = qualified(path, &schema.id)?;
        if Arc::ptr_eq(schema, &self.core) {
            self.dotted(None, rest)
        } else {
            self.dotted(Some(schema), rest)
        }
    }

    fn dotted<'t>(&'t self, extension: Option<&'t Schema>, path: &str) -> Option<Resolved<'t>> {
        let (name, part) = match path.split_once('.') {
            Some((name, part)) => (name, Some(part)),
            None => (path, None),
        };
        let attribute = match extension {
            Some(schema) => find(&schema.attributes, name),
            None => self.attribute(name),
        }?;
        let sub = match part {
            Some(part) => Some(attribute.sub_attribute(part)?),
            None => None,
        };
        Some(Resolved::Attribute(Target {
            extension,
            attribute,
            sub,
        }))
    }
}

/// What stands behind `urn:` in a qualified path.
fn qualified<'p>(path: &'p str, urn: &str) -> Option<&'p str> {
    let (head, rest) = path.split_at_checked(urn.len())?;
    if head.eq_ignore_ascii_case(urn) {
        rest.strip_prefix(':')
    } else {
        None
    }
}

impl<'t> Target<'t> {
    /// An attribute of the core schema.
    #[must_use]
    pub fn top(attribute: &'t Attribute) -> Self {
        Self {
            extension: None,
            attribute,
            sub: None,
        }
    }

    /// The attribute or the part that is meant.
    #[must_use]
    pub fn leaf(self) -> &'t Attribute {
        self.sub.unwrap_or(self.attribute)
    }

    /// The path in canonical spelling, as the index and error messages use it.
    #[must_use]
    pub fn path(self) -> String {
        let mut path = String::new();
        if let Some(schema) = self.extension {
            path.push_str(&schema.id);
            path.push(':');
        }
        path.push_str(&self.attribute.name);
        if let Some(sub) = self.sub {
            path.push('.');
            path.push_str(&sub.name);
        }
        path
    }
}
