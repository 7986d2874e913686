//! What may be said in the query of a list, and beside a new secret.

use serde::Deserialize;

use crate::http::events::answer::Stop;
use crate::http::pairs::each;

/// Deliveries of one page, if nobody says how many.
const USUAL: u32 = 100;
/// And at most.
const MOST: u32 = 1000;

/// The states of deliveries.
const STATES: [&str; 3] = ["retrying", "waiting", "dead"];

/// How long an old secret signs beside the new one, if nobody says: a day.
const OVERLAP: u64 = 24 * 60 * 60;

/// Which deliveries.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Query {
    pub(super) endpoint: Option<String>,
    pub(super) state: Option<String>,
    pub(super) cursor: Option<String>,
    pub(super) count: u32,
}

/// For how many seconds the old secret signs as well.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(super) struct Overlap {
    pub(super) overlap: u64,
}

impl Default for Overlap {
    fn default() -> Self {
        Self { overlap: OVERLAP }
    }
}

impl Query {
    /// Reads the part of a URL behind the `?`.
    pub(super) fn read(text: &str) -> Result<Self, Stop> {
        let mut query = Self {
            endpoint: None,
            state: None,
            cursor: None,
            count: USUAL,
        };
        each(text, |name, value| query.take(name, value))?;
        Ok(query)
    }

    fn take(&mut self, name: &str, value: &str) -> Result<(), Stop> {
        match name {
            "endpoint" => self.endpoint = Some(value.to_owned()),
            "cursor" => self.cursor = Some(value.to_owned()),
            "state" if STATES.contains(&value) => self.state = Some(value.to_owned()),
            "state" => return Err(Stop::bad("`state` is `retrying`, `waiting` or `dead`")),
            "count" => {
                let count = value
                    .parse()
                    .ok()
                    .filter(|count| (1..=MOST).contains(count));
                let bad = || Stop::bad(format!("`count` is a number from 1 to {MOST}"));
                self.count = count.ok_or_else(bad)?;
            }
            _ => {
                return Err(Stop::bad(format!(
                    "`{name}` is unknown here; there are `endpoint`, `state`, `cursor`, `count`"
                )));
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_is_there_and_refuses_all_else() {
        let query = Query::read("endpoint=ep_1&state=dead&count=7&cursor=a%3Db");
        let wanted = Query {
            endpoint: Some("ep_1".to_owned()),
            state: Some("dead".to_owned()),
            cursor: Some("a=b".to_owned()),
            count: 7,
        };
        assert_eq!(query.ok(), Some(wanted));
        for query in [
            "count=0",
            "count=1001",
            "state=alive",
            "status=dead",
            "count=1&count=2",
        ] {
            assert!(Query::read(query).is_err(), "{query}");
        }
    }
}
