//! How far something long has come, for somebody who waits at a terminal.

use indicatif::{ProgressBar, ProgressStyle};

/// With a total: a bar, how many of how many, and how long it will take.
const MEASURED: &str = "{wide_bar} {human_pos} of {human_len}, {eta} left";
/// Without.
const COUNTED: &str = "{spinner} {human_pos}";

/// A bar on standard error, where that is a terminal; else nothing. It is wiped off at the end.
pub(super) struct Progress(ProgressBar);

impl Progress {
    /// Of so many; none where that is not known.
    pub(super) fn new(total: Option<u64>) -> Self {
        let bar = ProgressBar::no_length();
        bar.set_style(style(COUNTED));
        let progress = Self(bar);
        if let Some(total) = total {
            progress.expect(total);
        }
        progress
    }

    /// So many there are, as it turns out; what is done is counted anew.
    pub(super) fn begin(&mut self, total: u64) {
        self.0.reset();
        self.expect(total);
    }

    /// So many there are in all, what is done already included.
    pub(super) fn expect(&self, total: u64) {
        self.0.set_length(total);
        self.0.set_style(style(MEASURED));
    }

    /// So many more are done.
    pub(super) fn advance(&mut self, by: u64) {
        self.0.inc(by);
    }

    /// How many are done.
    pub(super) fn done(&self) -> u64 {
        self.0.position()
    }
}

impl Drop for Progress {
    /// What is said next, a refusal perhaps, begins on an empty line.
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}

/// A template that cannot be read shows the library's own.
fn style(template: &str) -> ProgressStyle {
    ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_begins_anew() {
        let mut progress = Progress::new(None);
        progress.advance(3);
        assert_eq!(progress.done(), 3);
        progress.begin(10);
        progress.advance(2);
        assert_eq!(progress.done(), 2);
        assert_eq!(progress.0.length(), Some(10));
    }

    #[test]
    fn the_templates_can_be_read() {
        for template in [MEASURED, COUNTED] {
            assert!(ProgressStyle::with_template(template).is_ok(), "{template}");
        }
    }
}
