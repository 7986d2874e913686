//! Pages of a list, by cursor (RFC 9865 section 2) or by index (RFC 7644 section 3.4.2.4).

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::percent::percent_encoded;
use crate::remote::{Provider, Question, Remote, RemoteError};

/// What is fetched, in this order.
pub(super) const KINDS: [&str; 2] = ["Users", "Groups"];

/// Resources on a page, where the server does not want fewer.
const PAGE: u64 = 500;

/// Which page.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Ask {
    count: u64,
    place: Place,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Place {
    /// Empty at the beginning.
    Cursor(String),
    /// From 1.
    Index(u64),
}

/// A page.
#[derive(Debug, Default)]
pub(super) struct Page {
    pub(super) resources: Vec<Value>,
    /// How many there are in all, as the server says.
    pub(super) total: Option<u64>,
    next: Option<String>,
}

impl Ask {
    /// The first page.
    pub(super) fn first(provider: &Provider) -> Self {
        let place = if provider.cursor {
            Place::Cursor(String::new())
        } else {
            Place::Index(1)
        };
        let count = provider.page.unwrap_or(PAGE).min(PAGE);
        Self { count, place }
    }

    /// The page behind this one; none behind the last.
    ///
    /// Totals are not trusted: by index, the last page is the one with nothing on it.
    pub(super) fn next(&self, page: &Page) -> Option<Self> {
        let place = match self.place {
            Place::Cursor(_) => Place::Cursor(page.next.clone()?),
            Place::Index(_) if page.resources.is_empty() => return None,
            Place::Index(start) => Place::Index(start + page.resources.len() as u64),
        };
        let count = self.count;
        Some(Self { count, place })
    }

    /// Whether it is for the same page.
    pub(super) fn is_same_as(&self, other: &Self) -> bool {
        self.place == other.place
    }

    fn path(&self, kind: &str) -> String {
        let count = self.count;
        match &self.place {
            Place::Cursor(cursor) => {
                let cursor = percent_encoded(cursor);
                format!("/{kind}?count={count}&cursor={cursor}")
            }
            Place::Index(start) => format!("/{kind}?startIndex={start}&count={count}"),
        }
    }
}

/// Asks for a page; for a smaller one, where it is too large. (A cursor may insist on its count, RFC 9865
/// section 2; then the server says so.)
pub(super) async fn page(remote: &Remote, kind: &str, ask: &Ask) -> Result<Page, RemoteError> {
    let mut ask = ask.clone();
    loop {
        let question = Question::get(ask.path(kind));
        match remote.ask(&question).await {
            Err(RemoteError::TooLarge) if ask.count > 1 => ask.count /= 2,
            Err(error) => return Err(error),
            Ok(list) => return read(list),
        }
    }
}

fn read(body: Value) -> Result<Page, RemoteError> {
    let Value::Object(mut body) = body else {
        return Err(RemoteError::NotScim("a list is an object"));
    };
    let total = body.get("totalResults").and_then(Value::as_u64);
    let resources = match body.remove("Resources") {
        Some(Value::Array(resources)) => resources,
        // RFC 7644 section 3.4.2: it may be left out where there is nothing in it.
        None | Some(Value::Null) if total.is_some() => Vec::new(),
        _ => return Err(RemoteError::NotScim("a list has `Resources`")),
    };
    let next = body.get("nextCursor").and_then(Value::as_str);
    let next = next.filter(|it| !it.is_empty()).map(str::to_owned);
    Ok(Page {
        resources,
        total,
        next,
    })
}
