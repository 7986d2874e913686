//! Questions and their answers, the engine's types and the port's, one to one. What goes to the
//! store ends in `_out`.

use scimlet_engine::facts as own;
use scimlet_store as port;

pub(super) fn key(from: port::Key) -> own::Key {
    let port::Key { kind, id } = from;
    own::Key { kind, id }
}

pub(super) fn key_out(from: own::Key) -> port::Key {
    let own::Key { kind, id } = from;
    port::Key { kind, id }
}

pub(super) fn row(from: port::Row) -> own::Row {
    let port::Row {
        key: named,
        version,
        body,
    } = from;
    own::Row {
        key: key(named),
        version,
        body,
    }
}

pub(super) fn claim_out(from: own::Claim) -> port::Claim {
    let own::Claim { path, value } = from;
    port::Claim { path, value }
}

pub(super) fn entry_out(from: own::Entry) -> port::Entry {
    let own::Entry { path, value } = from;
    port::Entry { path, value }
}

pub(super) fn failure(from: port::Failure) -> own::Failure {
    match from {
        port::Failure::Unavailable(why) => own::Failure::Unavailable(why),
        port::Failure::Timeout => own::Failure::Timeout,
        port::Failure::TooLarge(why) => own::Failure::TooLarge(why),
        port::Failure::Other(why) => own::Failure::Other(why),
    }
}

pub(super) fn plan_out(from: own::Plan) -> port::Plan {
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
    let order_out = |own::Order { path, descending }| port::Order { path, descending };
    port::Plan {
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

fn node_out(from: own::Node) -> port::Node {
    match from {
        own::Node::Present(path) => port::Node::Present(path),
        own::Node::Equal(entry) => port::Node::Equal(entry_out(entry)),
        own::Node::StartsWith(entry) => port::Node::StartsWith(entry_out(entry)),
        own::Node::EndsWith(entry) => port::Node::EndsWith(entry_out(entry)),
        own::Node::Contains(entry) => port::Node::Contains(entry_out(entry)),
        own::Node::Less(entry) => port::Node::Less(entry_out(entry)),
        own::Node::AtMost(entry) => port::Node::AtMost(entry_out(entry)),
        own::Node::Greater(entry) => port::Node::Greater(entry_out(entry)),
        own::Node::AtLeast(entry) => port::Node::AtLeast(entry_out(entry)),
        own::Node::Both(left, right) => port::Node::Both(left, right),
        own::Node::Either(left, right) => port::Node::Either(left, right),
        own::Node::Negate(operand) => port::Node::Negate(operand),
    }
}

pub(super) fn page(from: port::Page) -> own::Page {
    let port::Page {
        rows,
        next,
        total,
        selection,
    } = from;
    let selection = match selection {
        port::Selection::Exact => own::Selection::Exact,
        port::Selection::Superset => own::Selection::Superset,
    };
    own::Page {
        rows: rows.into_iter().map(row).collect(),
        next,
        total,
        selection,
    }
}

pub(super) fn edge_query_out(from: own::EdgeQuery) -> port::EdgeQuery {
    let own::EdgeQuery {
        relation,
        end,
        after,
        max,
        want_total,
    } = from;
    let end = match end {
        own::End::Source(key) => port::End::Source(key_out(key)),
        own::End::Target(key) => port::End::Target(key_out(key)),
        own::End::Between(source, target) => port::End::Between(key_out(source), key_out(target)),
    };
    port::EdgeQuery {
        relation,
        end,
        after,
        max,
        want_total,
    }
}

pub(super) fn edge_page(from: port::EdgePage) -> own::EdgePage {
    let port::EdgePage { edges, next, total } = from;
    own::EdgePage {
        edges: edges.into_iter().map(edge).collect(),
        next,
        total,
    }
}

fn edge(from: port::Edge) -> own::Edge {
    let port::Edge {
        relation,
        source,
        target,
        body,
    } = from;
    own::Edge {
        relation,
        source: key(source),
        target: key(target),
        body,
    }
}
