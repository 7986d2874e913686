//! How carefully a job is carried out.
//!
//! A part may never end: the guest is stopped at a limit, the store refuses the commit, a policy takes all of
//! the time. Nothing can be written then that says so. But whoever comes to a job and finds that it has stood
//! where it stands for a minute knows that it has failed there more than once, or that nobody was there to
//! carry it out (or that others were in front of it); and goes on more carefully, which does no harm in these
//! cases. In the end the operation
//! that stands in the way is left out, with an event that says so, and those behind it have their turn.

use serde::{Deserialize, Serialize};

use super::rows::Job;

/// How long a job may stand where it stands, in milliseconds, before somebody is more careful with it.
const PATIENCE: u64 = 60_000;

/// How a part is carried out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Stage {
    /// As a whole.
    #[default]
    Whole,
    /// As a whole once more.
    Again,
    /// One operation after the other.
    OneByOne,
    /// The next operation is not carried out at all.
    GivenUp,
}

impl Stage {
    /// How many operations are carried out at once.
    pub(super) fn at_once(self) -> usize {
        match self {
            Self::Whole | Self::Again => usize::MAX,
            Self::OneByOne | Self::GivenUp => 1,
        }
    }

    fn next(self) -> Self {
        match self {
            Self::Whole => Self::Again,
            Self::Again => Self::OneByOne,
            Self::OneByOne | Self::GivenUp => Self::GivenUp,
        }
    }

    /// How it goes on behind something that was done.
    pub(super) fn behind(self, is_whole: bool) -> Self {
        match self {
            Self::OneByOne | Self::GivenUp if !is_whole => Self::OneByOne,
            _ => Self::Whole,
        }
    }
}

impl Job {
    /// Whether it has stood where it stands for too long.
    pub(super) fn is_stuck(&self, now: u64) -> bool {
        now.saturating_sub(self.since) > PATIENCE
    }

    pub(super) fn more_careful(self, now: u64) -> Self {
        Self {
            stage: self.stage.next(),
            since: now,
            ..self
        }
    }
}
