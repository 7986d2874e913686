//! One value against its attribute: type, size, parts, one primary at most.

use super::unknown;
use crate::refusal::Refusal;
use crate::scim::filter::type_name;
use crate::scim::index::{self, MAX_INDEXED};
use crate::scim::schema::{Attribute, Kind, Mutability, ResourceType, Target};
use crate::scim::time;
use crate::scim::tolerance::Tolerance;
use crate::scim::tolerant;
use crate::scim::value::{Object, Value};

/// Values of one attribute. A user with more e-mail addresses is a mistake, and comparing each with
/// each would cost more than a request may. Members of a group are ties and not limited by this.
pub const MAX_VALUES: usize = 500;

/// Bytes of one text that is not indexed: a profile, a picture as a data URI. A page of users must
/// fit into an instance.
pub const MAX_TEXT: usize = 64 * 1024;

/// Checks the value of an attribute: an array for one of many values, types, names of parts, one
/// primary at most. Nulls are gone from what comes out; the whole may be absent.
///
/// # Errors
/// `invalidValue`, `invalidSyntax`.
pub fn check_value<'a>(
    kind: &ResourceType,
    target: Target<'_>,
    raw: Value<'a>,
) -> Result<Value<'a>, Refusal> {
    match raw {
        Value::Null => Ok(Value::Null),
        Value::List(list) if target.attribute.multi_valued => {
            if kind.name() != "Group" || target.attribute.name != "members" {
                few_enough(target.attribute, list.len())?;
            }
            let mut elements = Vec::with_capacity(list.len());
            for element in list {
                let element = check_single(kind, target, element)?;
                if !element.is_absent() {
                    elements.push(element);
                }
            }
            one_primary(kind, target.attribute, &mut elements)?;
            Ok(Value::List(elements))
        }
        other if target.attribute.multi_valued => {
            kind.tolerances.allow(Tolerance::ObjectForArray, || {
                let name = &target.attribute.name;
                let found = other.type_name();
                Refusal::value(format!("`{name}` must be an array, not {found}"))
            })?;
            check_value(kind, target, Value::List(vec![other]))
        }
        other => check_single(kind, target, other),
    }
}

/// Checks one element of an attribute, or the only one.
///
/// # Errors
/// `invalidValue`, `invalidSyntax`.
pub fn check_single<'a>(
    kind: &ResourceType,
    target: Target<'_>,
    raw: Value<'a>,
) -> Result<Value<'a>, Refusal> {
    let leaf = target.leaf();
    if !leaf.is_complex() {
        return check_simple(kind, target, raw);
    }
    let mut raw = match raw {
        Value::Object(raw) => raw,
        Value::Null => return Ok(raw),
        other => {
            let refusal = || {
                let found = other.type_name();
                Refusal::value(format!("`{}` must be an object, not {found}", leaf.name))
            };
            if leaf.sub_attribute("value").is_none() {
                return Err(refusal());
            }
            let tolerances = kind.tolerances;
            tolerances.allow(Tolerance::ScalarForComplex, refusal)?;
            return match other {
                Value::Text(text) => check_single(kind, target, tolerant::whole_of(text)),
                _ => Err(refusal()),
            };
        }
    };
    if kind.tolerances.has(Tolerance::JsonInString) {
        tolerant::unpack(&mut raw);
    }
    let mut parts = Object::with_capacity(4);
    for (name, value) in raw {
        let Some(sub) = part(kind, leaf, &name)? else {
            continue;
        };
        if sub.mutability == Mutability::ReadOnly {
            continue;
        }
        let value = check_part(
            kind,
            Target {
                sub: Some(sub),
                ..target
            },
            value,
        )?;
        if !value.is_absent() && sub.is_kept() {
            parts.set(sub.name.clone(), value);
        }
    }
    Ok(Value::Object(parts))
}

/// The part of that name; none for one that is unknown and may be.
fn part<'t>(
    kind: &ResourceType,
    attribute: &'t Attribute,
    name: &str,
) -> Result<Option<&'t Attribute>, Refusal> {
    if let Some(sub) = attribute.sub_attribute(name) {
        return Ok(Some(sub));
    }
    let refusal = || unknown(name, &attribute.name);
    if let Some(sub) = tolerant::renamed_part(attribute, name) {
        kind.tolerances.allow(Tolerance::LegacyNames, refusal)?;
        return Ok(Some(sub));
    }
    kind.tolerances.allow(Tolerance::IgnoreUnknown, refusal)?;
    Ok(None)
}

