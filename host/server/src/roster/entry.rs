//! One user of a file, or of the tenant in the words of a file.

use serde::ser::{Serialize, SerializeMap as _, Serializer};
use serde_json::{Map, Value, json};

use super::BadInput;
use super::attribute::{Attribute, ENTERPRISE, Said};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// What is said of one user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// Where it begins, from 1.
    pub(crate) line: usize,
    said: Box<[(Attribute, Said)]>,
}

impl Entry {
    /// In one order, whatever that of the columns or of the members is.
    pub(super) fn new(line: usize, mut said: Vec<(Attribute, Said)>) -> Self {
        said.sort_by_key(|(attribute, _)| *attribute);
        let said = said.into();
        Self { line, said }
    }

    /// A SCIM user. What no file says is left out.
    pub(crate) fn of_user(line: usize, user: &Value) -> Result<Self, BadInput> {
        let members = user
            .as_object()
            .ok_or_else(|| BadInput::new(line, "a line is a SCIM user: an object is needed"))?;
        let mut said = Vec::new();
        for (name, value) in members {
            if let Some(extension) = value.as_object().filter(|_| is_enterprise(name)) {
                take(line, extension, &mut said)?;
            }
        }
        take(line, members, &mut said)?;
        Ok(Self::new(line, said))
    }

    /// Keeps some of what is said.
    pub(super) fn keep(&mut self, wanted: impl Fn(Attribute) -> bool) {
        let said = std::mem::take(&mut self.said).into_vec();
        let kept = said.into_iter().filter(|(attribute, _)| wanted(*attribute));
        self.said = kept.collect();
    }

    /// All that is said.
    pub(crate) fn said(&self) -> &[(Attribute, Said)] {
        &self.said
    }

    /// What is said of an attribute; none where nothing is said, not even that there is none.
    pub(crate) fn get(&self, attribute: Attribute) -> Option<&Said> {
        let mut said = self.said.iter();
        said.find_map(|(it, said)| (*it == attribute).then_some(said))
    }

    /// The text of an attribute.
    pub(crate) fn text(&self, attribute: Attribute) -> Option<&str> {
        match self.get(attribute) {
            Some(Said::Text(text)) => Some(text),
            _ => None,
        }
    }

    /// The user as SCIM has it.
    pub(crate) fn body(&self) -> Value {
        let (mut body, mut schemas) = (Map::new(), vec![json!(USER)]);
        for (attribute, said) in &self.said {
            let value = match said {
                Said::Nothing => continue,
                Said::Values(values) => values_of(values),
                other => json!(other),
            };
            if *attribute == Attribute::Department {
                schemas.push(json!(ENTERPRISE));
                body.insert(ENTERPRISE.to_owned(), json!({ "department": value }));
            } else {
                body.insert(attribute.name().to_owned(), value);
            }
        }
        body.insert("schemas".to_owned(), schemas.into());
        body.into()
    }
}

impl Serialize for Entry {
    /// The line, and all that is said by its name.
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut map = to.serialize_map(Some(self.said.len() + 1))?;
        map.serialize_entry("line", &self.line)?;
        for (attribute, said) in &self.said {
            map.serialize_entry(attribute.name(), said)?;
        }
        map.end()
    }
}

/// Values of a multi-valued attribute.
pub(crate) fn values_of(values: &[Box<str>]) -> Value {
    values
        .iter()
        .map(|value| json!({ "value": value }))
        .collect()
}

fn is_enterprise(name: &str) -> bool {
    name.eq_ignore_ascii_case(ENTERPRISE)
}

fn take(
    line: usize,
    members: &Map<String, Value>,
    said: &mut Vec<(Attribute, Said)>,
) -> Result<(), BadInput> {
    for (name, value) in members {
        let Some(attribute) = Attribute::of(name) else {
            continue;
        };
        if said.iter().any(|(it, _)| *it == attribute) {
            let what = format!("`{}` is there twice", attribute.name());
            return Err(BadInput::new(line, what));
        }
        let value = Said::of_value(attribute, value).map_err(|what| BadInput::new(line, what))?;
        said.push((attribute, value));
    }
    Ok(())
}
