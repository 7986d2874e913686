//! Reads a request's body: bounded, and UTF-8.

use std::future::poll_fn;
use std::pin::Pin;

use axum::body::{Body, HttpBody as _};
use axum::http::HeaderMap;
use axum::http::header::EXPECT;

use super::fixed::Fixed;

/// How much of a body that is too large is still taken in and thrown away. A client that is only
/// listening once it has sent everything would else see a broken connection and no answer.
const DISCARDED: usize = 8 * 1024 * 1024;

/// No more than headers may cost; so such a body may be read before anybody is asked for a
/// credential.
const SMALL: u64 = 64 * 1024;

/// Whether the body is announced to be small, or there is none.
pub(crate) fn is_small(body: &Body) -> bool {
    body.size_hint()
        .upper()
        .is_some_and(|length| length <= SMALL)
}

/// The body's text.
pub(crate) async fn read(body: Body, headers: &HeaderMap, max: usize) -> Result<String, Fixed> {
    let announced = body
        .size_hint()
        .upper()
        .and_then(|length| usize::try_from(length).ok());
    if announced.is_some_and(|length| length > max) && headers.contains_key(EXPECT) {
        // The client waits for a word before it sends; this is the word.
        return Err(Fixed::TooLarge(max));
    }
    let bytes = collect(body, announced.unwrap_or_default().min(max), max).await?;
    String::from_utf8(bytes).map_err(|_| Fixed::NotUtf8)
}

async fn collect(mut body: Body, expected: usize, max: usize) -> Result<Vec<u8>, Fixed> {
    let mut bytes = Vec::with_capacity(expected);
    let mut length = 0_usize;
    while let Some(frame) = poll_fn(|context| Pin::new(&mut body).poll_frame(context)).await {
        let Ok(data) = frame.map_err(|_| Fixed::BrokenBody)?.into_data() else {
            continue; // Trailers mean nothing to SCIM.
        };
        length = length.saturating_add(data.len());
        if length <= max {
            bytes.extend_from_slice(&data);
        } else if length > max.saturating_add(DISCARDED) {
            break;
        }
    }
    if length <= max {
        Ok(bytes)
    } else {
        Err(Fixed::TooLarge(max))
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    async fn read_plain(body: &'static [u8], max: usize) -> Result<String, Fixed> {
        read(Body::from(body), &HeaderMap::new(), max).await
    }

    #[tokio::test]
    async fn reads_up_to_the_limit() {
        assert_eq!(read_plain(b"", 4).await, Ok(String::new()));
        assert_eq!(read_plain(b"abcd", 4).await, Ok("abcd".to_owned()));
        assert_eq!(read_plain(b"abcde", 4).await, Err(Fixed::TooLarge(4)));
    }

    #[test]
    fn tells_a_small_body_from_a_large_one() {
        assert!(is_small(&Body::empty()));
        assert!(is_small(&Body::from(vec![0; 64 * 1024])));
        assert!(!is_small(&Body::from(vec![0; 64 * 1024 + 1])));
    }

    #[tokio::test]
    async fn refuses_what_is_not_utf8() {
        assert_eq!(read_plain(b"\xff", 4).await, Err(Fixed::NotUtf8));
    }

    #[tokio::test]
    async fn refuses_before_reading_when_the_client_waits_for_that() {
        let mut headers = HeaderMap::new();
        headers.insert(EXPECT, HeaderValue::from_static("100-continue"));
        assert_eq!(
            read(Body::from("abcde"), &headers, 4).await,
            Err(Fixed::TooLarge(4))
        );
    }
}
