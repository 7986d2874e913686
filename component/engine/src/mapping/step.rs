//! The transforms: what each makes of a value on its way out, and how it is turned round.

use super::{Lookup, Passed, Pattern, Why, present, quoted, same_text, text_of};
use crate::scim::schema::{Attribute, Kind};
use crate::scim::time;
use crate::scim::value::Value;

/// One transform.
#[derive(Clone, Debug)]
pub enum Step {
    /// Capitals become small letters.
    Lower,
    /// White space at both ends goes.
    Trim,
    /// A list becomes text, with this between its parts.
    Join(String),
    /// Text becomes a list, cut where this stands.
    Split(String),
    /// Values by a table.
    Lookup(Lookup),
    /// What true is called, and what false is.
    Boolean([Value<'static>; 2]),
    /// A dateTime is written so.
    Date(Pattern),
    /// What there is if there is nothing.
    Default(Value<'static>),
}

/// What kind of values are on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names say it")]
pub enum Scalar {
    Text,
    Boolean,
    Number,
    Moment,
    Any,
}

/// The same, and whether it is a list of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Of each value.
    pub scalar: Scalar,
    /// Whether there is a list of them.
    pub many: bool,
}

impl Shape {
    /// What an attribute holds.
    #[must_use]
    pub fn of(leaf: &Attribute, many: bool) -> Self {
        let scalar = match leaf.kind {
            Kind::Boolean => Scalar::Boolean,
            Kind::Integer | Kind::Decimal => Scalar::Number,
            Kind::DateTime => Scalar::Moment,
            Kind::String | Kind::Reference | Kind::Binary | Kind::Complex => Scalar::Text,
        };
        Self { scalar, many }
    }
}

impl Step {
    /// As the settings call it.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Lower => "lower",
            Self::Trim => "trim",
            Self::Join(_) => "join",
            Self::Split(_) => "split",
            Self::Lookup(_) => "lookup",
            Self::Boolean(_) => "boolean",
            Self::Date(_) => "date",
            Self::Default(_) => "default",
        }
    }

