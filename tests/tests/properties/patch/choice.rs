//! What stands in the brackets of a path (RFC 7644 section 3.4.2.2, `valFilter`): made up, printed,
//! and what it means for one element.

use std::cmp::Ordering;
use std::fmt;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::law::Attribute;
use crate::made_up::simple;

/// A filter over the parts of an element.
#[derive(Clone, Debug)]
pub enum Choice {
    Present(String),
    Compare(String, &'static str, Value),
    Not(Box<Choice>),
    And(Box<Choice>, Box<Choice>),
    Or(Box<Choice>, Box<Choice>),
}

impl fmt::Display for Choice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Present(name) => write!(f, "{name} pr"),
            Self::Compare(name, operator, value) => write!(f, "{name} {operator} {value}"),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::And(left, right) => write!(f, "({left}) and ({right})"),
            Self::Or(left, right) => write!(f, "({left}) or ({right})"),
        }
    }
}

/// Filters over the parts of an attribute: mostly such as mean something.
pub fn choices(attribute: &Attribute) -> BoxedStrategy<Choice> {
    if attribute.sub_attributes.is_empty() {
        return Just(Choice::Present("value".to_owned())).boxed();
    }
    let part = select(attribute.sub_attributes.clone());
    let compare = part.prop_flat_map(|part| {
        let wrong = select(vec![json!("x"), json!(true), json!(5), Value::Null]);
        let value = prop_oneof![20 => simple(&part), 1 => wrong];
        let operators = match part.kind.as_str() {
            "boolean" => vec!["eq", "eq", "eq", "ne"],
            _ => vec!["eq", "eq", "eq", "eq", "ne", "co", "sw", "ew"],
        };
        let order = select(vec!["gt", "ge", "lt", "le"]);
        let operator = prop_oneof![20 => select(operators), 1 => order];
        (Just(part.name), operator, value)
            .prop_map(|(name, operator, value)| Choice::Compare(name, operator, value))
    });
    let names: Vec<String> = attribute
        .sub_attributes
        .iter()
        .map(|it| it.name.clone())
        .collect();
    let leaf = prop_oneof![
        12 => compare,
        2 => select(names).prop_map(Choice::Present),
    ];
    leaf.prop_recursive(2, 4, 2, |inner| {
        let two =
            (inner.clone(), inner.clone()).prop_map(|(one, two)| (Box::new(one), Box::new(two)));
        prop_oneof![
            inner.prop_map(|inner| Choice::Not(Box::new(inner))),
            two.clone()
                .prop_map(|(left, right)| Choice::And(left, right)),
            two.prop_map(|(left, right)| Choice::Or(left, right)),
        ]
    })
    .boxed()
}

impl Choice {
    /// Whether it means anything for the elements of an attribute (the table of operators in
    /// section 3.4.2.2).
    pub fn fits(&self, attribute: &Attribute) -> Result<(), String> {
        match self {
            Self::Present(name) => known(attribute, name).map(|_| ()),
            Self::Not(inner) => inner.fits(attribute),
            Self::And(left, right) | Self::Or(left, right) => {
                left.fits(attribute)?;
                right.fits(attribute)
            }
            Self::Compare(name, operator, value) => {
                let part = known(attribute, name)?;
                let is_order = matches!(*operator, "gt" | "ge" | "lt" | "le");
                let is_equality = matches!(*operator, "eq" | "ne");
                let fits = match (part.kind.as_str(), value) {
                    (_, Value::Null) | ("boolean", Value::Bool(_)) => is_equality,
                    ("string" | "reference", Value::String(_)) => true,
                    // "Boolean and Binary attributes SHALL cause a failed response".
                    ("binary", Value::String(_)) => !is_order,
                    _ => false,
                };
                if fits {
                    Ok(())
                } else {
                    Err(format!("`{self}` means nothing"))
                }
            }
        }
    }

    /// Whether an element satisfies it.
    pub fn holds(&self, attribute: &Attribute, element: &Map<String, Value>) -> bool {
        match self {
            Self::Not(inner) => !inner.holds(attribute, element),
            Self::And(left, right) => {
                left.holds(attribute, element) && right.holds(attribute, element)
            }
            Self::Or(left, right) => {
                left.holds(attribute, element) || right.holds(attribute, element)
            }
            Self::Compare(name, "eq", Value::Null) => !is_present(element.get(name)),
            Self::Present(name) | Self::Compare(name, "ne", Value::Null) => {
                is_present(element.get(name))
            }
            // Our reading: `ne` is `not eq`.
            Self::Compare(name, "ne", value) => {
                !Self::Compare(name.clone(), "eq", value.clone()).holds(attribute, element)
            }
            // "not specified" means false (RFC 7643 section 2.4, `primary`).
            Self::Compare(name, "eq", Value::Bool(false)) if name == "primary" => {
                element.get(name) != Some(&Value::Bool(true))
            }
            Self::Compare(name, operator, value) => {
                let folds = attribute.part(name).is_some_and(Attribute::folds);
                let found = element.get(name);
                found.is_some_and(|found| compares(found, operator, value, folds))
            }
        }
    }
}

fn known<'a>(attribute: &'a Attribute, name: &str) -> Result<&'a Attribute, String> {
    let part = attribute.part(name);
    part.ok_or_else(|| format!("`{name}` is no part of `{}`", attribute.name))
}

/// "not empty" (section 3.4.2.2, `pr`).
fn is_present(value: Option<&Value>) -> bool {
    value.is_some_and(|value| !value.is_null() && value != "")
}

fn compares(found: &Value, operator: &str, wanted: &Value, folds: bool) -> bool {
    let text = |value: &Value| match value {
        Value::String(text) if folds => text.to_lowercase(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let (found, wanted) = (text(found), text(wanted));
    let order = found.cmp(&wanted);
    match operator {
        "eq" => order == Ordering::Equal,
        "co" => found.contains(&wanted),
        "sw" => found.starts_with(&wanted),
        "ew" => found.ends_with(&wanted),
        "gt" => order == Ordering::Greater,
        "ge" => order != Ordering::Less,
        "lt" => order == Ordering::Less,
        "le" => order != Ordering::Greater,
        other => panic!("{other} is no operator"),
    }
}
