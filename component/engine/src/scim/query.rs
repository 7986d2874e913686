//! The query string of a request.

use std::borrow::Cow;

use crate::refusal::Refusal;

/// Rows on a page when the client does not say (interop profile: at least 100).
pub const DEFAULT_COUNT: u32 = 100;

/// Rows on a page at most; a larger `count` is cut to this (RFC 7644 section 3.4.2.4).
pub const MAX_COUNT: u32 = 1000;

/// The parameters that RFC 7644 section 3.4.2 defines; others are ignored.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// `filter`
    pub filter: Option<String>,
    /// `attributes`
    pub attributes: Option<String>,
    /// `excludedAttributes`
    pub excluded: Option<String>,
    /// `startIndex`, from 1.
    pub start_index: u64,
    /// `count`, cut to [`MAX_COUNT`].
    pub count: u32,
}

impl Query {
    /// Reads a query string. An empty parameter is the same as none, but for `filter`.
    ///
    /// # Errors
    /// `invalidValue` for a number that is none, `invalidSyntax` for broken percent-encoding.
    pub fn parse(text: Option<&str>) -> Result<Self, Refusal> {
        let mut query = Self {
            start_index: 1,
            count: DEFAULT_COUNT,
            ..Self::default()
        };
        let pairs = text
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty());
        for pair in pairs {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name, true)?, decode(value, true)?);
            // An empty filter is refused: who meant to select some must not be given all.
            if value.is_empty() && name != "filter" {
                continue;
            }
            match name.as_ref() {
                "filter" => once(&mut query.filter, &name, value)?,
                "attributes" => once(&mut query.attributes, &name, value)?,
                "excludedAttributes" => once(&mut query.excluded, &name, value)?,
                // A value below 1 means 1; a negative count means 0 (section 3.4.2.4).
                "startIndex" => query.start_index = number("startIndex", &value)?.max(1),
                "count" => {
                    let count = number("count", &value)?.min(u64::from(MAX_COUNT));
                    query.count = u32::try_from(count).unwrap_or(MAX_COUNT);
                }
                _ => {}
            }
        }
        Ok(query)
    }
}

/// Sets a parameter that may stand there once: of two filters neither is the one that is meant.
fn once(slot: &mut Option<String>, name: &str, value: Cow<'_, str>) -> Result<(), Refusal> {
    if slot.replace(value.into_owned()).is_some() {
        return Err(Refusal::syntax(format!(
            "the parameter `{name}` stands in the URL twice"
        )));
    }
    Ok(())
}

/// A number that is 0 at least, however negative it came.
fn number(name: &str, text: &str) -> Result<u64, Refusal> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Refusal::value(format!(
            "`{name}` must be an integer, not `{text}`"
        )));
    }
    if text.starts_with('-') {
        return Ok(0);
    }
    Ok(digits.parse().unwrap_or(u64::MAX))
}

/// Percent-decodes; `+` is a space in a query, not in a path.
///
/// # Errors
/// `invalidSyntax` for a broken escape, or bytes that are not UTF-8.
pub fn decode(text: &str, plus: bool) -> Result<Cow<'_, str>, Refusal> {
    if !text.contains(['%', '+']) {
        return Ok(Cow::Borrowed(text));
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut input = text.bytes();
    while let Some(byte) = input.next() {
        bytes.push(match byte {
            b'%' => {
                let digits = input.next().zip(input.next());
                digits
                    .and_then(|(high, low)| hex(high, low))
                    .ok_or_else(|| {
                        Refusal::syntax("the URL holds a `%` that no two hexadecimal digits follow")
                    })?
            }
            b'+' if plus => b' ',
            other => other,
        });
    }
    let text = String::from_utf8(bytes);
    text.map(Cow::Owned)
        .map_err(|_| Refusal::syntax("the URL is not UTF-8 when decoded"))
}

fn hex(high: u8, low: u8) -> Option<u8> {
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    Some(digit(high)? * 16 + digit(low)?)
}
