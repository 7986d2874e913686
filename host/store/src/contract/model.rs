//! What a plan means, said as plainly as it can be: every row is looked at, every value compared.

use std::cmp::Ordering;

use crate::{Change, Entry, Node, Order, Plan, Put};

use super::desk::user;

/// Rows by id, each with its entries.
pub(super) type Rows = Vec<(String, Vec<Entry>)>;

/// The ids that a plan asks for, in its order, on one endless page.
pub(super) fn answer(rows: &Rows, plan: &Plan) -> Vec<String> {
    let mut found: Vec<_> = rows
        .iter()
        .filter(|row| satisfies(&row.1, &plan.nodes))
        .collect();
    found.sort_by(|a, b| match &plan.order {
        Some(order) => by_value(&a.1, &b.1, order).then_with(|| a.0.cmp(&b.0)),
        None => a.0.cmp(&b.0),
    });
    found.into_iter().map(|row| row.0.clone()).collect()
}

/// Creates all rows.
pub(super) fn puts(rows: &Rows) -> Vec<Change> {
    let put = |(id, entries): &(String, Vec<Entry>)| {
        Change::Put(Put {
            key: user(id),
            body: format!("body of {id}"),
            replaces: None,
            entries: entries.clone(),
            claims: Vec::new(),
        })
    };
    rows.iter().map(put).collect()
}

fn satisfies(entries: &[Entry], nodes: &[Node]) -> bool {
    let mut truths: Vec<bool> = Vec::new();
    for node in nodes {
        let of = |number: &u32| truths.get(*number as usize).copied().unwrap_or_default();
        let truth = match node {
            Node::Both(a, b) => of(a) && of(b),
            Node::Either(a, b) => of(a) || of(b),
            Node::Negate(a) => !of(a),
            leaf => entries.iter().any(|entry| matches(entry, leaf)),
        };
        truths.push(truth);
    }
    truths.last().copied().unwrap_or(true)
}

fn matches(entry: &Entry, node: &Node) -> bool {
    let with = |wanted: &Entry, test: fn(&str, &str) -> bool| {
        entry.path == wanted.path && test(&entry.value, &wanted.value)
    };
    match node {
        Node::Present(path) => entry.path == *path,
        Node::Equal(wanted) => with(wanted, |value, wanted| value == wanted),
        Node::StartsWith(wanted) => with(wanted, |value, wanted| value.starts_with(wanted)),
        Node::EndsWith(wanted) => with(wanted, |value, wanted| value.ends_with(wanted)),
        Node::Contains(wanted) => with(wanted, |value, wanted| value.contains(wanted)),
        Node::Less(wanted) => with(wanted, |value, wanted| value.as_bytes() < wanted.as_bytes()),
        Node::AtMost(wanted) => with(wanted, |value, wanted| {
            value.as_bytes() <= wanted.as_bytes()
        }),
        Node::Greater(wanted) => with(wanted, |value, wanted| value.as_bytes() > wanted.as_bytes()),
        Node::AtLeast(wanted) => with(wanted, |value, wanted| {
            value.as_bytes() >= wanted.as_bytes()
        }),
        Node::Both(..) | Node::Either(..) | Node::Negate(_) => false,
    }
}

/// Rows without a value last, or all of it turned round.
fn by_value(a: &[Entry], b: &[Entry], order: &Order) -> Ordering {
    let smallest = |entries: &[Entry]| {
        let values = entries.iter().filter(|entry| entry.path == order.path);
        values.map(|entry| entry.value.clone()).min()
    };
    let ascending = match (smallest(a), smallest(b)) {
        (Some(a), Some(b)) => a.cmp(&b),
        (a, b) => a.is_none().cmp(&b.is_none()),
    };
    if order.descending {
        ascending.reverse()
    } else {
        ascending
    }
}

/// Numbers that look random and are the same on every run (xorshift).
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed | 1)
    }

    /// A number below `sides`.
    pub(super) fn roll(&mut self, sides: u32) -> u32 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        u32::try_from(self.0 % u64::from(sides.max(1))).unwrap_or_default()
    }

    /// One of these.
    pub(super) fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        let count = u32::try_from(from.len()).unwrap_or(u32::MAX);
        from.get(self.roll(count) as usize)
    }
}
