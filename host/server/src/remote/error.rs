//! Why another server did not do it.

use std::time::Duration;

use scimlet_events::http::SendError;
use scimlet_events::retry::Fault;
use serde_json::Value;

/// Letters of what it says that are shown.
const SHOWN: usize = 200;

/// Why another server did not do it.
#[derive(Debug, thiserror::Error)]
pub(crate) enum RemoteError {
    /// There is no answer.
    #[error(transparent)]
    Send(#[from] SendError),
    /// It refused.
    #[error("answered {status}{}{detail}", if .detail.is_empty() { "" } else { ": " })]
    Refused {
        status: u16,
        /// Why (RFC 7644 section 3.12); empty where it does not say.
        scim_type: String,
        /// In its own words, as far as they can be shown.
        detail: String,
        /// When to come again.
        wait: Option<Duration>,
    },
    /// It answered something that is no SCIM.
    #[error("answered what is no JSON: {0}")]
    NotJson(serde_json::Error),
    /// It answered JSON that is no SCIM.
    #[error("answered what is no SCIM: {0}")]
    NotScim(&'static str),
    /// It answered more than anybody can take.
    #[error("answered more than {} MiB", super::MAX_ANSWER >> 20)]
    TooLarge,
}

impl RemoteError {
    pub(super) fn refused(status: u16, said: &str, wait: Option<Duration>) -> Self {
        let said: Value = serde_json::from_str(said).unwrap_or_default();
        let text = |name: &str| {
            let text = said.get(name).and_then(Value::as_str).unwrap_or_default();
            let plain = text.chars().filter(|letter| !letter.is_control());
            plain.take(SHOWN).collect::<String>()
        };
        Self::Refused {
            status,
            scim_type: text("scimType"),
            detail: text("detail"),
            wait,
        }
    }

    /// The status, where there is one.
    pub(crate) fn status(&self) -> Option<u16> {
        match self {
            Self::Refused { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Whether a cursor is of no use any more (RFC 9865 section 2.1).
    pub(crate) fn is_cursor(&self) -> bool {
        let lost = ["invalidCursor", "expiredCursor"];
        matches!(self, Self::Refused { scim_type, .. } if lost.contains(&scim_type.as_str()))
    }

    /// Whether the same request may work later, and when.
    pub(crate) fn into_fault(self) -> Fault<Self> {
        match self {
            Self::Refused { status, wait, .. } if is_passing(status) => Fault::Passing(self, wait),
            Self::Send(
                SendError::Connect(_) | SendError::Timeout | SendError::Broken(_),
            )
            // An answer that was cut off may look like one that is no JSON.
            | Self::NotJson(_) => Fault::Passing(self, None),
            _ => Fault::Lasting(self),
        }
    }
}

/// What RFC 9110 and RFC 8470 say of these is to come again.
fn is_passing(status: u16) -> bool {
    matches!(status, 408 | 425 | 429 | 500 | 502 | 503 | 504)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_passes_is_tried_again_and_nothing_else() {
        for (status, passes) in [
            (429, true),
            (503, true),
            (500, true),
            (400, false),
            (401, false),
            (501, false),
        ] {
            let fault = RemoteError::refused(status, "", Some(Duration::from_secs(7))).into_fault();
            let is_passing = matches!(fault, Fault::Passing(_, Some(wait)) if wait.as_secs() == 7);
            assert_eq!(is_passing, passes, "{status}");
        }
    }

    #[test]
    fn what_it_says_is_shown_on_one_line() {
        let said = r#"{"detail":"a\nb\u001b[31m","scimType":"expiredCursor"}"#;
        let error = RemoteError::refused(400, said, None);
        assert_eq!(error.to_string(), "answered 400: ab[31m");
        assert!(error.is_cursor());
        assert_eq!(
            RemoteError::refused(404, "<html>", None).to_string(),
            "answered 404"
        );
    }
}
