//! What became of the operations, as a `BulkResponse` (RFC 7644 section 3.7.3).

use serde::Serialize;

use crate::message::Response;
use crate::scim::bulk::Operation;
use crate::scim::urn;
use crate::scim::value::Value;

/// What became of one operation. `location` is there for all but a POST that failed; `response` for
/// all that failed, and for no other.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Outcome {
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<String>,
    #[serde(skip_serializing_if = "String::is_empty")]
    method: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    bulk_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    /// A string; the object with a `code` in some of the RFC's examples is a relic of its drafts.
    status: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    response: Option<Value<'static>>,
}

#[derive(Serialize)]
struct Body<'o> {
    schemas: [&'static str; 1],
    #[serde(rename = "Operations")]
    operations: Vec<&'o Outcome>,
}

impl Outcome {
    /// Of an operation on `place` (a URL, empty if there is none) that was answered so.
    pub(super) fn of(operation: &Operation<'_>, place: String, answer: &Response) -> Self {
        let failed = answer.status >= 400;
        let header = |name: &str| {
            let mut headers = answer.headers.iter();
            let found = headers.find(|header| header.name == name);
            found.map(|header| header.value.clone())
        };
        let place = (!operation.creates() && !place.is_empty()).then_some(place);
        let body = Value::parse(&answer.body).map(Value::into_owned);
        Self {
            location: header("location").or(place),
            method: operation.method.clone(),
            bulk_id: operation.bulk_id.clone(),
            version: header("etag"),
            status: answer.status.to_string(),
            response: body.ok().filter(|_| failed),
        }
    }

    /// Where the resource is, below the base: by its location, or else by the path of the operation.
    pub(super) fn path(&self, base_url: &str, path: &str) -> String {
        let below = self
            .location
            .as_deref()
            .and_then(|it| it.strip_prefix(base_url));
        below.unwrap_or(path).to_owned()
    }

    /// Whether it is an error.
    pub(super) fn failed(&self) -> bool {
        self.response.is_some()
    }
}

/// The answer to the whole: the operations that were carried out, in the order of the request.
pub(super) fn response(outcomes: &[Option<Outcome>]) -> Response {
    let body = Body {
        schemas: [urn::BULK_RESPONSE],
        operations: outcomes.iter().flatten().collect(),
    };
    Response::scim(200, serde_json::to_string(&body).unwrap_or_default())
}
