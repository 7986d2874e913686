//! From the message to checked steps.

mod pathless;

use std::borrow::Cow;

use self::pathless::{extension, pathless, same_id};
use super::{MAX_OPERATIONS, Op, Step};
use crate::refusal::Refusal;
use crate::scim::filter::{Checked, Filter, Literal, Operator, PathText, check_element};
use crate::scim::resource::{check_single, check_value};
use crate::scim::schema::{Mutability, Resolved, ResourceType, Target};
use crate::scim::tolerance::{Tolerance, Tolerances};
use crate::scim::tolerant;
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
pub fn operations(
    message: Value<'_>,
    tolerances: Tolerances,
) -> Result<Vec<RawOperation<'_>>, Refusal> {
    let Value::Object(mut message) = message else {
        return Err(Refusal::syntax("a PATCH body must be a PatchOp object"));
    };
    let listed = message.get("schemas").map_or(&[][..], Value::elements);
    let is_patch = |urn: &Value<'_>| {
        urn.as_text()
            .is_some_and(|text| text.eq_ignore_ascii_case(urn::PATCH))
    };
    if !listed.iter().any(is_patch) {
        let refusal = || {
            let detail = format!("`schemas` of a PATCH must hold `{}`", urn::PATCH);
            Refusal::syntax(detail)
        };
        if !listed.is_empty() {
            return Err(refusal());
        }
        tolerances.allow(Tolerance::MissingSchemas, refusal)?;
    }
    let Some(Value::List(list)) = message.remove("Operations") else {
        return Err(Refusal::syntax("`Operations` must be an array"));
    };
    if list.is_empty() {
        let detail = "`Operations` must hold one operation at least";
        tolerances.allow(Tolerance::EmptyOperations, || Refusal::syntax(detail))?;
    }
    if list.len() > MAX_OPERATIONS {
        let detail = format!(
            "a PATCH may have {MAX_OPERATIONS} operations, not {}",
            list.len()
        );
        return Err(Refusal::Status(413, detail));
    }
    let operations = list.into_iter().map(|raw| operation(raw, tolerances));
    operations.collect()
}

