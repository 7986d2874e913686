//! An answer, read as far as it is needed.

use std::time::Duration;

use reqwest::Response;
use tokio::time::timeout;

use super::SendError;

/// A body that is no longer than this is read to its end even if nobody wants it, so that the connection
/// can be used again.
const SPARED: usize = 16 * 1024;
/// But not if that takes longer: a new connection is cheaper.
const PATIENCE: Duration = Duration::from_millis(500);

/// The head of an answer; the body is still to come.
#[derive(Debug)]
pub struct Answer {
    response: Response,
}

/// What was read of a body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The text. What is not UTF-8 has become `U+FFFD`.
    pub text: String,
    /// Whether this is all of it; else there was more than was asked for.
    pub is_whole: bool,
}

impl Answer {
    pub(super) fn new(response: Response) -> Self {
        Self { response }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.response.status().as_u16()
    }

    /// The first value of a header; none if there is none, or it is no text.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.response.headers().get(name)?.to_str().ok()
    }

    /// The body's text, at most `max` bytes of it; the rest is not read.
    ///
    /// # Errors
    /// [`SendError`] if it broke off before that, or the time for the call was over.
    pub async fn read(mut self, max: usize) -> Result<Text, SendError> {
        let mut bytes = Vec::new();
        let mut is_whole = true;
        while let Some(chunk) = self.response.chunk().await? {
            let room = max.saturating_sub(bytes.len());
            bytes.extend(chunk.iter().take(room));
            if chunk.len() > room {
                is_whole = false;
                break;
            }
        }
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Ok(Text { text, is_whole })
    }

    /// Lets the answer go: all that was wanted of it was its head.
    pub async fn let_go(self) {
        // Whatever comes of it, the connection is either free again or closed.
        let _read = timeout(PATIENCE, self.read(SPARED)).await;
    }
}
