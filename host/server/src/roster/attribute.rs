//! What a file can say of a user.

use serde::{Serialize, Serializer};
use serde_json::Value;

/// The schema extension that has the department.
pub(super) const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// A column, or a member of a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Attribute {
    UserName,
    ExternalId,
    Active,
    DisplayName,
    UserType,
    Department,
    Entitlements,
    /// No attribute of SCIM: the SKUs that a platform says somebody has.
    Licenses,
}

impl Attribute {
    /// What a header calls it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::UserName => "userName",
            Self::ExternalId => "externalId",
            Self::Active => "active",
            Self::DisplayName => "displayName",
            Self::UserType => "userType",
            Self::Department => "department",
            Self::Entitlements => "entitlements",
            Self::Licenses => "licenses",
        }
    }

    /// What SCIM calls it, as a path (RFC 7644 §3.10).
    pub(crate) fn path(self) -> &'static str {
        match self {
            Self::Department => {
                "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department"
            }
            other => other.name(),
        }
    }

    /// By a name or a SCIM path; attribute names ignore case (RFC 7643 §2.1).
    pub(super) fn of(path: &str) -> Option<Self> {
        Some(match path.trim().to_ascii_lowercase().as_str() {
            "username" => Self::UserName,
            "externalid" => Self::ExternalId,
            "active" => Self::Active,
            "displayname" => Self::DisplayName,
            "usertype" => Self::UserType,
            "department"
            | "urn:ietf:params:scim:schemas:extension:enterprise:2.0:user:department" => {
                Self::Department
            }
            "entitlements" | "entitlements.value" => Self::Entitlements,
            "sku" | "skus" | "license" | "licenses" => Self::Licenses,
            _ => return None,
        })
    }
}

impl Serialize for Attribute {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(self.name())
    }
}

/// What is said of an attribute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub(crate) enum Said {
    /// That there is none. No value, null and an empty list are the same (RFC 7643 §2.5).
    Nothing,
    Text(Box<str>),
    Truth(bool),
    Values(Box<[Box<str>]>),
}

impl Said {
    /// A field of a CSV file.
    pub(super) fn of_field(attribute: Attribute, field: &str) -> Result<Self, String> {
        match attribute {
            _ if field.is_empty() => Ok(Self::Nothing),
            Attribute::Active => truth(field).map(Self::Truth),
            Attribute::Entitlements | Attribute::Licenses => Ok(values(field.split(';'))),
            _ => Ok(Self::Text(field.into())),
        }
    }

    /// A member of a SCIM user.
    pub(super) fn of_value(attribute: Attribute, value: &Value) -> Result<Self, String> {
        match (attribute, value) {
            (_, Value::Null) => Ok(Self::Nothing),
            (_, Value::String(text)) => Self::of_field(attribute, text),
            (Attribute::Active, Value::Bool(truth)) => Ok(Self::Truth(*truth)),
            (Attribute::Entitlements | Attribute::Licenses, Value::Array(list)) => {
                let texts: Option<Vec<_>> = list.iter().map(element).collect();
                let texts = texts.ok_or_else(|| wrong(attribute, value))?;
                Ok(values(texts.into_iter()))
            }
            _ => Err(wrong(attribute, value)),
        }
    }

    /// Its elements, where it is a list.
    pub(crate) fn values(&self) -> &[Box<str>] {
        match self {
            Self::Values(values) => values,
            _ => &[],
        }
    }

    /// Whether somebody of whom this is said may come in: nothing said means yes.
    pub(crate) fn is_active(&self) -> bool {
        *self != Self::Truth(false)
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Nothing => Ok(()),
            Self::Text(text) => out.write_str(text),
            Self::Truth(truth) => write!(out, "{truth}"),
            Self::Values(values) => out.write_str(&values.join(";")),
        }
    }
}

fn truth(text: &str) -> Result<bool, String> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("`active` is true or false, not `{text}`")),
    }
}

/// Each once, in their order.
fn values<'a>(texts: impl Iterator<Item = &'a str>) -> Said {
    let mut values: Vec<Box<str>> = Vec::new();
    for text in texts.map(str::trim).filter(|text| !text.is_empty()) {
        if !values.iter().any(|value| **value == *text) {
            values.push(text.into());
        }
    }
    if values.is_empty() {
        Said::Nothing
    } else {
        Said::Values(values.into())
    }
}

/// `{"value": ...}`, or the value alone.
fn element(element: &Value) -> Option<&str> {
    element.get("value").unwrap_or(element).as_str()
}

fn wrong(attribute: Attribute, value: &Value) -> String {
    format!("`{}` cannot be `{value}`", attribute.name())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_is_said_in_many_ways() {
        for value in [json!(null), json!(""), json!([]), json!(" ; ")] {
            let said = Said::of_value(Attribute::Entitlements, &value);
            assert_eq!(said, Ok(Said::Nothing), "{value}");
        }
        assert!(Said::Nothing.is_active());
    }

    #[test]
    fn a_list_is_of_values_or_of_texts() {
        let expected = Said::of_field(Attribute::Entitlements, "pro; basic;pro");
        let list = json!([{ "value": "pro", "primary": true }, "basic"]);
        assert_eq!(Said::of_value(Attribute::Entitlements, &list), expected);
        assert_eq!(
            expected.map(|said| said.to_string()).as_deref(),
            Ok("pro;basic")
        );
    }

    #[test]
    fn what_has_the_wrong_type_is_refused() {
        for (attribute, value) in [
            (Attribute::Active, json!("maybe")),
            (Attribute::Active, json!(1)),
            (Attribute::UserType, json!(["x"])),
            (Attribute::Entitlements, json!([7])),
        ] {
            assert!(Said::of_value(attribute, &value).is_err(), "{value}");
        }
    }
}
