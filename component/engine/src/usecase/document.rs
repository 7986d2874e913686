//! A stored document: a checked resource between what the server sets at its head and foot.

use crate::facts::Row;
use crate::refusal::Refusal;
use crate::scim::resource::{Resource, schemas};
use crate::scim::schema::{Attribute, Mutability, ResourceType};
use crate::scim::value::{Object, Value};

/// Reads a row.
pub(super) fn read(row: &Row) -> Result<Object<'_>, Refusal> {
    match Value::parse(&row.body) {
        Ok(Value::Object(object)) => Ok(object),
        Ok(_) => Err(corrupt(row, "not an object")),
        Err(error) => Err(corrupt(row, &error.to_string())),
    }
}

fn corrupt(row: &Row, why: &str) -> Refusal {
    Refusal::Corrupt(format!("{} {}: {why}", row.key.kind, row.key.id))
}

/// Takes off what the server sets; what is left is what [`assemble`] was given.
pub(super) fn disassemble(mut document: Object<'_>) -> (Resource<'_>, String) {
    document.remove("schemas");
    document.remove("id");
    let meta = document.remove("meta");
    let created = meta
        .as_ref()
        .and_then(Value::as_object)
        .and_then(|meta| meta.get_text("created"));
    let created = created.unwrap_or_default().to_owned();
    (document, created)
}

/// Puts a resource between `schemas`, `id` and `meta` (RFC 7643 section 3.1).
pub(super) fn assemble<'a>(
    kind: &ResourceType,
    id: &str,
    resource: Resource<'a>,
    created: &str,
    modified: &str,
) -> Object<'a> {
    let text = |text: &str| Value::owned(text.to_owned());
    let mut document = Object::with_capacity(16);
    document.push("schemas", schemas(kind, &resource));
    document.push("id", text(id));
    for (name, value) in resource {
        document.set(name, value);
    }
    let mut meta = Object::with_capacity(5);
    meta.push("resourceType", text(kind.name()));
    meta.push("created", text(created));
    meta.push("lastModified", text(modified));
    document.push("meta", Value::Object(meta));
    document
}

/// Whether what may be set once was left alone (RFC 7643 section 7, `immutable`): at the top
/// level, in extensions, and in parts of attributes of one value.
pub(super) fn immutable_kept(
    kind: &ResourceType,
    before: &Resource<'_>,
    after: &Resource<'_>,
) -> Result<(), Refusal> {
    kept(&kind.core.attributes, before, after)?;
    for schema in &kind.extensions {
        if before.get(&schema.id).is_some() {
            let empty = Object::new();
            let old = before
                .get(&schema.id)
                .and_then(Value::as_object)
                .unwrap_or(&empty);
            let new = after
                .get(&schema.id)
                .and_then(Value::as_object)
                .unwrap_or(&empty);
            kept(&schema.attributes, old, new)?;
        }
    }
    Ok(())
}

fn kept(attributes: &[Attribute], before: &Object<'_>, after: &Object<'_>) -> Result<(), Refusal> {
    for attribute in attributes {
        let Some(old) = before.get(&attribute.name) else {
            continue;
        };
        let new = after.get(&attribute.name);
        if attribute.mutability == Mutability::Immutable {
            if !new.is_some_and(|new| new.same(old)) {
                let detail = format!("`{}` cannot be changed once it is set", attribute.name);
                return Err(Refusal::mutability(detail));
            }
        } else if let (Value::Object(old), Some(Value::Object(new))) = (old, new) {
            kept(&attribute.sub_attributes, old, new)?;
        }
    }
    Ok(())
}

/// An id (RFC 9562 UUID version 7): ordered by time, so that new rows stand side by side, and
/// made of nothing but what came in with the request.
pub(super) fn new_id(now: u64, seed: (u64, u64)) -> String {
    let time = now & 0xffff_ffff_ffff;
    let high = (time << 16) | 0x7000 | (seed.0 & 0x0fff);
    let low = (seed.1 >> 2) | 0x8000_0000_0000_0000;
    let group = |value: u64, shift: u32, bits: u32| (value >> shift) & ((1 << bits) - 1);
    format!(
        "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
        group(high, 32, 32),
        group(high, 16, 16),
        group(high, 0, 16),
        group(low, 48, 16),
        group(low, 0, 48),
    )
}
