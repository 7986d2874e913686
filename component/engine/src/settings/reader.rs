//! Reads settings, and collects all that is wrong with them.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::Problem;
use crate::scim::schema::Registry;

pub(super) struct Reader<'r> {
    pub(super) registry: &'r Registry,
    problems: Vec<Problem>,
}

impl<'r> Reader<'r> {
    pub(super) fn new(registry: &'r Registry) -> Self {
        Self {
            registry,
            problems: Vec::new(),
        }
    }

    /// All that is wrong, if anything is.
    pub(super) fn done(self) -> Result<(), Vec<Problem>> {
        if self.problems.is_empty() {
            Ok(())
        } else {
            Err(self.problems)
        }
    }
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

    /// A string that may be left out.
    pub(super) fn optional_text(
        &mut self,
        at: &str,
        object: &Map<String, Value>,
        key: &str,
    ) -> Option<String> {
        let value = object.get(key)?;
        if value.as_str().is_none() {
            self.problem(&format!("{at}.{key}"), "must be a string");
        }
        value.as_str().map(str::to_owned)
    }

    /// `true` or `false`, which is meant where nothing is said.
    pub(super) fn flag(&mut self, at: &str, object: &Map<String, Value>, key: &str) -> bool {
        let Some(value) = object.get(key) else {
            return false;
        };
        if value.as_bool().is_none() {
            self.problem(&format!("{at}.{key}"), "must be true or false");
        }
        value.as_bool().unwrap_or_default()
    }

    /// A list of strings that may be left out.
    pub(super) fn texts(
        &mut self,
        at: &str,
        object: &Map<String, Value>,
        key: &str,
    ) -> Vec<String> {
        let at = format!("{at}.{key}");
        let list = match object.get(key) {
            Some(value) => self.list(&at, value).map_or(&[][..], Vec::as_slice),
            None => &[],
        };
        for (index, item) in list.iter().enumerate() {
            if item.as_str().is_none_or(str::is_empty) {
                let at = format!("{at}[{index}]");
                self.problem(&at, "must be a string, and not empty");
            }
        }
        let texts = list.iter().filter_map(Value::as_str);
        texts.map(str::to_owned).collect()
    }

    /// One of a few words; the default one where nothing is said.
    pub(super) fn word<T: DeserializeOwned + Default>(
        &mut self,
        at: &str,
        object: &Map<String, Value>,
        key: &str,
        words: &str,
    ) -> T {
        let Some(value) = object.get(key) else {
            return T::default();
        };
        serde_json::from_value(value.clone()).unwrap_or_else(|_| {
            self.problem(&format!("{at}.{key}"), &format!("one of {words}"));
            T::default()
        })
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

/// What tells a value from any other.
pub(super) fn digest(value: &Value) -> String {
    let hash = Sha256::digest(value.to_string());
    let number = hash
        .iter()
        .take(8)
        .fold(0_u64, |number, byte| number << 8 | u64::from(*byte));
    format!("{number:016x}")
}
