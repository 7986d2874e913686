//! From the message to checked steps.

use std::borrow::Cow;

use super::{MAX_OPERATIONS, Op, Step};
use crate::refusal::{Refusal, ScimType};
use crate::scim::filter::{Checked, PathText, check_element};
use crate::scim::resource::{check_single, check_value};
use crate::scim::schema::{Mutability, Resolved, ResourceType, Schema, Target, find};
use crate::scim::urn;
use crate::scim::value::{Object, Value};

/// One operation as it was sent.
#[derive(Clone, Debug)]
pub struct RawOperation<'a> {
    /// What to do.
    pub op: Op,
    /// On what; none: on the resource itself.
    pub path: Option<Cow<'a, str>>,
    /// With what.
    pub value: Option<Value<'a>>,
}

/// Reads a `PatchOp` message.
///
/// # Errors
/// `invalidSyntax` for a message that is none.
pub fn operations(message: Value<'_>) -> Result<Vec<RawOperation<'_>>, Refusal> {
    let Value::Object(mut message) = message else {
        return Err(Refusal::syntax("a PATCH body must be a PatchOp object"));
    };
    let listed = message.get("schemas").map_or(&[][..], Value::elements);
    let is_patch = |urn: &Value<'_>| {
        urn.as_text()
            .is_some_and(|text| text.eq_ignore_ascii_case(urn::PATCH))
    };
    if !listed.iter().any(is_patch) {
        return Err(Refusal::syntax(format!(
            "`schemas` of a PATCH must hold `{}`",
            urn::PATCH
        )));
    }
    let Some(Value::List(list)) = message.remove("Operations") else {
        return Err(Refusal::syntax("`Operations` must be an array"));
    };
    if list.is_empty() {
        return Err(Refusal::syntax(
            "`Operations` must hold one operation at least",
        ));
    }
    if list.len() > MAX_OPERATIONS {
        let detail = format!(
            "a PATCH may have {MAX_OPERATIONS} operations, not {}",
            list.len()
        );
        return Err(Refusal::Status(413, detail));
    }
    list.into_iter().map(operation).collect()
}

