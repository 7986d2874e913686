//! Addresses that tenants give, checked.

use std::fmt;
use std::net::IpAddr;
use std::str::FromStr;

use reqwest::Url;

use super::address::is_public;

/// Longer than any receiver's address needs to be, and short enough to be shown.
const MOST_BYTES: usize = 2048;

/// An address that something can be sent to: `https` (or `http`), a host, and no more than belongs into a
/// request line. Whether it may be sent to is another question ([`HttpUrl::admit`]).
#[derive(Clone, PartialEq, Eq)]
pub struct HttpUrl(Url);

/// Nothing can be sent there, or may be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadUrl {
    /// It is no URL at all, or has no host.
    #[error("an address looks like `https://hooks.example.com/scimlet`")]
    NotAUrl,
    /// Another scheme.
    #[error("an address begins with `https://`")]
    NotHttp,
    /// A user name or a password, which end up in logs.
    #[error("leave out user and password; `authorization` is the place for credentials")]
    HasUser,
    /// A fragment, which is never sent.
    #[error("leave out the fragment (`#...`), it is never sent")]
    HasFragment,
    /// Too long.
    #[error("an address has at most {MOST_BYTES} bytes")]
    TooLong,
    /// Plain `http`, where it is not allowed.
    #[error("plain `http` is for `serve --allow-private-endpoints`; take `https`")]
    Plain,
    /// An IP address that is not out in the world, where that is not allowed.
    #[error("the address is not a public one; `serve --allow-private-endpoints` allows others")]
    Private,
}

impl HttpUrl {
    /// Whether it may be sent to, as far as the URL itself says: a name is looked up when it is connected
    /// to, and what it means is checked then.
    ///
    /// # Errors
    /// [`BadUrl::Plain`] and [`BadUrl::Private`], unless private addresses are allowed.
    pub fn admit(&self, allow_private: bool) -> Result<(), BadUrl> {
        if allow_private {
            return Ok(());
        }
        if self.0.scheme() != "https" {
            return Err(BadUrl::Plain);
        }
        match self.literal() {
            Some(address) if !is_public(address) => Err(BadUrl::Private),
            _ => Ok(()),
        }
    }

    /// As it is sent.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }

    pub(super) fn into_url(self) -> Url {
        self.0
    }

    /// The host, if it is an IP address in whatever spelling: `2130706433` and `0x7f.1` have become
    /// `127.0.0.1` by now.
    fn literal(&self) -> Option<IpAddr> {
        let host = self.0.host_str()?;
        let bare = host
            .strip_prefix('[')
            .and_then(|host| host.strip_suffix(']'));
        bare.unwrap_or(host).parse().ok()
    }
}

impl FromStr for HttpUrl {
    type Err = BadUrl;

    fn from_str(text: &str) -> Result<Self, BadUrl> {
        if text.len() > MOST_BYTES {
            return Err(BadUrl::TooLong);
        }
        let url: Url = text.parse().map_err(|_| BadUrl::NotAUrl)?;
        if !matches!(url.scheme(), "http" | "https") {
            return Err(BadUrl::NotHttp);
        }
        if url.host_str().is_none_or(str::is_empty) || url.port() == Some(0) {
            return Err(BadUrl::NotAUrl);
        }
        if !url.username().is_empty() || url.password().is_some() {
            return Err(BadUrl::HasUser);
        }
        if url.fragment().is_some() {
            return Err(BadUrl::HasFragment);
        }
        Ok(Self(url))
    }
}

impl fmt::Display for HttpUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.as_str())
    }
}

/// Without path and query, which may hold a secret.
impl fmt::Debug for HttpUrl {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "HttpUrl({})", self.0.origin().ascii_serialization())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admitted(text: &str, allow_private: bool) -> Result<(), BadUrl> {
        text.parse::<HttpUrl>()?.admit(allow_private)
    }

    #[test]
    fn takes_what_is_public_and_encrypted() {
        for text in [
            "https://hooks.example.com/in?for=acme",
            "https://hooks.example.com:8443",
            "https://8.8.8.8/",
            "https://[2606:4700::1111]/",
        ] {
            assert_eq!(admitted(text, false), Ok(()), "{text}");
        }
    }

    #[test]
    fn refuses_private_literals_in_every_spelling() {
        for text in [
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://169.254.169.254/latest/meta-data",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fd00:ec2::254]/",
            "https://１２７.0.0.1/",
        ] {
            assert_eq!(admitted(text, false), Err(BadUrl::Private), "{text}");
            assert_eq!(admitted(text, true), Ok(()), "{text}");
        }
    }

    #[test]
    fn refuses_what_nothing_can_be_sent_to() {
        let long = format!("https://example.com/{}", "x".repeat(MOST_BYTES));
        for (text, wanted) in [
            ("hooks.example.com", BadUrl::NotAUrl),
            ("", BadUrl::NotAUrl),
            ("https://", BadUrl::NotAUrl),
            ("https://example.com:0/", BadUrl::NotAUrl),
            ("ftp://example.com/", BadUrl::NotHttp),
            ("file:///etc/passwd", BadUrl::NotHttp),
            ("https://ada:secret@example.com/", BadUrl::HasUser),
            ("https://ada@example.com/", BadUrl::HasUser),
            ("https://example.com/#here", BadUrl::HasFragment),
            (&long, BadUrl::TooLong),
        ] {
            assert_eq!(admitted(text, true), Err(wanted), "{text}");
        }
        assert_eq!(admitted("http://example.com/", false), Err(BadUrl::Plain));
    }
}
