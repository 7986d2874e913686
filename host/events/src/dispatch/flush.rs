//! Writing down what has happened.

use scimlet_store::Failure;

use super::session::{End, Session, Unwritten};
use super::settle::new_delivery;
use crate::ledger::{Delivery, Writing};
use crate::{Endpoint, State};

impl Session {
    /// Writes all that has happened since the last time, in one commit; false if somebody else has
    /// written the position meanwhile: then nothing is written, and the session is over.
    ///
    /// # Errors
    /// [`Failure`]: whether it is written is not known, and the session is over.
    pub(super) async fn flush(&mut self) -> Result<bool, Failure> {
        if !self.write(None).await? {
            return Ok(false);
        }
        self.tell_notices().await?;
        Ok(true)
    }

    /// Disables the endpoint, with all that has happened.
    pub(super) async fn disable(&mut self, reason: &str) -> Result<End, Failure> {
        let now = self.shared.world.now();
        let mut endpoint = Endpoint::clone(&self.endpoint);
        endpoint.state = State::Disabled {
            reason: reason.to_owned(),
            since: now,
        };
        self.announce_disabled(reason, now);
        if !self.write(Some(&endpoint)).await? {
            return Ok(End::Changed);
        }
        self.tell_notices().await?;
        // That it was told, so that it is not told again when an admin enables the endpoint.
        self.write(None).await?;
        Ok(End::Disabled)
    }

    async fn write(&mut self, endpoint: Option<&Endpoint>) -> Result<bool, Failure> {
        let unwritten = std::mem::take(&mut self.unwritten);
        let mut writing = Writing::default();
        self.write_rows(&mut writing, &unwritten)?;
        // Behind the rows: who has got a delivery there need not be read again.
        self.advance();
        if let Some(endpoint) = endpoint {
            writing.endpoint(endpoint, Some(self.endpoint_version))?;
        }
        let (id, position, version) = (
            self.endpoint.id.clone(),
            self.position.clone(),
            self.version,
        );
        let written = self
            .shared
            .blocking(move |ledger| ledger.advance(&id, &position, version, writing))
            .await?;
        self.version += 1;
        for id in unwritten.postponed {
            let job = self.agenda.job_mut(id);
            if let Some(row) = job.and_then(|job| job.row.as_mut()) {
                row.version = Some(row.version.unwrap_or_default() + 1);
            }
        }
        Ok(written)
    }

    /// How far the position has come, and the replay.
    fn advance(&mut self) {
        self.position.through = self.through();
        let first = self.agenda.first_open(true);
        let (Some(cursor), Some(replay)) = (self.replay_cursor, self.position.replays.first_mut())
        else {
            return;
        };
        replay.after = first.map_or(cursor, |first| first.saturating_sub(1));
        if replay.after >= replay.through {
            self.position.replays.remove(0);
            self.replay_cursor = self.position.replays.first().map(|replay| replay.after);
        }
    }

    fn write_rows(&mut self, writing: &mut Writing, unwritten: &Unwritten) -> Result<(), Failure> {
        for (key, version) in &unwritten.gone {
            writing.delete(key.clone(), *version);
        }
        for (delivery, version) in &unwritten.dead {
            writing.delivery(delivery, *version)?;
        }
        for id in &unwritten.postponed {
            let job = self.agenda.job(*id);
            if let Some(row) = job.and_then(|job| job.row.as_ref()) {
                writing.delivery(&row.delivery, row.version)?;
            }
        }
        let now = self.shared.world.now();
        let endpoint = &self.endpoint;
        let mut followers: Vec<Delivery> = Vec::new();
        self.agenda.keep_followers(
            |job| new_delivery(endpoint, job, now),
            |delivery| followers.push(delivery.clone()),
        );
        for delivery in &followers {
            writing.delivery(delivery, None)?;
        }
        Ok(())
    }
}
