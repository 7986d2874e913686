//! Which rows a plan's nodes select: sets of ids, from the first node to the root.

use std::collections::BTreeSet;
use std::ops::Bound::{Included, Unbounded};

use crate::{Entry, Failure, Node, Plan};

use super::space::{Space, Values};

/// The most nodes in one plan. A filter that a person or an identity provider writes has fewer
/// than ten; this leaves room for a long list of ids and bounds the work of one question.
const MAX_NODES: usize = 512;

/// Ids of rows.
type Ids<'a> = BTreeSet<&'a str>;

/// The ids that a plan selects; none if it has no nodes, which selects every row.
pub(super) fn select<'a>(space: &'a Space, plan: &Plan) -> Result<Option<Ids<'a>>, Failure> {
    if plan.nodes.len() > MAX_NODES {
        let text = format!(
            "a plan of {} nodes, where {MAX_NODES} are taken",
            plan.nodes.len()
        );
        return Err(Failure::TooLarge(text));
    }
    let mut sets: Vec<Ids<'a>> = Vec::with_capacity(plan.nodes.len());
    for node in &plan.nodes {
        let set = match node {
            Node::Both(a, b) => operand(&sets, *a)? & operand(&sets, *b)?,
            Node::Either(a, b) => operand(&sets, *a)? | operand(&sets, *b)?,
            Node::Negate(a) => {
                let negated = operand(&sets, *a)?;
                let rows = space
                    .rows
                    .get(&plan.kind)
                    .into_iter()
                    .flat_map(|rows| rows.keys());
                rows.map(String::as_str)
                    .filter(|id| !negated.contains(id))
                    .collect()
            }
            leaf => matches(space, &plan.kind, leaf),
        };
        sets.push(set);
    }
    Ok(sets.pop())
}

fn operand<'a, 'b>(sets: &'b [Ids<'a>], number: u32) -> Result<&'b Ids<'a>, Failure> {
    let set = usize::try_from(number)
        .ok()
        .and_then(|number| sets.get(number));
    set.ok_or_else(|| Failure::Other(format!("node {} names the later node {number}", sets.len())))
}

/// The rows with an entry that satisfies a comparison.
fn matches<'a>(space: &'a Space, kind: &str, node: &Node) -> Ids<'a> {
    let path = match node {
        Node::Present(path) => path,
        Node::Equal(entry)
        | Node::StartsWith(entry)
        | Node::EndsWith(entry)
        | Node::Contains(entry)
        | Node::Less(entry)
        | Node::AtMost(entry)
        | Node::Greater(entry)
        | Node::AtLeast(entry) => &entry.path,
        Node::Both(..) | Node::Either(..) | Node::Negate(..) => return Ids::new(),
    };
    let values = space.values(kind, path);
    values
        .map(|values| compare(values, node))
        .unwrap_or_default()
}

fn compare<'a>(values: &'a Values, node: &Node) -> Ids<'a> {
    let ids = |found: &mut dyn Iterator<Item = &'a (String, String)>| -> Ids<'a> {
        found.map(|(_, id)| id.as_str()).collect()
    };
    match node {
        Node::Equal(Entry { value, .. }) => {
            ids(&mut from(values, value).take_while(|found| found.0 == *value))
        }
        Node::StartsWith(Entry { value, .. }) => {
            ids(&mut from(values, value).take_while(|found| found.0.starts_with(value)))
        }
        Node::EndsWith(Entry { value, .. }) => {
            ids(&mut values.iter().filter(|found| found.0.ends_with(value)))
        }
        Node::Contains(Entry { value, .. }) => {
            ids(&mut values.iter().filter(|found| found.0.contains(value)))
        }
        Node::Less(Entry { value, .. }) => {
            ids(&mut values.iter().take_while(|found| found.0 < *value))
        }
        Node::AtMost(Entry { value, .. }) => {
            ids(&mut values.iter().take_while(|found| found.0 <= *value))
        }
        Node::Greater(Entry { value, .. }) => {
            ids(&mut from(values, value).skip_while(|found| found.0 == *value))
        }
        Node::AtLeast(Entry { value, .. }) => ids(&mut from(values, value)),
        Node::Present(_) | Node::Both(..) | Node::Either(..) | Node::Negate(..) => {
            ids(&mut values.iter())
        }
    }
}

/// The values from this one on.
fn from<'a>(values: &'a Values, value: &str) -> impl Iterator<Item = &'a (String, String)> {
    values.range((Included((value.to_owned(), String::new())), Unbounded))
}
