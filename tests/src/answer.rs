//! What came back, and what can be said about it. Every check fails with the whole exchange.

use std::fmt;

use serde_json::Value;
use ureq::http;

/// The schema of RFC 7644 section 3.12.
pub const ERROR_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// The media type of RFC 7644 section 8.1.
pub const SCIM_JSON: &str = "application/scim+json";
/// Of a long text this much is shown.
const SHOWN: usize = 4_000;

/// An HTTP answer, read to its end.
#[derive(Clone)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// All headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null where it is not JSON.
    pub body: Value,
    /// What was asked.
    request: String,
}

impl Answer {
    pub(crate) fn read(
        request: String,
        response: http::Response<ureq::Body>,
    ) -> Result<Self, ureq::Error> {
        let (parts, mut body) = response.into_parts();
        let bytes = body.with_config().limit(1 << 30).read_to_vec()?;
        let headers = parts.headers.iter().map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        });
        let headers = headers.collect();
        Ok(Self::new(request, parts.status.as_u16(), headers, &bytes))
    }

    pub(crate) fn new(
        request: String,
        status: u16,
        headers: Vec<(String, String)>,
        bytes: &[u8],
    ) -> Self {
        let text = String::from_utf8_lossy(bytes).into_owned();
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Self {
            status,
            headers,
            text,
            body,
            request,
        }
    }

    /// Fails unless the status is this one.
    #[track_caller]
    pub fn expect(self, status: u16) -> Self {
        assert!(self.status == status, "expected {status}\n{self:?}");
        self
    }

    /// Fails unless this is a SCIM Error in full shape (RFC 7644 section 3.12) of this status and
    /// `scimType`; `None`: there must be none.
    #[track_caller]
    pub fn error(self, status: u16, scim_type: Option<&str>) -> Self {
        let answer = self.expect(status);
        if let Err(wrong) = answer.error_shape() {
            panic!("{wrong}\n{answer:?}");
        }
        let got = answer.body.get("scimType").and_then(Value::as_str);
        assert!(
            got == scim_type,
            "expected scimType {scim_type:?}\n{answer:?}"
        );
        answer
    }

    /// Fails unless this is a SCIM Error of some 4xx, whichever.
    #[track_caller]
    pub fn refused(self) -> Self {
        assert!(
            (400..500).contains(&self.status),
            "expected a 4xx\n{self:?}"
        );
        if let Err(wrong) = self.error_shape() {
            panic!("{wrong}\n{self:?}");
        }
        self
    }

    /// What is wrong with this answer as a SCIM Error.
    pub fn error_shape(&self) -> Result<(), String> {
        let status = self.status.to_string();
        let media_type = self
            .header("content-type")
            .unwrap_or_default()
            .split(';')
            .next();
        let of = |key: &str| self.body.get(key);
        let detail = of("detail").and_then(Value::as_str).unwrap_or_default();
        let checks = [
            (
                media_type == Some(SCIM_JSON),
                "an error's content type is application/scim+json",
            ),
            (
                of("schemas") == Some(&serde_json::json!([ERROR_SCHEMA])),
                "an error's `schemas` name Error and nothing else",
            ),
            (
                of("status").and_then(Value::as_str) == Some(status.as_str()),
                "an error's `status` is the code as a string",
            ),
            (!detail.trim().is_empty(), "an error has a `detail`"),
            (
                of("scimType").is_none_or(Value::is_string),
                "a `scimType` is a string",
            ),
        ];
        checks
            .iter()
            .find(|(good, _)| !good)
            .map_or(Ok(()), |(_, wrong)| Err((*wrong).to_owned()))
    }

    /// A header by its name.
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut named = self
            .headers
            .iter()
            .filter(|(known, _)| known.eq_ignore_ascii_case(name));
        named.next().map(|(_, value)| value.as_str())
    }

    /// The resource's id.
    #[track_caller]
    pub fn id(&self) -> String {
        self.str_at("/id")
    }

    /// The resource's version, as `If-Match` takes it.
    #[track_caller]
    pub fn version(&self) -> String {
        self.str_at("/meta/version")
    }

    /// The text at a JSON pointer.
    #[track_caller]
    pub fn str_at(&self, pointer: &str) -> String {
        let text = self.at(pointer).as_str();
        text.unwrap_or_else(|| panic!("expected text at {pointer}\n{self:?}"))
            .to_owned()
    }

    /// The value at a JSON pointer.
    #[track_caller]
    pub fn at(&self, pointer: &str) -> &Value {
        let value = self.body.pointer(pointer);
        value.unwrap_or_else(|| panic!("expected something at {pointer}\n{self:?}"))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, ">>> {}", self.request)?;
        writeln!(f, "<<< {}", self.status)?;
        for (name, value) in &self.headers {
            writeln!(f, "  {name}: {value}")?;
        }
        let pretty = serde_json::to_string_pretty(&self.body).unwrap_or_default();
        write!(
            f,
            "{}",
            cut(if self.body.is_null() {
                &self.text
            } else {
                &pretty
            })
        )
    }
}

/// The beginning of a long text.
pub(crate) fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{} … ({} bytes)", &text[..end], text.len()),
        None => text.to_owned(),
    }
}
