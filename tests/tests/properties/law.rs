//! What the schemas say of a user, read from RFC 7643's own JSON and not through the engine.

use std::sync::OnceLock;

use serde::Deserialize;

/// The URN before the core attributes.
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// The URN of the enterprise extension.
pub const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// An attribute, as far as these tests ask.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Attribute {
    pub name: String,
    #[serde(rename = "type")]
    pub kind: String,
    pub multi_valued: bool,
    #[serde(default)]
    pub required: bool,
    #[serde(default)]
    pub case_exact: bool,
    pub mutability: String,
    #[serde(default)]
    pub sub_attributes: Vec<Attribute>,
}

#[derive(Deserialize)]
struct Schema {
    attributes: Vec<Attribute>,
}

/// The attributes of a user: those at the top level, and those of the extension.
pub struct Law {
    core: Vec<Attribute>,
    enterprise: Vec<Attribute>,
}

impl Law {
    /// The law of users.
    pub fn of_users() -> &'static Self {
        static LAW: OnceLock<Law> = OnceLock::new();
        LAW.get_or_init(|| {
            let read = |text| serde_json::from_str::<Schema>(text).expect("a schema");
            let mut core = read(include_str!(
                "../../../component/engine/schemas/common.json"
            ));
            let user = read(include_str!("../../../component/engine/schemas/user.json"));
            core.attributes.extend(user.attributes);
            let enterprise = read(include_str!(
                "../../../component/engine/schemas/enterprise-user.json"
            ));
            Self {
                core: core.attributes,
                enterprise: enterprise.attributes,
            }
        })
    }

    /// The attributes under a URN, or at the top level.
    pub fn under(&self, urn: Option<&str>) -> Option<&[Attribute]> {
        match urn {
            None => Some(&self.core),
            Some(urn) if urn.eq_ignore_ascii_case(USER) => Some(&self.core),
            Some(urn) if urn.eq_ignore_ascii_case(ENTERPRISE) => Some(&self.enterprise),
            Some(_) => None,
        }
    }

    /// An attribute that is surely there.
    pub fn attribute(&self, urn: Option<&str>, name: &str) -> &Attribute {
        let attributes = self.under(urn).expect("a schema");
        named(attributes, name).expect("an attribute")
    }
}

impl Attribute {
    pub fn is_complex(&self) -> bool {
        self.kind == "complex"
    }

    pub fn is_read_only(&self) -> bool {
        self.mutability == "readOnly"
    }

    /// Whether text in it is compared without case (RFC 7643 section 2.2).
    pub fn folds(&self) -> bool {
        self.kind == "string" && !self.case_exact
    }

    pub fn part(&self, name: &str) -> Option<&Self> {
        named(&self.sub_attributes, name)
    }
}

/// The attribute of that name, whatever its case (RFC 7643 section 2.1).
pub fn named<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Attribute> {
    let mut all = attributes.iter();
    all.find(|it| it.name.eq_ignore_ascii_case(name))
}
