//! Decide, commit, and once more if others were quicker: the one loop that a request may go
//! round in.

use scimlet_engine::facts::{Change, Facts, Failure};
use scimlet_engine::{Refusal, Request, Response, Tenant, decide, unsettled};

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
            Ok(Outcome::Stale) => {}
            Err(failure) => {
                let refusal = Refusal::Store(failure);
                return Settled {
                    response: refusal.response(),
                    fault: Some(refusal.to_string()),
                };
            }
        }
    }
    let fault = format!("the facts were stale {MAX_ROUNDS} times in a row");
    Settled {
        response: unsettled(),
        fault: Some(fault),
    }
}

/// Decides a request and commits nothing.
pub fn preview(tenant: &Tenant, request: &Request, facts: &mut dyn Facts) -> Settled {
    let decision = decide(tenant, request, facts);
    Settled {
        response: decision.response,
        fault: decision.fault,
    }
}
