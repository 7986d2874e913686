//! What a commit consists of, from the engine's types to the port's, one to one.

use scimlet_engine::facts as own;
use scimlet_store as port;

use super::ask::{claim_out, entry_out, key_out};

pub(super) fn change_out(from: own::Change) -> port::Change {
    match from {
        own::Change::Put(put) => port::Change::Put(put_out(put)),
        own::Change::Reindex(own::Reindex {
            key,
            version,
            entries,
            claims,
        }) => port::Change::Reindex(port::Reindex {
            key: key_out(key),
            version,
            entries: entries.into_iter().map(entry_out).collect(),
            claims: claims.into_iter().map(claim_out).collect(),
        }),
        own::Change::Delete(own::Removal { key, version }) => port::Change::Delete(port::Removal {
            key: key_out(key),
            version,
        }),
        own::Change::Link(edge) => port::Change::Link(edge_out(edge)),
        own::Change::Unlink(edge) => port::Change::Unlink(edge_out(edge)),
        own::Change::Adjust(own::Adjust {
            name,
            delta,
            floor,
            ceiling,
        }) => port::Change::Adjust(port::Adjust {
            name,
            delta,
            floor,
            ceiling,
        }),
        own::Change::Check(own::Guard { key, expect }) => port::Change::Check(port::Guard {
            key: key_out(key),
            expect: expectation_out(expect),
        }),
        own::Change::Emit(own::Event {
            topic,
            subject,
            body,
        }) => port::Change::Emit(port::Event {
            topic,
            subject: key_out(subject),
            body,
        }),
    }
}

fn put_out(from: own::Put) -> port::Put {
    let own::Put {
        key,
        body,
        replaces,
        entries,
        claims,
    } = from;
    port::Put {
        key: key_out(key),
        body,
        replaces,
        entries: entries.into_iter().map(entry_out).collect(),
        claims: claims.into_iter().map(claim_out).collect(),
    }
}

fn edge_out(from: own::Edge) -> port::Edge {
    let own::Edge {
        relation,
        source,
        target,
        body,
    } = from;
    port::Edge {
        relation,
        source: key_out(source),
        target: key_out(target),
        body,
    }
}

fn expectation_out(from: own::Expectation) -> port::Expectation {
    match from {
        own::Expectation::Absent => port::Expectation::Absent,
        own::Expectation::Present => port::Expectation::Present,
        own::Expectation::Version(version) => port::Expectation::Version(version),
    }
}
