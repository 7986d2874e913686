//! Carries out one part of the job that has waited longest.

use serde_json::value::RawValue;

use super::rows::{self, BYTES, COUNT, Job, PART, RESULT, Results, State};
use crate::facts::{Adjust, Change, Failure, Key, Removal, Row};
use crate::message::{Request, Response};
use crate::refusal::Refusal;
use crate::usecase::bulk::part::{self, Answered, Before, Done, Earlier, Part, Whole};
use crate::usecase::case::Case;
use crate::usecase::kept::Kept;
use crate::usecase::tell::{self, Txn};
use crate::usecase::{Decision, definition, route};

/// How often a part is tried again whose operations were refused for a reason that passes, and how long it
/// waits at first, in milliseconds; twice as long each time.
const MAX_TRIES: u32 = 8;
const FIRST_WAIT: u64 = 2_000;

/// A job while a part of it is carried out.
struct Work<'c> {
    txn: &'c str,
    job: Job,
    version: u64,
}

/// The changes of the next part; none where there is nothing to do.
pub(in crate::usecase) fn step(case: &mut Case<'_>) -> Result<Option<Vec<Change>>, Refusal> {
    let Some(row) = rows::oldest(case)? else {
        return Ok(None);
    };
    let job = Job::read(&row)?;
    if job.again > case.request.now {
        return Ok(None);
    }
    let part = rows::key(PART, &row.key.id, job.next);
    let Some(held) = case.facts.load(vec![part])?.pop().flatten() else {
        return Err(Refusal::Corrupt(format!(
            "Job {}: a part is gone",
            row.key.id
        )));
    };
    let part: Part<'_> =
        serde_json::from_str(&held.body).map_err(|error| rows::corrupt(&held, &error))?;
    let work = Work {
        txn: &row.key.id,
        job,
        version: row.version,
    };
    work.carry_out(case, &part, &held).map(Some)
}

/// What has become of a part, and the whole answer where it is a request of its own.
type Outcome = (Done, Option<Response>);

impl Work<'_> {
    fn carry_out(
        self,
        case: &mut Case<'_>,
        part: &Part<'_>,
        held: &Row,
    ) -> Result<Vec<Change>, Refusal> {
        let (done, answer) = match self.not_any_more() {
            Some(why) => (skipped(part, &why)?, None),
            None if self.job.is_bulk => (self.bulk(case, part)?, None),
            None => self.single(case, part)?,
        };
        if done.is_passing && self.job.tries < MAX_TRIES {
            return Ok(self.postponed(case));
        }
        self.settled(case, held, (done, answer))
    }

    /// Why the rest is left alone, if it is.
    fn not_any_more(&self) -> Option<Refusal> {
        if self.job.state == State::Cancelled {
            let detail = "cancelled before it was carried out";
            return Some(Refusal::Status(409, detail.to_owned()));
        }
        (self.most() == 0).then(part::enough)
    }

    /// After so many errors more the rest is left alone.
    fn most(&self) -> u64 {
        let most = self.job.fail_on_errors.unwrap_or(u64::MAX);
        most.saturating_sub(self.job.failed)
    }

    /// The request that this step is carried out with: as it was sent, but at this moment.
    fn request(&self, case: &Case<'_>) -> Request {
        let job = &self.job;
        Request {
            method: job.method.clone(),
            path: job.path.clone(),
            query: job.query.clone(),
            headers: job.headers(),
            body: String::new(),
            principal: job.principal(),
            now: case.request.now,
            seed: case.request.seed,
            base_url: job.base_url.clone(),
        }
    }

    fn bulk(&self, case: &mut Case<'_>, part: &Part<'_>) -> Result<Done, Refusal> {
        let before = before(case, self.txn, &part.earlier)?;
        let request = self.request(case);
        let whole = Whole {
            tenant: case.tenant,
            request: &request,
            accepted: (self.job.accepted, self.job.seed),
            total: self.job.total,
            most: self.most(),
            txn: self.told_as(),
        };
        part::run(&whole, part, &before, &mut *case.facts)
    }

    fn single(&self, case: &mut Case<'_>, part: &Part<'_>) -> Result<Outcome, Refusal> {
        let mut request = self.request(case);
        let sent = part.operations.first().map_or("", |(_, raw)| raw.get());
        if request.method != "DELETE" {
            sent.clone_into(&mut request.body);
        }
        let decided = Case::new(case.tenant, &request, &mut *case.facts)
            .and_then(|single| route::travel(single.told_as(self.told_as())));
        let (response, changes, is_passing) = match decided {
            Ok(Decision {
                response, changes, ..
            }) => (response, changes, false),
            Err(Refusal::Store(failure)) => return Err(Refusal::Store(failure)),
            Err(refusal) => {
                let is_passing = matches!(refusal, Refusal::Policy(_));
                (refusal.response(), Vec::new(), is_passing)
            }
        };
        let done = Done {
            changes,
            outcomes: vec![part::single(&request, &response)],
            is_passing,
        };
        Ok((done, Some(response)))
    }

    fn told_as(&self) -> Txn {
        Txn {
            id: self.txn.to_owned(),
            stem: self.txn.to_owned(),
        }
    }

    /// The same part once more, later.
    fn postponed(self, case: &Case<'_>) -> Vec<Change> {
        let Self { txn, job, version } = self;
        let wait = FIRST_WAIT.saturating_mul(1 << job.tries.min(MAX_TRIES));
        let job = Job {
            again: case.request.now.saturating_add(wait),
            tries: job.tries + 1,
            ..job
        };
        vec![job.put(txn, Some(version))]
    }

    /// All that a part leaves behind.
    fn settled(
        self,
        case: &mut Case<'_>,
        held: &Row,
        (done, answer): Outcome,
    ) -> Result<Vec<Change>, Refusal> {
        let Done {
            mut changes,
            outcomes,
            ..
        } = done;
        definition::leave_to_others(case.tenant, &mut changes, case.facts)?;
        for answered in &outcomes {
            changes.push(self.told(case, answered));
        }
        changes.push(rows::put(
            rows::key(RESULT, self.txn, self.job.next),
            results(&outcomes, answer.as_ref())?,
        ));
        changes.push(Change::Delete(Removal {
            key: held.key.clone(),
            version: held.version,
        }));
        let job = self.job.after(&outcomes, case.request.now);
        if !job.is_open() {
            changes.extend(left(&job));
        }
        changes.push(job.put(self.txn, Some(self.version)));
        definition::guard(case.tenant, &mut changes);
        Ok(changes)
    }

    /// The event that says what has become of an operation. Of a bulk its `txn` is that of the request with
    /// the operation's place from 0 behind it: RFC 9967 section 2.5.1.2 says so, though its figures begin at 1.
    fn told(&self, case: &Case<'_>, answered: &Answered) -> Change {
        let at = answered.at;
        let txn = Txn {
            id: if self.job.is_bulk {
                format!("{}:{at}", self.txn)
            } else {
                self.txn.to_owned()
            },
            stem: format!("{}-async-{at}", self.txn),
        };
        tell::completed(case, &txn, &answered.path, &answered.text)
    }
}

