//! Reads settings, and collects all that is wrong with them.

use serde_json::{Map, Value};

use super::Problem;
use crate::scim::schema::Registry;

pub(super) struct Reader<'r> {
    pub(super) registry: &'r Registry,
    pub(super) problems: Vec<Problem>,
}

impl Reader<'_> {
    pub(super) fn problem(&mut self, path: &str, detail: &str) {
        self.problems.push(Problem {
            path: path.to_owned(),
            detail: detail.to_owned(),
        });
    }

    pub(super) fn object<'v>(
        &mut self,
        at: &str,
        value: &'v Value,
    ) -> Option<&'v Map<String, Value>> {
        if value.as_object().is_none() {
            self.problem(at, "must be an object");
        }
        value.as_object()
    }

    pub(super) fn list<'v>(&mut self, at: &str, value: &'v Value) -> Option<&'v Vec<Value>> {
        if value.as_array().is_none() {
            self.problem(at, "must be an array");
        }
        value.as_array()
    }

    pub(super) fn text(&mut self, at: &str, object: &Map<String, Value>, key: &str) -> String {
        let text = object.get(key).and_then(Value::as_str).unwrap_or_default();
        if text.is_empty() {
            self.problem(&format!("{at}.{key}"), "must be a string, and not empty");
        }
        text.to_owned()
    }

    pub(super) fn only(&mut self, at: &str, object: &Map<String, Value>, known: &[&str]) {
        for key in object.keys().filter(|key| !known.contains(&key.as_str())) {
            self.unknown(at, key, &known.join(", "));
        }
    }

    pub(super) fn unknown(&mut self, at: &str, key: &str, known: &str) {
        self.problem(
            &format!("{at}.{key}"),
            &format!("unknown key; known here: {known}"),
        );
    }
}
