//! The bulk messages of RFC 7644 section 3.7: what is sent, and what may be.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::value::RawValue;

use crate::refusal::Refusal;
use crate::scim::urn;
use crate::scim::value::{Object, Value};

/// Operations of one bulk (RFC 7644 section 3.7.4): what one commit carries in some tens of
/// milliseconds. The microseconds of one millisecond tell so many steps apart, and no more.
pub const MAX_OPERATIONS: usize = 1000;

/// Operations of one bulk that is carried out asynchronously (RFC 9967 section 2.5.1.2), part by part.
pub const MAX_ASYNC_OPERATIONS: usize = 100_000;

/// Bytes of one request that is carried out asynchronously: what one commit takes in whole, which is what
/// the answer 202 promises. What is larger comes in several requests, or by `scimlet import`.
pub const MAX_ASYNC_PAYLOAD: usize = 12 << 20;

/// Bytes of one bulk (RFC 7644 section 3.7.4): so many operations of 4 KiB, where a full enterprise
/// user (RFC 7643 section 8.3) takes 3. The same figure is the server's default for any body.
pub const MAX_PAYLOAD: usize = 4 << 20;

/// A `BulkRequest`.
#[derive(Clone, Debug)]
pub struct Message<'a> {
    /// After so many errors the rest is left alone; none: never.
    pub fail_on_errors: Option<u64>,
    /// In the order of the request.
    pub operations: Vec<Operation<'a>>,
}

/// One operation as it was sent.
#[derive(Clone, Debug, Default)]
pub struct Operation<'a> {
    /// In upper case; empty where there is none.
    pub method: String,
    /// What the client calls the resource until it has an id.
    pub bulk_id: Option<String>,
    /// Below the base; empty where there is none.
    pub path: String,
    /// What the resource's entity tag must be.
    pub version: Option<String>,
    /// What a request of its own would have as its body.
    pub data: Option<Value<'a>>,
    /// Why it cannot be carried out whatever the data: it fails alone.
    pub wrong: Option<Refusal>,
}

impl Operation<'_> {
    /// Whether it makes a resource.
    #[must_use]
    pub fn creates(&self) -> bool {
        self.method == "POST"
    }
}

/// Reads a `BulkRequest`. What is wrong with one operation is that operation's error; what is wrong
/// with the message as a whole is the message's.
///
/// # Errors
/// `invalidSyntax` for a message that is none, `invalidValue` for a `bulkId` that stands there twice
/// or a `failOnErrors` that is no count, 413 for too many operations.
pub fn message(message: Value<'_>) -> Result<Message<'_>, Refusal> {
    let Value::Object(mut message) = message else {
        return Err(no_object());
    };
    let fail_on_errors = head(&message)?;
    let Some(Value::List(list)) = message.remove("Operations") else {
        return Err(no_list());
    };
    countable(list.len(), MAX_OPERATIONS)?;
    let operations: Vec<_> = list.into_iter().map(operation).collect();
    unique(operations.iter().filter_map(|it| it.bulk_id.as_deref()))?;
    Ok(Message {
        fail_on_errors,
        operations,
    })
}

/// What a message says beside its operations: `failOnErrors`.
fn head(message: &Object<'_>) -> Result<Option<u64>, Refusal> {
    let listed = message.get("schemas").map_or(&[][..], Value::elements);
    let is_bulk = |urn: &Value<'_>| {
        urn.as_text()
            .is_some_and(|text| text.eq_ignore_ascii_case(urn::BULK_REQUEST))
    };
    if !listed.iter().any(is_bulk) {
        let detail = format!("`schemas` of a bulk must hold `{}`", urn::BULK_REQUEST);
        return Err(Refusal::syntax(detail));
    }
    fail_on_errors(message)
}

fn countable(count: usize, most: usize) -> Result<(), Refusal> {
    if count == 0 {
        let detail = "`Operations` must hold one operation at least";
        return Err(Refusal::syntax(detail));
    }
    if count > most {
        let more = match most {
            MAX_OPERATIONS => "; with `Prefer: respond-async` there may be more",
            _ => "",
        };
        let detail =
            format!("the number of operations ({count}) exceeds the maxOperations ({most}){more}");
        return Err(Refusal::Status(413, detail));
    }
    Ok(())
}

fn no_object() -> Refusal {
    Refusal::syntax("a bulk must be a BulkRequest object")
}

fn no_list() -> Refusal {
    Refusal::syntax("`Operations` must be an array")
}

