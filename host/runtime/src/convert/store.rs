//! The store import: questions and commits in, answers out.

use scimlet_store as port;

use super::all;
use crate::bindings::store as wit;

impl From<wit::Key> for port::Key {
    fn from(from: wit::Key) -> Self {
        let wit::Key { kind, id } = from;
        Self { kind, id }
    }
}

impl From<port::Key> for wit::Key {
    fn from(from: port::Key) -> Self {
        let port::Key { kind, id } = from;
        Self { kind, id }
    }
}

impl From<port::Row> for wit::Row {
    fn from(from: port::Row) -> Self {
        let port::Row { key, version, body } = from;
        Self {
            key: key.into(),
            version,
            body,
        }
    }
}

impl From<wit::Entry> for port::Entry {
    fn from(from: wit::Entry) -> Self {
        let wit::Entry { path, value } = from;
        Self { path, value }
    }
}

impl From<wit::Node> for port::Node {
    fn from(from: wit::Node) -> Self {
        match from {
            wit::Node::Present(path) => Self::Present(path),
            wit::Node::Equal(entry) => Self::Equal(entry.into()),
            wit::Node::StartsWith(entry) => Self::StartsWith(entry.into()),
            wit::Node::EndsWith(entry) => Self::EndsWith(entry.into()),
            wit::Node::Contains(entry) => Self::Contains(entry.into()),
            wit::Node::Less(entry) => Self::Less(entry.into()),
            wit::Node::AtMost(entry) => Self::AtMost(entry.into()),
            wit::Node::Greater(entry) => Self::Greater(entry.into()),
            wit::Node::AtLeast(entry) => Self::AtLeast(entry.into()),
            wit::Node::Both((left, right)) => Self::Both(left, right),
            wit::Node::Either((left, right)) => Self::Either(left, right),
            wit::Node::Negate(operand) => Self::Negate(operand),
        }
    }
}

impl From<wit::Order> for port::Order {
    fn from(from: wit::Order) -> Self {
        let wit::Order { path, descending } = from;
        Self { path, descending }
    }
}

impl From<wit::Plan> for port::Plan {
    fn from(from: wit::Plan) -> Self {
        let wit::Plan {
            kind,
            nodes,
            order,
            after,
            offset,
            max_rows,
            max_bytes,
            want_total,
        } = from;
        Self {
            kind,
            nodes: all(nodes),
            order: order.map(port::Order::from),
            after,
            offset,
            max_rows,
            max_bytes,
            want_total,
        }
    }
}

impl From<port::Selection> for wit::Selection {
    fn from(from: port::Selection) -> Self {
        match from {
            port::Selection::Exact => Self::Exact,
            port::Selection::Superset => Self::Superset,
        }
    }
}

impl From<port::Page> for wit::Page {
    fn from(from: port::Page) -> Self {
        let port::Page {
            rows,
            next,
            total,
            selection,
        } = from;
        Self {
            rows: all(rows),
            next,
            total,
            selection: selection.into(),
        }
    }
}

impl From<wit::Edge> for port::Edge {
    fn from(from: wit::Edge) -> Self {
        let wit::Edge {
            relation,
            source,
            target,
            body,
        } = from;
        Self {
            relation,
            source: source.into(),
            target: target.into(),
            body,
        }
    }
}

impl From<port::Edge> for wit::Edge {
    fn from(from: port::Edge) -> Self {
        let port::Edge {
            relation,
            source,
            target,
            body,
        } = from;
        Self {
            relation,
            source: source.into(),
            target: target.into(),
            body,
        }
    }
}

impl From<wit::End> for port::End {
    fn from(from: wit::End) -> Self {
        match from {
            wit::End::Source(key) => Self::Source(key.into()),
            wit::End::Target(key) => Self::Target(key.into()),
            wit::End::Between((source, target)) => Self::Between(source.into(), target.into()),
        }
    }
}

