//! Text with places in it for values: `{name.givenName} {name.familyName}`. `{{` and `}}` are braces.

use super::{Passed, Selector, Why, quoted, text_of};
use crate::scim::schema::ResourceType;
use crate::scim::value::{Object, Value};

/// Bytes of a template.
const MAX_TEMPLATE: usize = 1024;

#[derive(Clone, Debug)]
enum Piece {
    Text(String),
    Place(Selector),
}

/// A template, checked against the User type.
#[derive(Clone, Debug)]
pub struct Template {
    text: String,
    pieces: Vec<Piece>,
}

impl Template {
    /// Reads a template.
    ///
    /// # Errors
    /// What is wrong with it: a brace that stands alone, a path that names no single value.
    pub fn parse(kind: &ResourceType, text: &str) -> Result<Self, String> {
        if text.len() > MAX_TEMPLATE {
            return Err(format!("a template has {MAX_TEMPLATE} bytes at most"));
        }
        let mut pieces = Vec::new();
        let mut literal = String::new();
        let mut rest = text;
        while let Some(first) = rest.chars().next() {
            let twice = rest.starts_with("{{") || rest.starts_with("}}");
            match first {
                '{' | '}' if twice => {
                    literal.push(first);
                    rest = rest.get(2..).unwrap_or_default();
                }
                '{' => {
                    let place = rest.get(1..).and_then(|it| it.split_once('}'));
                    let (path, behind) = place.ok_or("a `{` has no `}`; `{{` is a brace")?;
                    if !literal.is_empty() {
                        pieces.push(Piece::Text(std::mem::take(&mut literal)));
                    }
                    pieces.push(Piece::Place(single(kind, path)?));
                    rest = behind;
                }
                '}' => return Err("a `}` has no `{`; `}}` is a brace".to_owned()),
                other => {
                    literal.push(other);
                    rest = rest.get(other.len_utf8()..).unwrap_or_default();
                }
            }
        }
        if !literal.is_empty() {
            pieces.push(Piece::Text(literal));
        }
        let template = Self {
            text: text.to_owned(),
            pieces,
        };
        if template.places().next().is_none() {
            return Err("a template has a `{path}` in it; else use `constant`".to_owned());
        }
        Ok(template)
    }

    /// As the settings have it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The only place, if there is one alone: then what stands around it can be taken off again.
    #[must_use]
    pub fn only(&self) -> Option<&Selector> {
        let mut places = self.places();
        places.next().filter(|_| places.next().is_none())
    }

    /// All places.
    pub fn places(&self) -> impl Iterator<Item = &Selector> {
        self.pieces.iter().filter_map(|piece| match piece {
            Piece::Place(selector) => Some(selector),
            Piece::Text(_) => None,
        })
    }

    /// The text with the values of a user in it; none if none of them is there.
    #[must_use]
    pub fn fill(&self, kind: &ResourceType, user: &Object<'_>) -> Option<Value<'static>> {
        let mut is_empty = true;
        let mut filled = String::new();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Place(selector) => {
                    let value = selector.read(kind, user);
                    if let Some(text) = value.as_ref().and_then(text_of) {
                        is_empty = false;
                        filled.push_str(&text);
                    }
                }
            }
        }
        (!is_empty).then(|| Value::owned(filled))
    }

    /// What stands in the only place of a text.
    pub(super) fn take_off(&self, value: &Value<'static>) -> Passed {
        let mut before = true;
        let mut rest = value.as_text();
        for piece in &self.pieces {
            match piece {
                Piece::Text(text) if before => {
                    rest = rest.and_then(|it| it.strip_prefix(text.as_str()));
                }
                Piece::Text(text) => rest = rest.and_then(|it| it.strip_suffix(text.as_str())),
                Piece::Place(_) => before = false,
            }
        }
        let rest = rest.filter(|it| !it.is_empty());
        let Some(rest) = rest else {
            let (value, text) = (quoted(value), &self.text);
            return Err(Why(format!("{value} is not of the form `{text}`")));
        };
        Ok(Some(Value::owned(rest.to_owned())))
    }
}

fn single(kind: &ResourceType, path: &str) -> Result<Selector, String> {
    let selector = Selector::parse(kind, path, None)?;
    if selector.is_many() {
        let detail =
            "has many values: select one by a filter, such as `emails[primary eq true].value`";
        return Err(format!("`{path}` {detail}"));
    }
    Ok(selector)
}
