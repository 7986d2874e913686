//! What a session has still to do: a line for each subject, in the order of positions, and the heads of
//! the lines in the order in which they may be tried. No time, no I/O.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use scimlet_store::Key;

use super::tape::Item;
use crate::ledger::{Delivery, DeliveryState};

/// Names a job within its session; later ones have greater numbers.
pub(super) type JobId = u64;

/// An event on its way.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) item: Arc<Item>,
    /// The number of the replay that it belongs to; none: it is delivered as it happened.
    pub(super) replay: Option<u64>,
    /// Its delivery, once there is one.
    pub(super) row: Option<Kept>,
}

/// A delivery and what the ledger knows of it.
#[derive(Debug)]
pub(super) struct Kept {
    pub(super) delivery: Delivery,
    /// None: it is not written yet.
    pub(super) version: Option<u64>,
}

/// What a session has still to do.
#[derive(Debug, Default)]
pub(super) struct Agenda {
    lines: BTreeMap<Key, VecDeque<(JobId, Job)>>,
    /// Heads of lines that are not being tried, with the time before which they are not.
    heads: BTreeSet<(u64, JobId)>,
    /// The subject of every head, tried or not.
    subjects: BTreeMap<JobId, Key>,
    /// Lines whose head has a delivery: those behind it need one as well.
    held: BTreeSet<Key>,
    /// Positions that are neither done with nor in a delivery; of replays apart.
    open: BTreeSet<u64>,
    open_replayed: BTreeSet<u64>,
    next: JobId,
    rows: usize,
}

impl Job {
    fn due(&self) -> u64 {
        match self.row.as_ref().map(|row| &row.delivery.state) {
            Some(DeliveryState::Retrying { due }) => *due,
            _ => 0,
        }
    }
}

impl Agenda {
    /// Puts an event at the end of its subject's line.
    pub(super) fn push(&mut self, job: Job) {
        let id = self.next;
        self.next += 1;
        if job.row.is_some() {
            self.rows += 1;
        } else {
            self.open_of(job.replay.is_some()).insert(job.item.position);
        }
        let subject = job.item.event.subject.clone();
        let line = self.lines.entry(subject.clone()).or_default();
        line.push_back((id, job));
        if line.len() == 1 {
            self.came_first(&subject);
        }
    }

    /// Jobs that have no delivery.
    pub(super) fn open(&self) -> usize {
        self.open.len() + self.open_replayed.len()
    }

    /// Jobs that have one.
    pub(super) fn rows(&self) -> usize {
        self.rows
    }

