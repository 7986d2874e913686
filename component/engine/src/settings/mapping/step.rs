//! The transforms of a field: a word, or an object with the name of one and what it needs.

use serde_json::{Map, Value as Json};

use super::{SCALAR, constant_of};
use crate::mapping::{Field, Lookup, Other, Pattern, Step, same_text};
use crate::scim::schema::ResourceType;
use crate::scim::value::Value;
use crate::settings::reader::Reader;

/// Transforms of one field.
const MAX_STEPS: usize = 10;

/// Lines of one table.
const MAX_LINES: usize = 1000;

/// Bytes of a separator.
const MAX_SEPARATOR: usize = 16;

const KNOWN: &str = "one of \"lower\", \"trim\", {\"lookup\": ..}, {\"join\": ..}, {\"split\": ..}, \
                     {\"default\": ..}, {\"boolean\": ..}, {\"date\": ..}";

impl Reader<'_> {
    /// Reads `transforms`, and follows the value through them.
    pub(super) fn steps(
        &mut self,
        at: &str,
        object: &Map<String, Json>,
        kind: &ResourceType,
        field: &mut Field,
    ) {
        let at = format!("{at}.transforms");
        let list = match object.get("transforms") {
            Some(list) => self.list(&at, list).map_or(&[][..], Vec::as_slice),
            None => &[],
        };
        if list.len() > MAX_STEPS {
            self.problem(&at, &format!("{MAX_STEPS} transforms at most"));
        }
        let mut shape = field.shape(kind);
        for (index, item) in list.iter().enumerate().take(MAX_STEPS) {
            let at = format!("{at}[{index}]");
            let step = match self.step(&at, item) {
                Ok(step) => step,
                Err((key, detail)) => {
                    let at = if key.is_empty() {
                        at
                    } else {
                        format!("{at}.{key}")
                    };
                    self.problem(&at, &detail);
                    return;
                }
            };
            match shape.map(|shape| step.shape(shape)) {
                Some(Err(needs)) => {
                    let detail = format!("`{}` {needs}, which is not what comes here", step.name());
                    self.problem(&at, &detail);
                    return;
                }
                Some(Ok(next)) => shape = Some(next),
                None => {}
            }
            field.steps.push(step);
        }
    }

    /// Reads one. What is wrong is said of one of its keys, or of the whole.
    fn step(&mut self, at: &str, item: &Json) -> Result<Step, (&'static str, String)> {
        let whole = || ("", KNOWN.to_owned());
        if let Some(word) = item.as_str() {
            return match word {
                "lower" => Ok(Step::Lower),
                "trim" => Ok(Step::Trim),
                _ => Err(whole()),
            };
        }
        let object = item.as_object().ok_or_else(whole)?;
        if let Some(table) = object.get("lookup") {
            self.only(at, object, &["lookup", "else"]);
            return lookup(table, object.get("else")).map(Step::Lookup);
        }
        let mut members = object.iter();
        let (Some((key, value)), None) = (members.next(), members.next()) else {
            return Err(whole());
        };
        match key.as_str() {
            "join" => separator(value)
                .map(Step::Join)
                .map_err(|why| ("join", why)),
            "split" => separator(value)
                .map(Step::Split)
                .map_err(|why| ("split", why)),
            "default" => {
                let value = constant_of(value).ok_or_else(|| ("default", SCALAR.to_owned()))?;
                Ok(Step::Default(value))
            }
            "boolean" => boolean(value)
                .map(Step::Boolean)
                .map_err(|why| ("boolean", why)),
            "date" => {
                let pattern = Pattern::parse(value.as_str().unwrap_or_default());
                pattern.map(Step::Date).map_err(|why| ("date", why))
            }
            _ => Err(whole()),
        }
    }
}

fn separator(value: &Json) -> Result<String, String> {
    let text = value
        .as_str()
        .filter(|it| (1..=MAX_SEPARATOR).contains(&it.len()));
    let detail = || format!("a separator: text of 1 to {MAX_SEPARATOR} bytes");
    text.map(str::to_owned).ok_or_else(detail)
}

/// What true is called, and what false is.
fn boolean(value: &Json) -> Result<[Value<'static>; 2], String> {
    let list = value.as_array().map_or(&[][..], Vec::as_slice);
    let words: Vec<_> = list.iter().filter_map(single).collect();
    let words: Option<[Value<'static>; 2]> = words.try_into().ok();
    let told = words.filter(|[yes, no]| list.len() == 2 && !same_text(yes, no));
    told.ok_or_else(|| "two values: what true is called, and what false is".to_owned())
}

fn lookup(table: &Json, other: Option<&Json>) -> Result<Lookup, (&'static str, String)> {
    let detail = || {
        (
            "lookup",
            format!("a table of 1 to {MAX_LINES} values, none empty"),
        )
    };
    let object = table.as_object().ok_or_else(detail)?;
    let lines = object.iter().map(|(key, value)| {
        let value = single(value).filter(|_| !key.is_empty());
        value.map(|value| (key.clone(), value))
    });
    let lines: Option<Vec<_>> = lines.collect();
    let table = lines.filter(|it| (1..=MAX_LINES).contains(&it.len()));
    let other = match other {
        None => Other::Refuse,
        Some(Json::Null) => Other::Nothing,
        Some(Json::String(word)) if word == "refuse" => Other::Refuse,
        Some(Json::String(word)) if word == "keep" => Other::Keep,
        Some(_) => return Err(("else", "\"refuse\", \"keep\" or null".to_owned())),
    };
    Ok(Lookup {
        table: table.ok_or_else(detail)?,
        other,
    })
}

/// A single value that a setting gives.
fn single(json: &Json) -> Option<Value<'static>> {
    constant_of(json).filter(|value| !matches!(value, Value::List(_)))
}
