//! What a column of a sheet is in SCIM: a path (RFC 7644 section 3.10) to one value.
//!
//! `userName`, `name.familyName`, `emails[type eq "work"].value`,
//! `urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department`.

use serde_json::{Value, json};

use super::types::{Attribute, Kind, Schema, Type, same};

/// Members by name.
type Object = serde_json::Map<String, Value>;

/// What separates the values of one field.
const SEPARATOR: char = ';';

/// A column.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Column {
    /// As the header has it.
    title: String,
    /// The extension it stands in; none: the type's own schema.
    extension: Option<String>,
    attribute: String,
    place: Place,
    kind: Kind,
}

/// Where in an attribute.
#[derive(Clone, Debug, PartialEq)]
enum Place {
    /// All of it.
    Whole,
    /// All of its values.
    Values,
    /// A part of it.
    Part(String),
    /// A part of each of its values.
    Parts(String),
    /// A part of the one value of which this is said.
    Selected(Object, String),
}

impl Column {
    /// Reads a path.
    pub(super) fn read(title: &str, path: &str, kind: &Type) -> Result<Self, String> {
        let path = path.trim();
        if same(path, "id") {
            return Ok(Self::id(title));
        }
        let (schema, extension, rest) = schema_of(path, kind);
        let (name, rest) = split_name(rest);
        let unknown = || {
            format!(
                "`{path}` is no attribute of {}; `--map {title}=PATH` says what the column is, and \
                 `--map {title}=` leaves it out",
                kind.name
            )
        };
        let attribute = schema.attribute(name).ok_or_else(unknown)?;
        if attribute.is_read_only() {
            return Err(format!(
                "`{path}` cannot be set; `--map {title}=` leaves it out"
            ));
        }
        let (place, kind) = place(path, attribute, rest)?;
        Ok(Self {
            title: title.to_owned(),
            extension: extension.map(|it| it.id.clone()),
            attribute: attribute.name.clone(),
            place,
            kind,
        })
    }

    /// What others of the file refer to it by (RFC 7643 section 3.1).
    fn id(title: &str) -> Self {
        Self {
            title: title.to_owned(),
            extension: None,
            attribute: "id".to_owned(),
            place: Place::Whole,
            kind: Kind::Text,
        }
    }

    /// Whether both say the same thing, so that one of them is too many.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        let place = |it: &Self| (it.extension.clone(), it.attribute.clone(), it.place.clone());
        place(self) == place(other)
    }

    /// Whether it is about one value of several, which others may have made.
    pub(super) fn is_selecting(&self) -> bool {
        matches!(self.place, Place::Selected(..))
    }

    /// Writes a field into a resource. One with nothing in it says nothing.
    pub(super) fn put(&self, body: &mut Object, field: &str) -> Result<(), String> {
        match (field.trim(), &self.extension) {
            ("", _) => Ok(()),
            (field, Some(urn)) => in_object(body, urn, |body| self.write(body, field)),
            (field, None) => self.write(body, field),
        }
    }

    fn write(&self, body: &mut Object, field: &str) -> Result<(), String> {
        let name = &self.attribute;
        match &self.place {
            Place::Whole => {
                body.insert(name.clone(), self.value(field)?);
            }
            Place::Values => {
                let values: Result<Vec<_>, _> = texts(field).map(|it| self.value(it)).collect();
                body.insert(name.clone(), values?.into());
            }
            Place::Part(part) => {
                let value = self.value(field)?;
                in_object(body, name, |object| object.insert(part.clone(), value));
            }
            Place::Parts(part) => {
                let values: Result<Vec<_>, _> = texts(field).map(|it| self.value(it)).collect();
                let values = values?;
                in_list(body, name, |list| parts(list, part, values));
            }
            Place::Selected(conditions, part) => {
                let value = self.value(field)?;
                in_list(body, name, |list| select(list, conditions, part, value));
            }
        }
        Ok(())
    }

    fn value(&self, text: &str) -> Result<Value, String> {
        let wrong = |what| format!("column `{}`: `{text}` is not {what}", self.title);
        match self.kind {
            Kind::Boolean => match text.to_ascii_lowercase().as_str() {
                "true" => Ok(json!(true)),
                "false" => Ok(json!(false)),
                _ => Err(wrong("`true` or `false`")),
            },
            Kind::Integer => {
                let number: Result<i64, _> = text.parse();
                number.map(Value::from).map_err(|_| wrong("a whole number"))
            }
            Kind::Decimal => {
                let number: Option<f64> = text.parse().ok();
                let number = number.and_then(serde_json::Number::from_f64);
                number.map(Value::from).ok_or_else(|| wrong("a number"))
            }
            Kind::Text | Kind::Complex => Ok(text.into()),
        }
    }
}

