//! What a tenant's resources are made of, as its own `/ResourceTypes` and `/Schemas` say it (RFC 7643
//! sections 6 and 7). So a tenant's own types and attributes are imported like any other.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::local::{Ask, Local, LocalError};

/// All resource types of a tenant.
#[derive(Clone, Debug)]
pub(crate) struct Types(Vec<Type>);

/// One resource type.
#[derive(Clone, Debug)]
pub(crate) struct Type {
    /// `User`
    pub(crate) name: String,
    /// `/Users`
    pub(crate) endpoint: String,
    /// Its own schema.
    pub(super) schema: Schema,
    /// What extends it.
    pub(super) extensions: Vec<Schema>,
}

/// A schema.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Schema {
    pub(super) id: String,
    #[serde(default)]
    pub(super) attributes: Vec<Attribute>,
}

/// An attribute, or a part of one.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attribute {
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) kind: Kind,
    #[serde(default)]
    pub(super) multi_valued: bool,
    #[serde(default)]
    mutability: Option<String>,
    #[serde(default)]
    pub(super) sub_attributes: Vec<Attribute>,
}

/// What values an attribute has. What else there is, is text in JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Kind {
    Boolean,
    Integer,
    Decimal,
    Complex,
    #[serde(other)]
    Text,
}

/// A resource type as it is served.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Served {
    name: String,
    endpoint: String,
    schema: String,
    #[serde(default)]
    schema_extensions: Vec<Extension>,
}

#[derive(Deserialize)]
struct Extension {
    schema: String,
}

impl Types {
    /// Asks the tenant.
    pub(crate) fn of(local: &Local) -> Result<Self, LocalError> {
        let ask = |path| {
            local.send(&Ask {
                method: "GET",
                path,
                ..Ask::default()
            })
        };
        Self::read(ask("/Schemas")?, ask("/ResourceTypes")?).map_err(LocalError::NotJson)
    }

    /// Reads what a server says of itself: the answers of `/Schemas` and `/ResourceTypes`.
    pub(crate) fn read(schemas: Value, types: Value) -> Result<Self, serde_json::Error> {
        let schemas: Vec<Schema> = list(schemas)?;
        let served: Vec<Served> = list(types)?;
        let find = |id: &String| schemas.iter().find(|schema| same(&schema.id, id)).cloned();
        let types = served.iter().filter_map(|it| {
            let mut schema = find(&it.schema)?;
            // A common attribute, which stands in no schema (RFC 7643 section 3.1).
            schema.attributes.push(Attribute::text("externalId"));
            let extensions = it.schema_extensions.iter();
            Some(Type {
                name: it.name.clone(),
                endpoint: it.endpoint.clone(),
                schema,
                extensions: extensions.filter_map(|it| find(&it.schema)).collect(),
            })
        });
        Ok(Self(types.collect()))
    }

    /// The type of that name.
    pub(crate) fn named(&self, name: &str) -> Option<&Type> {
        self.0.iter().find(|it| same(&it.name, name))
    }

    /// The names of all.
    pub(crate) fn names(&self) -> String {
        let names: Vec<_> = self.0.iter().map(|it| format!("`{}`", it.name)).collect();
        names.join(", ")
    }

    /// The type that a resource says it has, by its `schemas`, or else by its `meta`.
    pub(super) fn said_by(&self, body: &Map<String, Value>) -> Option<&Type> {
        let listed = get(body, "schemas").and_then(Value::as_array);
        let mut listed = listed.into_iter().flatten().filter_map(Value::as_str);
        let by_schema = listed.find_map(|urn| self.0.iter().find(|it| same(&it.schema.id, urn)));
        by_schema.or_else(|| {
            let meta = get(body, "meta")?.as_object()?;
            self.named(get(meta, "resourceType")?.as_str()?)
        })
    }
}

impl Type {
    /// Whether clients can set an attribute, by its path: `title`, or `URN:department`.
    pub(crate) fn takes(&self, urn: Option<&str>, name: &str) -> bool {
        let schema = match urn {
            Some(urn) => self.extension(urn),
            None => Some(&self.schema),
        };
        let attribute = schema.and_then(|schema| schema.attribute(name));
        attribute.is_some_and(|it| !it.is_read_only())
    }

    /// Whether it is the group of RFC 7643 section 4.2.
    pub(crate) fn is_group(&self) -> bool {
        self.name == "Group"
    }

    /// Whether it is the user of RFC 7643 section 4.1.
    pub(crate) fn is_user(&self) -> bool {
        self.name == "User"
    }

    /// The extension of that URN.
    pub(super) fn extension(&self, urn: &str) -> Option<&Schema> {
        self.extensions.iter().find(|it| same(&it.id, urn))
    }
}

impl Schema {
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|it| same(&it.name, name))
    }
}

impl Attribute {
    fn text(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            kind: Kind::Text,
            multi_valued: false,
            mutability: None,
            sub_attributes: Vec::new(),
        }
    }

    /// Whether clients cannot set it (RFC 7643 section 7).
    pub(super) fn is_read_only(&self) -> bool {
        self.mutability.as_deref() == Some("readOnly")
    }

    pub(super) fn part(&self, name: &str) -> Option<&Self> {
        self.sub_attributes.iter().find(|it| same(&it.name, name))
    }
}

/// Names of attributes, types and schemas ignore case (RFC 7643 section 2.1, RFC 8141 section 3).
pub(super) fn same(left: &str, right: &str) -> bool {
    left.eq_ignore_ascii_case(right)
}

/// A member, whatever the case of its name.
pub(super) fn get<'v>(body: &'v Map<String, Value>, name: &str) -> Option<&'v Value> {
    let mut members = body.iter();
    members.find_map(|(key, value)| same(key, name).then_some(value))
}

fn list<T: DeserializeOwned>(mut answer: Value) -> Result<Vec<T>, serde_json::Error> {
    let listed = answer.get_mut("Resources").map(Value::take);
    serde_json::from_value(listed.unwrap_or_default())
}
