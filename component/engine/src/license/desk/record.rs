//! What is told of what was decided: events for the outbox, lines for the history.

use super::super::history::Line;
use super::super::{Cause, Grant, State};
use super::people::Person;
use crate::event;
use crate::facts::{Change, Event};

/// Collects what is told.
pub(super) struct Record<'d> {
    /// What the ids of the history's lines begin with.
    pub(super) id: &'d str,
    pub(super) now: &'d str,
    pub(super) cause: Cause,
    pub(super) actor: &'d str,
    events: Vec<Event>,
    lines: Vec<Line>,
}

impl<'d> Record<'d> {
    pub(super) fn new(id: &'d str, now: &'d str, cause: Cause, actor: &'d str) -> Self {
        Self {
            id,
            now,
            cause,
            actor,
            events: Vec::new(),
            lines: Vec::new(),
        }
    }

    /// Everything that has changed about somebody.
    pub(super) fn of(&mut self, person: &Person) {
        let (start, end) = (&person.start, &person.grants);
        for before in start {
            if !end.iter().any(|grant| grant.sku == before.sku) {
                if before.state != State::Blocked {
                    let event = event::license(event::FREED, &person.id, before);
                    self.events.push(event);
                }
                self.line(person, Some(before), None);
            }
        }
        for after in end {
            let before = start.iter().find(|grant| grant.sku == after.sku);
            if let Some(topic) = topic(before, after, person.is_asked) {
                let event = event::license(topic, &person.id, after);
                self.events.push(event);
                self.line(person, before, Some(after));
            }
        }
    }

    fn line(&mut self, person: &Person, before: Option<&Grant>, after: Option<&Grant>) {
        let cause = if person.is_asked {
            self.cause
        } else {
            Cause::Promoted
        };
        let frame = (self.now, cause.word(), self.actor);
        let line = Line::of(frame, &person.id, before, after);
        self.lines.push(line);
    }

    pub(super) fn into_changes(self) -> impl Iterator<Item = Change> {
        let id = self.id.to_owned();
        let lines = self.lines.into_iter().enumerate();
        let lines = lines.map(move |(number, line)| line.put(format!("{id}-{number:05}")));
        lines.chain(self.events.into_iter().map(Change::Emit))
    }
}

/// What has happened to a grant, if anything has that is worth telling.
fn topic(before: Option<&Grant>, after: &Grant, is_asked: bool) -> Option<&'static str> {
    let Some(before) = before else {
        return Some(event::entered(after.state));
    };
    if before.state == after.state && before.reason == after.reason {
        return None;
    }
    let waited = matches!(before.state, State::Waiting | State::Overage | State::Grace);
    Some(if waited || !is_asked {
        event::moved(after.state)
    } else {
        event::entered(after.state)
    })
}
