//! WIT types and the engine's, one to one. What goes to the store ends in `_out`.

mod policy;
mod question;

pub(crate) use policy::*;
pub(crate) use question::*;

use scimlet_engine::facts as own;
use scimlet_engine::{Header, Principal, Problem, Request, Response};

use crate::bindings::exports::scimlet::scim::provider as api;
use crate::bindings::scimlet::store::store as wit;
use crate::settle::Progress;

pub(crate) fn request(from: api::Request) -> Request {
    let api::Request {
        method,
        path,
        query,
        headers,
        body,
        principal,
        now,
        seed,
        base_url,
    } = from;
    let api::Principal { id, scopes } = principal;
    let header = |api::Header { name, value }| Header { name, value };
    Request {
        method,
        path,
        query,
        headers: headers.into_iter().map(header).collect(),
        body,
        principal: Principal { id, scopes },
        now,
        seed,
        base_url,
    }
}

pub(crate) fn response(from: Response) -> api::Response {
    let Response {
        status,
        headers,
        body,
    } = from;
    let header = |Header { name, value }| api::Header { name, value };
    api::Response {
        status,
        headers: headers.into_iter().map(header).collect(),
        body,
    }
}

pub(crate) fn progress(from: Progress) -> api::Progress {
    let Progress { rows, total, next } = from;
    api::Progress { rows, total, next }
}

pub(crate) fn problem(from: Problem) -> api::Problem {
    let Problem { path, detail } = from;
    api::Problem { path, detail }
}

pub(crate) fn key(from: wit::Key) -> own::Key {
    let wit::Key { kind, id } = from;
    own::Key { kind, id }
}

pub(crate) fn key_out(from: own::Key) -> wit::Key {
    let own::Key { kind, id } = from;
    wit::Key { kind, id }
}

pub(crate) fn row(from: wit::Row) -> own::Row {
    let wit::Row {
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

pub(crate) fn claim_out(from: own::Claim) -> wit::Claim {
    let own::Claim { path, value } = from;
    wit::Claim { path, value }
}

fn entry_out(from: own::Entry) -> wit::Entry {
    let own::Entry { path, value } = from;
    wit::Entry { path, value }
}

fn edge(from: wit::Edge) -> own::Edge {
    let wit::Edge {
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

fn edge_out(from: own::Edge) -> wit::Edge {
    let own::Edge {
        relation,
        source,
        target,
        body,
    } = from;
    wit::Edge {
        relation,
        source: key_out(source),
        target: key_out(target),
        body,
    }
}

pub(crate) fn failure(from: wit::Failure) -> own::Failure {
    match from {
        wit::Failure::Unavailable(why) => own::Failure::Unavailable(why),
        wit::Failure::Timeout => own::Failure::Timeout,
        wit::Failure::TooLarge(why) => own::Failure::TooLarge(why),
        wit::Failure::Other(why) => own::Failure::Other(why),
    }
}

pub(crate) fn change_out(from: own::Change) -> wit::Change {
    match from {
        own::Change::Put(put) => wit::Change::Put(put_out(put)),
        own::Change::Reindex(own::Reindex {
            key,
            version,
            entries,
            claims,
        }) => wit::Change::Reindex(wit::Reindex {
            key: key_out(key),
            version,
            entries: entries.into_iter().map(entry_out).collect(),
            claims: claims.into_iter().map(claim_out).collect(),
        }),
        own::Change::Delete(own::Removal { key, version }) => wit::Change::Delete(wit::Removal {
            key: key_out(key),
            version,
        }),
        own::Change::Link(edge) => wit::Change::Link(edge_out(edge)),
        own::Change::Unlink(edge) => wit::Change::Unlink(edge_out(edge)),
        own::Change::Adjust(own::Adjust {
            name,
            delta,
            floor,
            ceiling,
        }) => wit::Change::Adjust(wit::Adjust {
            name,
            delta,
            floor,
            ceiling,
        }),
        own::Change::Check(own::Guard { key, expect }) => wit::Change::Check(wit::Guard {
            key: key_out(key),
            expect: expectation_out(expect),
        }),
        own::Change::Emit(own::Event {
            topic,
            subject,
            body,
        }) => wit::Change::Emit(wit::Event {
            topic,
            subject: key_out(subject),
            body,
        }),
    }
}

fn put_out(from: own::Put) -> wit::Put {
    let own::Put {
        key,
        body,
        replaces,
        entries,
        claims,
    } = from;
    wit::Put {
        key: key_out(key),
        body,
        replaces,
        entries: entries.into_iter().map(entry_out).collect(),
        claims: claims.into_iter().map(claim_out).collect(),
    }
}

fn expectation_out(from: own::Expectation) -> wit::Expectation {
    match from {
        own::Expectation::Absent => wit::Expectation::Absent,
        own::Expectation::Present => wit::Expectation::Present,
        own::Expectation::Version(version) => wit::Expectation::Version(version),
    }
}
