//! A plan that was checked: its nodes name only earlier nodes, it is not too large, and its cursor
//! is one of ours.

use scimlet_store::{Entry, Failure, Node, Plan};

use scimlet_store::cursor::Place;

/// The most nodes in one plan, a node that is named twice counting twice. A filter that a person
/// or an identity provider writes has fewer than ten; this leaves room for a long list of ids, and
/// keeps the statement within SQLite's own limits (depth of an expression 1000, variables 32766).
const MAX_NODES: usize = 512;

/// A plan that can be compiled.
pub(crate) struct Checked<'a> {
    pub(crate) plan: &'a Plan,
    /// The nodes as a tree; none selects every row.
    pub(crate) root: Option<Tree<'a>>,
    pub(crate) after: Option<Place>,
}

/// A node with its operands.
pub(crate) enum Tree<'a> {
    Leaf(Leaf<'a>),
    Both(Box<(Tree<'a>, Tree<'a>)>),
    Either(Box<(Tree<'a>, Tree<'a>)>),
    Negate(Box<Tree<'a>>),
}

/// A comparison of the entries under one path.
pub(crate) struct Leaf<'a> {
    pub(crate) path: &'a str,
    pub(crate) test: Test<'a>,
}

/// What an entry's value must be.
#[derive(Clone, Copy)]
pub(crate) enum Test<'a> {
    Any,
    Equal(&'a str),
    StartsWith(&'a str),
    EndsWith(&'a str),
    Contains(&'a str),
    Less(&'a str),
    AtMost(&'a str),
    Greater(&'a str),
    AtLeast(&'a str),
}

/// Checks a plan.
pub(crate) fn check(plan: &Plan) -> Result<Checked<'_>, Failure> {
    let ordered = plan.order.is_some();
    let after = plan
        .after
        .as_deref()
        .map(|cursor| Place::decode(cursor, ordered))
        .transpose()?;
    check_size(&plan.nodes)?;
    let last = plan.nodes.len().checked_sub(1);
    let root = last.map(|last| tree(&plan.nodes, last)).transpose()?;
    Ok(Checked { plan, root, after })
}

/// Refuses a plan that is too large, or names later nodes. Sizes are summed from the first node
/// on, so a plan that names one node many times is refused before it is unfolded.
fn check_size(nodes: &[Node]) -> Result<(), Failure> {
    let mut sizes: Vec<usize> = Vec::with_capacity(nodes.len());
    for node in nodes {
        let of = |operand: u32| {
            let size = usize::try_from(operand)
                .ok()
                .and_then(|operand| sizes.get(operand));
            size.copied().ok_or_else(|| later(operand))
        };
        let size = match node {
            Node::Both(a, b) | Node::Either(a, b) => of(*a)?.saturating_add(of(*b)?),
            Node::Negate(a) => of(*a)?,
            _ => 0,
        };
        sizes.push(size.saturating_add(1));
    }
    let size = sizes.last().copied().unwrap_or_default().max(nodes.len());
    if size > MAX_NODES {
        let text = format!("a plan of {size} nodes, where {MAX_NODES} are taken");
        return Err(Failure::TooLarge(text));
    }
    Ok(())
}

fn later(operand: u32) -> Failure {
    Failure::Other(format!(
        "a node of the plan names node {operand}, which does not precede it"
    ))
}

/// INVARIANT: called after `check_size`, so it ends, and its depth is at most [`MAX_NODES`].
fn tree(nodes: &[Node], at: usize) -> Result<Tree<'_>, Failure> {
    let operand = |operand: u32| {
        let at = usize::try_from(operand).map_err(|_| later(operand))?;
        tree(nodes, at)
    };
    let node = nodes.get(at).ok_or_else(|| later(u32::MAX))?;
    Ok(match node {
        Node::Both(a, b) => Tree::Both(Box::new((operand(*a)?, operand(*b)?))),
        Node::Either(a, b) => Tree::Either(Box::new((operand(*a)?, operand(*b)?))),
        Node::Negate(a) => Tree::Negate(Box::new(operand(*a)?)),
        Node::Present(path) => Tree::Leaf(Leaf {
            path,
            test: Test::Any,
        }),
        Node::Equal(entry) => leaf(entry, Test::Equal),
        // Every value starts with, ends with and contains the empty one.
        Node::StartsWith(Entry { path, value })
        | Node::EndsWith(Entry { path, value })
        | Node::Contains(Entry { path, value })
            if value.is_empty() =>
        {
            Tree::Leaf(Leaf {
                path,
                test: Test::Any,
            })
        }
        Node::StartsWith(entry) => leaf(entry, Test::StartsWith),
        Node::EndsWith(entry) => leaf(entry, Test::EndsWith),
        Node::Contains(entry) => leaf(entry, Test::Contains),
        Node::Less(entry) => leaf(entry, Test::Less),
        Node::AtMost(entry) => leaf(entry, Test::AtMost),
        Node::Greater(entry) => leaf(entry, Test::Greater),
        Node::AtLeast(entry) => leaf(entry, Test::AtLeast),
    })
}

fn leaf<'a>(entry: &'a Entry, test: impl FnOnce(&'a str) -> Test<'a>) -> Tree<'a> {
    Tree::Leaf(Leaf {
        path: &entry.path,
        test: test(&entry.value),
    })
}
