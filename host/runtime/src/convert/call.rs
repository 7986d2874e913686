//! A call of the component: the request in, the answer and the problems out.

use super::all;
use crate::bindings::provider as wit;
use crate::data as plain;

impl From<plain::Header> for wit::Header {
    fn from(from: plain::Header) -> Self {
        let plain::Header { name, value } = from;
        Self { name, value }
    }
}

impl From<wit::Header> for plain::Header {
    fn from(from: wit::Header) -> Self {
        let wit::Header { name, value } = from;
        Self { name, value }
    }
}

impl From<plain::Principal> for wit::Principal {
    fn from(from: plain::Principal) -> Self {
        let plain::Principal { id, scopes } = from;
        Self { id, scopes }
    }
}

impl From<plain::Request> for wit::Request {
    fn from(from: plain::Request) -> Self {
        let plain::Request {
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
        Self {
            method,
            path,
            query,
            headers: all(headers),
            body,
            principal: principal.into(),
            now,
            seed,
            base_url,
        }
    }
}

impl From<wit::Response> for plain::Response {
    fn from(from: wit::Response) -> Self {
        let wit::Response {
            status,
            headers,
            body,
        } = from;
        Self {
            status,
            headers: all(headers),
            body,
        }
    }
}

impl From<wit::Progress> for plain::Progress {
    fn from(from: wit::Progress) -> Self {
        let wit::Progress { rows, total, next } = from;
        Self { rows, total, next }
    }
}

impl From<wit::Problem> for plain::Problem {
    fn from(from: wit::Problem) -> Self {
        let wit::Problem { path, detail } = from;
        Self { path, detail }
    }
}
