//! The platform's account as the settings make it of a user, and back (docs/mapping.md).
//!
//! What an account shows of mapped fields is always computed from the user: out is a function of the
//! document, and back changes the document. So the two cannot differ, whoever wrote last.
//!
//! INVARIANT: a field of direction `in` or `both` can be turned round. What is put back reads as what
//! was put, but for what `trim` and `lower` take away by their nature; a value of which that is not
//! true is refused ([`Why`]), never bent.

mod account;
mod date;
mod field;
mod lookup;
mod selector;
mod step;
mod template;

pub use account::{Account, Problem};
pub use date::Pattern;
pub use field::{Direction, Field, Source};
pub use lookup::{Lookup, Other};
pub use selector::Selector;
pub use step::{Scalar, Shape, Step};
pub use template::Template;

use crate::scim::value::Value;

/// `mapping` of the settings.
#[derive(Clone, Debug, Default)]
pub struct Mapping {
    /// The fields of an account, in the order of the settings.
    pub fields: Vec<Field>,
    /// What tells this mapping from others.
    pub digest: String,
}

impl Mapping {
    /// The field of that name, whatever its case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Field> {
        let mut fields = self.fields.iter();
        fields.find(|field| field.name.eq_ignore_ascii_case(name))
    }
}

/// Why a value does not pass: a sentence for whoever sent it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why(pub String);

/// A value on its way: none where there is nothing (null, empty text and an empty list are nothing), or
/// why it cannot go on.
pub type Passed = Result<Option<Value<'static>>, Why>;

/// A value, if it is one: null, empty text and an empty list say nothing (RFC 7643 section 2.5).
#[must_use]
pub fn present(value: Value<'static>) -> Option<Value<'static>> {
    let is_nothing = match &value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::List(list) => list.is_empty(),
        _ => false,
    };
    (!is_nothing).then_some(value)
}

/// A value in a message, not longer than a line.
fn quoted(value: &Value<'_>) -> String {
    const MOST: usize = 80;
    let text = text_of(value).unwrap_or_else(|| value.to_json());
    let short: String = text.chars().take(MOST).collect();
    if short.len() < text.len() {
        format!("`{short}...`")
    } else {
        format!("`{short}`")
    }
}

/// A single value as text; none for a list, an object and null.
fn text_of(value: &Value<'_>) -> Option<String> {
    match value {
        Value::Text(text) => Some(text.clone().into_owned()),
        Value::Bool(_) | Value::Integer(_) | Value::Decimal(_) => Some(value.to_json()),
        Value::Null | Value::List(_) | Value::Object(_) => None,
    }
}

/// Whether two single values are the same as text: behind a `join` a number is text.
#[must_use]
pub fn same_text(one: &Value<'_>, other: &Value<'_>) -> bool {
    text_of(one) == text_of(other)
}
