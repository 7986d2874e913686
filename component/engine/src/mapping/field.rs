//! One field of an account: where its value comes from, and what happens to it on the way.

use super::{Passed, Selector, Shape, Step, Template, Why, present, quoted, same_text};
use crate::scim::schema::ResourceType;
use crate::scim::value::{Object, Value};

/// Which way a field goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// From SCIM to the account: the provider says.
    #[default]
    Out,
    /// From the account to SCIM: the platform says.
    In,
    /// Whoever wrote last says.
    Both,
}

/// Where a value comes from.
#[derive(Clone, Debug)]
pub enum Source {
    /// An attribute of the user.
    Path(Selector),
    /// Text with values in it.
    Template(Template),
    /// Always the same.
    Constant(Value<'static>),
}

/// One field.
#[derive(Clone, Debug)]
pub struct Field {
    /// As the platform calls it; compared without case.
    pub name: String,
    /// Where its value comes from.
    pub source: Source,
    /// Which way it goes.
    pub direction: Direction,
    /// Whether a user must have it.
    pub required: bool,
    /// What happens to the value on its way out, in this order.
    pub steps: Vec<Step>,
}

impl Field {
    /// The source as the settings have it.
    #[must_use]
    pub fn from(&self) -> &str {
        match &self.source {
            Source::Path(selector) => selector.as_str(),
            Source::Template(template) => template.as_str(),
            Source::Constant(_) => "constant",
        }
    }

    /// The attribute that a value goes back to; none where there is no such one.
    #[must_use]
    pub fn target(&self) -> Option<&Selector> {
        match &self.source {
            Source::Path(selector) => Some(selector),
            Source::Template(template) => template.only(),
            Source::Constant(_) => None,
        }
    }

    /// Whether the server alone sets what the value comes from: nobody can be told to send another one.
    #[must_use]
    pub fn is_read_only(&self, kind: &ResourceType) -> bool {
        match &self.source {
            Source::Path(selector) => selector.is_read_only(kind),
            Source::Template(template) => template.places().all(|it| it.is_read_only(kind)),
            Source::Constant(_) => true,
        }
    }

    /// The value of a user's account.
    ///
    /// # Errors
    /// Why there is none, although the user has one.
    pub fn out(&self, kind: &ResourceType, user: &Object<'_>) -> Passed {
        let value = match &self.source {
            Source::Path(selector) => selector.read(kind, user),
            Source::Template(template) => template.fill(kind, user),
            Source::Constant(value) => Some(value.clone()),
        };
        let whole = self.direction == Direction::Both;
        let mut steps = self.steps.iter();
        steps.try_fold(value, |value, step| step.out(value, whole))
    }

    /// Puts what the platform says into a user, so that it reads as that.
    ///
    /// # Errors
    /// Why it cannot be, or would read otherwise.
    pub fn back(
        &self,
        kind: &ResourceType,
        user: &mut Object<'_>,
        value: Option<Value<'static>>,
    ) -> Result<(), Why> {
        let Some(selector) = self.target() else {
            return Err(Why("it has no way back".to_owned()));
        };
        let value = value.and_then(present);
        let wanted = self.settled(value.clone())?;
        let mut raw = value;
        for step in self.steps.iter().rev() {
            raw = match raw {
                Some(value) => step.back(value)?,
                None => None,
            };
        }
        if let (Source::Template(template), Some(text)) = (&self.source, &raw) {
            raw = template.take_off(text)?;
        }
        selector.write(kind, user, raw)?;
        reads(wanted.as_ref(), self.out(kind, user)?.as_ref())
    }

    /// What is said, without what the last steps take away by their nature, and with what stands for nothing.
    fn settled(&self, value: Option<Value<'static>>) -> Passed {
        let last = self.steps.iter().rev();
        let last = last.take_while(|it| it.is_normalising() || matches!(it, Step::Default(_)));
        let steps: Vec<&Step> = last.collect();
        let mut steps = steps.into_iter().rev();
        steps.try_fold(value, |value, step| step.out(value, false))
    }

    /// Why this field cannot be turned round, if that is so.
    #[must_use]
    pub fn one_way(&self, kind: &ResourceType) -> Option<String> {
        let Some(selector) = self.target() else {
            let why = match self.source {
                Source::Constant(_) => "a constant has no way back",
                _ => "a template with several paths cannot be taken apart",
            };
            return Some(why.to_owned());
        };
        if let Some(why) = selector.unwritable(kind) {
            return Some(why);
        }
        let keeps_case = selector.leaf(kind).is_some_and(|leaf| !leaf.folds());
        for step in &self.steps {
            match step {
                Step::Lower if keeps_case => {
                    let path = selector.as_str();
                    return Some(format!("`lower` loses capitals, which `{path}` keeps"));
                }
                Step::Lookup(lookup) => {
                    if let Some((one, other)) = lookup.ambiguous() {
                        return Some(format!("`{one}` and `{other}` are the same in the table"));
                    }
                    if lookup.other == super::Other::Nothing {
                        return Some("`else` null loses what is not in the table".to_owned());
                    }
                }
                _ => {}
            }
        }
        None
    }

    /// The shape of the value before all steps; none where it is as it is written.
    #[must_use]
    pub fn shape(&self, kind: &ResourceType) -> Option<Shape> {
        match &self.source {
            Source::Path(selector) => {
                let leaf = selector.leaf(kind)?;
                Some(Shape::of(leaf, selector.is_many()))
            }
            Source::Template(_) => Some(Shape {
                scalar: super::Scalar::Text,
                many: false,
            }),
            Source::Constant(value) => Some(Shape {
                scalar: super::Scalar::Any,
                many: matches!(value, Value::List(_)),
            }),
        }
    }
}

/// Whether what was put reads as what was meant.
fn reads(wanted: Option<&Value<'static>>, got: Option<&Value<'static>>) -> Result<(), Why> {
    let is_so = match (wanted, got) {
        (None, None) => true,
        (Some(wanted), Some(got)) => wanted.same(got),
        _ => false,
    };
    if is_so {
        return Ok(());
    }
    let same = wanted
        .zip(got)
        .is_some_and(|(wanted, got)| same_text(wanted, got));
    let shown = |value: &Value<'_>| {
        if same {
            // A number, say, and the same as text.
            format!("`{}`", value.to_json())
        } else {
            quoted(value)
        }
    };
    let [wanted, got] = [wanted, got].map(|it| it.map_or("nothing".to_owned(), shown));
    Err(Why(format!(
        "{wanted} would be lost: it would read as {got}"
    )))
}
