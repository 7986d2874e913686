//! What a row of the file asks for.

use serde::Deserialize;
use serde_json::{Value, json};

use crate::local::Ask;
use crate::percent::percent_encoded;

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Row {
    /// A request as it is.
    Request(Request),
    /// A user, to be created or put in the place of the one of that name.
    User(User),
}

impl Row {
    /// What a person knows it by.
    pub(super) fn name(&self) -> String {
        match self {
            Self::Request(Request { method, path, .. }) => format!("{method} {path}"),
            Self::User(user) => user.name.clone(),
        }
    }
}

/// A SCIM request.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Request {
    pub(super) method: String,
    pub(super) path: String,
    #[serde(default)]
    pub(super) body: Option<Value>,
}

/// What recorded requests have in front of the path.
const BASE: &str = "/scim/v2";

impl Request {
    pub(super) fn ask(&self) -> Ask<'_> {
        let below = self.path.strip_prefix(BASE).unwrap_or(&self.path);
        let (path, query) = match below.split_once('?') {
            Some((path, query)) => (path, Some(query.to_owned())),
            None => (below, None),
        };
        Ask {
            method: &self.method,
            path,
            query,
            body: self.body.as_ref(),
            ..Ask::default()
        }
    }
}

/// A user of a CSV file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct User {
    pub(super) name: String,
    pub(super) body: Value,
}

impl User {
    /// What finds the user of that name. RFC 7644 §3.4.2.2: a filter's text is a JSON string.
    pub(super) fn query(&self) -> String {
        let filter = format!("userName eq {}", json!(self.name));
        format!("attributes=id&filter={}", percent_encoded(&filter))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_request_is_taken_as_it_was() {
        let text = r#"{"method":"GET","path":"/scim/v2/Users?count=1"}"#;
        let request: Request = serde_json::from_str(text).expect("a request");
        let ask = request.ask();
        assert_eq!(
            (ask.path, ask.query.as_deref()),
            ("/Users", Some("count=1"))
        );
    }

    #[test]
    fn a_name_cannot_break_out_of_its_filter() {
        let (name, body) = ("a\" or b".to_owned(), Value::Null);
        let query = User { name, body }.query();
        assert_eq!(
            query,
            "attributes=id&filter=userName%20eq%20%22a%5C%22%20or%20b%22"
        );
    }
}