impl From<wit::EdgeQuery> for port::EdgeQuery {
    fn from(from: wit::EdgeQuery) -> Self {
        let wit::EdgeQuery {
            relation,
            end,
            after,
            max,
            want_total,
        } = from;
        Self {
            relation,
            end: end.into(),
            after,
            max,
            want_total,
        }
    }
}

impl From<port::EdgePage> for wit::EdgePage {
    fn from(from: port::EdgePage) -> Self {
        let port::EdgePage { edges, next, total } = from;
        Self {
            edges: all(edges),
            next,
            total,
        }
    }
}

impl From<wit::Claim> for port::Claim {
    fn from(from: wit::Claim) -> Self {
        let wit::Claim { path, value } = from;
        Self { path, value }
    }
}

impl From<wit::Expectation> for port::Expectation {
    fn from(from: wit::Expectation) -> Self {
        match from {
            wit::Expectation::Absent => Self::Absent,
            wit::Expectation::Present => Self::Present,
            wit::Expectation::Version(version) => Self::Version(version),
        }
    }
}

impl From<wit::Guard> for port::Guard {
    fn from(from: wit::Guard) -> Self {
        let wit::Guard { key, expect } = from;
        Self {
            key: key.into(),
            expect: expect.into(),
        }
    }
}

impl From<wit::Put> for port::Put {
    fn from(from: wit::Put) -> Self {
        let wit::Put {
            key,
            body,
            replaces,
            entries,
            claims,
        } = from;
        Self {
            key: key.into(),
            body,
            replaces,
            entries: all(entries),
            claims: all(claims),
        }
    }
}

impl From<wit::Reindex> for port::Reindex {
    fn from(from: wit::Reindex) -> Self {
        let wit::Reindex {
            key,
            version,
            entries,
            claims,
        } = from;
        Self {
            key: key.into(),
            version,
            entries: all(entries),
            claims: all(claims),
        }
    }
}

impl From<wit::Removal> for port::Removal {
    fn from(from: wit::Removal) -> Self {
        let wit::Removal { key, version } = from;
        Self {
            key: key.into(),
            version,
        }
    }
}

impl From<wit::Adjust> for port::Adjust {
    fn from(from: wit::Adjust) -> Self {
        let wit::Adjust {
            name,
            delta,
            floor,
            ceiling,
        } = from;
        Self {
            name,
            delta,
            floor,
            ceiling,
        }
    }
}

impl From<wit::Event> for port::Event {
    fn from(from: wit::Event) -> Self {
        let wit::Event {
            topic,
            subject,
            body,
        } = from;
        Self {
            topic,
            subject: subject.into(),
            body,
        }
    }
}

impl From<wit::Change> for port::Change {
    fn from(from: wit::Change) -> Self {
        match from {
            wit::Change::Put(put) => Self::Put(put.into()),
            wit::Change::Reindex(reindex) => Self::Reindex(reindex.into()),
            wit::Change::Delete(removal) => Self::Delete(removal.into()),
            wit::Change::Link(edge) => Self::Link(edge.into()),
            wit::Change::Unlink(edge) => Self::Unlink(edge.into()),
            wit::Change::Adjust(adjust) => Self::Adjust(adjust.into()),
            wit::Change::Check(guard) => Self::Check(guard.into()),
            wit::Change::Emit(event) => Self::Emit(event.into()),
        }
    }
}

impl From<port::Outcome> for wit::Outcome {
    fn from(from: port::Outcome) -> Self {
        match from {
            port::Outcome::Applied => Self::Applied,
            port::Outcome::Stale(indexes) => Self::Stale(indexes),
        }
    }
}

impl From<port::Failure> for wit::Failure {
    fn from(from: port::Failure) -> Self {
        match from {
            port::Failure::Unavailable(why) => Self::Unavailable(why),
            port::Failure::Timeout => Self::Timeout,
            port::Failure::TooLarge(limit) => Self::TooLarge(limit),
            port::Failure::Other(what) => Self::Other(what),
        }
    }
}
