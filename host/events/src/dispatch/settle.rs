//! What an attempt comes to.

use std::time::Duration;

use super::agenda::{Job, JobId};
use super::limits::millis;
use super::session::{Landed, Session};
use super::{failing, notice};
use crate::ledger::{Attempt, Breaker, Delivery, DeliveryState, Failing, NoticeKind};
use crate::{Receipt, Refused, Verdict};

impl Session {
    /// Notes how an attempt ended. What is noted is written by the next flush.
    pub(super) fn settle(&mut self, landed: Option<Landed>) {
        let Some(Landed { job, result }) = landed else {
            return;
        };
        let now = self.shared.world.now();
        self.unwritten.since.get_or_insert(now);
        let was_probe = self.probe == Some(job);
        if was_probe {
            self.probe = None;
        }
        match result {
            Ok(receipt) => self.delivered(job, &receipt, now),
            Err(refused) => self.refused(job, &refused, now, was_probe),
        }
    }

    fn delivered(&mut self, id: JobId, receipt: &Receipt, now: u64) {
        let attempt = attempt(now, receipt.took, Some(receipt.status), None);
        self.works(attempt, now);
        self.position.delivered += 1;
        self.position.delivered_at = Some(now);
        let Some(job) = self.agenda.finish(id) else {
            return;
        };
        self.unwritten.postponed.remove(&id);
        self.shared
            .watch
            .delivered(self.endpoint.target.kind(), receipt.took, behind(&job, now));
        if let Some(row) = job.row
            && let Some(version) = row.version
        {
            let key = crate::ledger::delivery_key(&row.delivery.id());
            self.unwritten.gone.push((key, version));
        }
    }

    fn refused(&mut self, id: JobId, refused: &Refused, now: u64, was_probe: bool) {
        let kind = self.endpoint.target.kind();
        self.shared.watch.failed(kind, failing::why(refused));
        let attempt = attempt(now, refused.took, refused.status, Some(&refused.reason));
        self.position.failed += 1;
        match refused.verdict {
            Verdict::Never => {
                // It has answered: the event is at fault, not the endpoint.
                if refused.status.is_some() {
                    self.works(attempt.clone(), now);
                }
                self.bury(id, Some(attempt), &refused.reason, now);
            }
            Verdict::Gone => {
                // The event stays as it is: who enables the endpoint again gets it.
                self.position.last = Some(attempt);
                self.position
                    .failing
                    .get_or_insert(Failing {
                        since: now,
                        tries: 0,
                    })
                    .tries += 1;
            }
            Verdict::Later(asked) => {
                self.fails(attempt.clone(), asked, now, was_probe);
                self.postpone(id, attempt, asked, now);
            }
        }
    }

    /// The endpoint does what it should.
    fn works(&mut self, attempt: Attempt, now: u64) {
        self.position.last = Some(attempt);
        self.failures = 0;
        self.position.failing = None;
        if self.position.breaker != Breaker::default() {
            self.position.breaker = Breaker::default();
            self.agenda.hasten(now);
        }
        if std::mem::take(&mut self.position.degraded) {
            self.announce(NoticeKind::Recovered, None, now);
        }
    }

    /// The endpoint does not: after some failures on end, or because it says so, it is left alone.
    fn fails(&mut self, attempt: Attempt, asked: Option<Duration>, now: u64, was_probe: bool) {
        let limits = self.shared.limits;
        let reason = attempt.reason.clone();
        self.position.last = Some(attempt);
        self.failures = self.failures.saturating_add(1);
        let failing = self.position.failing.get_or_insert(Failing {
            since: now,
            tries: 0,
        });
        failing.tries = failing.tries.saturating_add(1);
        let failing_for = now.saturating_sub(failing.since);
        let breaker = &mut self.position.breaker;
        let is_closed = breaker.until.is_none();
        if was_probe || (is_closed && (self.failures >= limits.trip || asked.is_some())) {
            breaker.opened = breaker.opened.saturating_add(1);
            let wait = limits
                .probe
                .wait(breaker.opened, asked, self.shared.world.random());
            breaker.until = Some(now.saturating_add(millis(wait)));
        }
        if failing_for >= millis(limits.degraded) && !self.position.degraded {
            self.position.degraded = true;
            self.announce(NoticeKind::Degraded, reason, now);
        }
    }

