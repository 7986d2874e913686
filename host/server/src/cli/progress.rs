//! How far something long has come, for somebody who waits at a terminal.

use std::io::{self, IsTerminal as _, Write as _};

/// One line on standard error that is written over, where that is a terminal; else nothing.
pub(super) struct Progress {
    done: u64,
    /// None: nobody knows.
    total: Option<u64>,
    shown: bool,
}

impl Progress {
    /// Of so many; none where that is not known.
    pub(super) fn new(total: Option<u64>) -> Self {
        Self {
            done: 0,
            total,
            shown: false,
        }
    }

    /// So many there are, as it turns out; what is done is counted anew.
    pub(super) fn begin(&mut self, total: u64) {
        (self.done, self.total) = (0, Some(total));
    }

    /// So many there are in all, what is done already included.
    pub(super) fn expect(&mut self, total: u64) {
        self.total = Some(total);
    }

    /// So many more are done.
    pub(super) fn advance(&mut self, by: u64) {
        self.done += by;
        let mut out = io::stderr().lock();
        if !out.is_terminal() || self.total == Some(0) {
            return;
        }
        self.shown = true;
        // The work goes on whether or not somebody can see it.
        let _ = write!(out, "\r{self}");
        let _ = out.flush();
    }

    /// How many are done.
    pub(super) fn done(&self) -> u64 {
        self.done
    }
}

impl std::fmt::Display for Progress {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let done = self.done;
        match self.total {
            Some(total) => write!(out, "{done} of {total}"),
            None => write!(out, "{done}"),
        }
    }
}

impl Drop for Progress {
    /// What is said next, a refusal perhaps, begins on a line of its own.
    fn drop(&mut self) {
        if self.shown {
            let _ = writeln!(io::stderr().lock());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tells_how_far_it_is() {
        let mut progress = Progress::new(None);
        progress.advance(3);
        assert_eq!(progress.to_string(), "3");
        progress.begin(10);
        progress.advance(2);
        assert_eq!(progress.to_string(), "2 of 10");
    }
}
