//! Copies of the file, for what is only to be tried.

use std::path::Path;
use std::thread::park_timeout;

use rusqlite::Connection;
use rusqlite::backup::{Backup, StepResult};
use scimlet_store::Failure;

use crate::convert::failure;
use crate::schema::{self, BUSY_TIMEOUT};

/// Pages between two words about how far it is: 8 MiB, some milliseconds.
const STEP: i32 = 1024;

/// How often a file that is held is asked again: [`BUSY_TIMEOUT`] in all.
const TRIES: u32 = 100;

/// How much is copied, in pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Copied {
    /// So many are there.
    pub done: u64,
    /// Of so many.
    pub total: u64,
}

/// Copies the file at `from`, as it is at this moment, to `to`, where there must be none. Others may
/// read and write it meanwhile: the copy shows nothing of that. `told` hears now and then how far it is.
///
/// # Errors
/// [`Failure`] if one of them cannot be read or written, or the disk is full. What there is of the copy
/// is then worth nothing.
pub fn copy(from: &Path, to: &Path, told: &mut dyn FnMut(Copied)) -> Result<(), Failure> {
    let from = schema::open_reader(from)?;
    let mut to = Connection::open(to).map_err(failure)?;
    // It is thrown away if the machine stops.
    to.pragma_update(None, "synchronous", "OFF")
        .map_err(failure)?;
    // INVARIANT: the snapshot is held until the last page, or what others write would make the copy
    // begin anew.
    from.execute_batch("BEGIN; SELECT count(*) FROM sqlite_schema;")
        .map_err(failure)?;
    run(&from, &mut to, told)?;
    from.execute_batch("COMMIT").map_err(failure)
}

fn run(
    from: &Connection,
    to: &mut Connection,
    told: &mut dyn FnMut(Copied),
) -> Result<(), Failure> {
    let backup = Backup::new(from, to).map_err(failure)?;
    let mut tries = 0;
    loop {
        match backup.step(STEP).map_err(failure)? {
            StepResult::More => tries = 0,
            StepResult::Done => {
                told(copied(&backup));
                return Ok(());
            }
            // `StepResult` may get further cases; none of them means that it is done.
            _ if tries == TRIES => return Err(Failure::Timeout),
            _ => {
                tries += 1;
                park_timeout(BUSY_TIMEOUT / TRIES);
            }
        }
        told(copied(&backup));
    }
}

fn copied(backup: &Backup<'_, '_>) -> Copied {
    let progress = backup.progress();
    let pages = |count| u64::try_from(count).unwrap_or(0);
    let total = pages(progress.pagecount);
    Copied {
        done: total.saturating_sub(pages(progress.remaining)),
        total,
    }
}
