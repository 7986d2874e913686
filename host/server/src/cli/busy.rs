//! Something that takes a while, and nobody knows how long.

use std::time::Duration;

use indicatif::ProgressBar;

/// A spinner on standard error, where that is a terminal; else nothing. It is wiped off at the end.
pub(super) struct Busy(ProgressBar);

impl Busy {
    /// Says what is being done.
    pub(super) fn with(what: &'static str) -> Self {
        let spinner = ProgressBar::new_spinner().with_message(what);
        spinner.enable_steady_tick(Duration::from_millis(100));
        Self(spinner)
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.finish_and_clear();
    }
}