    /// Whether nothing has worked for days.
    pub(super) fn has_failed_for_good(&self) -> bool {
        let now = self.shared.world.now();
        let since = self.position.failing.map_or(now, |failing| failing.since);
        let failing = Duration::from_millis(now.saturating_sub(since));
        self.shared.limits.retry.gives_up(failing)
    }

    /// Tries an event again, later; or never, after days.
    fn postpone(&mut self, id: JobId, attempt: Attempt, asked: Option<Duration>, now: u64) {
        let Some(job) = self.agenda.job(id) else {
            return;
        };
        let mut delivery = self.delivery_of(job, now);
        if delivery.tries == 0 {
            // It may have stood behind another one for long.
            delivery.since = now;
        }
        let retry = self.shared.limits.retry;
        let failing = Duration::from_millis(now.saturating_sub(delivery.since));
        // Where the endpoint as a whole has failed that long, it is disabled, and loses nothing.
        if retry.gives_up(failing) && !self.has_failed_for_good() {
            let reason = attempt.reason.clone().unwrap_or_default();
            return self.bury(id, Some(attempt), &format!("given up: {reason}"), now);
        }
        delivery.note(attempt);
        let wait = retry.wait(delivery.tries, asked, self.shared.world.random());
        let due = now.saturating_add(millis(wait));
        delivery.state = DeliveryState::Retrying { due };
        self.agenda.postpone(id, delivery);
        self.unwritten.postponed.insert(id);
        self.shared.watch.retried(self.endpoint.target.kind());
    }

    /// Makes a dead letter of an event.
    fn bury(&mut self, id: JobId, attempt: Option<Attempt>, reason: &str, now: u64) {
        let Some(job) = self.agenda.finish(id) else {
            return;
        };
        self.unwritten.postponed.remove(&id);
        let mut delivery = self.delivery_of(&job, now);
        if let Some(attempt) = attempt {
            delivery.note(attempt);
        }
        delivery.state = DeliveryState::Dead {
            reason: reason.to_owned(),
            since: now,
        };
        let version = job.row.and_then(|row| row.version);
        let endpoint = self.endpoint.id.as_str();
        tracing::warn!(
            endpoint,
            delivery = delivery.id(),
            reason,
            "an event is given up"
        );
        self.unwritten.dead.push((delivery, version));
        self.shared.watch.dead(self.endpoint.target.kind());
    }

    /// A job's delivery, or one that it could have.
    pub(super) fn delivery_of(&self, job: &Job, now: u64) -> Delivery {
        match &job.row {
            Some(row) => row.delivery.clone(),
            None => new_delivery(&self.endpoint, job, now),
        }
    }

    fn announce(&mut self, kind: NoticeKind, reason: Option<String>, now: u64) {
        let id = notice::new_id(self.shared.world.as_ref());
        let endpoint = self.endpoint.id.as_str();
        if kind == NoticeKind::Recovered {
            tracing::info!(endpoint, "an endpoint works again");
        } else {
            tracing::warn!(endpoint, ?kind, reason, "an endpoint does not work");
        }
        self.position.notices.push(crate::ledger::Notice {
            id,
            time: now,
            kind,
            reason,
        });
    }

    /// Notes that the endpoint is disabled, to be told with the next flush.
    pub(super) fn announce_disabled(&mut self, reason: &str, now: u64) {
        self.announce(NoticeKind::Disabled, Some(reason.to_owned()), now);
    }
}

/// A delivery for a job that has none.
pub(super) fn new_delivery(endpoint: &crate::Endpoint, job: &Job, now: u64) -> Delivery {
    Delivery {
        endpoint: endpoint.id.clone(),
        tenant: endpoint.tenant.clone(),
        position: job.item.position,
        event: job.item.event.clone(),
        replay: job.replay,
        state: DeliveryState::Waiting,
        since: now,
        tries: 0,
        attempts: Vec::new(),
    }
}

fn attempt(at: u64, took: Duration, status: Option<u16>, reason: Option<&str>) -> Attempt {
    Attempt {
        at,
        took: millis(took),
        status,
        reason: reason.map(str::to_owned),
    }
}

/// How long after it happened.
fn behind(job: &Job, now: u64) -> Duration {
    let time = job
        .item
        .envelope
        .as_ref()
        .map(|envelope| envelope.time.as_str());
    let time = time.and_then(|time| time.parse::<jiff::Timestamp>().ok());
    let time = time.and_then(|time| u64::try_from(time.as_millisecond()).ok());
    Duration::from_millis(now.saturating_sub(time.unwrap_or(now)))
}
