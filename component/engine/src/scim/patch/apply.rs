//! The effect of one step on a resource.

use super::{Op, Step};
use crate::refusal::{Refusal, ScimType};
use crate::scim::filter::Checked;
use crate::scim::resource::{Resource, few_enough, is_primary};
use crate::scim::schema::{Attribute, Mutability, Schema, Target};
use crate::scim::tolerance::{Tolerance, Tolerances};
use crate::scim::value::{Object, Value};

/// Carries out one step. A resource that a step has failed on is to be thrown away: a PATCH is
/// atomic (RFC 7644 section 3.5.2).
///
/// # Errors
/// `noTarget` where a filter selects nothing, `invalidValue` for two primaries.
pub fn apply<'a>(
    resource: &mut Resource<'a>,
    step: Step<'_, 'a>,
    tolerances: Tolerances,
) -> Result<(), Refusal> {
    let (op, target, filter, value, makes) = match step {
        Step::DropExtension(schema) => return drop_extension(resource, schema),
        Step::Attribute {
            op,
            target,
            filter,
            value,
            makes,
        } => (op, target, filter, value, makes),
    };
    // What is writeOnly is acknowledged, and kept nowhere.
    if !target.attribute.is_kept() || !target.leaf().is_kept() {
        return Ok(());
    }
    let Some(holder) = holder(resource, target) else {
        return Ok(());
    };
    let done = if let Some(filter) = filter {
        let made = match makes {
            Some(made) => make(holder, target, &filter, made)?,
            None => false,
        };
        // What was made keeps what the filter says of it.
        let op = if made { Op::Add } else { op };
        selected(holder, op, target, &filter, &value)
    } else {
        if op == Op::Replace && target.sub.is_none() && tolerances.has(Tolerance::ReplaceWhole) {
            holder.remove(&target.attribute.name);
        }
        whole(holder, op, target, value)
    };
    if let Some(schema) = target.extension
        && resource.get(&schema.id).is_some_and(Value::is_absent)
    {
        resource.remove(&schema.id);
    }
    done
}

/// Removes an extension, unless only the server sets what is in it. One that is not there is gone
/// already, whoever sets it.
fn drop_extension(resource: &mut Resource<'_>, schema: &Schema) -> Result<(), Refusal> {
    let mut attributes = schema.attributes.iter();
    let is_ours = attributes.all(|it| it.mutability == Mutability::ReadOnly);
    if is_ours && resource.get(&schema.id).is_some() {
        let detail = format!("`{}` is set by the server alone", schema.id);
        return Err(Refusal::mutability(detail));
    }
    resource.remove(&schema.id);
    Ok(())
}

/// Makes the value that a filter describes where it selects none; says whether it did.
fn make<'a>(
    holder: &mut Object<'a>,
    target: Target<'_>,
    filter: &Checked<'_>,
    made: Object<'a>,
) -> Result<bool, Refusal> {
    let name = &target.attribute.name;
    let mut elements = match holder.remove(name) {
        Some(Value::List(elements)) => elements,
        _ => Vec::new(),
    };
    let missing = !elements.iter().any(|it| filter.matches_element(it));
    if missing {
        elements.push(Value::Object(made));
        few_enough(target.attribute, elements.len())?;
        let last = elements.len() - 1;
        let new: Vec<bool> = (0..elements.len()).map(|at| at == last).collect();
        if elements.last().is_some_and(is_primary) {
            only_primary(&mut elements, &new, target.attribute)?;
        }
    }
    if !elements.is_empty() {
        holder.set(name.clone(), Value::List(elements));
    }
    Ok(missing)
}

/// The object that the attribute stands in: the resource or one of its extensions.
fn holder<'r, 'a>(
    resource: &'r mut Resource<'a>,
    target: Target<'_>,
) -> Option<&'r mut Object<'a>> {
    match target.extension {
        Some(schema) => resource.object_mut(&schema.id),
        None => Some(resource),
    }
}

