//! What a client may send as a value, and what of it counts (RFC 7643 sections 2.3 to 2.5).

use serde_json::{Map, Value};

use crate::law::{Attribute, named};

/// Not a value: null, or an array or an object of nothing else (RFC 7643 section 2.5).
pub fn is_nothing(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Array(elements) => elements.iter().all(is_nothing),
        Value::Object(parts) => parts.values().all(is_nothing),
        _ => false,
    }
}

/// A value of the attribute's simple type, or null.
pub fn simple(attribute: &Attribute, value: &Value) -> Result<Value, String> {
    let fits = match (attribute.kind.as_str(), value) {
        (_, Value::Null)
        | ("boolean", Value::Bool(_))
        | ("string" | "reference", Value::String(_)) => true,
        ("binary", Value::String(text)) => is_base64(text),
        _ => false,
    };
    if fits {
        Ok(value.clone())
    } else {
        Err(format!("`{}` is not {value}", attribute.name))
    }
}

/// RFC 7643 section 2.3.6. The texts of these tests are long enough to be whole.
fn is_base64(text: &str) -> bool {
    let digit = |byte: u8| byte.is_ascii_alphanumeric() || b"+/-_=".contains(&byte);
    text.bytes().all(digit) && text.len() % 4 != 1
}

/// An object of the attribute's parts, spelt as the schema has them; parts that are null stay null,
/// those that only the server sets are gone. Or null.
pub fn complex(attribute: &Attribute, value: &Value) -> Result<Value, String> {
    let parts = match value {
        Value::Null => return Ok(Value::Null),
        Value::Object(parts) => parts,
        other => return Err(format!("`{}` is not {other}", attribute.name)),
    };
    let mut checked = Map::new();
    for (name, value) in parts {
        let part = named(&attribute.sub_attributes, name);
        let part = part.ok_or_else(|| format!("`{name}` is no part of `{}`", attribute.name))?;
        if !part.is_read_only() {
            checked.insert(part.name.clone(), simple(part, value)?);
        }
    }
    Ok(Value::Object(checked))
}

/// The elements that a client means: those that say something, without what they do not say.
pub fn elements(attribute: &Attribute, value: &Value) -> Result<Vec<Value>, String> {
    let raw = match value {
        Value::Null => &[][..],
        Value::Array(elements) => elements.as_slice(),
        // "a single value alone" (RFC 7644 section 3.5.2.1 shows one without an array).
        single @ Value::Object(_) => std::slice::from_ref(single),
        other => return Err(format!("`{}` is not {other}", attribute.name)),
    };
    let checked = raw
        .iter()
        .map(|element| complex(attribute, element).map(said));
    let checked: Vec<Value> = checked.collect::<Result<_, _>>()?;
    let elements: Vec<Value> = checked.into_iter().filter(|it| !is_nothing(it)).collect();
    let primary = elements.iter().filter(|it| it["primary"] == true);
    if primary.count() > 1 {
        // "The primary attribute value 'true' MUST appear no more than once."
        return Err("two values want to be primary".to_owned());
    }
    Ok(elements)
}

/// Without the parts that are null.
pub fn said(mut value: Value) -> Value {
    if let Value::Object(parts) = &mut value {
        parts.retain(|_, part| !part.is_null());
    }
    value
}

/// Whether some object in a value says one name twice, in whatever case (RFC 7643 section 2.1).
pub fn says_twice(value: &Value) -> bool {
    match value {
        Value::Array(elements) => elements.iter().any(says_twice),
        Value::Object(parts) => {
            let mut names: Vec<String> = parts.keys().map(|it| it.to_ascii_lowercase()).collect();
            names.sort();
            names.windows(2).any(|two| two[0] == two[1]) || parts.values().any(says_twice)
        }
        _ => false,
    }
}