fn operation(raw: Value<'_>) -> Result<RawOperation<'_>, Refusal> {
    let Value::Object(mut raw) = raw else {
        return Err(Refusal::syntax("an operation must be an object"));
    };
    let op = match raw.get_text("op") {
        Some("add") => Op::Add,
        Some("remove") => Op::Remove,
        Some("replace") => Op::Replace,
        _ => return Err(Refusal::syntax("`op` must be `add`, `remove` or `replace`")),
    };
    let path = match raw.remove("path") {
        None | Some(Value::Null) => None,
        Some(Value::Text(path)) if path.is_empty() => None,
        Some(Value::Text(path)) => Some(path),
        Some(_) => return Err(Refusal::path("`path` must be a string")),
    };
    Ok(RawOperation {
        op,
        path,
        value: raw.remove("value"),
    })
}

/// Checks an operation against a resource type. One without a path becomes a step for each
/// attribute in its value.
///
/// # Errors
/// `noTarget`, `invalidPath`, `invalidFilter`, `invalidValue`, `invalidSyntax`, `mutability`.
pub fn steps<'t, 'a>(
    kind: &'t ResourceType,
    operation: RawOperation<'a>,
) -> Result<Vec<Step<'t, 'a>>, Refusal> {
    let RawOperation { op, path, value } = operation;
    if op == Op::Remove
        && value
            .as_ref()
            .is_some_and(|value| !matches!(value, Value::Null))
    {
        return Err(Refusal::value(
            "`remove` takes no `value`: select what to remove by a filter in the path, such as \
             `members[value eq \"...\"]`",
        ));
    }
    let Some(path) = path else {
        return pathless(kind, op, value);
    };
    let text = PathText::parse(&path)?;
    // The server keeps `schemas` true by itself (RFC 7643 section 3).
    if text.attribute.eq_ignore_ascii_case("schemas") {
        return Ok(Vec::new());
    }
    match kind.resolve(text.attribute) {
        Some(Resolved::Attribute(target)) => {
            at(kind, op, target, &text, value).map(|step| vec![step])
        }
        Some(Resolved::Extension(schema)) if text.filter.is_none() => match op {
            Op::Remove
                if schema
                    .attributes
                    .iter()
                    .all(|it| it.mutability == Mutability::ReadOnly) =>
            {
                let detail = format!("`{}` is set by the server alone", schema.id);
                Err(Refusal::mutability(detail))
            }
            Op::Remove => Ok(vec![Step::DropExtension(schema)]),
            Op::Add | Op::Replace => extension(kind, op, schema, value.unwrap_or(Value::Null)),
        },
        _ => Err(Refusal::path(format!(
            "`{path}` names no attribute of {}",
            kind.name()
        ))),
    }
}

/// An operation with a path to an attribute.
fn at<'t, 'a>(
    kind: &'t ResourceType,
    op: Op,
    target: Target<'t>,
    text: &PathText<'_>,
    value: Option<Value<'a>>,
) -> Result<Step<'t, 'a>, Refusal> {
    let mut target = target;
    let mut filter = None;
    if let Some(brackets) = &text.filter {
        if target.sub.is_some() || !target.attribute.multi_valued {
            let detail = format!("`{}` has no values to select from", text.attribute);
            return Err(Refusal::path(detail));
        }
        filter = Some(check_element(brackets, target.attribute)?);
        if let Some(name) = text.sub {
            let sub = target.attribute.sub_attribute(name).ok_or_else(|| {
                Refusal::path(format!(
                    "`{name}` is not a part of `{}`",
                    target.attribute.name
                ))
            })?;
            target.sub = Some(sub);
        }
    }
    step(kind, op, target, filter, value)
}

fn step<'t, 'a>(
    kind: &'t ResourceType,
    op: Op,
    target: Target<'t>,
    filter: Option<Checked<'t>>,
    value: Option<Value<'a>>,
) -> Result<Step<'t, 'a>, Refusal> {
    for attribute in std::iter::once(target.attribute).chain(target.sub) {
        if attribute.mutability == Mutability::ReadOnly {
            let detail = format!("`{}` is set by the server alone", target.path());
            return Err(Refusal::mutability(detail));
        }
    }
    let value = match (op, value) {
        (Op::Remove, _) => Value::Null,
        (Op::Add | Op::Replace, None) => {
            let detail = format!("`{}` of `{}` needs a `value`", op.word(), target.path());
            return Err(Refusal::value(detail));
        }
        (Op::Add | Op::Replace, Some(value)) => typed(kind, target, filter.is_some(), value)?,
    };
    Ok(Step::Attribute {
        op,
        target,
        filter,
        value,
    })
}

/// The value, of the type that its place asks for. Where the place takes many values, one alone
/// stands for a list of one (RFC 7644 section 3.5.2.1 shows both).
fn typed<'a>(
    kind: &ResourceType,
    target: Target<'_>,
    selected: bool,
    value: Value<'a>,
) -> Result<Value<'a>, Refusal> {
    if selected || target.sub.is_some() {
        if let (Value::List(list), Some(sub)) = (&value, target.sub)
            && sub.multi_valued
        {
            let list = list
                .iter()
                .map(|part| check_single(kind, target, part.clone()));
            return list.collect::<Result<_, _>>().map(Value::List);
        }
        return check_single(kind, target, value);
    }
    let many = target.attribute.multi_valued;
    let value = match value {
        single @ (Value::Object(_) | Value::Text(_) | Value::Bool(_)) if many => {
            Value::List(vec![single])
        }
        other => other,
    };
    check_value(kind, target, value)
}

/// An operation without a path: its value holds attributes of the resource.
fn pathless<'t, 'a>(
    kind: &'t ResourceType,
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
        if let Some(attribute) = kind.attribute(&name) {
            let target = Target {
                extension: None,
                attribute,
                sub: None,
            };
            steps.push(step(kind, op, target, None, Some(value))?);
        } else if let Some(schema) = kind.extension(&name) {
            steps.extend(extension(kind, op, schema, value)?);
        } else {
            let detail = format!("`{name}` is not an attribute of {}", kind.name());
            return Err(Refusal::syntax(detail));
        }
    }
    Ok(steps)
}

/// `add` or `replace` of what stands under the URN of an extension.
fn extension<'t, 'a>(
    kind: &'t ResourceType,
    op: Op,
    schema: &'t Schema,
    value: Value<'a>,
) -> Result<Vec<Step<'t, 'a>>, Refusal> {
    let attributes = match value {
        Value::Object(attributes) => attributes,
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
        let attribute = find(&schema.attributes, &name).ok_or_else(|| {
            Refusal::syntax(format!("`{name}` is not an attribute of {}", schema.id))
        })?;
        let target = Target {
            extension: Some(schema),
            attribute,
            sub: None,
        };
        steps.push(step(kind, op, target, None, Some(value))?);
    }
    Ok(steps)
}