/// A `BulkRequest` whose operations are not read yet: there may be very many.
#[derive(Clone, Debug)]
pub struct Outline<'a> {
    /// After so many errors the rest is left alone; none: never.
    pub fail_on_errors: Option<u64>,
    /// The text of each operation.
    pub operations: Vec<&'a RawValue>,
}

/// Reads a large `BulkRequest`, in the memory of its text alone.
///
/// # Errors
/// Those of [`message`] but for `bulkId`s that stand there twice.
pub fn outline(text: &str) -> Result<Outline<'_>, Refusal> {
    let members: BTreeMap<&str, &RawValue> = serde_json::from_str(text).map_err(|error| {
        if error.is_data() {
            no_object()
        } else {
            Refusal::syntax(format!("the body is not JSON: {error}"))
        }
    })?;
    let mut message = Object::with_capacity(2);
    for name in ["schemas", "failOnErrors"] {
        if let Some(raw) = members.get(name) {
            message.push(name, Value::parse(raw.get())?);
        }
    }
    let fail_on_errors = head(&message)?;
    let listed = members.get("Operations").map(|raw| raw.get());
    let listed = listed.and_then(|text| serde_json::from_str::<Vec<&RawValue>>(text).ok());
    let operations = listed.ok_or_else(no_list)?;
    countable(operations.len(), MAX_ASYNC_OPERATIONS)?;
    Ok(Outline {
        fail_on_errors,
        operations,
    })
}

/// 0 is refused: some mean "at the first error" by it, others "never".
fn fail_on_errors(message: &Object<'_>) -> Result<Option<u64>, Refusal> {
    let wrong = || {
        let detail = "`failOnErrors` must be an integer of 1 at least; leave it out to go on \
                      whatever fails";
        Refusal::value(detail)
    };
    match message.get("failOnErrors") {
        None | Some(Value::Null) => Ok(None),
        Some(Value::Integer(count)) if *count > 0 => {
            Ok(Some(u64::try_from(*count).map_err(|_| wrong())?))
        }
        Some(_) => Err(wrong()),
    }
}

/// RFC 7644 section 3.7: `bulkId` is unique within a request. Of two it would not be known which one
/// a reference means.
///
/// # Errors
/// `invalidValue`.
pub fn unique<'i>(ids: impl Iterator<Item = &'i str>) -> Result<(), Refusal> {
    let mut known = BTreeSet::new();
    for id in ids {
        if !known.insert(id) {
            let detail = format!("two operations have the `bulkId` `{id}`; each needs its own");
            return Err(Refusal::value(detail));
        }
    }
    Ok(())
}

/// Reads one operation. What is wrong with it is said in it.
#[must_use]
pub fn operation(raw: Value<'_>) -> Operation<'_> {
    let Value::Object(mut raw) = raw else {
        return Operation {
            wrong: Some(Refusal::syntax("an operation must be an object")),
            ..Operation::default()
        };
    };
    let mut wrong = None;
    let mut text = |raw: &mut Object<'_>, name: &str| match raw.remove(name) {
        None | Some(Value::Null) => None,
        Some(Value::Text(text)) => Some(text.into_owned()),
        Some(_) => {
            let detail = format!("`{name}` of an operation must be a string");
            wrong.get_or_insert(Refusal::syntax(detail));
            None
        }
    };
    let method = text(&mut raw, "method").unwrap_or_default();
    let bulk_id = text(&mut raw, "bulkId");
    let path = text(&mut raw, "path").unwrap_or_default();
    let version = text(&mut raw, "version");
    let mut operation = Operation {
        method: method.to_ascii_uppercase(),
        bulk_id,
        path,
        version,
        data: raw.remove("data").filter(|data| *data != Value::Null),
        wrong,
    };
    if operation.wrong.is_none() {
        operation.wrong = incomplete(&operation);
    }
    operation
}

/// What RFC 7644 section 3.7 requires of an operation.
fn incomplete(operation: &Operation<'_>) -> Option<Refusal> {
    let Operation {
        method,
        bulk_id,
        path,
        data,
        ..
    } = operation;
    let detail = match method.as_str() {
        "POST" if bulk_id.as_deref().is_none_or(str::is_empty) => {
            "a POST in a bulk needs a `bulkId`"
        }
        "POST" | "PUT" | "PATCH" if data.is_none() => "an operation with this method needs `data`",
        "POST" | "PUT" | "PATCH" | "DELETE" if path.is_empty() => "an operation needs a `path`",
        "POST" | "PUT" | "PATCH" | "DELETE" => return None,
        _ => "`method` of an operation must be `POST`, `PUT`, `PATCH` or `DELETE`",
    };
    Some(Refusal::syntax(detail))
}
