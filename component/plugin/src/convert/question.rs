//! Plans and pages.

use scimlet_engine::facts as own;

use super::{edge, entry_out, key_out, row};
use crate::bindings::scimlet::store::store as wit;

pub(crate) fn plan_out(from: own::Plan) -> wit::Plan {
    let own::Plan {
        kind,
        nodes,
        order,
        after,
        offset,
        max_rows,
        max_bytes,
        want_total,
    } = from;
    let order_out = |own::Order { path, descending }| wit::Order { path, descending };
    wit::Plan {
        kind,
        nodes: nodes.into_iter().map(node_out).collect(),
        order: order.map(order_out),
        after,
        offset,
        max_rows,
        max_bytes,
        want_total,
    }
}

fn node_out(from: own::Node) -> wit::Node {
    match from {
        own::Node::Present(path) => wit::Node::Present(path),
        own::Node::Equal(entry) => wit::Node::Equal(entry_out(entry)),
        own::Node::StartsWith(entry) => wit::Node::StartsWith(entry_out(entry)),
        own::Node::EndsWith(entry) => wit::Node::EndsWith(entry_out(entry)),
        own::Node::Contains(entry) => wit::Node::Contains(entry_out(entry)),
        own::Node::Less(entry) => wit::Node::Less(entry_out(entry)),
        own::Node::AtMost(entry) => wit::Node::AtMost(entry_out(entry)),
        own::Node::Greater(entry) => wit::Node::Greater(entry_out(entry)),
        own::Node::AtLeast(entry) => wit::Node::AtLeast(entry_out(entry)),
        own::Node::Both(left, right) => wit::Node::Both((left, right)),
        own::Node::Either(left, right) => wit::Node::Either((left, right)),
        own::Node::Negate(operand) => wit::Node::Negate(operand),
    }
}

pub(crate) fn page(from: wit::Page) -> own::Page {
    let wit::Page {
        rows,
        next,
        total,
        selection,
    } = from;
    let selection = match selection {
        wit::Selection::Exact => own::Selection::Exact,
        wit::Selection::Superset => own::Selection::Superset,
    };
    own::Page {
        rows: rows.into_iter().map(row).collect(),
        next,
        total,
        selection,
    }
}

pub(crate) fn edge_query_out(from: own::EdgeQuery) -> wit::EdgeQuery {
    let own::EdgeQuery {
        relation,
        end,
        after,
        max,
        want_total,
    } = from;
    let end = match end {
        own::End::Source(key) => wit::End::Source(key_out(key)),
        own::End::Target(key) => wit::End::Target(key_out(key)),
        own::End::Between(source, target) => wit::End::Between((key_out(source), key_out(target))),
    };
    wit::EdgeQuery {
        relation,
        end,
        after,
        max,
        want_total,
    }
}

pub(crate) fn edge_page(from: wit::EdgePage) -> own::EdgePage {
    let wit::EdgePage { edges, next, total } = from;
    own::EdgePage {
        edges: edges.into_iter().map(edge).collect(),
        next,
        total,
    }
}
