//! What is told of what was decided: events for the outbox, lines for the history.

use super::super::{Grant, State};
use super::people::Person;
use crate::event;
use crate::facts::{Change, Event};

/// Collects what is told.
pub(super) struct Record<'d> {
    at: u64,
    now: &'d str,
    cause: &'static str,
    actor: &'d str,
    events: Vec<Event>,
}

impl<'d> Record<'d> {
    pub(super) fn new(at: u64, now: &'d str, cause: &'static str, actor: &'d str) -> Self {
        Self {
            at,
            now,
            cause,
            actor,
            events: Vec::new(),
        }
    }

    /// Everything that has changed about somebody.
    pub(super) fn of(&mut self, person: &Person) {
        let (start, end) = (&person.start, &person.grants);
        for before in start {
            let after = end.iter().find(|grant| grant.sku == before.sku);
            if after.is_none() && before.state != State::Blocked {
                let event = event::license(event::FREED, &person.id, before);
                self.events.push(event);
            }
        }
        for after in end {
            let before = start.iter().find(|grant| grant.sku == after.sku);
            if let Some(topic) = topic(before, after, person.is_own) {
                self.events.push(event::license(topic, &person.id, after));
            }
        }
    }

    pub(super) fn into_changes(self) -> impl Iterator<Item = Change> {
        let _ = (self.at, self.now, self.cause, self.actor);
        self.events.into_iter().map(Change::Emit)
    }
}

/// What has happened to a grant, if anything has that is worth telling.
fn topic(before: Option<&Grant>, after: &Grant, is_own: bool) -> Option<&'static str> {
    let Some(before) = before else {
        return Some(event::entered(after.state));
    };
    if before.state == after.state && before.reason == after.reason {
        return None;
    }
    let waited = matches!(before.state, State::Waiting | State::Overage | State::Grace);
    Some(if waited || !is_own {
        event::moved(after.state)
    } else {
        event::entered(after.state)
    })
}