impl Job {
    /// The job behind a part of it.
    fn after(self, outcomes: &[Answered], now: u64) -> Self {
        let failed = outcomes.iter().filter(|it| it.failed).count();
        let next = self.next + 1;
        let is_done = next >= self.parts;
        Self {
            next,
            done: self.done + outcomes.len(),
            failed: self.failed + failed as u64,
            state: match self.state {
                State::Cancelled => State::Cancelled,
                _ if is_done => State::Done,
                _ => State::Running,
            },
            started: self.started.or(Some(now)),
            finished: is_done.then_some(now),
            tries: 0,
            ..self
        }
    }
}

/// The place that a job leaves to others.
fn left(job: &Job) -> [Change; 2] {
    [(COUNT, 1), (BYTES, job.bytes)].map(|(name, less)| {
        Change::Adjust(Adjust {
            name: name.to_owned(),
            delta: i64::try_from(less).map_or(0, i64::wrapping_neg),
            floor: 0,
            ceiling: None,
        })
    })
}

fn results(outcomes: &[Answered], answer: Option<&Response>) -> Result<String, Refusal> {
    let mut operations: Vec<(usize, &RawValue)> = Vec::with_capacity(outcomes.len());
    for Answered { at, text, .. } in outcomes {
        let raw = serde_json::from_str(text)
            .map_err(|error| Refusal::Corrupt(format!("a result: {error}")))?;
        operations.push((*at, raw));
    }
    operations.sort_by_key(|(at, _)| *at);
    let answer = answer.map(Kept::from);
    Ok(serde_json::to_string(&Results { operations, answer }).unwrap_or_default())
}

/// The operations of a part that are not carried out.
fn skipped(part: &Part<'_>, why: &Refusal) -> Result<Done, Refusal> {
    let outcomes = part.operations.iter();
    let outcomes = outcomes.map(|(at, raw)| part::skipped(raw, *at, why));
    Ok(Done {
        changes: Vec::new(),
        outcomes: outcomes.collect::<Result<_, _>>()?,
        is_passing: false,
    })
}

/// What became of operations of earlier parts.
fn before(case: &mut Case<'_>, txn: &str, earlier: &[Earlier]) -> Result<Vec<Before>, Refusal> {
    let mut parts: Vec<usize> = earlier.iter().map(|it| it.part).collect();
    parts.sort_unstable();
    parts.dedup();
    let keys: Vec<Key> = parts
        .iter()
        .map(|part| rows::key(RESULT, txn, *part))
        .collect();
    let rows = if keys.is_empty() {
        Vec::new()
    } else {
        case.facts.load(keys)?
    };
    let found = |it: &Earlier| {
        let row = parts
            .binary_search(&it.part)
            .ok()
            .and_then(|at| rows.get(at));
        let row = row.and_then(Option::as_ref).ok_or_else(|| {
            Failure::Other(format!("Job {txn}: the result of part {} is gone", it.part))
        })?;
        let results: Results<'_> =
            serde_json::from_str(&row.body).map_err(|error| rows::corrupt(row, &error))?;
        let mut all = results.operations.into_iter();
        let text = all
            .find(|(at, _)| *at == it.at)
            .map_or("{}", |(_, raw)| raw.get());
        Ok(told(text))
    };
    earlier.iter().map(found).collect()
}

fn told(text: &str) -> Before {
    #[derive(serde::Deserialize)]
    struct Told {
        status: String,
        location: Option<String>,
    }
    let Ok(told) = serde_json::from_str::<Told>(text) else {
        return Before {
            id: None,
            failed: true,
        };
    };
    let id = told
        .location
        .as_deref()
        .and_then(|it| it.rsplit('/').next());
    Before {
        id: id.map(str::to_owned),
        failed: !told.status.starts_with('2'),
    }
}
