//! Whether a resource satisfies a filter.

use std::cmp::Ordering;

use super::check::number;
use super::{Checked, Comparand, Operand, Operator};
use crate::scim::filter::check::fold;
use crate::scim::resource::is_primary;
use crate::scim::schema::{Attribute, Target};
use crate::scim::time;
use crate::scim::value::{Object, Value};

impl Checked<'_> {
    /// Whether the resource satisfies the filter.
    #[must_use]
    pub fn matches(&self, resource: &Object<'_>) -> bool {
        self.holds(&Place::Resource(resource))
    }

    /// Whether one element of an attribute satisfies a filter from its brackets.
    #[must_use]
    pub fn matches_element(&self, element: &Value<'_>) -> bool {
        self.holds(&Place::Element(element))
    }

    /// How many comparisons it is made of.
    #[must_use]
    pub fn comparisons(&self) -> usize {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().map(Self::comparisons).sum(),
            Self::Not(inner) | Self::Element(_, inner) => inner.comparisons(),
            Self::Present(_) | Self::Compare(..) => 1,
        }
    }

    fn holds(&self, place: &Place<'_>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.holds(place)),
            Self::Or(parts) => parts.iter().any(|part| part.holds(place)),
            Self::Not(inner) => !inner.holds(place),
            Self::Present(operand) => place.any(operand, &mut |value| !is_empty(value)),
            Self::Compare(operand, operator, comparand) => {
                let leaf = operand.leaf();
                if *operator == Operator::Eq && place.is_so_unsaid(operand, comparand) {
                    return true;
                }
                if is_unsaid_primary(operand, comparand) {
                    return place.any_is_not_primary(operand);
                }
                place.any(operand, &mut |value| {
                    compares(leaf, value, *operator, comparand)
                })
            }
            Self::Element(target, inner) => {
                let mut found = false;
                each(place, target, &mut |element| {
                    found = found || inner.holds(&Place::Element(element));
                });
                found
            }
        }
    }
}

/// Where the values are.
enum Place<'v> {
    Resource(&'v Object<'v>),
    Element(&'v Value<'v>),
}

impl Place<'_> {
    /// Whether nothing is said, and that means what is compared with (see [`Attribute::unsaid`]).
    fn is_so_unsaid(&self, operand: &Operand<'_>, comparand: &Comparand) -> bool {
        let (Operand::Resource(target), Place::Resource(resource)) = (operand, self) else {
            return false;
        };
        let unsaid = target.leaf().unsaid.map(Comparand::Bool);
        let mut is_said = false;
        values(resource, target, &mut |_| is_said = true);
        unsaid.as_ref() == Some(comparand) && !is_said
    }

    /// Whether an element is there that does not say that it is the primary one.
    fn any_is_not_primary(&self, operand: &Operand<'_>) -> bool {
        let mut found = false;
        match (operand, self) {
            (Operand::Resource(target), _) => {
                let elements = Target {
                    sub: None,
                    ..*target
                };
                each(self, &elements, &mut |it| found = found || !is_primary(it));
            }
            (Operand::Element(_), Self::Element(element)) => found = !is_primary(element),
            (Operand::Element(_), Self::Resource(_)) => {}
        }
        found
    }

    fn any(&self, operand: &Operand<'_>, test: &mut dyn FnMut(&Value<'_>) -> bool) -> bool {
        let mut found = false;
        match operand {
            Operand::Resource(target) => each(self, target, &mut |value| {
                found = found || test(value);
            }),
            Operand::Element(leaf) => {
                if let Self::Element(element) = self {
                    found = match element {
                        Value::Object(object) => object.get(&leaf.name).is_some_and(test),
                        simple => test(simple),
                    };
                }
            }
        }
        found
    }
}

/// `primary eq false`, which is also true where nothing is said (RFC 7643 section 2.4).
fn is_unsaid_primary(operand: &Operand<'_>, comparand: &Comparand) -> bool {
    let is_part = match operand {
        Operand::Resource(target) => target.sub.is_some(),
        Operand::Element(_) => true,
    };
    is_part && operand.leaf().name == "primary" && *comparand == Comparand::Bool(false)
}

/// Each value that a target names in a resource.
fn each(place: &Place<'_>, target: &Target<'_>, visit: &mut dyn FnMut(&Value<'_>)) {
    if let Place::Resource(resource) = place {
        values(resource, target, visit);
    }
}

/// Each value that a target names in a resource: elements one by one, parts of each element.
pub(crate) fn values(
    resource: &Object<'_>,
    target: &Target<'_>,
    visit: &mut dyn FnMut(&Value<'_>),
) {
    let holder = match target.extension {
        Some(schema) => resource.get(&schema.id).and_then(Value::as_object),
        None => Some(resource),
    };
    let Some(value) = holder.and_then(|object| object.get(&target.attribute.name)) else {
        return;
    };
    for element in value.elements() {
        match (target.sub, element) {
            (None, element) => visit(element),
            (Some(sub), Value::Object(object)) => {
                if let Some(part) = object.get(&sub.name) {
                    part.elements().iter().for_each(&mut *visit);
                }
            }
            (Some(_), _) => {}
        }
    }
}

/// Not present: null, empty text, an empty array, an object of nothing else (section 3.4.2.2).
fn is_empty(value: &Value<'_>) -> bool {
    match value {
        Value::Null => true,
        Value::Text(text) => text.is_empty(),
        Value::List(list) => list.iter().all(is_empty),
        Value::Object(object) => object.iter().all(|(_, part)| is_empty(part)),
        _ => false,
    }
}

fn compares(
    leaf: &Attribute,
    value: &Value<'_>,
    operator: Operator,
    comparand: &Comparand,
) -> bool {
    match (comparand, value) {
        (Comparand::Text(wanted), Value::Text(text)) if leaf.folds() && !is_folded(text) => {
            compares_text(&fold(text), operator, wanted)
        }
        (Comparand::Text(wanted), Value::Text(text)) => compares_text(text, operator, wanted),
        (Comparand::Bool(wanted), Value::Bool(found)) => found == wanted,
        (Comparand::Number(wanted), Value::Integer(found)) => {
            ordered(number(*found).partial_cmp(wanted), operator)
        }
        (Comparand::Number(wanted), Value::Decimal(found)) => {
            ordered(found.partial_cmp(wanted), operator)
        }
        (Comparand::Instant(wanted), Value::Text(text)) => {
            ordered(time::instant(text).map(|found| found.cmp(wanted)), operator)
        }
        _ => false,
    }
}

/// Whether folding would change nothing, as with most of what is compared: then it need not be copied.
fn is_folded(text: &str) -> bool {
    text.bytes()
        .all(|byte| byte.is_ascii() && !byte.is_ascii_uppercase())
}

fn compares_text(found: &str, operator: Operator, wanted: &str) -> bool {
    match operator {
        Operator::Co => found.contains(wanted),
        Operator::Sw => found.starts_with(wanted),
        Operator::Ew => found.ends_with(wanted),
        _ => ordered(Some(found.cmp(wanted)), operator),
    }
}

fn ordered(ordering: Option<Ordering>, operator: Operator) -> bool {
    let Some(ordering) = ordering else {
        return false;
    };
    match operator {
        Operator::Eq => ordering.is_eq(),
        Operator::Gt => ordering.is_gt(),
        Operator::Ge => ordering.is_ge(),
        Operator::Lt => ordering.is_lt(),
        Operator::Le => ordering.is_le(),
        Operator::Ne | Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}
