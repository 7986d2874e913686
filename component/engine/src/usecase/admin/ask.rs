//! What an admin's request says. Whatever is not understood is refused: who decides of leavers' seats must
//! not be taken to mean more than they said.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use serde_json::{Map, Value as Json};

use crate::facts::Plan;
use crate::refusal::Refusal;
use crate::scim::query::decode;
use crate::usecase::case::Case;

/// Rows of one step, if nothing else is said, and at most.
const PAGE_ROWS: u32 = 100;
pub(super) const MAX_ROWS: u32 = 1000;

/// Bytes of them.
pub(super) const PAGE_BYTES: u32 = 2 << 20;

/// What the query string says.
pub(super) struct Parameters(BTreeMap<String, String>);

impl Parameters {
    /// Reads it.
    ///
    /// # Errors
    /// `invalidValue` for a name that is not among the known ones: a filter that was misspelt would
    /// select everything.
    pub(super) fn read(case: &Case<'_>, known: &[&str]) -> Result<Self, Refusal> {
        let text = case.request.query.as_deref().unwrap_or_default();
        let mut parameters = BTreeMap::new();
        for pair in text.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let (name, value) = (decode(name, true)?, decode(value, true)?);
            if !known.contains(&name.as_ref()) {
                let known = known.join(", ");
                let detail = format!("`{name}` is no parameter of this path: it has {known}");
                return Err(Refusal::value(detail));
            }
            if !value.is_empty() {
                parameters.insert(name.into_owned(), value.into_owned());
            }
        }
        Ok(Self(parameters))
    }

    /// What is said under a name; none where it is empty.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The plan of one step, as `cursor` and `count` have it.
    pub(super) fn step(&self, kind: &str) -> Result<Plan, Refusal> {
        self.step_of(kind, PAGE_ROWS)
    }

    /// The same, with so many rows where nothing is said.
    pub(super) fn step_of(&self, kind: &str, rows: u32) -> Result<Plan, Refusal> {
        let max_rows = match self.get("count") {
            None => rows,
            Some(count) => {
                let count = count.parse().ok().filter(|it| (1..=MAX_ROWS).contains(it));
                let detail = || format!("`count` is a number from 1 to {MAX_ROWS}");
                count.ok_or_else(|| Refusal::value(detail()))?
            }
        };
        Ok(Plan {
            kind: kind.to_owned(),
            after: self.get("cursor").map(str::to_owned),
            max_rows,
            max_bytes: PAGE_BYTES,
            ..Plan::default()
        })
    }
}

/// The body. `T` refuses what it does not know.
///
/// # Errors
/// `invalidSyntax`.
pub(super) fn body<T: DeserializeOwned>(case: &Case<'_>) -> Result<T, Refusal> {
    // By way of an object: serde would take an array for one as well, part by part.
    serde_json::from_str::<Map<String, Json>>(&case.request.body)
        .and_then(|body| T::deserialize(Json::Object(body)))
        .map_err(|error| Refusal::syntax(format!("the body is not understood: {error}")))
}

/// The same where there need not be one.
///
/// # Errors
/// `invalidSyntax`.
pub(super) fn optional_body<T: DeserializeOwned + Default>(case: &Case<'_>) -> Result<T, Refusal> {
    if case.request.body.trim().is_empty() {
        return Ok(T::default());
    }
    body(case)
}
