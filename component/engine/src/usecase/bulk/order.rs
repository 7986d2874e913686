//! In which order operations are carried out.
//!
//! RFC 7644 section 3.7 lets a server reorder them as long as the client's intent is preserved. This
//! one moves as little as it can: an operation waits until what it refers to has been created, and
//! everything else stays in the order of the request.

use super::reference::{Reference, References};

/// Operations that refer to one another in a circle, in the order of the request; mostly just one
/// that does not.
pub(super) type Unit = Vec<usize>;

/// All operations, in the order in which they are carried out.
pub(super) fn units(references: &[References]) -> Vec<Unit> {
    let all: Vec<Vec<usize>> = references
        .iter()
        .map(|it| targets(&it.known, |_| true))
        .collect();
    sorted(&all)
}

/// The operations of a unit by the references that need what they name to exist. None if these go
/// round in a circle themselves.
pub(super) fn within(unit: &[usize], references: &[References]) -> Option<Unit> {
    let place = |to: &usize| unit.binary_search(to).ok();
    let hard = |at: &usize| {
        let known = references.get(*at).map_or(&[][..], |it| &it.known);
        let targets = targets(known, |it| it.is_hard);
        targets.iter().filter_map(place).collect::<Vec<_>>()
    };
    let graph: Vec<Vec<usize>> = unit.iter().map(hard).collect();
    let sorted = sorted(&graph);
    let is_circle =
        |part: &Unit| part.len() > 1 || part.iter().any(|at| points_to(&graph, *at, *at));
    if sorted.iter().any(is_circle) {
        return None;
    }
    let flat = sorted.into_iter().flatten();
    Some(flat.filter_map(|at| unit.get(at).copied()).collect())
}

fn targets(known: &[Reference], keep: impl Fn(&Reference) -> bool) -> Vec<usize> {
    known.iter().filter(|it| keep(it)).map(|it| it.to).collect()
}

fn points_to(graph: &[Vec<usize>], from: usize, to: usize) -> bool {
    graph.get(from).is_some_and(|targets| targets.contains(&to))
}

/// The strongly connected parts of a graph, each behind those that it points to, and none earlier
/// than it must be for that.
fn sorted(graph: &[Vec<usize>]) -> Vec<Unit> {
    let mut walk = Walk {
        graph,
        nodes: vec![Node::default(); graph.len()],
        stack: Vec::new(),
        next: 1,
        units: Vec::new(),
    };
    for at in 0..graph.len() {
        walk.visit(at);
    }
    let Walk { nodes, units, .. } = walk;
    // A unit stands where the last of its own operations, or of those it waits for, does.
    let mut turns = vec![0; graph.len()];
    let mut placed = Vec::with_capacity(units.len());
    for mut unit in units {
        let waits_for = unit.iter().filter_map(|at| graph.get(*at)).flatten();
        let turn = waits_for
            .filter_map(|at| turns.get(*at))
            .chain(&unit)
            .copied()
            .max()
            .unwrap_or_default();
        for at in &unit {
            if let Some(slot) = turns.get_mut(*at) {
                *slot = turn;
            }
        }
        unit.sort_unstable();
        placed.push((turn, unit));
    }
    debug_assert!(nodes.iter().all(|node| node.order > 0), "all are visited");
    // Stable: those of one turn stay in the order of the walk, in which what is waited for is first.
    placed.sort_by_key(|(turn, _)| *turn);
    placed.into_iter().map(|(_, unit)| unit).collect()
}

/// Tarjan's walk. It keeps its way in a list of its own: a chain of references may be as long as the bulk.
struct Walk<'g> {
    graph: &'g [Vec<usize>],
    nodes: Vec<Node>,
    stack: Vec<usize>,
    next: usize,
    units: Vec<Unit>,
}

#[derive(Clone, Copy, Default)]
struct Node {
    /// When it was visited, from 1; 0: not yet.
    order: usize,
    /// The earliest one on the stack that it leads to.
    low: usize,
    on_stack: bool,
}

impl Walk<'_> {
    fn node(&self, at: usize) -> Node {
        self.nodes.get(at).copied().unwrap_or_default()
    }

    fn set(&mut self, at: usize, node: Node) {
        if let Some(slot) = self.nodes.get_mut(at) {
            *slot = node;
        }
    }

    /// Visits an operation, and before it is left all that it leads to.
    fn visit(&mut self, first: usize) {
        if self.node(first).order > 0 {
            return;
        }
        self.enter(first);
        // Where the walk has come from, and how many ways from there were taken.
        let mut way = vec![(first, 0)];
        while let Some((at, taken)) = way.pop() {
            let Some(&to) = self.graph.get(at).and_then(|targets| targets.get(taken)) else {
                self.leave(at, way.last().map(|(from, _)| *from));
                continue;
            };
            way.push((at, taken + 1));
            if self.node(to).order == 0 {
                self.enter(to);
                way.push((to, 0));
            } else if self.node(to).on_stack {
                self.lower(at, self.node(to).low);
            }
        }
    }

    fn enter(&mut self, at: usize) {
        let order = self.next;
        self.next += 1;
        self.stack.push(at);
        self.set(
            at,
            Node {
                order,
                low: order,
                on_stack: true,
            },
        );
    }

    fn lower(&mut self, at: usize, low: usize) {
        let here = self.node(at);
        let low = here.low.min(low);
        self.set(at, Node { low, ..here });
    }

    fn leave(&mut self, at: usize, from: Option<usize>) {
        let here = self.node(at);
        if here.low == here.order {
            self.close(at);
        } else if let Some(from) = from {
            self.lower(from, here.low);
        }
    }

    /// The unit whose first visited operation this is.
    fn close(&mut self, first: usize) {
        let mut unit = Unit::new();
        while let Some(at) = self.stack.pop() {
            let node = self.node(at);
            self.set(
                at,
                Node {
                    on_stack: false,
                    ..node
                },
            );
            unit.push(at);
            if at == first {
                break;
            }
        }
        self.units.push(unit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(graph: &[&[usize]]) -> Vec<Unit> {
        let graph: Vec<Vec<usize>> = graph.iter().map(|it| it.to_vec()).collect();
        sorted(&graph)
    }

    #[test]
    fn without_references_nothing_moves() {
        assert_eq!(order(&[&[], &[], &[]]), [[0], [1], [2]]);
        assert_eq!(order(&[&[], &[0], &[0, 1]]), [[0], [1], [2]]);
    }

    #[test]
    fn an_operation_waits_for_what_it_refers_to_and_the_others_do_not_wait() {
        assert_eq!(order(&[&[2], &[], &[], &[]]), [[1], [2], [0], [3]]);
        assert_eq!(
            order(&[&[1], &[3], &[0], &[], &[]]),
            [[3], [1], [0], [2], [4]]
        );
    }

    #[test]
    fn a_circle_is_one_unit() {
        let all = order(&[&[2], &[], &[3, 4], &[0], &[], &[2]]);
        assert_eq!(all, [vec![1], vec![4], vec![0, 2, 3], vec![5]]);
    }

    #[test]
    fn a_chain_may_be_as_long_as_a_bulk() {
        let mut graph: Vec<Vec<usize>> = (1..100_000).map(|next| vec![next]).collect();
        graph.push(Vec::new());
        assert_eq!(sorted(&graph).len(), 100_000);
    }
}