/// A path without brackets.
fn whole<'a>(
    holder: &mut Object<'a>,
    op: Op,
    target: Target<'_>,
    value: Value<'a>,
) -> Result<(), Refusal> {
    let attribute = target.attribute;
    if op == Op::Add && matches!(value, Value::Null) {
        // `add` of nothing adds nothing, wherever.
        return Ok(());
    }
    if let Some(sub) = target.sub {
        return part_of_whole(holder, op, attribute, sub, value);
    }
    if let (Value::Object(parts), true) = (&value, attribute.is_complex()) {
        if let Some(existing) = holder.object_mut(&attribute.name) {
            merge(existing, parts.clone(), op);
        }
        drop_if_absent(holder, attribute);
        return Ok(());
    }
    if op == Op::Remove || value.is_absent() {
        // `add` of nothing adds nothing; `replace` by nothing clears.
        if op != Op::Add {
            holder.remove(&attribute.name);
        }
        return Ok(());
    }
    match value {
        Value::List(new) if op == Op::Add => add_elements(holder, attribute, new),
        other => {
            holder.set(attribute.name.clone(), other);
            Ok(())
        }
    }
}

/// `name.familyName`, or `emails.display`: a part of the only value, or of every value.
fn part_of_whole<'a>(
    holder: &mut Object<'a>,
    op: Op,
    attribute: &Attribute,
    sub: &Attribute,
    value: Value<'a>,
) -> Result<(), Refusal> {
    if attribute.multi_valued {
        let Some(Value::List(elements)) = holder.get_mut(&attribute.name) else {
            // To clear what is not there changes nothing, by `remove` as by null.
            return if value.is_absent() {
                Ok(())
            } else {
                Err(no_target(attribute))
            };
        };
        let all = vec![true; elements.len()];
        set_parts(elements, &all, op, attribute, sub, &value)?;
        elements.retain(|element| !element.is_absent());
    } else if value.is_absent() {
        if let Some(Value::Object(parts)) = holder.get_mut(&attribute.name) {
            parts.remove(&sub.name);
        }
    } else if let Some(parts) = holder.object_mut(&attribute.name) {
        set_part(parts, op, sub, value);
    }
    drop_if_absent(holder, attribute);
    Ok(())
}

/// A path with brackets: those values that the filter selects.
fn selected<'a>(
    holder: &mut Object<'a>,
    op: Op,
    target: Target<'_>,
    filter: &Checked<'_>,
    value: &Value<'a>,
) -> Result<(), Refusal> {
    let attribute = target.attribute;
    if op == Op::Add && value.is_absent() {
        return Ok(());
    }
    let Some(Value::List(elements)) = holder.get_mut(&attribute.name) else {
        return if op == Op::Remove {
            Ok(())
        } else {
            Err(no_target(attribute).with_hint(Tolerance::CreateOnUnmatchedFilter))
        };
    };
    let chosen: Vec<bool> = elements
        .iter()
        .map(|element| filter.matches_element(element))
        .collect();
    if !chosen.contains(&true) {
        return if op == Op::Remove {
            Ok(())
        } else {
            Err(no_target(attribute).with_hint(Tolerance::CreateOnUnmatchedFilter))
        };
    }
    match (target.sub, value) {
        (Some(sub), value) => set_parts(elements, &chosen, op, attribute, sub, value)?,
        (None, Value::Object(parts)) if !value.is_absent() => {
            for (element, _) in elements
                .iter_mut()
                .zip(&chosen)
                .filter(|(_, chosen)| **chosen)
            {
                match element {
                    // `replace` takes the place of the whole value (RFC 7644 section 3.5.2.3).
                    Value::Object(existing) if op == Op::Add => merge(existing, parts.clone(), op),
                    element => *element = Value::Object(parts.clone()),
                }
            }
            if is_primary(value) {
                only_primary(elements, &chosen, attribute)?;
            }
        }
        (None, Value::Null | Value::Object(_) | Value::List(_)) => {
            let mut keep = chosen.iter().map(|chosen| !chosen);
            elements.retain(|_| keep.next().unwrap_or(true));
        }
        (None, simple) => {
            for (element, _) in elements
                .iter_mut()
                .zip(&chosen)
                .filter(|(_, chosen)| **chosen)
            {
                *element = simple.clone();
            }
        }
    }
    elements.retain(|element| !element.is_absent());
    drop_if_absent(holder, attribute);
    Ok(())
}

/// Sets one part of the chosen values; null takes it out.
fn set_parts<'a>(
    elements: &mut [Value<'a>],
    chosen: &[bool],
    op: Op,
    attribute: &Attribute,
    sub: &Attribute,
    value: &Value<'a>,
) -> Result<(), Refusal> {
    for (element, _) in elements
        .iter_mut()
        .zip(chosen)
        .filter(|(_, chosen)| **chosen)
    {
        let Value::Object(parts) = element else {
            continue;
        };
        if value.is_absent() {
            parts.remove(&sub.name);
        } else {
            set_part(parts, op, sub, value.clone());
        }
    }
    if sub.name == "primary" && matches!(value, Value::Bool(true)) {
        only_primary(elements, chosen, attribute)?;
    }
    Ok(())
}

