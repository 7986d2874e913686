//! Somebody outside who sends HTTP, and the requests they send.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;
use ureq::http;
use ureq::tls::{Certificate, RootCerts, TlsConfig};

use crate::{Answer, uri};

/// Longer than the server's own limit for a request, so that its answer is what ends a request.
const PATIENCE: Duration = Duration::from_mins(1);

/// A pool of connections. Clones share it.
#[derive(Clone, Debug)]
pub struct Wire(ureq::Agent);

impl Wire {
    /// Without TLS.
    pub fn plain() -> Self {
        Self::new(TlsConfig::builder().build())
    }

    /// With TLS, trusting this certificate (DER) and no other.
    pub fn trusting(certificate: &[u8]) -> Self {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let roots = RootCerts::new_with_certs(&[Certificate::from_der(certificate).to_owned()]);
        let tls = TlsConfig::builder()
            .root_certs(roots)
            .unversioned_rustls_crypto_provider(provider);
        Self::new(tls.build())
    }

    fn new(tls: TlsConfig) -> Self {
        let config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .allow_non_standard_methods(true)
            .max_redirects(0)
            .proxy(None)
            .timeout_global(Some(PATIENCE))
            // A connection that the server is about to close, after a request that it refused before it
            // had read all of it, must not be taken for the next one: a POST is not sent twice.
            .max_idle_connections(0)
            .max_idle_connections_per_host(0)
            .tls_config(tls);
        Self(config.build().new_agent())
    }
}

/// Somebody with a credential, or without one. Paths are below `/scim/v2`.
#[derive(Clone, Debug)]
pub struct Actor {
    wire: Wire,
    origin: String,
    base: String,
    authorization: Option<String>,
}

impl Actor {
    pub(crate) fn new(wire: Wire, origin: &str, authorization: Option<String>) -> Self {
        Self {
            wire,
            origin: origin.to_owned(),
            base: "/scim/v2".to_owned(),
            authorization,
        }
    }

    /// The same person, who speaks below another base: `/t/acme/scim/v2`.
    pub fn under(&self, base: &str) -> Self {
        Self {
            base: base.to_owned(),
            ..self.clone()
        }
    }

    /// GET, with a path and perhaps a query string that is already encoded.
    #[track_caller]
    pub fn get(&self, path: &str) -> Answer {
        self.send(Request::get(path))
    }

    /// POST of JSON.
    #[track_caller]
    pub fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(Request::new("POST", path).json(body))
    }

    /// PUT of JSON.
    #[track_caller]
    pub fn put(&self, path: &str, body: &Value) -> Answer {
        self.send(Request::new("PUT", path).json(body))
    }

    /// PATCH with a JSON array of operations.
    #[track_caller]
    pub fn patch(&self, path: &str, operations: &Value) -> Answer {
        self.send(Request::new("PATCH", path).json(&crate::tenant::patch(operations)))
    }

    /// DELETE.
    #[track_caller]
    pub fn delete(&self, path: &str) -> Answer {
        self.send(Request::new("DELETE", path))
    }

    /// Sends whatever it is. Fails the test when there is no answer at all.
    #[track_caller]
    pub fn send(&self, request: Request) -> Answer {
        let shown = request.shown();
        self.try_send(request)
            .unwrap_or_else(|error| panic!("no answer ({error}) to\n{shown}"))
    }

    /// As [`Actor::send`], for a server that may be gone.
    pub fn try_send(&self, request: Request) -> Result<Answer, ureq::Error> {
        let shown = request.shown();
        let base = if request.outside { "" } else { &self.base };
        let uri = format!("{}{base}{}", self.origin, request.target());
        let mut built = http::Request::builder()
            .method(request.method.as_str())
            .uri(uri);
        let names_type = request
            .headers
            .iter()
            .any(|(name, _)| name.eq_ignore_ascii_case("content-type"));
        if request.body.is_some() && !names_type {
            built = built.header("content-type", "application/scim+json");
        }
        let names_authority = request
            .headers
            .iter()
            .any(|(name, _)| name == "authorization");
        if let (Some(authorization), false) = (&self.authorization, names_authority) {
            built = built.header("authorization", authorization);
        }
        for (name, value) in &request.headers {
            built = built.header(name, value);
        }
        let response = match request.body {
            Some(body) => self.wire.0.run(built.body(body)?),
            None => self.wire.0.run(built.body(())?),
        };
        Answer::read(shown, response?)
    }
}

/// A request to be sent by some [`Actor`].
#[derive(Clone, Debug)]
pub struct Request {
    method: String,
    path: String,
    query: Vec<(String, String)>,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
    outside: bool,
}

impl Request {
    /// A request below the SCIM base.
    pub fn new(method: &str, path: &str) -> Self {
        Self {
            method: method.to_owned(),
            path: path.to_owned(),
            query: Vec::new(),
            headers: Vec::new(),
            body: None,
            outside: false,
        }
    }

    /// A GET below the SCIM base.
    pub fn get(path: &str) -> Self {
        Self::new("GET", path)
    }

    /// A request beside the SCIM base: `/healthz`.
    pub fn outside(method: &str, path: &str) -> Self {
        Self {
            outside: true,
            ..Self::new(method, path)
        }
    }

    /// One more query parameter, percent-encoded here.
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.query.push((name.to_owned(), value.to_owned()));
        self
    }

    /// One more header; `authorization` and `content-type` replace the actor's own.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers
            .push((name.to_ascii_lowercase(), value.to_owned()));
        self
    }

    /// A JSON body.
    pub fn json(self, body: &Value) -> Self {
        self.bytes(body.to_string())
    }

    /// Any body, as it is.
    pub fn bytes(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    fn target(&self) -> String {
        if self.query.is_empty() {
            return self.path.clone();
        }
        let mark = if self.path.contains('?') { '&' } else { '?' };
        let pairs = self
            .query
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        format!("{}{mark}{}", self.path, uri::query(pairs))
    }

    /// For the message of a test that fails: long bodies are cut.
    fn shown(&self) -> String {
        let mut out = format!("{} {}", self.method, self.path);
        for (name, value) in &self.query {
            out.push_str(&format!("\n  ?{name}={value}"));
        }
        for (name, value) in self
            .headers
            .iter()
            .filter(|(name, _)| name != "authorization")
        {
            out.push_str(&format!("\n  {name}: {value}"));
        }
        if let Some(body) = &self.body {
            out.push('\n');
            out.push_str(&crate::answer::cut(&String::from_utf8_lossy(body)));
        }
        out
    }
}
