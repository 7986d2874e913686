//! What a guest says on stderr: the end of it.

/// How much is kept: a panic's message, and what was said just before it.
const BYTES: usize = 4 << 10;

/// The last words of one call.
#[derive(Debug, Default)]
pub(crate) struct Said(Vec<u8>);

impl Said {
    /// Another call begins.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }

    /// Keeps the end of what the guest writes.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        // Of a large piece the rest is never copied: what is reserved once stays reserved.
        let end = bytes.len().saturating_sub(BYTES);
        self.0
            .extend_from_slice(bytes.get(end..).unwrap_or_default());
        let surplus = self.0.len().saturating_sub(BYTES);
        self.0.drain(..surplus);
    }

    /// What is there, without the last line's end.
    pub(crate) fn text(&self) -> String {
        String::from_utf8_lossy(&self.0).trim_end().to_owned()
    }
}
