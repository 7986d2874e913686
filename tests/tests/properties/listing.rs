//! Lists as clients walk them: all at once, by `startIndex`, by cursor.

use scimlet_tests::uri;
use serde_json::Value;

use crate::side::Side;

/// What is asked of a list.
#[derive(Clone, Debug)]
pub struct Question {
    pub endpoint: &'static str,
    pub filter: Option<String>,
    pub sort_by: Option<&'static str>,
    pub descending: bool,
}

impl Question {
    fn path(&self, more: &[(&str, &str)]) -> String {
        let mut pairs = more.to_vec();
        pairs.extend(self.filter.as_deref().map(|filter| ("filter", filter)));
        pairs.extend(self.sort_by.map(|path| ("sortBy", path)));
        pairs.extend(self.descending.then_some(("sortOrder", "descending")));
        format!("{}?{}", self.endpoint, uri::query(pairs))
    }

    /// All at once; the error is the refusal.
    pub fn whole(&self, side: &Side) -> Result<Vec<Value>, String> {
        let (status, body) = side.send("GET", &self.path(&[("count", "1000")]), None);
        if status != 200 {
            return Err(format!("{status} {body}"));
        }
        let found = resources(&body);
        if body["totalResults"] != found.len() {
            return Err(format!("of {} only {}", body["totalResults"], found.len()));
        }
        Ok(found)
    }

    /// Page by page, by index.
    pub fn by_index(&self, side: &Side, count: usize) -> Result<Vec<Value>, String> {
        let mut all = Vec::new();
        let count = count.to_string();
        loop {
            let start = (all.len() + 1).to_string();
            let path = self.path(&[("startIndex", &start), ("count", &count)]);
            let (status, body) = side.send("GET", &path, None);
            let page = resources(&body);
            let total = body["totalResults"].as_u64().unwrap_or_default();
            if status != 200 || page.is_empty() && (all.len() as u64) < total {
                return Err(format!("{path}: {status} {body}"));
            }
            all.extend(page);
            if all.len() as u64 >= total {
                return Ok(all);
            }
        }
    }

    /// Page by page, by cursor (RFC 9865).
    pub fn by_cursor(&self, side: &Side, count: usize) -> Result<Vec<Value>, String> {
        let mut all = Vec::new();
        let mut cursor = String::new();
        let wanted = count.to_string();
        loop {
            let path = self.path(&[("cursor", &cursor), ("count", &wanted)]);
            let (status, body) = side.send("GET", &path, None);
            let page = resources(&body);
            if status != 200 || page.len() > count {
                return Err(format!("{path}: {status} {body}"));
            }
            all.extend(page);
            match body["nextCursor"].as_str() {
                Some(next) => next.clone_into(&mut cursor),
                None => return Ok(all),
            }
        }
    }
}

fn resources(body: &Value) -> Vec<Value> {
    body["Resources"].as_array().cloned().unwrap_or_default()
}

/// Who they are.
pub fn ids(resources: &[Value]) -> Vec<&str> {
    let ids = resources.iter().map(|it| it["id"].as_str());
    ids.map(|id| id.expect("an id")).collect()
}
