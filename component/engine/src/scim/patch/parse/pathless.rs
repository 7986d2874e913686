//! Operations without a path: a value that holds attributes of the resource, under every name that
//! providers give them.

use super::{at_path, step};
use crate::refusal::{Refusal, ScimType};
use crate::scim::filter::PathText;
use crate::scim::patch::{Op, Step};
use crate::scim::resource::is_core;
use crate::scim::schema::{ResourceType, Schema, Target, find};
use crate::scim::tolerance::Tolerance;
use crate::scim::tolerant;
use crate::scim::value::{Object, Value};

/// An operation without a path: its value holds attributes of the resource.
pub(super) fn pathless<'t, 'a>(
    kind: &'t ResourceType,
    id: &str,
    op: Op,
    value: Option<Value<'a>>,
) -> Result<Vec<Step<'t, 'a>>, Refusal> {
    if op == Op::Remove {
        let detail = "`remove` needs a `path`";
        return Err(Refusal::Scim(ScimType::NoTarget, detail.to_owned()));
    }
    let Some(Value::Object(attributes)) = value else {
        let detail = format!(
            "`{}` without a `path` needs an object of attributes",
            op.word()
        );
        return Err(Refusal::value(detail));
    };
    let mut steps = Vec::new();
    for (name, value) in attributes {
        // As for a path of that name.
        if name.eq_ignore_ascii_case("schemas") {
            continue;
        }
        if name.eq_ignore_ascii_case("id") {
            same_id(id, Some(&value))?;
            kind.tolerances.allow(Tolerance::IdInValue, || {
                Refusal::mutability("`id` is set by the server alone")
            })?;
        } else if let Some(attribute) = kind.attribute(&name) {
            let target = Target::top(attribute);
            steps.extend(step(kind, op, target, (None, None), Some(value))?);
        } else if let Some(schema) = kind.extension(&name) {
            steps.extend(extension(kind, op, schema, value)?);
        } else if is_core(kind, &name) {
            kind.tolerances
                .allow(Tolerance::CoreUrnBlock, || unknown(kind, &name))?;
            steps.extend(pathless(kind, id, op, Some(value))?);
        } else {
            steps.extend(named(kind, op, &name, value)?);
        }
    }
    Ok(steps)
}

/// An `id` is not dropped with what else is read-only unless it is the resource's own: another one
/// says that the request went to the wrong resource.
pub(super) fn same_id(id: &str, value: Option<&Value<'_>>) -> Result<(), Refusal> {
    match value {
        Some(value) if value.as_text() != Some(id) => Err(Refusal::mutability(
            "`id` is that of another resource: check the URL of the request",
        )),
        _ => Ok(()),
    }
}

/// A name that is no attribute: a path, where that is tolerated.
fn named<'t, 'a>(
    kind: &'t ResourceType,
    op: Op,
    name: &str,
    value: Value<'a>,
) -> Result<Vec<Step<'t, 'a>>, Refusal> {
    let refusal = || unknown(kind, name);
    let tolerances = kind.tolerances;
    let text = PathText::parse(name).map_err(|_| refusal());
    if let Ok(text) = &text
        && kind.resolve(text.attribute).is_some()
    {
        let tolerance = if name.contains(':') {
            Tolerance::UrnKeys
        } else {
            Tolerance::DottedKeys
        };
        tolerances.allow(tolerance, refusal)?;
        return at_path(kind, op, text, Some(value));
    }
    if let Some(attribute) = tolerant::renamed(kind, name) {
        tolerances.allow(Tolerance::LegacyNames, refusal)?;
        return step(kind, op, Target::top(attribute), (None, None), Some(value));
    }
    tolerances.allow(Tolerance::IgnoreUnknown, refusal)?;
    Ok(Vec::new())
}

fn unknown(kind: &ResourceType, name: &str) -> Refusal {
    Refusal::syntax(format!("`{name}` is not an attribute of {}", kind.name()))
}

/// The path of a whole extension.
fn whole(schema: &Schema) -> PathText<'_> {
    PathText {
        attribute: &schema.id,
        filter: None,
        sub: None,
    }
}

/// `add` or `replace` of what stands under the URN of an extension.
pub(super) fn extension<'t, 'a>(
    kind: &'t ResourceType,
    op: Op,
    schema: &'t Schema,
    value: Value<'a>,
) -> Result<Vec<Step<'t, 'a>>, Refusal> {
    let attributes = match value {
        Value::Object(attributes) => attributes,
        Value::Null if op == Op::Replace => return at_path(kind, Op::Remove, &whole(schema), None),
        Value::Null => Object::new(),
        other => {
            let found = other.type_name();
            return Err(Refusal::value(format!(
                "`{}` must be an object, not {found}",
                schema.id
            )));
        }
    };
    let mut steps = Vec::new();
    for (name, value) in attributes {
        let Some(attribute) = find(&schema.attributes, &name) else {
            // As in a POST: `schemas` is kept by the server.
            if name.eq_ignore_ascii_case("schemas") {
                continue;
            }
            kind.tolerances.allow(Tolerance::IgnoreUnknown, || {
                Refusal::syntax(format!("`{name}` is not an attribute of {}", schema.id))
            })?;
            continue;
        };
        let target = Target {
            extension: Some(schema),
            attribute,
            sub: None,
        };
        steps.extend(step(kind, op, target, (None, None), Some(value))?);
    }
    Ok(steps)
}
