//! Schemas as data: what an attribute is (RFC 7643 section 7), and what a resource type is made
//! of (section 6).

mod registry;
mod resource_type;

pub use registry::{ExtensionDeclaration, Registry, TypeDeclaration};
pub(crate) use resource_type::Place;
pub use resource_type::{Resolved, ResourceType, Target};

use serde::{Deserialize, Serialize};

/// A schema: a URN and the attributes under it.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Schema {
    /// The URN.
    pub id: String,
    /// For people.
    pub name: String,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// The attributes.
    pub attributes: Vec<Attribute>,
    /// Whether the tenant's settings define it. Stored documents may then hold what an earlier
    /// definition allowed.
    #[serde(skip)]
    pub is_own: bool,
}

/// One attribute and its characteristics.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    /// As it is spelt; compared without case.
    pub name: String,
    /// What its values are.
    #[serde(rename = "type")]
    pub kind: Kind,
    /// Whether it is an array.
    #[serde(default)]
    pub multi_valued: bool,
    /// For people.
    #[serde(default)]
    pub description: String,
    /// Whether a resource must have it.
    #[serde(default)]
    pub required: bool,
    /// Whether text is compared with case.
    #[serde(default)]
    pub case_exact: bool,
    /// Suggestions, not an enumeration (RFC 7643 section 7).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub canonical_values: Vec<String>,
    /// Who may set it, and when.
    #[serde(default)]
    pub mutability: Mutability,
    /// When it is in an answer.
    #[serde(default)]
    pub returned: Returned,
    /// Who else may have the same value.
    #[serde(default)]
    pub uniqueness: Uniqueness,
    /// What a reference may point to.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reference_types: Vec<String>,
    /// What it means where nothing is said, for a boolean that has such a meaning. Ours, and not
    /// served.
    #[serde(default, skip_serializing)]
    pub unsaid: Option<bool>,
    /// The parts of a complex attribute; none of them complex (RFC 7643 erratum 8415).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_attributes: Vec<Attribute>,
}

/// The data types of RFC 7643 section 2.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Kind {
    #[default]
    String,
    Boolean,
    Decimal,
    Integer,
    DateTime,
    Binary,
    Reference,
    Complex,
}

/// Who may set an attribute, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Mutability {
    ReadOnly,
    #[default]
    ReadWrite,
    Immutable,
    WriteOnly,
}

/// When an attribute is in an answer.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Returned {
    Always,
    Never,
    #[default]
    Default,
    Request,
}

/// Who else may have the same value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "camelCase")]
#[expect(missing_docs, reason = "the names are the RFC's")]
pub enum Uniqueness {
    #[default]
    None,
    Server,
    Global,
}

impl Attribute {
    /// The part of that name, whatever its case.
    #[must_use]
    pub fn sub_attribute(&self, name: &str) -> Option<&Self> {
        find(&self.sub_attributes, name)
    }

    /// Whether it has parts.
    #[must_use]
    pub fn is_complex(&self) -> bool {
        self.kind == Kind::Complex
    }

    /// Whether a value of it is kept. What may be written and never be read is thrown away when it
    /// comes (`mutability: writeOnly`, RFC 7643 section 7): what is not stored cannot leak.
    #[must_use]
    pub fn is_kept(&self) -> bool {
        self.mutability != Mutability::WriteOnly
    }

    /// Whether it is in every answer that does not say otherwise, if it is stored at all.
    #[must_use]
    pub fn returned_if_stored(&self) -> bool {
        !self.is_kept()
            || matches!(self.returned, Returned::Default | Returned::Always)
                && self.sub_attributes.iter().all(Self::returned_if_stored)
    }

    /// Whether its values are text that ignores case.
    #[must_use]
    pub fn folds(&self) -> bool {
        self.kind == Kind::String && !self.case_exact
    }
}

/// The attribute of that name, whatever its case.
pub(crate) fn find<'t>(attributes: &'t [Attribute], name: &str) -> Option<&'t Attribute> {
    attributes
        .iter()
        .find(|attribute| attribute.name.eq_ignore_ascii_case(name))
}
