//! A client's JSON against the schema: what comes out is spelt canonically, holds no null, no
//! empty array and nothing that only the server may set.

mod required;

pub use required::{complete, stays_complete};

use std::borrow::Cow;

use self::required::all_said;
use crate::refusal::Refusal;
use crate::scim::filter::type_name;
use crate::scim::index::{self, MAX_INDEXED};
use crate::scim::schema::{Attribute, Kind, Mutability, ResourceType, Schema, Target};
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

/// A resource that follows its schemas, without `schemas`, `id` and `meta`.
pub type Resource<'a> = Object<'a>;

/// Checks a representation that a client sent (RFC 7644 sections 3.3 and 3.5.1). Attributes that
/// only the server sets are dropped, as the RFC asks; those without a value as well.
///
/// # Errors
/// `invalidSyntax` for an unknown attribute or wrong `schemas`; `invalidValue` for a value of the
/// wrong type. Whether all required attributes are there is [`complete`]'s question.
pub fn check<'a>(kind: &ResourceType, raw: Object<'a>) -> Result<Resource<'a>, Refusal> {
    check_schemas(kind, &raw)?;
    all_said(&kind.core.attributes, &raw, "")?;
    let mut resource = Object::with_capacity(16);
    take(kind, raw, &mut resource)?;
    Ok(resource)
}

/// Checks attributes by name and keeps them.
fn take<'a>(
    kind: &ResourceType,
    raw: Object<'a>,
    resource: &mut Resource<'a>,
) -> Result<(), Refusal> {
    let tolerances = kind.tolerances;
    for (name, value) in raw {
        if name.eq_ignore_ascii_case("schemas") {
            continue;
        }
        let refusal = || unknown(&name, kind.name());
        if let Some(attribute) = kind.attribute(&name) {
            keep(resource, kind, Target::top(attribute), value)?;
        } else if let Some(schema) = kind.extension(&name) {
            let extension = check_extension(kind, schema, value)?;
            if !extension.is_empty() {
                resource.set(schema.id.clone(), Value::Object(extension));
            }
        } else if let Some(attribute) = tolerant::renamed(kind, &name) {
            tolerances.allow(Tolerance::LegacyNames, refusal)?;
            keep(resource, kind, Target::top(attribute), value)?;
        } else if let (true, Value::Object(block)) = (is_core(kind, &name), value) {
            tolerances.allow(Tolerance::CoreUrnBlock, refusal)?;
            take(kind, block, resource)?;
        } else {
            tolerances.allow(Tolerance::IgnoreUnknown, refusal)?;
        }
    }
    Ok(())
}

/// Whether a name is the URN of the core schema.
pub(crate) fn is_core(kind: &ResourceType, name: &str) -> bool {
    name.eq_ignore_ascii_case(&kind.core.id)
}

/// Checks what stands under the URN of an extension.
///
/// # Errors
/// As [`check`].
pub fn check_extension<'a>(
    kind: &ResourceType,
    schema: &Schema,
    raw: Value<'a>,
) -> Result<Object<'a>, Refusal> {
    let mut extension = Object::new();
    let raw = match raw {
        Value::Object(raw) => raw,
        Value::Null => return Ok(extension),
        other => {
            let found = other.type_name();
            return Err(Refusal::value(format!(
                "`{}` must be an object, not {found}",
                schema.id
            )));
        }
    };
    all_said(&schema.attributes, &raw, &schema.id)?;
    for (name, value) in raw {
        let Some(attribute) = crate::scim::schema::find(&schema.attributes, &name) else {
            // Some clients make a resource of an extension. `schemas` is kept by the server.
            if name.eq_ignore_ascii_case("schemas") {
                continue;
            }
            let refusal = || unknown(&name, &schema.id);
            kind.tolerances.allow(Tolerance::IgnoreUnknown, refusal)?;
            continue;
        };
        let target = Target {
            extension: Some(schema),
            attribute,
            sub: None,
        };
        keep(&mut extension, kind, target, value)?;
    }
    Ok(extension)
}

/// Checks one value of an attribute and puts it in its place; drops it where there is none or
/// only the server may set it. What is writeOnly is dropped here too: a password (RFC 7643 section
/// 4.1.1), or what a tenant's schema calls so, goes to nobody, so that it cannot leak.
fn keep<'a>(
    into: &mut Object<'a>,
    kind: &ResourceType,
    target: Target<'_>,
    raw: Value<'a>,
) -> Result<(), Refusal> {
    if target.attribute.mutability == Mutability::ReadOnly {
        return Ok(());
    }
    let value = check_value(kind, target, raw)?;
    if !value.is_absent() && target.attribute.is_kept() {
        into.set(target.attribute.name.clone(), value);
    }
    Ok(())
}

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

/// `schemas` must name the core schema and each extension that is used (RFC 7643 section 3). A
/// URN that the type does not have is a mistake worth telling.
fn check_schemas(kind: &ResourceType, raw: &Object<'_>) -> Result<(), Refusal> {
    let tolerances = kind.tolerances;
    let listed = match raw.get("schemas") {
        Some(Value::List(listed)) => listed.as_slice(),
        Some(other) if !other.is_absent() => {
            return Err(Refusal::syntax("`schemas` must be an array of URNs"));
        }
        _ => &[],
    };
    for urn in listed {
        let known = |urn: &str| is_core(kind, urn) || kind.extension(urn).is_some();
        if !urn.as_text().is_some_and(known) {
            tolerances.allow(Tolerance::ForeignSchemas, || {
                let (urn, kind) = (urn.to_json(), kind.name());
                Refusal::syntax(format!("`{urn}` in `schemas` is not a schema of {kind}"))
            })?;
        }
    }
    let lists = |wanted: &str| {
        let mut urns = listed.iter().filter_map(Value::as_text);
        urns.any(|urn| urn.eq_ignore_ascii_case(wanted))
    };
    if !lists(&kind.core.id) {
        tolerances.allow(Tolerance::MissingSchemas, || {
            Refusal::syntax(format!(
                "`schemas` must be an array with `{}` in it",
                kind.core.id
            ))
        })?;
    }
    for schema in &kind.extensions {
        if raw.get(&schema.id).is_some_and(|it| !it.is_absent()) && !lists(&schema.id) {
            tolerances.allow(Tolerance::UndeclaredExtension, || {
                Refusal::syntax(format!(
                    "`schemas` must hold `{}`, which is used",
                    schema.id
                ))
            })?;
        }
    }
    Ok(())
}

fn unknown(name: &str, whose: &str) -> Refusal {
    Refusal::syntax(format!("`{name}` is not an attribute of {whose}"))
}

/// `schemas` as it is true of a resource: the core schema and each extension that has a value.
#[must_use]
pub fn schemas<'a>(kind: &ResourceType, resource: &Object<'_>) -> Value<'a> {
    let own = |urn: &str| Value::Text(Cow::Owned(urn.to_owned()));
    let used = kind
        .extensions
        .iter()
        .filter(|schema| resource.get(&schema.id).is_some());
    Value::List(
        std::iter::once(own(&kind.core.id))
            .chain(used.map(|schema| own(&schema.id)))
            .collect(),
    )
}