    /// What it makes of values of a shape.
    ///
    /// # Errors
    /// What it would need instead.
    pub fn shape(&self, from: Shape) -> Result<Shape, &'static str> {
        let is = |scalar| from.scalar == scalar || from.scalar == Scalar::Any;
        let text = |many| Shape {
            scalar: Scalar::Text,
            many,
        };
        match self {
            Self::Lower | Self::Trim if is(Scalar::Text) => Ok(from),
            Self::Lower | Self::Trim => Err("needs text"),
            Self::Join(_) if from.many => Ok(text(false)),
            Self::Join(_) => Err("needs a list of values"),
            Self::Split(_) if is(Scalar::Text) && !from.many => Ok(text(true)),
            Self::Split(_) => Err("needs one text"),
            Self::Boolean(_) if !is(Scalar::Boolean) => Err("needs a boolean"),
            Self::Date(_) if is(Scalar::Moment) => Ok(text(from.many)),
            Self::Date(_) => Err("needs a dateTime"),
            Self::Default(value) if matches!(value, Value::List(_)) != from.many => {
                Err("must be a list where there are many values, and one value else")
            }
            Self::Lookup(_) | Self::Boolean(_) | Self::Default(_) => Ok(Shape {
                scalar: Scalar::Any,
                ..from
            }),
        }
    }

    /// Whether it takes something away by its nature, which is therefore not called a loss.
    #[must_use]
    pub fn is_normalising(&self) -> bool {
        matches!(self, Self::Lower | Self::Trim)
    }

    /// On the way out. With `whole`, a value that could not be told from another one behind the step does
    /// not pass.
    pub(super) fn out(&self, value: Option<Value<'static>>, whole: bool) -> Passed {
        let Some(value) = value else {
            return Ok(match self {
                Self::Default(default) => Some(default.clone()),
                _ => None,
            });
        };
        if !whole || self.is_normalising() {
            return self.forward(value);
        }
        let there = self.forward(value.clone())?;
        let back = match there.clone() {
            Some(there) => self.back(there)?,
            None => None,
        };
        if back.is_some_and(|back| self.is_the_same(&value, &back)) {
            return Ok(there);
        }
        let (name, value) = (self.name(), quoted(&value));
        Err(Why(format!(
            "{value} would be lost: `{name}` cannot turn it round"
        )))
    }

    fn is_the_same(&self, value: &Value<'static>, back: &Value<'static>) -> bool {
        let moment = |value: &Value<'_>| value.as_text().and_then(time::instant);
        match self {
            Self::Date(_) => value
                .elements()
                .iter()
                .map(moment)
                .eq(back.elements().iter().map(moment)),
            // A boolean or a number comes back as text, and is made what it was where it is put.
            Self::Lookup(_) | Self::Join(_) => value
                .elements()
                .iter()
                .map(text_of)
                .eq(back.elements().iter().map(text_of)),
            _ => value.same(back),
        }
    }

    fn forward(&self, value: Value<'static>) -> Passed {
        match self {
            Self::Lower => each(value, &|it| on_text(&it, str::to_lowercase)),
            Self::Trim => each(value, &|it| on_text(&it, |text| text.trim().to_owned())),
            Self::Join(separator) => joined(&value, separator),
            Self::Split(separator) => split(&value, separator),
            Self::Lookup(lookup) => each(value, &|it| lookup.forward(it)),
            Self::Boolean([yes, no]) => each(value, &|it| match it {
                Value::Bool(true) => Ok(Some(yes.clone())),
                Value::Bool(false) => Ok(Some(no.clone())),
                other => Err(Why(format!("{} is not a boolean", quoted(&other)))),
            }),
            Self::Date(pattern) => each(value, &|it| {
                let written = it.as_text().and_then(|text| pattern.write(text));
                let refusal = || Why(format!("{} is not a dateTime", quoted(&it)));
                written
                    .map(|text| Some(Value::owned(text)))
                    .ok_or_else(refusal)
            }),
            Self::Default(_) => Ok(Some(value)),
        }
    }

    /// On the way back.
    pub(super) fn back(&self, value: Value<'static>) -> Passed {
        match self {
            Self::Lower | Self::Trim => self.forward(value),
            Self::Join(separator) => split(&value, separator),
            Self::Split(separator) => {
                let parts = value.elements().iter();
                let mut texts = parts.filter_map(text_of);
                if let Some(part) = texts.find(|it| it.contains(separator.as_str())) {
                    let part = quoted(&Value::owned(part));
                    return Err(Why(format!("{part} holds the separator `{separator}`")));
                }
                joined(&value, separator)
            }
            Self::Lookup(lookup) => each(value, &|it| lookup.back(it)),
            Self::Boolean([yes, no]) => each(value, &|it| {
                if same_text(&it, yes) {
                    Ok(Some(Value::Bool(true)))
                } else if same_text(&it, no) {
                    Ok(Some(Value::Bool(false)))
                } else {
                    let [value, yes, no] = [&it, yes, no].map(quoted);
                    Err(Why(format!("{value} is neither {yes} nor {no}")))
                }
            }),
            Self::Date(pattern) => each(value, &|it| {
                let read = it.as_text().and_then(|text| pattern.read(text));
                let refusal = || {
                    let (value, pattern) = (quoted(&it), pattern.as_str());
                    Why(format!("{value} is not a date of the form `{pattern}`"))
                };
                read.map(|text| Some(Value::owned(text)))
                    .ok_or_else(refusal)
            }),
            Self::Default(_) => Ok(Some(value)),
        }
    }
}

/// A single value, or each of a list.
fn each(value: Value<'static>, one: &dyn Fn(Value<'static>) -> Passed) -> Passed {
    let Value::List(values) = value else {
        return Ok(one(value)?.and_then(present));
    };
    let mut passed = Vec::with_capacity(values.len());
    for value in values {
        passed.extend(one(value)?.and_then(present));
    }
    Ok(present(Value::List(passed)))
}

fn on_text(value: &Value<'static>, change: impl Fn(&str) -> String) -> Passed {
    match value.as_text().map(change) {
        Some(text) => Ok(Some(Value::owned(text))),
        None => Err(Why(format!("{} is not text", quoted(value)))),
    }
}

fn joined(value: &Value<'static>, separator: &str) -> Passed {
    let Value::List(parts) = value else {
        return Err(Why(format!("{} must be a list", quoted(value))));
    };
    let mut texts = Vec::with_capacity(parts.len());
    for part in parts {
        let text = text_of(part);
        texts.push(text.ok_or_else(|| Why(format!("{} is not a single value", quoted(part))))?);
    }
    Ok(present(Value::owned(texts.join(separator))))
}

fn split(value: &Value<'static>, separator: &str) -> Passed {
    let Some(text) = value.as_text() else {
        return Err(Why(format!("{} is not text", quoted(value))));
    };
    let parts = text
        .split(separator)
        .map(|part| Value::owned(part.to_owned()));
    Ok(present(Value::List(parts.collect())))
}
