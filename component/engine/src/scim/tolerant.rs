//! How a tolerance is carried out: what the core asks before it refuses.
//!
//! See [`super::tolerance`] for which there are and who needs them.

use std::borrow::Cow;

use super::filter::{Filter, Literal, Operator};
use super::schema::{Attribute, ResourceType};
use super::tolerance::{Tolerance, Tolerances};
use super::value::{Object, Value};
use crate::refusal::Refusal;

/// Old names of attributes and what they are called (Ping: `email`).
const ATTRIBUTES: [(&str, &str); 2] = [("email", "emails"), ("phoneNumber", "phoneNumbers")];

/// Old names of parts (OneLogin: `managerId`; Entra: `displayName` of a role).
const PARTS: [(&str, &str); 2] = [("managerId", "value"), ("displayName", "display")];

impl Tolerances {
    /// Goes on if the tolerance is on; else refuses, and says which tolerance would not.
    ///
    /// # Errors
    /// The refusal.
    pub fn allow(
        self,
        tolerance: Tolerance,
        refusal: impl FnOnce() -> Refusal,
    ) -> Result<(), Refusal> {
        if self.has(tolerance) {
            Ok(())
        } else {
            Err(refusal().with_hint(tolerance))
        }
    }
}

/// The attribute that is meant by an old name.
pub(super) fn renamed<'t>(kind: &'t ResourceType, name: &str) -> Option<&'t Attribute> {
    kind.attribute(known(&ATTRIBUTES, name)?)
}

/// The part that is meant by an old name.
pub(super) fn renamed_part<'t>(attribute: &'t Attribute, name: &str) -> Option<&'t Attribute> {
    attribute.sub_attribute(known(&PARTS, name)?)
}

fn known(names: &[(&str, &'static str)], name: &str) -> Option<&'static str> {
    let found = names.iter().find(|(old, _)| old.eq_ignore_ascii_case(name));
    found.map(|(_, new)| *new)
}

/// `true` and `false` as strings, in any case.
pub(super) fn boolean(text: &str) -> Option<bool> {
    let is = |word: &str| text.eq_ignore_ascii_case(word);
    is("true")
        .then_some(true)
        .or_else(|| is("false").then_some(false))
}

/// The `value` alone, as the whole that it stands for. Nothing where it is empty.
pub(super) fn whole_of(text: Cow<'_, str>) -> Value<'_> {
    if text.is_empty() {
        return Value::Null;
    }
    let mut parts = Object::with_capacity(1);
    parts.push("value", Value::Text(text));
    Value::Object(parts)
}

/// Entra's app roles: a `value` that is itself the JSON of the element. Its parts take the place of
/// the text.
pub(super) fn unpack(parts: &mut Object<'_>) {
    let Some(text) = parts.get_text("value").map(str::trim_start) else {
        return;
    };
    if !text.starts_with('{') {
        return;
    }
    let Ok(Value::Object(packed)) = Value::parse(text) else {
        return;
    };
    let part = |name| packed.get_text(name).map(str::to_owned);
    let display = part("display").or_else(|| part("displayName"));
    if let Some(value) = part("value") {
        parts.set("value", Value::owned(value));
        if let (Some(display), None) = (display, parts.get("display")) {
            parts.set("display", Value::owned(display));
        }
    }
}

/// The element that a filter describes: `type eq "work" and primary eq true`. None for a filter
/// that says more than what is equal.
pub(crate) fn described<'a>(filter: &Filter<'_>) -> Option<Object<'a>> {
    let mut element = Object::with_capacity(2);
    describe(filter, &mut element)?;
    Some(element)
}

fn describe(filter: &Filter<'_>, element: &mut Object<'_>) -> Option<()> {
    match filter {
        Filter::And(parts) => parts.iter().try_for_each(|part| describe(part, element)),
        Filter::Compare(path, Operator::Eq, literal) => {
            element.set((*path).to_owned(), value_of(literal)?);
            Some(())
        }
        _ => None,
    }
}

fn value_of(literal: &Literal<'_>) -> Option<Value<'static>> {
    match literal {
        Literal::Null => None,
        Literal::Bool(value) => Some(Value::Bool(*value)),
        Literal::Integer(value) => Some(Value::Integer(*value)),
        Literal::Decimal(value) => Some(Value::Decimal(*value)),
        Literal::Text(text) => Some(Value::owned(text.clone().into_owned())),
        Literal::Bare(text) => Some(Value::owned((*text).to_owned())),
    }
}
