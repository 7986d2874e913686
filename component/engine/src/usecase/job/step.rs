//! Carries out the next part of the oldest job.

use std::collections::BTreeMap;

use serde_json::value::RawValue;

use super::rows::{self, Job, PART, RESULT, Results, State};
use super::stage::Stage;
use crate::facts::{Change, Failure, Put, Removal, Row};
use crate::message::{Request, Response};
use crate::refusal::Refusal;
use crate::usecase::bulk::part::{self, Answered, Before, Done, Earlier, Part, Whole};
use crate::usecase::case::Case;
use crate::usecase::kept::Kept;
use crate::usecase::tell::{self, Txn};
use crate::usecase::{Decision, definition, route};

/// A job while a part of it is carried out.
struct Work<'c> {
    txn: &'c str,
    job: Job,
    version: u64,
    /// The row of the part.
    held: &'c Row,
}

/// What has become of a part, and the whole answer where it is a request of its own.
type Outcome<'p> = (Done<'p>, Option<Response>);

/// The changes of the next part; none where there is nothing to do.
pub(in crate::usecase) fn step(case: &mut Case<'_>) -> Result<Option<Vec<Change>>, Refusal> {
    let Some(row) = rows::oldest(case)? else {
        return Ok(None);
    };
    let job = Job::read(&row)?;
    if job.is_stuck(case.request.now) {
        let job = job.more_careful(case.request.now);
        return Ok(Some(vec![job.put(&row.key.id, Some(row.version))]));
    }
    let part = rows::key(PART, &row.key.id, job.next);
    let Some(held) = case.facts.load(vec![part])?.pop().flatten() else {
        let what = format!("Job {}: a part is gone", row.key.id);
        return Err(Refusal::Corrupt(what));
    };
    let part: Part<'_> =
        serde_json::from_str(&held.body).map_err(|error| rows::corrupt(&held, &error))?;
    let work = Work {
        txn: &row.key.id,
        job,
        version: row.version,
        held: &held,
    };
    work.carry_out(case, &part).map(Some)
}

impl Work<'_> {
    fn carry_out(self, case: &mut Case<'_>, part: &Part<'_>) -> Result<Vec<Change>, Refusal> {
        let outcome = match self.not_at_all() {
            Some(why) => (skipped(part, &why, self.job.stage.at_once())?, None),
            None if self.job.is_bulk => (self.bulk(case, part)?, None),
            None => self.single(case, part)?,
        };
        self.settled(case, part, outcome)
    }

    /// Why what comes next is not carried out, if it is not.
    fn not_at_all(&self) -> Option<Refusal> {
        if self.job.state == State::Cancelled {
            let detail = "cancelled before it was carried out";
            return Some(Refusal::Status(409, detail.to_owned()));
        }
        if self.job.stage == Stage::GivenUp {
            let detail = "the server failed at this several times, and has gone on without it";
            return Some(Refusal::Status(500, detail.to_owned()));
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

    fn bulk<'p>(&self, case: &mut Case<'_>, part: &'p Part<'_>) -> Result<Done<'p>, Refusal> {
        let before = before(case, self.txn, &part.earlier)?;
        let request = self.request(case);
        let whole = Whole {
            tenant: case.tenant,
            request: &request,
            accepted: (self.job.accepted, self.job.seed),
            total: self.job.total,
            most: self.most(),
            at_once: self.job.stage.at_once(),
            txn: self.told_as(),
        };
        part::run(&whole, part, &before, &mut *case.facts)
    }

    fn single<'p>(&self, case: &mut Case<'_>, part: &Part<'_>) -> Result<Outcome<'p>, Refusal> {
        let mut request = self.request(case);
        let sent = part.operations.first().map_or("", |(_, raw)| raw.get());
        if request.method != "DELETE" {
            sent.clone_into(&mut request.body);
        }
        let decided = Case::new(case.tenant, &request, &mut *case.facts)
            .and_then(|single| route::travel(single.told_as(self.told_as())));
        let (response, changes) = match decided {
            Ok(Decision {
                response, changes, ..
            }) => (response, changes),
            Err(Refusal::Store(failure)) => return Err(Refusal::Store(failure)),
            Err(refusal) => (refusal.response(), Vec::new()),
        };
        let done = Done {
            changes,
            outcomes: vec![part::single(&request, &response)],
            rest: Vec::new(),
        };
        Ok((done, Some(response)))
    }

    fn told_as(&self) -> Txn {
        Txn {
            id: self.txn.to_owned(),
            stem: self.txn.to_owned(),
        }
    }

    /// All that a part leaves behind.
    fn settled(
        self,
        case: &mut Case<'_>,
        part: &Part<'_>,
        (done, answer): Outcome<'_>,
    ) -> Result<Vec<Change>, Refusal> {
        let Done {
            mut changes,
            outcomes,
            rest,
        } = done;
        definition::leave_to_others(case.tenant, &mut changes, case.facts)?;
        for answered in &outcomes {
            changes.push(self.told(case, answered));
        }
        changes.push(self.result(case, &outcomes, answer.as_ref())?);
        changes.push(self.left(part, &outcomes, rest.as_slice()));
        let job = self.job.after(&outcomes, rest.is_empty(), case.request.now);
        if !job.is_open() {
            changes.extend(rows::given_back(&job));
        }
        changes.push(job.put(self.txn, Some(self.version)));
        definition::guard(case.tenant, &mut changes);
        Ok(changes)
    }

    /// What has become of the operations, behind what has become of others of the same part.
    fn result(
        &self,
        case: &mut Case<'_>,
        outcomes: &[Answered],
        answer: Option<&Response>,
    ) -> Result<Change, Refusal> {
        let key = rows::key(RESULT, self.txn, self.job.next);
        let row = case.facts.load(vec![key.clone()])?.pop().flatten();
        let mut results = row.as_ref().map(Results::read).transpose()?;
        let results = results.get_or_insert_default();
        for Answered { at, text, .. } in outcomes {
            let raw: &RawValue = serde_json::from_str(text)
                .map_err(|error| Refusal::Corrupt(format!("a result: {error}")))?;
            results.operations.push((*at, raw));
        }
        results.operations.sort_by_key(|(at, _)| *at);
        results.answer = answer.map(Kept::from);
        Ok(Change::Put(Put {
            key,
            body: serde_json::to_string(results).unwrap_or_default(),
            replaces: row.map(|row| row.version),
            entries: Vec::new(),
            claims: Vec::new(),
        }))
    }

    /// The part is done with, or holds what is left of it.
    fn left(&self, part: &Part<'_>, outcomes: &[Answered], rest: &[(usize, &RawValue)]) -> Change {
        let Row { key, version, .. } = self.held;
        if rest.is_empty() {
            return Change::Delete(Removal {
                key: key.clone(),
                version: *version,
            });
        }
        let here = outcomes.iter().filter_map(|answered| {
            Some(Earlier {
                name: answered.name.clone()?,
                at: answered.at,
                part: self.job.next,
            })
        });
        let rest = Part {
            operations: rest.to_vec(),
            earlier: part.earlier.iter().cloned().chain(here).collect(),
        };
        Change::Put(Put {
            key: key.clone(),
            body: serde_json::to_string(&rest).unwrap_or_default(),
            replaces: Some(*version),
            entries: Vec::new(),
            claims: Vec::new(),
        })
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
        let path = match answered.path.as_str() {
            "" => format!("/.async/{}", self.txn),
            path => path.to_owned(),
        };
        tell::completed(case, &txn, &path, &answered.text)
    }
}

