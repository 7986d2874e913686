//! POST of many operations at once (RFC 7644 section 3.7).
//!
//! Each operation is an ordinary request that takes the ordinary way ([`route::travel`]), over facts
//! in which the operations before it have already happened ([`Overlay`]). What all of them
//! change is one commit: it is whole or it is not at all, though the operations succeed and fail one
//! by one. An operation that fails contributes nothing.
//!
//! A *unit* is what succeeds or fails together: one operation, or the few that refer to one another
//! in a circle.
//!
//! [`route::travel`]: super::route::travel

mod answer;
mod circle;
mod order;
pub(super) mod part;
mod prefetch;
mod reference;
mod run;

use self::order::units;
use self::run::Run;
use super::Decision;
use super::case::Case;
use super::overlay::Overlay;
use crate::refusal::Refusal;
use crate::scim::bulk::{MAX_PAYLOAD, message};

/// Units whose documents are asked for in one question. What comes is held until the next question,
/// so this many documents are in memory beside the changes.
const WINDOW: usize = 100;

/// Decides all operations and answers a `BulkResponse`.
pub(super) fn bulk(case: &mut Case<'_>) -> Result<Decision, Refusal> {
    if case.request.body.len() > MAX_PAYLOAD {
        let detail = format!(
            "the size of the bulk operation exceeds the maxPayloadSize ({MAX_PAYLOAD}); with \
             `Prefer: respond-async` it may be more"
        );
        return Err(Refusal::Status(413, detail));
    }
    let message = message(case.body()?)?;
    let most = message.fail_on_errors.unwrap_or(u64::MAX);
    let (tenant, request) = (case.tenant, case.request);
    let mut run = Run::new(tenant, request, message.operations, case.txn());
    let mut overlay = Overlay::new(tenant, &mut *case.facts);
    for window in units(&run.references).chunks(WINDOW) {
        overlay.foresee(run.targets(window), run.claims(window))?;
        for unit in window {
            // RFC 7644 section 3.7: the rest is left alone, and is not in the response.
            if run.errors < most {
                run.unit(unit, &mut overlay)?;
            }
        }
    }
    let changes = overlay.into_changes();
    let (response, fault) = run.answer();
    Ok(Decision {
        response,
        changes,
        fault,
    })
}