/// The schema that a path begins with, and what follows it. Where none does, the type's own.
fn schema_of<'t, 'p>(path: &'p str, kind: &'t Type) -> (&'t Schema, Option<&'t Schema>, &'p str) {
    let below = |schema: &Schema| {
        let (start, rest) = path.split_at_checked(schema.id.len())?;
        let rest = rest.strip_prefix(':')?;
        same(start, &schema.id).then_some(rest)
    };
    let mut extensions = kind.extensions.iter();
    match extensions.find_map(|it| Some((it, below(it)?))) {
        Some((schema, rest)) => (schema, Some(schema), rest),
        None => (&kind.schema, None, below(&kind.schema).unwrap_or(path)),
    }
}

/// A name, and what follows it.
fn split_name(path: &str) -> (&str, &str) {
    let end = path.find(['.', '[']).unwrap_or(path.len());
    path.split_at_checked(end).unwrap_or((path, ""))
}

fn place(path: &str, attribute: &Attribute, rest: &str) -> Result<(Place, Kind), String> {
    let (conditions, rest) = match rest.strip_prefix('[') {
        Some(rest) => {
            let (conditions, rest) = conditions(path, attribute, rest)?;
            (Some(conditions), rest)
        }
        None => (None, rest),
    };
    let is_complex = attribute.kind == Kind::Complex;
    let part = match rest.strip_prefix('.') {
        Some(name) => Some(name),
        None if !rest.is_empty() => return Err(format!("`{path}` is no path: `{rest}`")),
        None if is_complex && attribute.multi_valued => Some("value"),
        None => None,
    };
    match part {
        None if is_complex => Err(format!(
            "`{path}` has parts; name one: `{path}.{}`",
            first(attribute)
        )),
        None if attribute.multi_valued => Ok((Place::Values, attribute.kind)),
        None => Ok((Place::Whole, attribute.kind)),
        Some(name) => {
            let found = attribute.part(name);
            let part = found
                .ok_or_else(|| format!("`{path}`: `{}` has no part `{name}`", attribute.name))?;
            let place = match conditions {
                Some(conditions) => Place::Selected(conditions, part.name.clone()),
                None if attribute.multi_valued => Place::Parts(part.name.clone()),
                None => Place::Part(part.name.clone()),
            };
            Ok((place, part.kind))
        }
    }
}

fn first(attribute: &Attribute) -> &str {
    attribute
        .sub_attributes
        .first()
        .map_or("value", |it| &it.name)
}

/// `type eq "work" and primary eq true]`, and what follows.
fn conditions<'p>(
    path: &str,
    attribute: &Attribute,
    text: &'p str,
) -> Result<(Object, &'p str), String> {
    let wrong = || format!("`{path}`: a value is selected as in `emails[type eq \"work\"].value`");
    let (mut said, mut rest) = (Object::new(), text.trim_start());
    loop {
        let (name, after) = rest.split_once(char::is_whitespace).ok_or_else(wrong)?;
        let part = attribute.part(name).ok_or_else(wrong)?;
        let (operator, after) = after
            .trim_start()
            .split_once(char::is_whitespace)
            .ok_or_else(wrong)?;
        let mut literal = serde_json::Deserializer::from_str(after).into_iter::<Value>();
        let value = literal.next().and_then(Result::ok).ok_or_else(wrong)?;
        let end = literal.byte_offset();
        if !operator.eq_ignore_ascii_case("eq") || !attribute.multi_valued {
            return Err(wrong());
        }
        said.insert(part.name.clone(), value);
        rest = after.get(end..).unwrap_or_default().trim_start();
        if let Some(rest) = rest.strip_prefix(']') {
            return Ok((said, rest));
        }
        rest = rest.strip_prefix("and").ok_or_else(wrong)?.trim_start();
    }
}

fn texts(field: &str) -> impl Iterator<Item = &str> {
    field
        .split(SEPARATOR)
        .map(str::trim)
        .filter(|text| !text.is_empty())
}

/// Writes into the object of that name, which is made if there is none.
fn in_object<R>(body: &mut Object, name: &str, write: impl FnOnce(&mut Object) -> R) -> R {
    let mut object = match body.remove(name) {
        Some(Value::Object(object)) => object,
        _ => Object::new(),
    };
    let written = write(&mut object);
    body.insert(name.to_owned(), object.into());
    written
}