/// The operations of a part that are not carried out: so many of them.
fn skipped<'p>(part: &'p Part<'_>, why: &Refusal, at_once: usize) -> Result<Done<'p>, Refusal> {
    let (now, rest) = part
        .operations
        .split_at_checked(at_once)
        .unwrap_or((part.operations.as_slice(), &[]));
    let outcomes = now.iter().map(|(at, raw)| part::skipped(raw, *at, why));
    Ok(Done {
        changes: Vec::new(),
        outcomes: outcomes.collect::<Result<_, _>>()?,
        rest: rest.to_vec(),
    })
}

/// What became of operations of earlier parts, in this order.
fn before(case: &mut Case<'_>, txn: &str, earlier: &[Earlier]) -> Result<Vec<Before>, Refusal> {
    let mut wanted: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for it in earlier {
        wanted.entry(it.part).or_default().push(it.at);
    }
    let mut known: BTreeMap<usize, Before> = BTreeMap::new();
    for (part, places) in wanted {
        let key = rows::key(RESULT, txn, part);
        let row = case.facts.load(vec![key])?.pop().flatten();
        let row = row.ok_or_else(|| {
            Failure::Other(format!("Job {txn}: the result of part {part} is gone"))
        })?;
        let results = Results::read(&row)?;
        for at in places {
            let found = results.operations.binary_search_by_key(&at, |(at, _)| *at);
            let found = found.ok().and_then(|found| results.operations.get(found));
            known.insert(at, told(found.map_or("{}", |(_, raw)| raw.get())));
        }
    }
    let of = |it: &Earlier| known.remove(&it.at).unwrap_or_default();
    Ok(earlier.iter().map(of).collect())
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
    let location = told.location.as_deref();
    let id = location.and_then(|it| it.rsplit('/').next());
    Before {
        id: id.map(str::to_owned),
        failed: !told.status.starts_with('2'),
    }
}

impl Job {
    /// The job behind a part of it, or some operations of one.
    fn after(self, outcomes: &[Answered], is_whole: bool, now: u64) -> Self {
        let failed = outcomes.iter().filter(|it| it.failed).count();
        let next = self.next + usize::from(is_whole);
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
            // Whoever was given up was one of those that were carried out one by one.
            stage: self.stage.behind(is_whole),
            since: now,
            ..self
        }
    }
}
