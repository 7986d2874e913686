//! The rows of a job.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::stage::Stage;
use crate::facts::{Adjust, Change, Entry, Key, Node, Order, Plan, Put, Row};
use crate::message::{Header, Principal};
use crate::refusal::Refusal;
use crate::scim::time;
use crate::usecase::case::Case;
use crate::usecase::kept::Kept;

/// The kind of the jobs; an id is the `txn` that the client was given.
pub(super) const JOB: &str = "Job";

/// What is to be done; what has become of it. Ids are those of the job and the number of the part.
pub(super) const PART: &str = "JobPart";
pub(super) const RESULT: &str = "JobResult";

/// Where jobs that are not done are found, in the order in which they were accepted.
pub(super) const OPEN: &str = "job.open";

/// Where jobs that are done are found, by when they are forgotten.
pub(super) const UNTIL: &str = "job.until";

/// How many there are that are not done, and how many bytes they hold.
pub(super) const COUNT: &str = "jobs.open";
pub(super) const BYTES: &str = "jobs.bytes";

/// How many were ever accepted.
pub(super) const NUMBER: &str = "jobs.number";

/// Rows among which one is looked for: a store may find others than were asked for.
const FEW: u32 = 20;

/// How far a job has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum State {
    /// Nothing of it is done yet.
    Waiting,
    /// Some of it is.
    Running,
    /// All of it is.
    Done,
    /// What was not done when that was asked for is not done any more.
    Cancelled,
}

/// A job.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Job {
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: Option<String>,
    /// Those of the request that mean something to it.
    pub(super) headers: Vec<(String, String)>,
    /// Who has sent it.
    pub(super) principal: String,
    pub(super) scopes: Vec<String>,
    pub(super) base_url: String,
    /// When, in milliseconds, and with which seed.
    pub(super) accepted: u64,
    pub(super) seed: (u64, u64),
    pub(super) state: State,
    /// Whether it is a bulk.
    pub(super) is_bulk: bool,
    pub(super) fail_on_errors: Option<u64>,
    /// Operations: all, done, failed among them.
    pub(super) total: usize,
    pub(super) done: usize,
    pub(super) failed: u64,
    /// Parts: all, done.
    pub(super) parts: usize,
    pub(super) next: usize,
    pub(super) bytes: u64,
    /// Its place among all that were ever accepted.
    pub(super) number: u64,
    /// Since when it stands where it stands, in milliseconds, and how carefully it goes on.
    pub(super) since: u64,
    pub(super) stage: Stage,
    /// When the first and the last part were done, in milliseconds.
    pub(super) started: Option<u64>,
    pub(super) finished: Option<u64>,
    /// Results that are removed already.
    #[serde(default)]
    pub(super) forgotten: usize,
}

/// What has become of the operations of a part.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Results<'a> {
    /// Each with its place in the request, and what the answer of a bulk says of it.
    #[serde(borrow)]
    pub(super) operations: Vec<(usize, &'a RawValue)>,
    /// The answer to a request of its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) answer: Option<Kept>,
}

impl<'r> Results<'r> {
    pub(super) fn read(row: &'r Row) -> Result<Self, Refusal> {
        serde_json::from_str(&row.body).map_err(|error| corrupt(row, &error))
    }
}

impl Job {
    pub(super) fn read(row: &Row) -> Result<Self, Refusal> {
        serde_json::from_str(&row.body).map_err(|error| corrupt(row, &error))
    }

    pub(super) fn is_open(&self) -> bool {
        self.finished.is_none()
    }

    pub(super) fn principal(&self) -> Principal {
        Principal {
            id: self.principal.clone(),
            scopes: self.scopes.clone(),
        }
    }

    pub(super) fn headers(&self) -> Vec<Header> {
        let headers = self.headers.iter().cloned();
        headers
            .map(|(name, value)| Header { name, value })
            .collect()
    }

    /// The change that writes it.
    pub(super) fn put(&self, id: &str, replaces: Option<u64>) -> Change {
        let entry = |path: &str, value: String| Entry {
            path: path.to_owned(),
            value,
        };
        let entry = match self.finished {
            None => entry(OPEN, format!("{:020}", self.number)),
            Some(at) => entry(UNTIL, time::stamp(at.saturating_add(super::forget::KEPT))),
        };
        Change::Put(Put {
            key: Key::new(JOB, id),
            body: serde_json::to_string(self).unwrap_or_default(),
            replaces,
            entries: vec![entry],
            claims: Vec::new(),
        })
    }
}

pub(super) fn corrupt(row: &Row, error: &serde_json::Error) -> Refusal {
    Refusal::Corrupt(format!("{} {}: {error}", row.key.kind, row.key.id))
}

/// The row of a part, or of its result. No id of a part is that of another job.
pub(super) fn key(kind: &str, job: &str, part: usize) -> Key {
    Key::new(kind, &format!("{job}/{part:06}"))
}

/// A new row.
pub(super) fn put(key: Key, body: String) -> Change {
    Change::Put(Put {
        key,
        body,
        replaces: None,
        entries: Vec::new(),
        claims: Vec::new(),
    })
}

/// The oldest job that is not done.
pub(super) fn oldest(case: &mut Case<'_>) -> Result<Option<Row>, Refusal> {
    let mut plan = Plan {
        kind: JOB.to_owned(),
        nodes: vec![Node::Present(OPEN.to_owned())],
        order: Some(Order {
            path: OPEN.to_owned(),
            descending: false,
        }),
        max_rows: FEW,
        max_bytes: 1 << 20,
        ..Plan::default()
    };
    loop {
        let page = case.facts.find(plan.clone())?;
        for row in page.rows {
            if Job::read(&row)?.is_open() {
                return Ok(Some(row));
            }
        }
        if page.next.is_none() {
            return Ok(None);
        }
        plan.after = page.next;
    }
}

/// The place that a job leaves to others.
pub(super) fn given_back(job: &Job) -> [Change; 2] {
    [(COUNT, 1), (BYTES, job.bytes)].map(|(name, less)| {
        Change::Adjust(Adjust {
            name: name.to_owned(),
            delta: i64::try_from(less).map_or(0, i64::wrapping_neg),
            floor: 0,
            ceiling: None,
        })
    })
}
