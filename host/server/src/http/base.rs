//! Where SCIM is: which part of a path is the base, and how the base is seen from outside.

use std::str::FromStr;

use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::{Authority, Uri};

/// Below an origin, and below `/t/NAME`.
const BASE: &str = "/scim/v2";
const TENANT_PREFIX: &str = "/t/";

/// A path, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    /// The tenant that the path names, if it does.
    pub(crate) tenant: Option<&'a str>,
    /// The base, as it came: `/scim/v2` or `/t/NAME/scim/v2`.
    base: &'a str,
    /// What is below the base, percent-encoded as it came.
    pub(crate) below: &'a str,
}

/// Takes a path apart; none if it is not below a base.
pub(crate) fn split(path: &str) -> Option<Place<'_>> {
    let (tenant, rest) = match path.strip_prefix(TENANT_PREFIX) {
        Some(named) => {
            let (name, _) = named.split_once('/')?;
            (Some(name), named.strip_prefix(name)?)
        }
        None => (None, path),
    };
    let below = rest
        .strip_prefix(BASE)
        .filter(|below| below.is_empty() || below.starts_with('/'))?;
    Some(Place {
        tenant,
        base: path.strip_suffix(below)?,
        below,
    })
}

/// A public URL cannot be that.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum BadPublicUrl {
    /// It is no URL at all, or not one of HTTP.
    #[error("a public URL looks like `https://scim.example.com`")]
    NotHttp,
    /// It says more than where the server is.
    #[error("leave out user, query and fragment")]
    TooMuch,
    /// The base would be doubled.
    #[error("leave out `/scim/v2`, it is added")]
    HasBase,
}

/// What the operator says the server is called outside: an origin, and perhaps a path in front.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PublicUrl(String);

impl PublicUrl {
    /// Without a final slash.
    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for PublicUrl {
    type Err = BadPublicUrl;

    fn from_str(text: &str) -> Result<Self, BadPublicUrl> {
        let uri: Uri = text.parse().map_err(|_| BadPublicUrl::NotHttp)?;
        let authority = uri.authority().ok_or(BadPublicUrl::NotHttp)?;
        if !matches!(uri.scheme_str(), Some("http" | "https")) {
            return Err(BadPublicUrl::NotHttp);
        }
        if authority.as_str().contains('@') || uri.query().is_some() || text.contains('#') {
            return Err(BadPublicUrl::TooMuch);
        }
        let plain = text.trim_end_matches('/');
        if plain.ends_with(BASE) {
            return Err(BadPublicUrl::HasBase);
        }
        Ok(Self(plain.to_owned()))
    }
}

/// How the server is seen from outside.
#[derive(Clone, Debug)]
pub(crate) struct Origin {
    /// What the operator says; it is believed before the client.
    pub(crate) public: Option<PublicUrl>,
    /// Whether the server itself speaks TLS.
    pub(crate) tls: bool,
}

impl Origin {
    /// The base as this client sees it, without a final slash; none if the client names no host.
    pub(crate) fn base_url(&self, parts: &Parts, place: &Place<'_>) -> Option<String> {
        if let Some(public) = &self.public {
            return Some(format!("{}{}", public.as_str(), place.base));
        }
        let scheme = if self.tls { "https" } else { "http" };
        Some(format!("{scheme}://{}{}", host(parts)?, place.base))
    }
}

/// The host that the request is for. The target's own goes before the header (RFC 9112 §3.2.2);
/// two headers are a trick on someone (RFC 9112 §3.2).
fn host(parts: &Parts) -> Option<Authority> {
    let targeted = parts.uri.authority().cloned();
    targeted
        .or_else(|| host_header(parts))
        .filter(|named| is_plain(named.as_str()))
}

fn host_header(parts: &Parts) -> Option<Authority> {
    let mut values = parts.headers.get_all(HOST).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    value.to_str().ok()?.parse().ok()
}

/// The host goes into links and identifiers, so only letters that a host and port are made of.
fn is_plain(host: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:[]".contains(&byte);
    !host.is_empty() && host.bytes().all(plain)
}

#[cfg(test)]
mod tests;
