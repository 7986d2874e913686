//! `schemas` (RFC 7643 section 3): what a client says, and what is true.

use std::borrow::Cow;

use super::is_core;
use crate::refusal::Refusal;
use crate::scim::schema::ResourceType;
use crate::scim::tolerance::Tolerance;
use crate::scim::value::{Object, Value};

/// `schemas` must name the core schema and each extension that is used (RFC 7643 section 3). A
/// URN that the type does not have is a mistake worth telling.
pub(super) fn check_schemas(kind: &ResourceType, raw: &Object<'_>) -> Result<(), Refusal> {
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