/// Sets a part; `add` to a part of many values adds those that are not there yet.
fn set_part<'a>(parts: &mut Object<'a>, op: Op, sub: &Attribute, value: Value<'a>) {
    match (parts.get_mut(&sub.name), value) {
        (Some(Value::List(known)), Value::List(new)) if op == Op::Add => {
            for element in new {
                if !known.iter().any(|it| it.same(&element)) {
                    known.push(element);
                }
            }
        }
        (_, value) => parts.set(sub.name.clone(), value),
    }
}

/// Adds values that are not there yet (RFC 7644 section 3.5.2.1: no change, no error otherwise).
fn add_elements<'a>(
    holder: &mut Object<'a>,
    attribute: &Attribute,
    new: Vec<Value<'a>>,
) -> Result<(), Refusal> {
    let mut elements = match holder.remove(&attribute.name) {
        Some(Value::List(elements)) => elements,
        _ => Vec::new(),
    };
    let mut flips = vec![false; elements.len()];
    for element in new {
        let says_primary = is_primary(&element);
        let same = elements.iter().position(|it| is_the_same(it, &element));
        let Some(at) = same else {
            elements.push(element);
            flips.push(says_primary);
            continue;
        };
        if let (Some(Value::Object(existing)), Value::Object(parts)) =
            (elements.get_mut(at), element)
        {
            supplement(existing, parts);
        }
        if let (Some(flips), true) = (flips.get_mut(at), says_primary) {
            *flips = true;
        }
    }
    few_enough(attribute, elements.len())?;
    if flips.contains(&true) {
        only_primary(&mut elements, &flips, attribute)?;
    }
    holder.set(attribute.name.clone(), Value::List(elements));
    Ok(())
}

/// Whether two values are one: the same `value` of the same `type`, of which there should not be two
/// (RFC 7643 section 2.4), or the same in all.
fn is_the_same(left: &Value<'_>, right: &Value<'_>) -> bool {
    let (Value::Object(one), Value::Object(other)) = (left, right) else {
        return left.same(right);
    };
    let part = |name| match (one.get(name), other.get(name)) {
        (Some(left), Some(right)) => left.same(right),
        (None, None) => true,
        _ => false,
    };
    if one.get("value").is_some() {
        part("value") && part("type")
    } else {
        one.same(other)
    }
}

/// Adds to a value what is said of it beyond what it says itself. That it is not the primary one is
/// what is assumed where nothing is said.
fn supplement<'a>(existing: &mut Object<'a>, parts: Object<'a>) {
    for (name, value) in parts {
        let is_assumed = name == "primary" && value == Value::Bool(false);
        if !(is_assumed && existing.get("primary").is_none()) {
            existing.set(name, value);
        }
    }
}

/// A new primary takes the place of the old one (RFC 7644 section 3.5.2).
fn only_primary(
    elements: &mut [Value<'_>],
    chosen: &[bool],
    attribute: &Attribute,
) -> Result<(), Refusal> {
    let new = elements
        .iter()
        .zip(chosen)
        .filter(|(element, chosen)| **chosen && is_primary(element));
    if new.count() > 1 {
        let detail = format!("`{}` may have one primary value, not more", attribute.name);
        return Err(Refusal::value(detail));
    }
    for (element, chosen) in elements.iter_mut().zip(chosen) {
        if !chosen
            && is_primary(element)
            && let Value::Object(parts) = element
        {
            parts.set("primary", Value::Bool(false));
        }
    }
    Ok(())
}

/// Parts that are not mentioned stay; `replace` by null takes a part out.
fn merge<'a>(existing: &mut Object<'a>, parts: Object<'a>, op: Op) {
    for (name, value) in parts {
        if value.is_absent() {
            if op == Op::Replace {
                existing.remove(&name);
            }
        } else {
            existing.set(name, value);
        }
    }
}

fn drop_if_absent(holder: &mut Object<'_>, attribute: &Attribute) {
    if holder.get(&attribute.name).is_some_and(Value::is_absent) {
        holder.remove(&attribute.name);
    }
}

fn no_target(attribute: &Attribute) -> Refusal {
    let detail = format!("no value of `{}` is selected by the path", attribute.name);
    Refusal::Scim(ScimType::NoTarget, detail)
}
