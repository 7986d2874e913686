//! How a session comes to its events: from the tape, in two lanes, what is new and what is delivered once
//! more.

use std::sync::Arc;

use scimlet_store::Failure;

use super::agenda::Job;
use super::session::Session;
use super::tape::Item;
use crate::filter;

/// Events read at a time.
const CHUNK: usize = 128;

impl Session {
    /// Whether there is something to read, and room for it.
    pub(super) fn wants_more(&self) -> bool {
        self.has_room() && (self.is_behind() || self.replays_more())
    }

    /// While the breaker is open nothing is read; but when it is time to try the endpoint again, there
    /// must be something to try it with.
    pub(super) fn has_room(&self) -> bool {
        let limits = &self.shared.limits;
        let now = self.shared.world.now();
        let may_read = match self.position.breaker.until {
            None => true,
            Some(until) => until <= now && self.agenda.is_empty(),
        };
        may_read && self.agenda.open() < limits.ahead && self.agenda.rows() < limits.pending
    }

    /// Everything up to here is done with, or stands in a delivery.
    pub(super) fn through(&self) -> u64 {
        let first = self.agenda.first_open(false);
        first.map_or(self.cursor, |first| first.saturating_sub(1))
    }

    fn is_behind(&self) -> bool {
        let ahead = self.cursor.saturating_sub(self.through());
        self.cursor < *self.end.borrow() && ahead < self.shared.limits.window
    }

    fn replays_more(&self) -> bool {
        let replay = self.position.replays.first();
        let cursor = self.replay_cursor;
        replay.is_some_and(|replay| cursor.is_some_and(|cursor| cursor < replay.through))
    }

    /// Reads some events, of what is new or else of a replay.
    pub(super) async fn read(&mut self) -> Result<(), Failure> {
        if self.is_behind() {
            self.read_new().await
        } else {
            self.read_old().await
        }
    }

    async fn read_new(&mut self) -> Result<(), Failure> {
        let end = *self.end.borrow_and_update();
        let items = self.tape.read(&self.shared, self.cursor, CHUNK).await?;
        let last = items.last().map_or(end, |item| item.position);
        for item in items {
            if !self.settled.remove(&item.position) && self.wants(&item) {
                self.push(item, None);
            }
        }
        self.cursor = self.cursor.max(last);
        let now = self.shared.world.now();
        self.unwritten.lazily.get_or_insert(now);
        if self.agenda.has_loose_followers() {
            self.unwritten.since.get_or_insert(now);
        }
        Ok(())
    }

    async fn read_old(&mut self) -> Result<(), Failure> {
        let (Some(cursor), Some(replay)) = (self.replay_cursor, self.position.replays.first())
        else {
            return Ok(());
        };
        let (through, number) = (replay.through, replay.number);
        let items = self.tape.read(&self.shared, cursor, CHUNK).await?;
        let last = items.last().map_or(through, |item| item.position);
        for item in items {
            let has_row = self.replayed.remove(&item.position);
            if !has_row && item.position <= through && self.wants(&item) {
                self.push(item, Some(number));
            }
        }
        self.replay_cursor = Some(last.min(through));
        let now = self.shared.world.now();
        self.unwritten.since.get_or_insert(now);
        Ok(())
    }

    fn push(&mut self, item: Arc<Item>, replay: Option<u64>) {
        self.agenda.push(Job {
            item,
            replay,
            row: None,
        });
    }

    /// What is no envelope is older than any endpoint: only a replay meets it.
    fn wants(&self, item: &Item) -> bool {
        let envelope = item.envelope.as_ref();
        envelope.is_some_and(|envelope| filter::wants(&self.endpoint, envelope))
    }
}
