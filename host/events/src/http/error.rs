//! Why something was not sent, or not answered.

use std::error::Error;
use std::io;

use super::resolve::NoPublicAddress;
use super::url::BadUrl;

/// There is no answer. Whether the request arrived is known only of the first three.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SendError {
    /// Nothing can be sent there, or may be.
    #[error(transparent)]
    Url(#[from] BadUrl),
    /// A header cannot be sent like that. Holds the header's name.
    #[error("the value of `{0}` has letters that no header may have")]
    Header(&'static str),
    /// The name has no address that is allowed.
    #[error("the name has no public address; `serve --allow-private-endpoints` allows others")]
    Private,
    /// There was no connection. Holds why.
    #[error("no connection: {0}")]
    Connect(String),
    /// There was no trust. Holds why.
    #[error("no TLS: {0}")]
    Tls(String),
    /// It took too long.
    #[error("no answer in time")]
    Timeout,
    /// The connection broke before the answer was complete, or the answer was no HTTP. Holds why.
    #[error("the answer broke off: {0}")]
    Broken(String),
}

impl From<reqwest::Error> for SendError {
    fn from(error: reqwest::Error) -> Self {
        // The causes name no URL; the error itself would.
        let causes = || std::iter::successors(error.source(), |error| (*error).source());
        if causes().any(<dyn Error>::is::<NoPublicAddress>) {
            return Self::Private;
        }
        if let Some(tls) = causes().find_map(tls) {
            return Self::Tls(tls);
        }
        if error.is_timeout() {
            return Self::Timeout;
        }
        let last = causes().last();
        let why = last.map_or_else(|| "no reason is known".to_owned(), ToString::to_string);
        if error.is_connect() {
            Self::Connect(why)
        } else {
            Self::Broken(why)
        }
    }
}

/// What rustls says, which stands inside an error of I/O, or inside one of those.
fn tls(error: &(dyn Error + 'static)) -> Option<String> {
    let mut inner: &(dyn Error + 'static) = error.downcast_ref::<io::Error>()?.get_ref()?;
    while let Some(io) = inner.downcast_ref::<io::Error>() {
        inner = io.get_ref()?;
    }
    Some(inner.downcast_ref::<rustls::Error>()?.to_string())
}
