//! The `Authorization` header: bearer (RFC 6750) or Basic (RFC 7617), nothing else.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::bearer::Bearer;

/// Some clients leave out the padding; nothing is ambiguous without it.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

/// A user name and a password as a client presents them. Not `Debug`, so that they do not end in
/// a log.
pub(crate) struct Basic {
    /// The credential's id.
    pub(crate) username: String,
    pub(crate) password: String,
}

/// What a request presents.
pub(crate) enum Presented {
    Bearer(Bearer),
    Basic(Basic),
}

/// Whether the header holds nothing but a token: the engine is told, and decides whether that will do.
pub(crate) fn is_bare(headers: &HeaderMap) -> bool {
    let value = headers.get(AUTHORIZATION);
    value.is_some_and(|value| !value.as_bytes().contains(&b' '))
}

/// What the headers present; none if that is nothing, or nothing that could be right, or more
/// than one thing.
pub(crate) fn presented(headers: &HeaderMap) -> Option<Presented> {
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let (Some(value), None) = (values.next(), values.next()) else {
        return None;
    };
    let value = value.to_str().ok()?;
    let Some((scheme, rest)) = value.split_once(' ') else {
        // Okta may leave the word out. Whether this tenant's provider may, the engine decides.
        return Bearer::parse(value).map(Presented::Bearer);
    };
    let rest = rest.trim_matches(' ');
    if scheme.eq_ignore_ascii_case("bearer") {
        Bearer::parse(rest).map(Presented::Bearer)
    } else if scheme.eq_ignore_ascii_case("basic") {
        basic(rest).map(Presented::Basic)
    } else {
        None
    }
}

fn basic(encoded: &str) -> Option<Basic> {
    let text = String::from_utf8(BASE64.decode(encoded).ok()?).ok()?;
    let (username, password) = text.split_once(':')?;
    Some(Basic {
        username: username.to_owned(),
        password: password.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    const TOKEN: &str = "scl_0123456789abcdef_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";

    fn read(values: &[&str]) -> Option<Presented> {
        let mut headers = HeaderMap::new();
        for value in values {
            headers.append(AUTHORIZATION, HeaderValue::from_str(value).ok()?);
        }
        presented(&headers)
    }

    #[test]
    fn reads_a_bearer_token_in_any_case_of_the_scheme() {
        for scheme in ["Bearer", "bearer", "BEARER"] {
            assert!(matches!(
                read(&[&format!("{scheme} {TOKEN}")]),
                Some(Presented::Bearer(_))
            ));
        }
    }

    #[test]
    fn reads_a_password_with_colons_with_or_without_padding() {
        for encoded in ["YWNtZS0xOmE6Yg==", "YWNtZS0xOmE6Yg"] {
            let read = read(&[&format!("Basic {encoded}")]);
            assert!(matches!(read, Some(Presented::Basic(login))
                if login.username == "acme-1" && login.password == "a:b"));
        }
    }

    #[test]
    fn reads_a_token_without_the_word() {
        assert!(matches!(read(&[TOKEN]), Some(Presented::Bearer(_))));
        assert!(read(&["acme"]).is_none());
    }

    #[test]
    fn refuses_everything_else() {
        let bearer = format!("Bearer {TOKEN}");
        assert!(read(&[]).is_none());
        assert!(read(&[&format!("Token {TOKEN}")]).is_none());
        assert!(read(&["Bearer "]).is_none());
        assert!(read(&["Basic !!!"]).is_none());
        assert!(read(&["Basic YWNtZQ=="]).is_none());
        assert!(read(&[&bearer, &bearer]).is_none());
    }
}
