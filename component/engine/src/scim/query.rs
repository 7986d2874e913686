//! The query string of a request.

use std::borrow::Cow;

use crate::refusal::Refusal;
use crate::scim::urn;
use crate::scim::value::Value;

/// Rows on a page when the client does not say (interop profile: at least 100).
pub const DEFAULT_COUNT: u32 = 100;

/// Rows on a page at most; a larger `count` is cut to this (RFC 7644 section 3.4.2.4).
pub const MAX_COUNT: u32 = 1000;

/// How long a cursor lasts (RFC 9865 section 4, `cursorTimeout`).
pub const CURSOR_SECONDS: u64 = 3600;

/// The parameters of RFC 7644 section 3.4.2 and RFC 9865; others are ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// `filter`
    pub filter: Option<String>,
    /// `attributes`
    pub attributes: Option<String>,
    /// `excludedAttributes`
    pub excluded: Option<String>,
    /// `sortBy`
    pub sort_by: Option<String>,
    /// `sortOrder` is `descending`.
    pub descending: bool,
    /// `startIndex`, from 1.
    pub start_index: u64,
    /// `count`, cut to [`MAX_COUNT`].
    pub count: u32,
    /// `count` as it was said.
    pub said_count: Option<u64>,
    /// `cursor`; empty on the first page (RFC 9865 section 2).
    pub cursor: Option<String>,
    /// `bulk=true`: the message is a `BulkRequest`.
    pub bulk: bool,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            filter: None,
            attributes: None,
            excluded: None,
            sort_by: None,
            descending: false,
            start_index: 1,
            count: DEFAULT_COUNT,
            said_count: None,
            cursor: None,
            bulk: false,
        }
    }
}

impl Query {
    /// Reads a query string. An empty parameter is the same as none, but for `filter` and
    /// `cursor`; one without `=` is empty.
    ///
    /// # Errors
    /// `invalidValue` for a number that is none, `invalidSyntax` for broken percent-encoding.
    pub fn parse(text: Option<&str>) -> Result<Self, Refusal> {
        let mut query = Self::default();
        let pairs = text
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty());
        for pair in pairs {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            query.set(&decode(name, true)?, decode(value, true)?)?;
        }
        Ok(query)
    }

    fn set(&mut self, name: &str, value: Cow<'_, str>) -> Result<(), Refusal> {
        // An empty filter is refused: who meant to select some must not be given all.
        if value.is_empty() && !matches!(name, "filter" | "cursor") {
            return Ok(());
        }
        match name {
            "filter" => once(&mut self.filter, name, value),
            "attributes" => once(&mut self.attributes, name, value),
            "excludedAttributes" => once(&mut self.excluded, name, value),
            "sortBy" => once(&mut self.sort_by, name, value),
            "cursor" => once(&mut self.cursor, name, value),
            "sortOrder" => self.order(&value),
            // A value below 1 means 1 (section 3.4.2.4).
            "startIndex" => {
                self.start_index = number(name, &value)?.max(1);
                Ok(())
            }
            "count" => {
                self.say_count(number(name, &value)?);
                Ok(())
            }
            "bulk" => {
                self.bulk = value.eq_ignore_ascii_case("true");
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Reads a `SearchRequest` (RFC 7644 section 3.4.3).
    ///
    /// # Errors
    /// `invalidSyntax` for a message that is none, `invalidValue` for a value of the wrong type.
    pub fn from_search(message: Value<'_>) -> Result<Self, Refusal> {
        let wrong = || {
            Refusal::syntax(format!(
                "the body must be an object with `{}` in `schemas`",
                urn::SEARCH
            ))
        };
        let Value::Object(message) = message else {
            return Err(wrong());
        };
        let listed = message.get("schemas").map_or(&[][..], Value::elements);
        let mut urns = listed.iter().filter_map(Value::as_text);
        if !urns.any(|it| it.eq_ignore_ascii_case(urn::SEARCH)) {
            return Err(wrong());
        }
        let mut query = Self::default();
        for (name, value) in message {
            if !matches!(value, Value::Null) {
                query.set_said(&name, value)?;
            }
        }
        Ok(query)
    }

    fn set_said(&mut self, name: &str, value: Value<'_>) -> Result<(), Refusal> {
        let is = |word: &str| name.eq_ignore_ascii_case(word);
        match value {
            Value::List(paths) if is("attributes") => self.attributes = joined(name, &paths)?,
            Value::List(paths) if is("excludedAttributes") => {
                self.excluded = joined(name, &paths)?;
            }
            Value::Text(text) if is("filter") => self.filter = Some(text.into_owned()),
            Value::Text(text) if is("sortBy") => self.sort_by = Some(text.into_owned()),
            Value::Text(text) if is("cursor") => self.cursor = Some(text.into_owned()),
            Value::Text(text) if is("sortOrder") => self.order(&text)?,
            Value::Integer(number) if is("startIndex") => {
                self.start_index = u64::try_from(number).unwrap_or(1).max(1);
            }
            Value::Integer(number) if is("count") => {
                self.say_count(u64::try_from(number).unwrap_or(0));
            }
            other if KNOWN.iter().any(|known| is(known)) => {
                let found = other.type_name();
                return Err(Refusal::value(format!("`{name}` cannot be {found}")));
            }
            _ => {}
        }
        Ok(())
    }

    fn order(&mut self, word: &str) -> Result<(), Refusal> {
        self.descending = match word {
            word if word.eq_ignore_ascii_case("ascending") => false,
            word if word.eq_ignore_ascii_case("descending") => true,
            _ => {
                return Err(Refusal::value(
                    "`sortOrder` must be ascending or descending",
                ));
            }
        };
        Ok(())
    }

    /// A larger count is cut; a negative one means 0 (RFC 7644 section 3.4.2.4).
    fn say_count(&mut self, count: u64) {
        self.said_count = Some(count);
        self.count = u32::try_from(count.min(u64::from(MAX_COUNT))).unwrap_or(MAX_COUNT);
    }
}

/// The attributes of a `SearchRequest`.
const KNOWN: [&str; 8] = [
    "attributes",
    "excludedAttributes",
    "filter",
    "sortBy",
    "sortOrder",
    "startIndex",
    "count",
    "cursor",
];

/// A list of paths as a query string has it; none for an empty one.
fn joined(name: &str, paths: &[Value<'_>]) -> Result<Option<String>, Refusal> {
    let texts: Option<Vec<&str>> = paths.iter().map(Value::as_text).collect();
    let texts = texts.ok_or_else(|| Refusal::value(format!("`{name}` is a list of strings")))?;
    Ok((!texts.is_empty()).then(|| texts.join(",")))
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

/// A text as one segment of a path (RFC 3986 section 3.3).
#[must_use]
pub fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            let digit = |value: u8| char::from_digit(u32::from(value), 16);
            out.push('%');
            out.extend(digit(byte >> 4).iter().map(char::to_ascii_uppercase));
            out.extend(digit(byte & 15).iter().map(char::to_ascii_uppercase));
        }
    }
    out
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
