//! Refusals that are ours, and what a refusal is called.

use std::time::Duration;

use crate::{Refused, Verdict};

/// The event at this position was not written by this version's engine.
pub(super) fn no_envelope() -> Refused {
    Refused {
        verdict: Verdict::Never,
        status: None,
        reason: "the event is no envelope: it is from an older version".to_owned(),
        took: Duration::ZERO,
    }
}

/// The courier was given up.
pub(super) fn no_answer(patience: Duration) -> Refused {
    Refused {
        verdict: Verdict::Later(None),
        status: None,
        reason: format!("no answer within {} s", patience.as_secs()),
        took: patience,
    }
}

/// The courier broke.
pub(super) fn broken() -> Refused {
    Refused {
        verdict: Verdict::Later(None),
        status: None,
        reason: "the courier broke; it is in the log".to_owned(),
        took: Duration::ZERO,
    }
}

/// A few words, so that they can be counted by.
pub(super) fn why(refused: &Refused) -> &'static str {
    match refused.status {
        None => "no-answer",
        Some(400..=499) => "4xx",
        Some(500..=599) => "5xx",
        Some(_) => "other",
    }
}