/// Checks a part of a complex attribute: an array for one of many values.
fn check_part<'a>(
    kind: &ResourceType,
    target: Target<'_>,
    raw: Value<'a>,
) -> Result<Value<'a>, Refusal> {
    match raw {
        Value::List(list) if target.leaf().multi_valued => {
            few_enough(target.leaf(), list.len())?;
            let present = list.into_iter().filter(|element| !element.is_absent());
            present
                .map(|element| check_simple(kind, target, element))
                .collect::<Result<_, _>>()
                .map(Value::List)
        }
        raw if target.leaf().multi_valued && !matches!(raw, Value::Null) => {
            let (path, found) = (target.path(), raw.type_name());
            Err(Refusal::value(format!(
                "`{path}` must be an array, not {found}"
            )))
        }
        raw => check_simple(kind, target, raw),
    }
}

fn check_simple<'a>(
    kind: &ResourceType,
    target: Target<'_>,
    raw: Value<'a>,
) -> Result<Value<'a>, Refusal> {
    let leaf = target.leaf();
    let fits = match (leaf.kind, &raw) {
        (_, Value::Null)
        | (Kind::Boolean, Value::Bool(_))
        | (Kind::Integer | Kind::Decimal, Value::Integer(_))
        | (Kind::Decimal, Value::Decimal(_)) => true,
        (Kind::String | Kind::Reference, Value::Text(text)) => {
            check_text(kind, &target, text)?;
            true
        }
        (Kind::Binary, Value::Text(text)) => {
            check_text(kind, &target, text)?;
            is_base64(text)
        }
        (Kind::DateTime, Value::Text(text)) => time::instant(text).is_some(),
        _ => false,
    };
    if fits {
        return Ok(raw);
    }
    let refusal = || {
        let (path, found) = (target.path(), raw.type_name());
        Refusal::value(format!(
            "`{path}` must be {}, not {found}",
            type_name(leaf.kind)
        ))
    };
    let said = raw.as_text().and_then(tolerant::boolean);
    match (leaf.kind, said) {
        (Kind::Boolean, Some(value)) => {
            kind.tolerances.allow(Tolerance::BoolStrings, refusal)?;
            Ok(Value::Bool(value))
        }
        _ => Err(refusal()),
    }
}

fn check_text(kind: &ResourceType, target: &Target<'_>, text: &str) -> Result<(), Refusal> {
    if text.contains('\0') {
        return Err(Refusal::value(format!(
            "`{}` holds a NUL character",
            target.path()
        )));
    }
    if text.len() <= MAX_INDEXED {
        return Ok(());
    }
    let limit = if index::is_key(kind, target) {
        MAX_INDEXED
    } else {
        MAX_TEXT
    };
    if text.len() > limit {
        let detail = format!("`{}` is longer than {limit} bytes", target.path());
        return Err(Refusal::value(detail));
    }
    Ok(())
}

/// Base64 with or without padding, in either alphabet (RFC 7643 section 2.3.6).
fn is_base64(text: &str) -> bool {
    let digits = text.trim_end_matches('=');
    text.len() - digits.len() <= 2
        && digits.len() % 4 != 1
        && digits
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+/-_".contains(&byte))
}

/// Refuses an attribute with more than [`MAX_VALUES`] values.
pub(crate) fn few_enough(attribute: &Attribute, count: usize) -> Result<(), Refusal> {
    if count > MAX_VALUES {
        let detail = format!(
            "`{}` may have {MAX_VALUES} values, not {count}",
            attribute.name
        );
        return Err(Refusal::value(detail));
    }
    Ok(())
}

fn one_primary(
    kind: &ResourceType,
    attribute: &Attribute,
    elements: &mut [Value<'_>],
) -> Result<(), Refusal> {
    let later = elements
        .iter_mut()
        .filter(|element| is_primary(element))
        .skip(1);
    for element in later {
        kind.tolerances.allow(Tolerance::MultiPrimary, || {
            let detail = format!("`{}` may have one primary value, not more", attribute.name);
            Refusal::value(detail)
        })?;
        if let Value::Object(parts) = element {
            parts.set("primary", Value::Bool(false));
        }
    }
    Ok(())
}

/// Whether an element says `"primary": true`.
pub(crate) fn is_primary(element: &Value<'_>) -> bool {
    let parts = element.as_object();
    matches!(
        parts.and_then(|parts| parts.get("primary")),
        Some(Value::Bool(true))
    )
}