/// The same with a list.
fn in_list(body: &mut Object, name: &str, write: impl FnOnce(&mut Vec<Value>)) {
    let mut list = match body.remove(name) {
        Some(Value::Array(list)) => list,
        _ => Vec::new(),
    };
    write(&mut list);
    body.insert(name.to_owned(), list.into());
}

/// A part of the first value, of the second, and so on.
fn parts(list: &mut Vec<Value>, part: &str, values: Vec<Value>) {
    for (at, value) in values.into_iter().enumerate() {
        match list.get_mut(at).and_then(Value::as_object_mut) {
            Some(element) => {
                element.insert(part.to_owned(), value);
            }
            None => list.push(json!({ part: value })),
        }
    }
}

/// A part of the value of which all this is said; it is made if there is none.
fn select(list: &mut Vec<Value>, conditions: &Object, part: &str, value: Value) {
    let is_meant = |element: &Object| {
        let mut conditions = conditions.iter();
        conditions.all(|(name, value)| element.get(name) == Some(value))
    };
    let mut elements = list.iter_mut().filter_map(Value::as_object_mut);
    if let Some(element) = elements.find(|element| is_meant(element)) {
        element.insert(part.to_owned(), value);
    } else {
        let mut element = conditions.clone();
        element.insert(part.to_owned(), value);
        list.push(element.into());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> Type {
        let part = |name: &str| json!({ "name": name, "type": "string" });
        let attributes = json!([
            { "name": "userName", "type": "string" },
            { "name": "active", "type": "boolean" },
            { "name": "groups", "type": "complex", "multiValued": true, "mutability": "readOnly" },
            { "name": "name", "type": "complex", "subAttributes": [part("givenName")] },
            { "name": "tags", "type": "string", "multiValued": true },
            { "name": "emails", "type": "complex", "multiValued": true,
              "subAttributes": [part("value"), part("type"), { "name": "primary", "type": "boolean" }] },
        ]);
        let extension = json!({ "id": "urn:x:User", "attributes": [
            { "name": "floor", "type": "integer" }, { "name": "share", "type": "decimal" },
        ] });
        Type {
            name: "User".to_owned(),
            endpoint: "/Users".to_owned(),
            schema: serde_json::from_value(
                json!({ "id": "urn:core:User", "attributes": attributes }),
            )
            .expect("a schema"),
            extensions: vec![serde_json::from_value(extension).expect("a schema")],
        }
    }

    fn row(cells: &[(&str, &str)]) -> Result<Value, String> {
        let mut body = Object::new();
        for (path, field) in cells {
            Column::read("c", path, &user())?.put(&mut body, field)?;
        }
        Ok(body.into())
    }

    #[test]
    fn every_path_leads_to_its_place() {
        let made = row(&[
            ("USERNAME", " ann "),
            ("active", "TRUE"),
            ("name.givenName", "Ann"),
            ("tags", "a; b;"),
            ("emails", "a@x;b@x"),
            ("emails.type", "work;home"),
            ("emails[type eq \"other\" and primary eq true].value", "c@x"),
            ("emails[type eq \"home\"].value", "d@x"),
            ("urn:X:user:floor", "3"),
            ("urn:x:User:share", "0.5"),
            ("urn:core:User:userName", ""),
        ]);
        let expected = json!({
            "userName": "ann", "active": true, "name": { "givenName": "Ann" }, "tags": ["a", "b"],
            "emails": [
                { "value": "a@x", "type": "work" },
                { "value": "d@x", "type": "home" },
                { "value": "c@x", "type": "other", "primary": true },
            ],
            "urn:x:User": { "floor": 3, "share": 0.5 },
        });
        assert_eq!(made, Ok(expected));
    }

    #[test]
    fn what_leads_nowhere_is_refused() {
        for path in [
            "shoes",
            "name",
            "name.shoes",
            "groups",
            "userName.x",
            "emails[",
            "emails[type]",
            "emails[type ne \"x\"].value",
            "emails[type eq \"x\"",
            "emails[shoes eq 7].value",
            "userName[type eq \"x\"]",
            "urn:y:User:floor",
            "urn:x:User:",
            "name[givenName eq \"x\"].givenName",
        ] {
            assert!(Column::read("c", path, &user()).is_err(), "{path}");
        }
    }

    #[test]
    fn a_field_has_the_type_of_its_attribute() {
        for (path, field) in [
            ("active", "yes"),
            ("urn:x:User:floor", "3.5"),
            ("urn:x:User:share", "NaN"),
        ] {
            assert!(row(&[(path, field)]).is_err(), "{path} {field}");
        }
    }
}
