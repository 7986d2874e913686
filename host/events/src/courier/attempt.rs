//! One attempt, and what its answer means: the part that is the same for every kind of courier.

use tokio::time::Instant;

use super::{Receipt, Refused, Verdict};
use crate::http::{Answer, SendError, retry_after};

/// Of what a receiver says, so many letters are kept.
const MOST_LETTERS: usize = 200;

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

/// What a receiver says, on one line, and not too long.
pub(super) fn said(text: &str) -> String {
    let plain = |letter: char| if letter.is_control() { ' ' } else { letter };
    let text: String = text.chars().map(plain).collect();
    let mut letters = text.trim().chars();
    let mut said: String = letters.by_ref().take(MOST_LETTERS).collect();
    if letters.next().is_some() {
        said.push_str("...");
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_receiver_says_cannot_fill_or_forge_a_log() {
        assert_eq!(said(" a\r\nb\u{1b}[31m "), "a  b [31m");
        let long = "ä".repeat(MOST_LETTERS);
        assert_eq!(said(&long), long);
        assert_eq!(said(&format!("{long}ä")), format!("{long}..."));
    }
}
