//! Requests and answers of `wasi:http`, whole: SCIM's are small.

use wasi::http::types::{
    Fields, IncomingBody, IncomingRequest, Method, OutgoingBody, OutgoingResponse, ResponseOutparam,
};
use wasi::io::streams::StreamError;

/// The largest body that is taken.
const MAX_BODY: usize = 4 << 20;
/// What a blocking write takes at a time (wasi:io/streams).
const CHUNK: usize = 4096;

/// A request.
pub(crate) struct Asked {
    pub(crate) method: String,
    pub(crate) authority: String,
    pub(crate) path: String,
    pub(crate) query: Option<String>,
    /// Names in lower case.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Asked {
    /// The token of the `Authorization` header, and whether the word `Bearer` is missing.
    pub(crate) fn presented(&self) -> Option<(&str, bool)> {
        let named = self.headers.iter().find(|it| it.0 == "authorization");
        let value = named?.1.trim();
        match value.split_once(' ') {
            None => Some((value, true)),
            Some((word, token)) => {
                let is_bearer = word.eq_ignore_ascii_case("bearer");
                is_bearer.then(|| (token.trim(), false))
            }
        }
    }
}

/// An answer.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn text(status: u16, body: String) -> Self {
        let headers = Vec::new();
        Self {
            status,
            headers,
            body,
        }
    }

    /// A SCIM Error, where the engine was not asked.
    pub(crate) fn error(status: u16, detail: &str) -> Self {
        let schema = "urn:ietf:params:scim:api:messages:2.0:Error";
        let status_text = status.to_string();
        let body = serde_json::json!(
            { "schemas": [schema], "status": status_text, "detail": detail });
        let content = (
            "content-type".to_owned(),
            "application/scim+json".to_owned(),
        );
        Self {
            headers: vec![content],
            ..Self::text(status, body.to_string())
        }
    }

    pub(crate) fn unauthorized() -> Self {
        let mut answer = Self::error(401, "a valid bearer token is needed");
        let challenge = "Bearer realm=\"scimlet\"".to_owned();
        answer
            .headers
            .push(("www-authenticate".to_owned(), challenge));
        answer
    }
}

/// Milliseconds since 1970: the only clock that the engine has.
pub(crate) fn now() -> u64 {
    let now = wasi::clocks::wall_clock::now();
    now.seconds * 1000 + u64::from(now.nanoseconds / 1_000_000)
}

/// The only chance that the engine has.
pub(crate) fn seed() -> (u64, u64) {
    use wasi::random::random::get_random_u64;
    (get_random_u64(), get_random_u64())
}

/// Reads a request; what cannot be read is refused.
pub(crate) fn read(request: IncomingRequest) -> Result<Asked, Answer> {
    let target = request.path_with_query().unwrap_or_default();
    let (path, query) = match target.split_once('?') {
        Some((path, query)) => (path.to_owned(), Some(query.to_owned())),
        None => (target, None),
    };
    let text = |(name, value): (String, Vec<u8>)| {
        Some((name.to_ascii_lowercase(), String::from_utf8(value).ok()?))
    };
    let headers = request.headers().entries().into_iter().filter_map(text);
    let headers = headers.collect();
    let body = request
        .consume()
        .map_err(|()| Answer::error(400, "there is no body"))?;
    let body = String::from_utf8(read_body(&body)?);
    Ok(Asked {
        method: method(request.method()),
        authority: request
            .authority()
            .unwrap_or_else(|| "localhost".to_owned()),
        path,
        query,
        headers,
        body: body.map_err(|_| Answer::error(400, "the body is not UTF-8"))?,
    })
}

fn read_body(body: &IncomingBody) -> Result<Vec<u8>, Answer> {
    let stream = body
        .stream()
        .map_err(|()| Answer::error(400, "there is no body"))?;
    let mut bytes = Vec::new();
    loop {
        match stream.blocking_read(64 << 10) {
            Ok(chunk) => bytes.extend(chunk),
            Err(StreamError::Closed) => return Ok(bytes),
            Err(StreamError::LastOperationFailed(_)) => {
                return Err(Answer::error(400, "the body ended before it was complete"));
            }
        }
        if bytes.len() > MAX_BODY {
            return Err(Answer::error(413, "the body is larger than 4 MiB"));
        }
    }
}

fn method(method: Method) -> String {
    let known = match method {
        Method::Get => "GET",
        Method::Head => "HEAD",
        Method::Post => "POST",
        Method::Put => "PUT",
        Method::Delete => "DELETE",
        Method::Connect => "CONNECT",
        Method::Options => "OPTIONS",
        Method::Trace => "TRACE",
        Method::Patch => "PATCH",
        Method::Other(other) => return other,
    };
    known.to_owned()
}

/// Writes an answer. Where the client has gone away there is nobody to tell.
pub(crate) fn write(out: ResponseOutparam, answer: Answer) {
    let headers = Fields::new();
    for (name, value) in &answer.headers {
        // What HTTP cannot carry is left out.
        let _ = headers.append(name, value.as_bytes());
    }
    let response = OutgoingResponse::new(headers);
    let _ = response.set_status_code(answer.status);
    let Ok(body) = response.body() else { return };
    ResponseOutparam::set(out, Ok(response));
    if let Ok(stream) = body.write() {
        for chunk in answer.body.as_bytes().chunks(CHUNK) {
            if stream.blocking_write_and_flush(chunk).is_err() {
                break;
            }
        }
    }
    let _ = OutgoingBody::finish(body, None);
}
