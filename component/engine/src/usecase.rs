//! What a request does: one verb a file, the same parts in the same order. *Gather* the facts,
//! *decide* by the law book and the counting house, *settle* the changes.

mod accounts;
mod admin;
mod adopt;
mod bulk;
mod case;
mod create;
mod definition;
mod delete;
mod discover;
mod document;
mod job;
mod kept;
mod members;
mod overlay;
mod patch;
mod policy;
mod query;
mod read;
mod reindex;
mod repeat;
mod replace;
mod route;
mod settle;
mod sweep;
mod tell;
mod view;

pub use definition::adopt;
pub use reindex::{Step, reindex};
pub use sweep::{Due, sweep};

use crate::facts::{Broken, Change, Facts};
use crate::message::{Request, Response};
use crate::refusal::{Refusal, error};
use crate::tenant::Tenant;

/// What the engine makes of a request: an answer, and the changes it stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// True once the changes are committed; right away where there are none.
    pub response: Response,
    /// All or none of them.
    pub changes: Vec<Change>,
    /// For the operator's log: why the answer is a 5xx. Holds no personal data.
    pub fault: Option<String>,
}

impl Decision {
    /// An answer that changes nothing.
    #[must_use]
    pub fn answer(response: Response) -> Self {
        Self {
            response,
            changes: Vec::new(),
            fault: None,
        }
    }
}

/// Decides a request. Asks only; whoever calls commits the changes, or decides anew on fresh
/// facts if the store says that these are stale.
pub fn decide(tenant: &Tenant, request: &Request, facts: &mut dyn Facts) -> Decision {
    let once = repeat::once(request, facts, |facts| route::route(tenant, request, facts));
    let decided = once.and_then(|mut decision| {
        definition::leave_to_others(tenant, &mut decision.changes, facts)?;
        definition::guard(tenant, &mut decision.changes);
        Ok(decision)
    });
    decided.unwrap_or_else(|refusal| {
        let fault = match &refusal {
            // Answers that make no sense are found out here, every other failure of a policy by the host.
            Refusal::Corrupt(_) | Refusal::Store(_) | Refusal::Policy(Broken::Nonsense) => {
                Some(refusal.to_string())
            }
            // Of a policy that fails the host has told already.
            Refusal::Scim(..)
            | Refusal::Status(..)
            | Refusal::Method(..)
            | Refusal::Busy(_)
            | Refusal::Policy(_) => None,
        };
        Decision {
            response: refusal.response(),
            changes: Vec::new(),
            fault,
        }
    })
}

/// The answer when the facts were stale too often: nothing was changed, and the next try may
/// well succeed.
#[must_use]
pub fn unsettled() -> Response {
    error(
        503,
        None,
        "others were quicker too often; nothing was changed, try again",
    )
    .with("retry-after", "1")
}
