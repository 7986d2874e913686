//! A client's JSON against the schema: what comes out is spelt canonically, holds no null, no
//! empty array and nothing that only the server may set.

mod required;
mod schemas;
mod value;

pub use required::{complete, stays_complete};
pub use schemas::schemas;
pub use value::{MAX_TEXT, MAX_VALUES, check_single, check_value};
pub(crate) use value::{few_enough, is_primary};

use self::required::all_said;
use self::schemas::check_schemas;
use crate::refusal::Refusal;
use crate::scim::schema::{Mutability, ResourceType, Schema, Target};
use crate::scim::tolerance::Tolerance;
use crate::scim::tolerant;
use crate::scim::value::{Object, Value};

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

fn unknown(name: &str, whose: &str) -> Refusal {
    Refusal::syntax(format!("`{name}` is not an attribute of {whose}"))
}
