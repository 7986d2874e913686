//! What the component answers to admins (`/admin/v1` over HTTP), as the command line asks for it.

use serde_json::Value;

use crate::local::{Ask, Local, LocalError};
use crate::percent::percent_encoded;

/// Where the component has it. No name of a SCIM endpoint begins with a dot.
const PATH: &str = "/.admin";

/// A path below: each segment stands for itself, whatever is in it.
pub(crate) fn path(segments: &[&str]) -> String {
    segments.iter().fold(PATH.to_owned(), |path, segment| {
        format!("{path}/{}", percent_encoded(segment))
    })
}

/// Reads what is at a path.
pub(crate) fn get(local: &Local, path: &str) -> Result<Value, LocalError> {
    read(local, path, None)
}

/// The same with parameters.
pub(crate) fn get_by(
    local: &Local,
    path: &str,
    parameters: &[(&str, &str)],
) -> Result<Value, LocalError> {
    let pairs: Vec<_> = parameters.iter().copied().map(pair).collect();
    read(local, path, Some(pairs.join("&")))
}

/// Sends something to a path.
pub(crate) fn send(
    local: &Local,
    method: &str,
    path: &str,
    body: Option<&Value>,
) -> Result<Value, LocalError> {
    local.send(&Ask {
        method,
        path,
        body,
        ..Ask::default()
    })
}

fn read(local: &Local, path: &str, query: Option<String>) -> Result<Value, LocalError> {
    local.send(&Ask {
        method: "GET",
        path,
        query,
        ..Ask::default()
    })
}

/// A list, page by page, to its end or to the first failure.
pub(crate) struct Pages<'a> {
    local: &'a Local,
    path: String,
    query: Vec<(&'static str, String)>,
    next: Next,
}

enum Next {
    First,
    At(String),
    Over,
}

impl<'a> Pages<'a> {
    /// From the beginning. What is not there is not asked for.
    pub(crate) fn new(
        local: &'a Local,
        path: String,
        query: impl IntoIterator<Item = (&'static str, Option<String>)>,
    ) -> Self {
        let said = |(name, value): (_, Option<String>)| value.map(|value| (name, value));
        Self {
            local,
            path,
            query: query.into_iter().filter_map(said).collect(),
            next: Next::First,
        }
    }

    fn page(&mut self) -> Result<Option<Value>, LocalError> {
        let cursor = match &self.next {
            Next::First => None,
            Next::At(cursor) => Some(("cursor", cursor.as_str())),
            Next::Over => return Ok(None),
        };
        let said = self.query.iter();
        let said = said.map(|(name, value)| (*name, value.as_str()));
        let pairs: Vec<_> = said.chain(cursor).map(pair).collect();
        let query = (!pairs.is_empty()).then(|| pairs.join("&"));
        let page = read(self.local, &self.path, query)?;
        self.next = match page.get("next").and_then(Value::as_str) {
            Some(cursor) => Next::At(cursor.to_owned()),
            None => Next::Over,
        };
        Ok(Some(page))
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Value, LocalError>;

    fn next(&mut self) -> Option<Self::Item> {
        let page = self.page();
        if page.is_err() {
            self.next = Next::Over;
        }
        page.transpose()
    }
}

fn pair((name, value): (&str, &str)) -> String {
    format!("{name}={}", percent_encoded(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_segment_stays_one() {
        let holders = path(&["licenses", "pro/eu", "holders"]);
        assert_eq!(holders, "/.admin/licenses/pro%2Feu/holders");
        assert_eq!(path(&["verify"]), "/.admin/verify");
    }

    #[test]
    fn a_value_stays_in_its_place() {
        assert_eq!(pair(("by", "a.b&count=0")), "by=a.b%26count%3D0");
    }
}
