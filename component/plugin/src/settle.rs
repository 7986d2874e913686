//! Decide, commit, and once more if others were quicker: the one loop that a request may go
//! round in.

use scimlet_engine::facts::{Change, Facts, Failure};
use scimlet_engine::{Due, Refusal, Request, Response, Step, Tenant, decide, unsettled};

/// How often a request is decided before the caller is asked to come again. Each round somebody
/// else's commit went through, so this is the number of writers that may be in front of one
/// request in the same place: far more than a host runs at a time.
const MAX_ROUNDS: u32 = 64;

/// What became of a commit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// All changes are made and durable.
    Applied,
    /// None is; the facts have changed.
    Stale,
}

/// A store that can be asked, and committed to.
pub trait Store: Facts {
    /// Makes all changes or none.
    ///
    /// # Errors
    /// [`Failure`]; whether the changes were made is then unknown.
    fn commit(&mut self, changes: Vec<Change>) -> Result<Outcome, Failure>;
}

/// An answer, and a line for the operator if it is a 5xx.
#[derive(Clone, Debug)]
pub struct Settled {
    /// The answer.
    pub response: Response,
    /// Why it is a 5xx. Holds no personal data.
    pub fault: Option<String>,
}

/// Decides a request and commits what was decided. What the answer says is true when it comes.
pub fn handle(tenant: &Tenant, request: &Request, store: &mut dyn Store) -> Settled {
    for _ in 0..MAX_ROUNDS {
        let decision = decide(tenant, request, store);
        if decision.changes.is_empty() {
            return Settled {
                response: decision.response,
                fault: decision.fault,
            };
        }
        match store.commit(decision.changes) {
            Ok(Outcome::Applied) => {
                return Settled {
                    response: decision.response,
                    fault: decision.fault,
                };
            }
            Ok(Outcome::Stale) => adopt(tenant, store),
            Err(failure) => {
                let refusal = Refusal::Store(failure);
                return Settled {
                    response: refusal.response(),
                    fault: Some(refusal.to_string()),
                };
            }
        }
    }
    Settled {
        response: unsettled(),
        fault: Some(always_stale()),
    }
}

/// Perhaps the facts were stale because rows are written under other settings now than they were:
/// then these are made to count. If that fails, the next round says why.
fn adopt(tenant: &Tenant, store: &mut dyn Store) {
    if let Ok(changes) = scimlet_engine::adopt(tenant, store)
        && !changes.is_empty()
    {
        let _ = store.commit(changes);
    }
}

/// How far reindexing has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Progress {
    /// How many rows this step has looked at.
    pub rows: u32,
    /// How many rows there are to look at, where the walk begins.
    pub total: Option<u64>,
    /// Where the next step begins; none: every row is found by what the settings say.
    pub next: Option<String>,
}

/// Makes one step of reindexing.
///
/// # Errors
/// A sentence for the operator.
pub fn reindex(
    tenant: &Tenant,
    after: Option<&str>,
    budget: u32,
    store: &mut dyn Store,
) -> Result<Progress, String> {
    for _ in 0..MAX_ROUNDS {
        let step = scimlet_engine::reindex(tenant, after, budget, store);
        let Step {
            changes,
            rows,
            total,
            next,
        } = step.map_err(|refusal| refusal.to_string())?;
        let is_done = changes.is_empty()
            || match store.commit(changes) {
                Ok(outcome) => outcome == Outcome::Applied,
                Err(failure) => return Err(Refusal::Store(failure).to_string()),
            };
        if is_done {
            return Ok(Progress { rows, total, next });
        }
    }
    Err(always_stale())
}

/// Makes one step of what is due at `now`, and answers when to come again (`sweep` in `wit/scim`).
///
/// # Errors
/// A sentence for the operator.
pub fn sweep(
    tenant: &Tenant,
    now: u64,
    seed: (u64, u64),
    store: &mut dyn Store,
) -> Result<Option<u64>, String> {
    for _ in 0..MAX_ROUNDS {
        let due = scimlet_engine::sweep(tenant, now, seed, store);
        let Due { changes, next } = due.map_err(|refusal| refusal.to_string())?;
        if changes.is_empty() {
            return Ok(next);
        }
        match store.commit(changes) {
            Ok(Outcome::Applied) => return Ok(next),
            Ok(Outcome::Stale) => adopt(tenant, store),
            Err(failure) => return Err(Refusal::Store(failure).to_string()),
        }
    }
    Err(always_stale())
}

fn always_stale() -> String {
    format!("the facts were stale {MAX_ROUNDS} times in a row")
}

/// Decides a request and commits nothing.
pub fn preview(tenant: &Tenant, request: &Request, facts: &mut dyn Facts) -> Settled {
    let decision = decide(tenant, request, facts);
    Settled {
        response: decision.response,
        fault: decision.fault,
    }
}
