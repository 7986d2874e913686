//! Puts events into envelopes.

use serde_json::value::RawValue;

use super::{Draft, Txn, json};
use crate::event::envelope::{Claim, Envelope, SubjectId, uri};
use crate::event::provision;
use crate::facts::{Change, Event, Key};
use crate::refusal::Refusal;
use crate::usecase::case::Case;

/// Puts events into envelopes, and counts them.
pub(super) struct Envelopes<'c, 'r> {
    case: &'c Case<'r>,
    txn: Txn,
    time: String,
    count: usize,
}

impl<'c, 'r> Envelopes<'c, 'r> {
    pub(super) fn new(case: &'c Case<'r>) -> Self {
        Self::of(case, case.txn())
    }

    /// Those of a request that is called otherwise.
    pub(super) fn of(case: &'c Case<'r>, txn: Txn) -> Self {
        Self {
            case,
            txn,
            time: case.now(),
            count: 0,
        }
    }

    pub(super) fn draft(&mut self, draft: &Draft) -> Change {
        let whole = uri(draft.topic);
        let ending = |ending: &str| match ending {
            "" => whole.clone(),
            ending => format!("{whole}:{ending}"),
        };
        let (form, notice) = &draft.notice;
        let full = draft
            .full
            .as_deref()
            .map(|payload| (ending("full"), payload));
        let body = self.body(
            &draft.subject,
            draft.external_id.as_deref(),
            &(ending(form), notice),
            full.as_ref(),
        );
        Change::Emit(Event {
            topic: draft.topic.to_owned(),
            subject: draft.subject.clone(),
            body,
        })
    }

    /// That an operation is done.
    pub(super) fn completed(mut self, path: &str, payload: &str) -> Change {
        let mut segments = path.split('/').filter(|segment| !segment.is_empty());
        let registry = &self.case.tenant.registry;
        let kind = segments.next().and_then(|name| registry.by_endpoint(name));
        let subject = Key::new(
            kind.map_or("Job", |kind| kind.name()),
            segments.next().unwrap_or_default(),
        );
        let topic = provision::ASYNC_RESPONSE;
        let body = self.body(&subject, None, &(uri(topic), payload), None);
        Change::Emit(Event {
            topic: topic.to_owned(),
            subject,
            body,
        })
    }

    /// Puts an event into its envelope whose body is its payload.
    pub(super) fn seal(&mut self, event: &mut Event) -> Result<(), Refusal> {
        let payload = std::mem::take(&mut event.body);
        event.body = self.body(&event.subject, None, &(uri(&event.topic), &payload), None);
        if event.body.is_empty() {
            return Err(Refusal::Corrupt(format!("an event `{}`", event.topic)));
        }
        Ok(())
    }

    fn body(
        &mut self,
        subject: &Key,
        external_id: Option<&str>,
        events: &(String, &str),
        full: Option<&(String, &str)>,
    ) -> String {
        let number = self.count;
        self.count += 1;
        let Some(events) = claim(events) else {
            return String::new();
        };
        json(&Envelope {
            id: format!("{}-{number}", self.txn.stem),
            time: &self.time,
            txn: &self.txn.id,
            sub_id: SubjectId {
                format: "scim",
                uri: self.path(subject),
                external_id,
                id: &subject.id,
            },
            events,
            full: full.and_then(claim),
        })
    }

    /// Where a resource is, below the base.
    fn path(&self, subject: &Key) -> String {
        let kind = self.case.tenant.registry.by_name(&subject.kind);
        let endpoint = kind.map_or("", |kind| kind.declared.endpoint.as_str());
        match subject.id.as_str() {
            "" => endpoint.to_owned(),
            id => format!("{endpoint}/{id}"),
        }
    }
}

fn claim<'p>((uri, payload): &(String, &'p str)) -> Option<Claim<'p>> {
    let payload: &RawValue = serde_json::from_str(payload).ok()?;
    let uri = uri.clone();
    Some(Claim { uri, payload })
}