fn operation(raw: Value<'_>, tolerances: Tolerances) -> Result<RawOperation<'_>, Refusal> {
    let Value::Object(mut raw) = raw else {
        return Err(Refusal::syntax("an operation must be an object"));
    };
    let word = raw.get_text("op").unwrap_or_default();
    let refusal = || Refusal::syntax("`op` must be `add`, `remove` or `replace`");
    let op = [Op::Add, Op::Remove, Op::Replace]
        .into_iter()
        .find(|op| op.word().eq_ignore_ascii_case(word))
        .ok_or_else(refusal)?;
    if op.word() != word {
        tolerances.allow(Tolerance::OpCase, refusal)?;
    }
    let path = match raw.remove("path") {
        None | Some(Value::Null) => None,
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
    id: &str,
    operation: RawOperation<'a>,
) -> Result<Vec<Step<'t, 'a>>, Refusal> {
    let RawOperation { op, path, value } = operation;
    let Some(path) = path else {
        return pathless(kind, id, op, value);
    };
    let text = PathText::parse(&path)?;
    if text.attribute.eq_ignore_ascii_case("id") {
        same_id(id, value.as_ref())?;
    }
    let given = value.as_ref().is_some_and(|it| !matches!(it, Value::Null));
    if op == Op::Remove && given {
        kind.tolerances.allow(Tolerance::RemoveWithValueArray, || {
            Refusal::value(
                "`remove` takes no `value`: select what to remove by a filter in the path, such \
                 as `members[value eq \"...\"]`",
            )
        })?;
        if text.filter.is_none() {
            return those(kind, &text, &value.unwrap_or(Value::Null));
        }
    }
    at_path(kind, op, &text, value)
}

/// What a path is about: an attribute, or a whole extension.
fn at_path<'t, 'a>(
    kind: &'t ResourceType,
    op: Op,
    text: &PathText<'_>,
    value: Option<Value<'a>>,
) -> Result<Vec<Step<'t, 'a>>, Refusal> {
    let path = text.attribute;
    // The server keeps `schemas` true by itself (RFC 7643 section 3).
    if text.attribute.eq_ignore_ascii_case("schemas") {
        return about_schemas(op, value.as_ref());
    }
    match kind.resolve(text.attribute) {
        Some(Resolved::Attribute(target)) => at(kind, op, target, text, value),
        Some(Resolved::Extension(schema)) if text.filter.is_none() => match op {
            Op::Remove => Ok(vec![Step::DropExtension(schema)]),
            Op::Add | Op::Replace => {
                let value = value.ok_or_else(|| without_value(op, path))?;
                extension(kind, op, schema, value)
            }
        },
        _ => {
            let refusal = || {
                let kind = kind.name();
                Refusal::path(format!("`{path}` names no attribute of {kind}"))
            };
            if let Some(target) = kind.in_an_extension(path) {
                let tolerance = Tolerance::BareExtensionNames;
                kind.tolerances.allow(tolerance, refusal)?;
                return at(kind, op, target, text, value);
            }
            if let Some(attribute) = tolerant::renamed(kind, path) {
                kind.tolerances.allow(Tolerance::LegacyNames, refusal)?;
                return at(kind, op, Target::top(attribute), text, value);
            }
            kind.tolerances.allow(Tolerance::IgnoreUnknown, refusal)?;
            Ok(Vec::new())
        }
    }
}

/// `remove` of the values that `value` lists, known by their own `value`.
fn those<'t, 'a>(
    kind: &'t ResourceType,
    text: &PathText<'_>,
    listed: &Value<'_>,
) -> Result<Vec<Step<'t, 'a>>, Refusal> {
    let mut ids = Vec::new();
    for element in listed.elements() {
        let parts = element.as_object();
        let id = parts.map_or_else(|| element.as_text(), |parts| parts.get_text("value"));
        ids.push(id.ok_or_else(|| {
            Refusal::value("a value that is to be removed is known by its `value`")
        })?);
    }
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let equal = ids
        .into_iter()
        .map(|id| Filter::Compare("value", Operator::Eq, Literal::Text(id.into())));
    let selected = PathText {
        attribute: text.attribute,
        filter: Some(Filter::Or(equal.collect())),
        sub: None,
    };
    at_path(kind, Op::Remove, &selected, None)
}

/// An operation with a path to an attribute.
fn at<'t, 'a>(
    kind: &'t ResourceType,
    op: Op,
    target: Target<'t>,
    text: &PathText<'_>,
    value: Option<Value<'a>>,
) -> Result<Vec<Step<'t, 'a>>, Refusal> {
    let mut target = target;
    let mut filter = None;
    let mut makes = None;
    if let Some(brackets) = &text.filter {
        if target.sub.is_some() || !target.attribute.multi_valued {
            let detail = format!("`{}` has no values to select from", text.attribute);
            return Err(Refusal::path(detail));
        }
        filter = Some(check_element(brackets, target.attribute, kind.tolerances)?);
        if op != Op::Remove && kind.tolerances.has(Tolerance::CreateOnUnmatchedFilter) {
            makes = made(kind, target, brackets)?;
        }
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
    step(kind, op, target, (filter, makes), value)
}

/// The value that a filter describes, if it describes one of the attribute's type.
fn made<'a>(
    kind: &ResourceType,
    target: Target<'_>,
    filter: &Filter<'_>,
) -> Result<Option<Object<'a>>, Refusal> {
    let Some(described) = tolerant::described(filter) else {
        return Ok(None);
    };
    let whole = Target {
        sub: None,
        ..target
    };
    match check_single(kind, whole, Value::Object(described))? {
        Value::Object(made) => Ok(Some(made)),
        _ => Ok(None),
    }
}

fn step<'t, 'a>(
    kind: &'t ResourceType,
    op: Op,
    target: Target<'t>,
    (filter, makes): (Option<Checked<'t>>, Option<Object<'a>>),
    value: Option<Value<'a>>,
) -> Result<Vec<Step<'t, 'a>>, Refusal> {
    for attribute in std::iter::once(target.attribute).chain(target.sub) {
        if attribute.mutability == Mutability::ReadOnly {
            kind.tolerances.allow(Tolerance::DropReadOnly, || {
                let detail = format!("`{}` is set by the server alone", target.path());
                Refusal::mutability(detail)
            })?;
            return Ok(Vec::new());
        }
    }
    let mut op = op;
    let single = target.leaf().is_complex() && !target.leaf().multi_valued;
    if op == Op::Add && single && is_empty_text(value.as_ref()) {
        // `"manager": ""`: none. To add nothing would be to do nothing.
        op = Op::Replace;
    }
    let value = match (op, value) {
        (Op::Remove, _) => Value::Null,
        (Op::Add | Op::Replace, None) => return Err(without_value(op, &target.path())),
        (Op::Add | Op::Replace, Some(value)) => typed(kind, target, filter.is_some(), value)?,
    };
    let leaf = target.leaf();
    let takes_away = op == Op::Remove || (op == Op::Replace && matches!(value, Value::Null));
    if takes_away && filter.is_none() && target.sub.is_none() && leaf.required {
        let detail = format!("`{}` is required and cannot be removed", target.path());
        return Err(Refusal::mutability(detail));
    }
    Ok(vec![Step::Attribute {
        op,
        target,
        filter,
        value,
        makes,
    }])
}

fn without_value(op: Op, path: &str) -> Refusal {
    Refusal::value(format!("`{}` of `{path}` needs a `value`", op.word()))
}

/// `schemas` as a path: what it is set to must be a list of URNs, and is not looked at further.
fn about_schemas<'t, 'a>(op: Op, value: Option<&Value<'_>>) -> Result<Vec<Step<'t, 'a>>, Refusal> {
    if op == Op::Remove {
        return Err(Refusal::mutability(
            "`schemas` is required and cannot be removed",
        ));
    }
    let value = value.ok_or_else(|| without_value(op, "schemas"))?;
    if value.elements().iter().all(|urn| urn.as_text().is_some()) {
        return Ok(Vec::new());
    }
    Err(Refusal::value("`schemas` is a list of URNs"))
}

fn is_empty_text(value: Option<&Value<'_>>) -> bool {
    value.and_then(Value::as_text) == Some("")
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
        if target.sub.is_some_and(|sub| sub.multi_valued) {
            let list = match value {
                Value::List(list) => list,
                single => vec![single],
            };
            let list = list.into_iter().filter(|part| !part.is_absent());
            let list = list.map(|part| check_single(kind, target, part));
            return list.collect::<Result<_, _>>().map(Value::List);
        }
        return check_single(kind, target, value);
    }
    let many = target.attribute.multi_valued;
    if let (false, true, Value::Object(parts)) = (many, target.attribute.is_complex(), &value) {
        return merged(kind, target, parts);
    }
    let value = match value {
        single @ (Value::Object(_) | Value::Text(_) | Value::Bool(_)) if many => {
            Value::List(vec![single])
        }
        other => other,
    };
    check_value(kind, target, value)
}

/// What is to be merged into a complex attribute of one value: parts that are null stay null here,
/// and are taken out there (RFC 7643 section 2.5).
fn merged<'a>(
    kind: &ResourceType,
    target: Target<'_>,
    parts: &Object<'a>,
) -> Result<Value<'a>, Refusal> {
    let checked = check_single(kind, target, Value::Object(parts.clone()))?;
    let mut merged = match checked {
        Value::Object(checked) => checked,
        other => return Ok(other),
    };
    for (name, value) in parts.iter().filter(|(_, value)| value.is_absent()) {
        if let Some(part) = target.attribute.sub_attribute(name)
            && part.mutability != Mutability::ReadOnly
            && !matches!(value, Value::Object(_))
        {
            merged.set(part.name.clone(), Value::Null);
        }
    }
    Ok(Value::Object(merged))
}
