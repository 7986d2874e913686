//! A tenant's outbox as its sessions read it: each event once, however many endpoints want it.

use std::collections::VecDeque;
use std::sync::Arc;

use scimlet_store::{Event, Failure, Posted, Store};
use tokio::sync::{Mutex, watch};

use super::shared::Shared;
use crate::Envelope;

/// Events that are kept for those who are nearly as far.
const KEPT: usize = 1024;

/// An event, read once.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) position: u64,
    /// As it stands in the outbox.
    pub(super) event: Event,
    /// What it says; none: it is no envelope.
    pub(super) envelope: Option<Envelope>,
}

/// A tenant's outbox.
pub(super) struct Tape {
    store: Arc<dyn Store>,
    end: watch::Sender<u64>,
    latest: Mutex<Latest>,
}

/// INVARIANT: every event behind `after`, up to the last one in here, is in here.
#[derive(Default)]
struct Latest {
    after: u64,
    items: VecDeque<Arc<Item>>,
}

impl Item {
    pub(super) fn new(posted: Posted) -> Self {
        let envelope = Envelope::read(&posted).ok();
        let Posted { position, event } = posted;
        Self {
            position,
            event,
            envelope,
        }
    }
}

impl Tape {
    pub(super) fn new(store: Arc<dyn Store>) -> Self {
        Self {
            store,
            end: watch::Sender::new(0),
            latest: Mutex::default(),
        }
    }

    /// The store behind it.
    pub(super) fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Hears of the end of the outbox.
    pub(super) fn listen(&self) -> watch::Receiver<u64> {
        self.end.subscribe()
    }

    /// Tells all sessions where the outbox ends.
    pub(super) fn announce(&self, end: u64) {
        self.end.send_if_modified(|known| {
            let moved = end > *known;
            *known = end.max(*known);
            moved
        });
    }

    /// The events behind a position, at most `max`.
    pub(super) async fn read(
        &self,
        shared: &Shared,
        after: u64,
        max: usize,
    ) -> Result<Vec<Arc<Item>>, Failure> {
        let mut latest = self.latest.lock().await;
        if after < latest.after {
            // Far behind the others: what is read serves nobody else.
            drop(latest);
            return self.fetch(shared, after, max).await;
        }
        let known = latest.behind(after, max);
        if !known.is_empty() {
            return Ok(known);
        }
        // Those who want the same wait here for the one who reads.
        let found = self.fetch(shared, after, max).await?;
        latest.append(after, &found);
        Ok(found)
    }

    async fn fetch(
        &self,
        shared: &Shared,
        after: u64,
        max: usize,
    ) -> Result<Vec<Arc<Item>>, Failure> {
        let store = Arc::clone(&self.store);
        let max = u32::try_from(max).unwrap_or(u32::MAX);
        let read = shared.blocking(move |_| {
            let posted = store.outbox(after, max)?;
            let items = posted.into_iter().map(|posted| Arc::new(Item::new(posted)));
            Ok(items.collect())
        });
        read.await
    }
}

impl Latest {
    fn behind(&self, after: u64, max: usize) -> Vec<Arc<Item>> {
        let begin = self.items.partition_point(|item| item.position <= after);
        self.items
            .iter()
            .skip(begin)
            .take(max)
            .map(Arc::clone)
            .collect()
    }

    fn append(&mut self, after: u64, items: &[Arc<Item>]) {
        let end = self.items.back().map_or(self.after, |last| last.position);
        if after != end {
            self.items.clear();
            self.after = after;
        }
        self.items.extend(items.iter().map(Arc::clone));
        while self.items.len() > KEPT
            && let Some(first) = self.items.pop_front()
        {
            self.after = first.position;
        }
    }
}