    /// Whether there is nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        self.subjects.is_empty()
    }

    /// The first position that is neither done with nor in a delivery.
    pub(super) fn first_open(&self, replayed: bool) -> Option<u64> {
        if replayed {
            self.open_replayed.first().copied()
        } else {
            self.open.first().copied()
        }
    }

    /// The head that may be tried first, and when.
    pub(super) fn first(&self) -> Option<(u64, JobId)> {
        self.heads.first().copied()
    }

    /// The head by which an endpoint that fails as a whole is tried: one that has failed before, if there
    /// is one, so that few events are written down; the one that was tried least, so that none is tried
    /// for all.
    pub(super) fn probe(&self) -> Option<JobId> {
        let tried = self.heads.iter().filter_map(|(_, id)| {
            let delivery = &self.job(*id)?.row.as_ref()?.delivery;
            Some((delivery.tries, delivery.position, *id))
        });
        let tried = tried.min().map(|(.., id)| id);
        tried.or_else(|| self.heads.iter().map(|(_, id)| *id).min())
    }

    /// Takes a head for an attempt.
    pub(super) fn start(&mut self, id: JobId) -> Option<Arc<Item>> {
        let job = self.job(id)?;
        let (due, item) = (job.due(), Arc::clone(&job.item));
        // Whoever was hastened stands elsewhere than its own time says.
        if !self.heads.remove(&(due, id)) {
            self.heads.retain(|(_, head)| *head != id);
        }
        Some(item)
    }

    /// Done with a head, whatever became of it: the next of its line may be tried.
    pub(super) fn finish(&mut self, id: JobId) -> Option<Job> {
        let subject = self.subjects.remove(&id)?;
        let line = self.lines.get_mut(&subject)?;
        let (_, job) = line.pop_front()?;
        if job.row.is_some() {
            self.rows -= 1;
        } else {
            self.open_of(job.replay.is_some())
                .remove(&job.item.position);
        }
        self.held.remove(&subject);
        self.came_first(&subject);
        Some(job)
    }

    /// A head will be tried again: gives it a delivery, or changes the one that it has.
    pub(super) fn postpone(&mut self, id: JobId, delivery: Delivery) {
        let Some(subject) = self.subjects.get(&id).cloned() else {
            return;
        };
        let Some((_, job)) = self.lines.get_mut(&subject).and_then(VecDeque::front_mut) else {
            return;
        };
        if let Some(row) = &mut job.row {
            row.delivery = delivery;
        } else {
            let (replayed, position) = (job.replay.is_some(), job.item.position);
            job.row = Some(Kept {
                delivery,
                version: None,
            });
            self.rows += 1;
            self.open_of(replayed).remove(&position);
        }
        if let Some(job) = self.job(id) {
            self.heads.insert((job.due(), id));
        }
        self.held.insert(subject);
    }

    /// The endpoint works again: what has failed before need not wait for its time.
    pub(super) fn hasten(&mut self, now: u64) {
        let heads = std::mem::take(&mut self.heads);
        let sooner = heads.into_iter().map(|(due, id)| (due.min(now), id));
        self.heads = sooner.collect();
    }

    /// Those who are tried next in their lines.
    pub(super) fn heads(&self) -> impl Iterator<Item = JobId> {
        self.heads.iter().map(|(_, id)| *id)
    }

    /// The job, if it is the head of a line.
    pub(super) fn job(&self, id: JobId) -> Option<&Job> {
        let line = self.lines.get(self.subjects.get(&id)?)?;
        line.front().map(|(_, job)| job)
    }

    /// The same, to be changed.
    pub(super) fn job_mut(&mut self, id: JobId) -> Option<&mut Job> {
        let line = self.lines.get_mut(self.subjects.get(&id)?)?;
        line.front_mut().map(|(_, job)| job)
    }

    /// Gives a delivery to everybody who stands behind a head that has one. `make` makes it; `kept` is
    /// told of each.
    pub(super) fn keep_followers(
        &mut self,
        mut make: impl FnMut(&Job) -> Delivery,
        mut kept: impl FnMut(&Delivery),
    ) {
        for subject in &self.held {
            for (_, job) in self.lines.get_mut(subject).into_iter().flatten() {
                if job.row.is_some() {
                    continue;
                }
                let delivery = make(job);
                kept(&delivery);
                if job.replay.is_some() {
                    self.open_replayed.remove(&job.item.position);
                } else {
                    self.open.remove(&job.item.position);
                }
                job.row = Some(Kept {
                    delivery,
                    version: Some(1),
                });
                self.rows += 1;
            }
        }
    }

    /// Whether somebody stands behind a head that has a delivery, and has none.
    pub(super) fn has_loose_followers(&self) -> bool {
        let mut lines = self
            .held
            .iter()
            .filter_map(|subject| self.lines.get(subject));
        lines.any(|line| line.back().is_some_and(|(_, job)| job.row.is_none()))
    }

    fn open_of(&mut self, replayed: bool) -> &mut BTreeSet<u64> {
        if replayed {
            &mut self.open_replayed
        } else {
            &mut self.open
        }
    }

    /// Somebody has come to the head of a line, or nobody stands there any more.
    fn came_first(&mut self, subject: &Key) {
        let Some(line) = self.lines.get(subject) else {
            return;
        };
        let Some((id, job)) = line.front() else {
            self.lines.remove(subject);
            return;
        };
        self.subjects.insert(*id, subject.clone());
        self.heads.insert((job.due(), *id));
        if job.row.is_some() {
            self.held.insert(subject.clone());
        }
    }
}
