//! What was kept for some time and goes: jobs that are done, and answers to repeated requests.

use super::rows::{self, JOB, Job, RESULT, UNTIL};
use crate::facts::{Change, Entry, Node, Plan, Removal, Row};
use crate::refusal::Refusal;
use crate::scim::time;
use crate::usecase::case::Case;
use crate::usecase::repeat;

/// How long what has become of a job is kept, in milliseconds: a week.
pub(super) const KEPT: u64 = 7 * 24 * 60 * 60 * 1000;

/// Rows that go in one step.
const STEP: usize = 200;

/// Answers whose time is over.
pub(in crate::usecase) fn answers(case: &mut Case<'_>) -> Result<Option<Vec<Change>>, Refusal> {
    let mut rows = over(case, repeat::ANSWER, repeat::UNTIL, STEP)?;
    let now = case.request.now;
    rows.retain(|row| repeat::is_over(row, now));
    let removed: Vec<Change> = rows.iter().map(removal).collect();
    Ok((!removed.is_empty()).then_some(removed))
}

/// A job whose time is over, with its results.
pub(in crate::usecase) fn jobs(case: &mut Case<'_>) -> Result<Option<Vec<Change>>, Refusal> {
    let mut found = None;
    for row in over(case, JOB, UNTIL, STEP)? {
        let job = Job::read(&row)?;
        let end = job.finished.map(|at| at.saturating_add(KEPT));
        if end.is_some_and(|end| end <= case.request.now) {
            found = Some((row, job));
            break;
        }
    }
    let Some((row, job)) = found else {
        return Ok(None);
    };
    let upto = job.parts.min(job.forgotten.saturating_add(STEP));
    let keys = (job.forgotten..upto).map(|part| rows::key(RESULT, &row.key.id, part));
    let results = case.facts.load(keys.collect())?;
    let mut changes: Vec<Change> = results.iter().flatten().map(removal).collect();
    changes.push(if upto < job.parts {
        let job = Job {
            forgotten: upto,
            ..job
        };
        job.put(&row.key.id, Some(row.version))
    } else {
        removal(&row)
    });
    Ok(Some(changes))
}

/// Rows whose time is over, as the store finds them: others may be among them.
fn over(case: &mut Case<'_>, kind: &str, path: &str, max_rows: usize) -> Result<Vec<Row>, Refusal> {
    let until = Entry {
        path: path.to_owned(),
        value: time::stamp(case.request.now),
    };
    let page = case.facts.find(Plan {
        kind: kind.to_owned(),
        nodes: vec![Node::AtMost(until)],
        max_rows: u32::try_from(max_rows).unwrap_or(u32::MAX),
        max_bytes: 2 << 20,
        ..Plan::default()
    })?;
    Ok(page.rows)
}

fn removal(row: &Row) -> Change {
    Change::Delete(Removal {
        key: row.key.clone(),
        version: row.version,
    })
}
