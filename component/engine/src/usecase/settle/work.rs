//! Work that is too much for one request: rows that say whose licenses are to be settled anew. The
//! sweep takes them up in small steps, in the order in which they were written.

use serde::{Deserialize, Serialize};

use super::groups::{Why, resettled};
use super::held;
use crate::facts::{Change, Key, Plan, Put, Removal};
use crate::refusal::Refusal;
use crate::usecase::accounts;
use crate::usecase::case::Case;
use crate::usecase::document::new_id;

/// The kind of such rows.
const WORK: &str = "Work";

/// Users named in one row.
const IN_A_ROW: usize = 1000;

/// Users who are settled in one step.
const STEP: usize = 100;

/// Bytes of documents in one step.
const STEP_BYTES: u32 = 2 << 20;

/// A row.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Task {
    work: Work,
    /// Whether the guard has stopped a part of it already: then what is lost by the rest is held too.
    #[serde(default)]
    holds: bool,
}

/// What is to be done.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum Work {
    /// These users.
    Users(Vec<String>),
    /// All users, behind this cursor of the store.
    All(Option<String>),
}

/// Rows that say that these users are to be settled.
pub(super) fn later(case: &Case<'_>, users: &[Key], holds: bool) -> Vec<Change> {
    let rows = users.chunks(IN_A_ROW).enumerate();
    rows.map(|(number, users)| {
        let ids = users.iter().map(|key| key.id.clone()).collect();
        let work = Work::Users(ids);
        put(&row_id(case, number), &Task { work, holds }, None)
    })
    .collect()
}

/// A row that says that all users are to be settled: what licenses say of one another has changed, or
/// where they are asked for.
pub(in crate::usecase) fn everybody(case: &Case<'_>) -> Change {
    let (work, holds) = (Work::All(None), false);
    put(&row_id(case, 0), &Task { work, holds }, None)
}

/// By time, so that what was written first is done first.
fn row_id(case: &Case<'_>, number: usize) -> String {
    format!(
        "{}-{number:04}",
        new_id(case.request.now, case.request.seed)
    )
}

fn put(id: &str, task: &Task, replaces: Option<u64>) -> Change {
    Change::Put(Put {
        key: Key::new(WORK, id),
        body: serde_json::to_string(task).unwrap_or_default(),
        replaces,
        entries: Vec::new(),
        claims: Vec::new(),
    })
}

/// One step of the work that was written first; none if there is none.
pub(in crate::usecase) fn step(case: &mut Case<'_>) -> Result<Option<Vec<Change>>, Refusal> {
    let page = case.facts.find(Plan {
        kind: WORK.to_owned(),
        max_rows: 1,
        max_bytes: u32::MAX,
        ..Plan::default()
    })?;
    let Some(row) = page.rows.into_iter().next() else {
        return Ok(None);
    };
    let Task { work, holds } = serde_json::from_str(&row.body)
        .map_err(|error| Refusal::Corrupt(format!("Work {}: {error}", row.key.id)))?;
    let why = match work {
        Work::Users(_) => Why::GroupLater,
        Work::All(_) => Why::Settings,
    };
    let (users, rest) = match work {
        Work::Users(mut ids) => {
            let rest = ids.split_off(ids.len().min(STEP));
            let rest = (!rest.is_empty()).then_some(Work::Users(rest));
            (ids, rest)
        }
        Work::All(after) => some_of_all(case, after)?,
    };
    let keys: Vec<Key> = users.iter().map(|id| Key::new("User", id)).collect();
    let mut changes = resettled(case, keys.clone(), why, holds)?;
    if why == Why::Settings {
        accounts::caught_up(case, &keys, &mut changes)?;
    }
    let holds = holds || held::begins(&changes);
    changes.push(match rest {
        Some(work) => put(&row.key.id, &Task { work, holds }, Some(row.version)),
        None => Change::Delete(Removal {
            key: row.key,
            version: row.version,
        }),
    });
    Ok(Some(changes))
}

/// The next users of all.
fn some_of_all(
    case: &mut Case<'_>,
    after: Option<String>,
) -> Result<(Vec<String>, Option<Work>), Refusal> {
    let page = case.facts.find(Plan {
        kind: "User".to_owned(),
        after,
        max_rows: u32::try_from(STEP).unwrap_or(u32::MAX),
        max_bytes: STEP_BYTES,
        ..Plan::default()
    })?;
    let ids = page.rows.into_iter().map(|row| row.key.id).collect();
    Ok((ids, page.next.map(|next| Work::All(Some(next)))))
}
