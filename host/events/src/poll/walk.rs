//! Through the outbox, from the position onwards.

use std::collections::BTreeSet;

use scimlet_store::{Failure, Store};

use super::{Desk, WINDOW};
use crate::{Envelope, filter};

/// Events that are read at a time.
const STRIDE: u32 = 250;
/// Events that are looked at for one request. Who wants few of many may be told that there is more, and
/// find nothing yet.
const LOOKED: u64 = 20_000;
/// What is given at a time ends when its events are so many bytes as they stand in the outbox.
pub(super) const BYTES: usize = 4 << 20;

/// How far a receiver has come.
pub(super) struct Walk {
    /// Everything up to here is done.
    pub(super) front: u64,
    /// And so are these, ahead of it.
    pub(super) acked: BTreeSet<u64>,
    is_open: bool,
}

impl Walk {
    pub(super) fn new(front: u64, acked: BTreeSet<u64>) -> Self {
        Self {
            front,
            acked,
            is_open: false,
        }
    }

    /// Shows the desk all that the receiver has not acknowledged before, until there is nothing more to
    /// learn.
    pub(super) fn through(
        &mut self,
        outbox: &dyn Store,
        desk: &mut Desk<'_>,
    ) -> Result<(), Failure> {
        let (mut at, first) = (self.front, self.front);
        while at < self.front.saturating_add(WINDOW) {
            if at >= first.saturating_add(LOOKED) {
                desk.found.more = true;
                break;
            }
            let read = outbox.outbox(at, STRIDE)?;
            let Some(last) = read.last().map(|posted| posted.position) else {
                break;
            };
            for posted in &read {
                let wanted = Envelope::read(posted).ok();
                let wanted = wanted.filter(|event| filter::wants(desk.endpoint, event));
                let position = posted.position;
                let is_acked = match wanted {
                    None => false,
                    Some(_) if self.acked.contains(&position) => true,
                    Some(event) => {
                        if !desk.is_done(posted, event)? {
                            // What is behind it waits for it.
                            self.is_open = true;
                            continue;
                        }
                        true
                    }
                };
                self.pass(position, is_acked);
            }
            at = last;
            if desk.found.more && desk.has_heard_all() {
                break;
            }
        }
        Ok(())
    }

    /// An event is done: acknowledged, or never wanted.
    fn pass(&mut self, position: u64, is_acked: bool) {
        if !self.is_open {
            self.front = position;
            self.acked.remove(&position);
        } else if is_acked {
            self.acked.insert(position);
        }
    }
}

impl Desk<'_> {
    /// Whether everything that the receiver said has been met.
    fn has_heard_all(&self) -> bool {
        let said = self.ask.ack.len() + self.ask.errors.len();
        self.acknowledged + self.wrong >= said as u64
    }
}
