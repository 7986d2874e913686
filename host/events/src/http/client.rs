//! Calls, and how they are made.

use std::sync::Arc;
use std::time::Duration;

use reqwest::header::{HeaderName, HeaderValue};
use reqwest::{Method, redirect, retry};
use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use super::{Answer, BadUrl, HttpUrl, Names, SendError};
use crate::http::resolve::Guarded;

/// Idle connections are kept for the next delivery to the same host, but not for long: there may be many
/// hosts.
const IDLE: Duration = Duration::from_secs(30);
const IDLE_PER_HOST: usize = 16;

const USER_AGENT: &str = concat!("scimlet/", env!("CARGO_PKG_VERSION"));

/// How a [`Client`] is to be.
#[derive(Clone)]
pub struct Settings {
    /// Whether addresses of this machine and its networks may be connected to, and plain `http` be spoken.
    pub allow_private: bool,
    /// How long a connection may take to come about, TLS included.
    pub connect: Duration,
    /// How long a call may take, from the lookup of the name to the last byte that is read of the answer.
    pub total: Duration,
    /// Who looks names up.
    pub names: Arc<dyn Names>,
    /// Who is trusted to say who is who.
    pub trust: Trust,
}

/// Whose certificates are trusted.
#[derive(Clone, Debug)]
pub enum Trust {
    /// What the machine trusts, or what `SSL_CERT_FILE` and `SSL_CERT_DIR` name.
    System,
    /// These authorities and no others.
    These(Vec<CertificateDer<'static>>),
}

/// There can be no client.
#[derive(Debug, thiserror::Error)]
pub enum NoClient {
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    Tls(#[from] rustls::Error),
    /// HTTP cannot be set up.
    #[error("the HTTP client cannot be set up: {0}")]
    Http(#[from] reqwest::Error),
}

/// One request.
pub struct Call<'a> {
    method: Method,
    url: &'a str,
    headers: Vec<(&'static str, &'a str)>,
    body: Option<String>,
    time: Option<Duration>,
}

impl<'a> Call<'a> {
    /// A request without headers or a body.
    #[must_use]
    pub fn new(method: Method, url: &'a str) -> Self {
        Self {
            method,
            url,
            headers: Vec::new(),
            body: None,
            time: None,
        }
    }

    /// With a header; its name is in lower case.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: &'a str) -> Self {
        self.headers.push((name, value));
        self
    }

    /// With an `Authorization` header, if there is a value for it.
    #[must_use]
    pub fn authorization(self, value: Option<&'a str>) -> Self {
        match value {
            Some(value) => self.header("authorization", value),
            None => self,
        }
    }

    /// With a body.
    #[must_use]
    pub fn body(mut self, content_type: &'static str, body: String) -> Self {
        self.body = Some(body);
        self.header("content-type", content_type)
    }

    /// With another bound on its time than the client's own.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.time = Some(time);
        self
    }
}

/// Sends what leaves the house. Clones share one pool of connections.
#[derive(Clone, Debug)]
pub struct Client {
    inner: reqwest::Client,
    allow_private: bool,
}

impl Client {
    /// A client without any connection yet.
    ///
    /// # Errors
    /// [`NoClient`].
    pub fn new(settings: Settings) -> Result<Self, NoClient> {
        let guarded = Guarded {
            names: settings.names,
            allow_private: settings.allow_private,
        };
        let inner = reqwest::Client::builder()
            .tls_backend_preconfigured(tls(&settings.trust)?)
            .dns_resolver(Arc::new(guarded))
            .no_proxy()
            .redirect(redirect::Policy::none())
            // What is tried again, and when, is decided elsewhere.
            .retry(retry::never())
            .referer(false)
            .user_agent(USER_AGENT)
            .connect_timeout(settings.connect)
            .timeout(settings.total)
            .pool_idle_timeout(IDLE)
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .tcp_nodelay(true)
            .build()?;
        Ok(Self {
            inner,
            allow_private: settings.allow_private,
        })
    }

    /// Whether something may be sent there.
    ///
    /// # Errors
    /// [`BadUrl`].
    pub fn admit(&self, url: &str) -> Result<HttpUrl, BadUrl> {
        let url: HttpUrl = url.parse()?;
        url.admit(self.allow_private)?;
        Ok(url)
    }

    /// Makes a request, and returns as soon as the head of the answer is there.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn send(&self, call: Call<'_>) -> Result<Answer, SendError> {
        let url = self.admit(call.url)?;
        let mut request = self.inner.request(call.method, url.into_url());
        for (name, value) in call.headers {
            let mut value = HeaderValue::from_str(value).map_err(|_| SendError::Header(name))?;
            value.set_sensitive(name == "authorization");
            request = request.header(HeaderName::from_static(name), value);
        }
        if let Some(time) = call.time {
            request = request.timeout(time);
        }
        if let Some(body) = call.body {
            request = request.body(body);
        }
        Ok(Answer::new(request.send().await?))
    }
}

/// TLS 1.2 and later by ring, as the server has it. A machine that trusts nobody gets a client all the
/// same, and each call says what is wrong.
fn tls(trust: &Trust) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    match trust {
        Trust::System => {
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
        Trust::These(certificates) => {
            for certificate in certificates {
                roots.add(certificate.clone())?;
            }
        }
    }
    let provider = Arc::new(ring::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
