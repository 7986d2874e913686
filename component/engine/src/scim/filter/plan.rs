//! A filter as a plan of the store: as much of it as the index can answer, and never less than
//! the filter selects.

use super::{Checked, Comparand, Operand, Operator};
use crate::facts::{Entry, Node};
use crate::scim::index;
use crate::scim::schema::{ResourceType, Target};
use crate::scim::time;

/// Nodes of one plan: what the stores that come with scimlet take. A filter of as many comparisons
/// as there may be can come to more; the rest of it is then left to the engine.
const MAX_PLAN: usize = 512;

/// What the store is asked for.
#[derive(Clone, Debug, Default)]
pub struct Pushdown {
    /// The plan; empty where the index cannot narrow anything.
    pub nodes: Vec<Node>,
    /// Whether the plan selects just what the filter does.
    pub exact: bool,
}

/// Translates a filter. `more` are paths beyond the base that the index answers completely.
#[must_use]
pub fn push_down(kind: &ResourceType, filter: &Checked<'_>, more: &[String]) -> Pushdown {
    let mut planner = Planner {
        kind,
        more,
        nodes: Vec::new(),
    };
    match planner.node(filter, None) {
        Some(part) if planner.nodes.len() <= MAX_PLAN => Pushdown {
            nodes: planner.nodes,
            exact: part.exact,
        },
        _ => Pushdown::default(),
    }
}

/// A node that selects at least what its part of the filter does.
#[derive(Clone, Copy)]
struct Part {
    at: u32,
    exact: bool,
}

struct Planner<'t> {
    kind: &'t ResourceType,
    more: &'t [String],
    nodes: Vec<Node>,
}

impl Planner<'_> {
    /// The node for a part of the filter; none where the index knows nothing of it. `element` is
    /// the attribute whose brackets the part stands in.
    fn node(&mut self, filter: &Checked<'_>, element: Option<&Target<'_>>) -> Option<Part> {
        match filter {
            Checked::And(parts) => self.all(parts, element),
            Checked::Or(parts) => self.any(parts, element),
            // The complement of an over-selection would select too little. Inside brackets it is
            // the element that must not match, which the index does not know apart.
            Checked::Not(_) if element.is_some() => None,
            Checked::Not(inner) => {
                let mark = self.nodes.len();
                match self.node(inner, None) {
                    Some(part) if part.exact => Some(self.push(Node::Negate(part.at), true)),
                    _ => {
                        self.nodes.truncate(mark);
                        None
                    }
                }
            }
            Checked::Present(operand) => {
                let target = target(operand, element)?;
                if is_loose(self.kind, &target) {
                    return None;
                }
                let path = self.path(&target)?;
                // Empty text is in the index and is not "present": greater than nothing is.
                Some(self.push(
                    Node::Greater(Entry {
                        path,
                        value: String::new(),
                    }),
                    true,
                ))
            }
            Checked::Compare(operand, operator, comparand) => {
                let path = self.path(&target(operand, element)?)?;
                if let (Comparand::Bool(value), Operator::Eq) = (comparand, operator)
                    && operand.leaf().unsaid == Some(*value)
                {
                    // Whoever says nothing is among them: all but those who say the contrary.
                    let value = (!value).to_string();
                    let contrary = self.push(Node::Equal(Entry { path, value }), true);
                    return Some(self.push(Node::Negate(contrary.at), true));
                }
                let node = comparison(
                    *operator,
                    Entry {
                        path,
                        value: encode(comparand),
                    },
                )?;
                Some(self.push(node, true))
            }
            Checked::Element(target, inner) => {
                let single = matches!(**inner, Checked::Present(_) | Checked::Compare(..));
                let part = self.node(inner, Some(target))?;
                Some(Part {
                    exact: part.exact && single,
                    ..part
                })
            }
        }
    }

    /// Every part that the index knows narrows the selection; the others are left to the engine.
    fn all(&mut self, parts: &[Checked<'_>], element: Option<&Target<'_>>) -> Option<Part> {
        let mut whole: Option<Part> = None;
        let mut missing = false;
        for part in parts {
            let mark = self.nodes.len();
            match (whole, self.node(part, element)) {
                (_, None) => missing = true,
                // With the node that joins it, it would be one too many.
                (_, Some(_)) if self.nodes.len() >= MAX_PLAN => {
                    self.nodes.truncate(mark);
                    missing = true;
                }
                (None, Some(first)) => whole = Some(first),
                (Some(left), Some(right)) => {
                    let exact = left.exact && right.exact;
                    whole = Some(self.push(Node::Both(left.at, right.at), exact));
                }
            }
        }
        // Two conditions in brackets may be met by two elements in the index.
        let exact = !missing && element.is_none();
        whole.map(|part| Part {
            exact: part.exact && exact,
            ..part
        })
    }

    /// One part that the index does not know makes the whole unknown.
    fn any(&mut self, parts: &[Checked<'_>], element: Option<&Target<'_>>) -> Option<Part> {
        let mark = self.nodes.len();
        let mut whole: Option<Part> = None;
        for part in parts {
            let Some(right) = self.node(part, element) else {
                self.nodes.truncate(mark);
                return None;
            };
            whole = Some(match whole {
                None => right,
                Some(left) => {
                    let exact = left.exact && right.exact;
                    self.push(Node::Either(left.at, right.at), exact)
                }
            });
        }
        whole
    }

    fn path(&self, target: &Target<'_>) -> Option<String> {
        let path = target.path();
        let is_known = index::is_indexed(self.kind, &path) || self.more.contains(&path);
        is_known.then_some(path)
    }

    fn push(&mut self, node: Node, exact: bool) -> Part {
        let at = u32::try_from(self.nodes.len()).unwrap_or(u32::MAX);
        self.nodes.push(node);
        Part { at, exact }
    }
}

/// What is compared.
fn target<'t>(operand: &Operand<'t>, element: Option<&Target<'t>>) -> Option<Target<'t>> {
    match (operand, element) {
        (Operand::Resource(target), _) => Some(*target),
        (Operand::Element(sub), Some(holder)) if holder.attribute.is_complex() => Some(Target {
            sub: Some(sub),
            ..*holder
        }),
        (Operand::Element(_), Some(holder)) => Some(*holder),
        (Operand::Element(_), None) => None,
    }
}

/// Whether a tenant's settings may once have given the attribute another type. A value from that
/// time compares with nothing, but it is present, and the index does not hold it.
fn is_loose(kind: &ResourceType, target: &Target<'_>) -> bool {
    let is_common = target.extension.is_none() && kind.is_common(target.attribute);
    !is_common && target.extension.unwrap_or(&kind.core).is_own
}

fn comparison(operator: Operator, entry: Entry) -> Option<Node> {
    Some(match operator {
        Operator::Eq => Node::Equal(entry),
        Operator::Co => Node::Contains(entry),
        Operator::Sw => Node::StartsWith(entry),
        Operator::Ew => Node::EndsWith(entry),
        Operator::Gt => Node::Greater(entry),
        Operator::Ge => Node::AtLeast(entry),
        Operator::Lt => Node::Less(entry),
        Operator::Le => Node::AtMost(entry),
        Operator::Ne => return None,
    })
}

/// As [`index`] encodes values.
fn encode(comparand: &Comparand) -> String {
    match comparand {
        Comparand::Text(text) => text.clone(),
        Comparand::Bool(value) => value.to_string(),
        Comparand::Instant(moment) => time::sortable(*moment),
        Comparand::Number(number) => index::sortable(*number),
    }
}
