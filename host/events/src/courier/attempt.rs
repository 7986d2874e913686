//! One attempt, and what its answer means: the part that is the same for every kind of courier.

use tokio::time::Instant;

use super::{Receipt, Refused, Verdict};
use crate::http::{Answer, SendError, retry_after};

/// An attempt that is under way.
pub(super) struct Attempt {
    started: Instant,
    /// When it began, in milliseconds since 1970-01-01T00:00:00Z.
    pub(super) now: u64,
}

impl Attempt {
    pub(super) fn begin(now: u64) -> Self {
        Self {
            started: Instant::now(),
            now,
        }
    }

    pub(super) fn taken(&self, status: u16) -> Receipt {
        Receipt {
            status,
            took: self.started.elapsed(),
        }
    }

    pub(super) fn refused(
        &self,
        verdict: Verdict,
        status: Option<u16>,
        reason: impl Into<String>,
    ) -> Refused {
        Refused {
            verdict,
            status,
            reason: reason.into(),
            took: self.started.elapsed(),
        }
    }

    /// Nothing was sent, or nothing came back. None of it says anything about the event: a wrong address
    /// can be put right, and a network comes back.
    pub(super) fn failed(&self, error: &SendError) -> Refused {
        self.refused(Verdict::Later(None), None, error.to_string())
    }

    /// What a status says that is not success, by HTTP alone (RFC 9110 section 15) and as Standard
    /// Webhooks reads it: everything may pass, but for two.
    pub(super) fn judged(&self, answer: &Answer) -> Refused {
        let status = answer.status();
        let wait = answer
            .header("retry-after")
            .and_then(|value| retry_after(value, self.now));
        let (verdict, reason) = match status {
            410 => (
                Verdict::Gone,
                "answered 410: it wants no more events".to_owned(),
            ),
            // It will not be smaller the next time.
            413 => (
                Verdict::Never,
                "answered 413: the event is too large for it".to_owned(),
            ),
            300..=399 => (
                Verdict::Later(wait),
                format!("answered {status}: redirects are not followed; enter where it leads to"),
            ),
            _ => (Verdict::Later(wait), format!("answered {status}")),
        };
        self.refused(verdict, Some(status), reason)
    }
}
