//! Whether a resource has what its schemas require (RFC 7643 section 7, `required`; section 6, for
//! whole extensions).

use super::Resource;
use crate::refusal::{Refusal, ScimType};
use crate::scim::schema::{Attribute, Mutability, ResourceType};
use crate::scim::value::{Object, Value};

/// Whether all that the schemas require is there.
///
/// # Errors
/// `invalidValue` that names the first attribute without a value, or `if_absent` where it is not
/// there at all: taking away what is required is a matter of mutability (RFC 7644 section
/// 3.5.2.2), not sending it is not.
pub fn complete(
    kind: &ResourceType,
    resource: &Resource<'_>,
    if_absent: ScimType,
) -> Result<(), Refusal> {
    lacks(kind, resource, if_absent)
        .into_iter()
        .next()
        .map_or(Ok(()), Err)
}

/// The same of a resource that was changed in a part. What the schemas have come to require since
/// it was written does not stand in the way: a leaver can always be deactivated.
///
/// # Errors
/// As [`complete`], of what was there before.
pub fn stays_complete(
    kind: &ResourceType,
    before: &Resource<'_>,
    after: &Resource<'_>,
    if_absent: ScimType,
) -> Result<(), Refusal> {
    let lacking = lacks(kind, after, if_absent);
    if lacking.is_empty() {
        return Ok(());
    }
    let known = lacks(kind, before, if_absent);
    let mut new = lacking.into_iter().filter(|it| !known.contains(it));
    new.next().map_or(Ok(()), Err)
}

/// A refusal for each thing that the schemas require and that is not there.
fn lacks(kind: &ResourceType, resource: &Resource<'_>, if_absent: ScimType) -> Vec<Refusal> {
    let mut lacking = Vec::new();
    all_there(&kind.core.attributes, resource, "", if_absent, &mut lacking);
    for (schema, declared) in kind.extensions.iter().zip(&kind.declared.schema_extensions) {
        let (urn, attributes) = (&schema.id, &schema.attributes);
        match resource.get(urn).and_then(Value::as_object) {
            Some(extension) => all_there(attributes, extension, urn, if_absent, &mut lacking),
            None if declared.required => {
                let detail = format!("the extension `{urn}` is required");
                lacking.push(Refusal::value(detail));
            }
            None => {}
        }
    }
    lacking
}

fn all_there(
    attributes: &[Attribute],
    object: &Object<'_>,
    of: &str,
    if_absent: ScimType,
    lacking: &mut Vec<Refusal>,
) {
    for attribute in attributes {
        let value = object.get(&attribute.name);
        let missing = match value {
            None => Some(if_absent),
            Some(Value::Text(text)) => text.is_empty().then_some(ScimType::InvalidValue),
            Some(value) => value.is_absent().then_some(ScimType::InvalidValue),
        };
        if let Some(word) = missing
            && attribute.required
            && attribute.is_kept()
            && attribute.mutability != Mutability::ReadOnly
        {
            lacking.push(missing_one(of, attribute, word));
        }
        for element in value.map_or(&[][..], Value::elements) {
            if let Value::Object(parts) = element {
                let (parts_of, name) = (&attribute.sub_attributes, &attribute.name);
                all_there(parts_of, parts, name, if_absent, lacking);
            }
        }
    }
}

fn missing_one(of: &str, attribute: &Attribute, word: ScimType) -> Refusal {
    let name = [of, &attribute.name].join(if of.is_empty() { "" } else { ":" });
    Refusal::Scim(word, format!("`{name}` is required"))
}

/// Whether a representation has what is required of it and will not be kept: nobody can look for
/// that later.
pub(super) fn all_said(
    attributes: &[Attribute],
    raw: &Object<'_>,
    of: &str,
) -> Result<(), Refusal> {
    let lost = |it: &&Attribute| it.required && !it.is_kept();
    for attribute in attributes.iter().filter(lost) {
        match raw.get(&attribute.name) {
            Some(Value::Text(text)) if !text.is_empty() => {}
            Some(value) if !matches!(value, Value::Text(_)) && !value.is_absent() => {}
            _ => return Err(missing_one(of, attribute, ScimType::InvalidValue)),
        }
    }
    Ok(())
}
