//! Where the component is: which part of a path is a base, and how the SCIM base is seen from
//! outside.

use std::str::FromStr;

use axum::http::header::HOST;
use axum::http::request::Parts;
use axum::http::uri::{Authority, Uri};

use crate::percent::says;

/// Where SCIM is, below an origin and below `/t/NAME`.
const BASE: &str = "/scim/v2";
/// Where admins find what SCIM has no words for.
const ADMIN_BASE: &str = "/admin/v1";
/// What the engine calls the latter. It is below the SCIM base as the engine sees it, and begins with
/// a dot, which no name of a SCIM endpoint does. There is one door to it: it is not found as a SCIM path.
const ADMIN_PATH: &str = "/.admin";
const TENANT_PREFIX: &str = "/t/";

/// What of the component a path leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Area {
    Scim,
    Admin,
}

/// A path, taken apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place<'a> {
    /// The tenant that the path names, if it does.
    pub(crate) tenant: Option<&'a str>,
    /// Which base it is.
    pub(crate) area: Area,
    /// What is in front of the base, as it came: nothing, or `/t/NAME`.
    front: &'a str,
    /// What is below the base, percent-encoded as it came.
    below: &'a str,
}

impl Place<'_> {
    /// As the engine knows it: below the SCIM base, percent-encoded as it came.
    pub(crate) fn path(&self) -> String {
        match self.area {
            Area::Scim => self.below.to_owned(),
            Area::Admin => format!("{ADMIN_PATH}{}", self.below),
        }
    }
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
    let below = |base| {
        rest.strip_prefix(base)
            .filter(|below: &&str| below.is_empty() || below.starts_with('/'))
    };
    let scim = below(BASE).map(|below| (Area::Scim, below));
    let (area, below) = scim.or_else(|| below(ADMIN_BASE).map(|below| (Area::Admin, below)))?;
    if area == Area::Scim && is_admin(below) {
        return None;
    }
    Some(Place {
        tenant,
        area,
        front: path.strip_suffix(rest)?,
        below,
    })
}

/// Whether a path below the SCIM base is the engine's for admins.
fn is_admin(below: &str) -> bool {
    let mut parts = below.split('/').filter(|part| !part.is_empty());
    let name = ADMIN_PATH.trim_start_matches('/');
    parts.next().is_some_and(|first| says(first, name))
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
    /// The SCIM base as this client sees it, whichever base the request came to, since links
    /// lead there. Without a final slash; none if the client names no host.
    pub(crate) fn base_url(&self, parts: &Parts, place: &Place<'_>) -> Option<String> {
        let front = place.front;
        if let Some(public) = &self.public {
            return Some(format!("{}{front}{BASE}", public.as_str()));
        }
        let scheme = if self.tls { "https" } else { "http" };
        Some(format!("{scheme}://{}{front}{BASE}", host(parts)?))
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
