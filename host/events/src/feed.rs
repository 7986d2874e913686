//! A tenant's outbox for anyone who just wants to read: one page behind a position.
//!
//! Who reads remembers where they are; nothing is remembered here. So nothing is kept for them either: a
//! reader who comes back so late that events have been cut off is told so, and is not left to think that
//! nothing happened.

use scimlet_store::{Failure, Posted, Store};
use serde::Serialize;
use serde_json::value::RawValue;

use crate::{Envelope, Form};

/// Events that are looked at for one page. Where a reader wants few of many, a page may be empty and yet
/// lead on.
const LOOKED: u32 = 5000;
/// Events that are read at a time.
const STRIDE: u32 = 250;
/// A page ends when its events are so many bytes as they stand in the outbox; one event it has at least.
const BYTES: usize = 4 << 20;

/// What is asked for.
pub struct Question<'a> {
    /// Events behind this position; 0: from the oldest that is kept.
    pub after: u64,
    /// So many at most.
    pub count: usize,
    /// Which topics.
    pub wants: &'a dyn Fn(&str) -> bool,
    /// How much of each.
    pub form: Form,
}

/// One page.
#[derive(Debug, Serialize)]
pub struct Page {
    /// The events, in the order of commits.
    pub events: Vec<Told>,
    /// What to ask behind the next time.
    pub next: u64,
    /// The position of the newest event that there is.
    pub end: u64,
}

/// An event as readers see it.
#[derive(Debug, Serialize)]
pub struct Told {
    position: u64,
    #[serde(rename = "type")]
    topic: String,
    id: String,
    time: String,
    txn: String,
    sub_id: Box<RawValue>,
    events: Box<RawValue>,
}

/// There is no page.
#[derive(Debug, thiserror::Error)]
pub enum FeedError {
    /// Some of what was asked for is kept no longer.
    #[error(
        "events up to {cut} are kept no longer, and some of them may be missed; read everything anew, and go on with `after={cut}`"
    )]
    Cut {
        /// The newest event that is gone.
        cut: u64,
    },
    /// The position is not one of this outbox.
    #[error("there is no event {after}; the newest is {end}")]
    Ahead {
        /// What was asked behind.
        after: u64,
        /// The newest.
        end: u64,
    },
    /// The store did not answer.
    #[error(transparent)]
    Failed(#[from] Failure),
}

/// Reads one page. Blocks.
///
/// # Errors
/// [`FeedError`].
pub fn read(outbox: &dyn Store, question: &Question<'_>) -> Result<Page, FeedError> {
    let after = question.after;
    let end = outbox.outbox_end()?;
    if after > end {
        return Err(FeedError::Ahead { after, end });
    }
    let mut page = Page {
        events: Vec::new(),
        next: after,
        end,
    };
    let (mut looked, mut bytes) = (0, 0);
    while looked < LOOKED {
        let posted = outbox.outbox(page.next, STRIDE)?;
        // Positions rise by one, so a gap is what was cut off.
        if looked == 0 && after > 0 {
            check(after, &posted)?;
        }
        if posted.is_empty() {
            break;
        }
        for posted in posted {
            looked += 1;
            if page.events.len() == question.count || bytes >= BYTES {
                return Ok(page);
            }
            page.next = posted.position;
            if (question.wants)(&posted.event.topic)
                && let Some(told) = Told::new(&posted, question.form)
            {
                bytes += posted.event.body.len();
                page.events.push(told);
            }
        }
    }
    page.end = page.end.max(page.next);
    Ok(page)
}

fn check(after: u64, posted: &[Posted]) -> Result<(), FeedError> {
    match posted.first() {
        Some(first) if first.position > after + 1 => Err(FeedError::Cut {
            cut: first.position - 1,
        }),
        _ => Ok(()),
    }
}

impl Told {
    /// None: it is no envelope, and older than there are any. Whoever delivers leaves it out as well.
    fn new(posted: &Posted, form: Form) -> Option<Self> {
        let event = Envelope::read(posted).ok()?;
        Some(Self {
            position: event.position,
            events: event.events(form).to_owned(),
            topic: event.topic,
            id: event.id,
            time: event.time,
            txn: event.txn,
            sub_id: event.sub_id,
        })
    }
}

#[cfg(test)]
mod tests {
    use scimlet_store::memory::MemoryBackend;
    use scimlet_store::{Backend as _, Change, Event, Key};
    use serde_json::{Value, json};

    use super::*;

    fn emit(topic: &str, body: String) -> Change {
        let subject = Key {
            kind: "User".to_owned(),
            id: "42".to_owned(),
        };
        Change::Emit(Event {
            topic: topic.to_owned(),
            subject,
            body,
        })
    }

    fn envelope(id: u64, padding: usize) -> String {
        json!({
            "id": format!("e{id}"), "time": "2026-11-22T10:00:00Z", "txn": "t", "sub_id": {},
            "events": { "notice": "x".repeat(padding) }, "full": { "full": {} },
        })
        .to_string()
    }

    /// An outbox with so many events of `prov.patch`, every tenth a `license.granted`.
    fn outbox(events: u64) -> std::sync::Arc<dyn Store> {
        let store = MemoryBackend::new().store("acme").expect("a store");
        let topic = |id| {
            if id % 10 == 0 {
                "license.granted"
            } else {
                "prov.patch"
            }
        };
        let changes: Vec<_> = (1..=events)
            .map(|id| emit(topic(id), envelope(id, 0)))
            .collect();
        store.commit(&changes).expect("a commit");
        store
    }

    fn ask(store: &dyn Store, after: u64, count: usize) -> Result<Page, FeedError> {
        let question = Question {
            after,
            count,
            wants: &|_| true,
            form: Form::Notice,
        };
        read(store, &question)
    }

    #[test]
    fn a_walk_meets_every_event_once_and_in_order() {
        let store = outbox(1000);
        let (mut after, mut met) = (0, Vec::new());
        loop {
            let page = ask(store.as_ref(), after, 7).expect("a page");
            assert_eq!(page.end, 1000);
            if page.events.is_empty() {
                break;
            }
            met.extend(page.events.iter().map(|event| event.position));
            after = page.next;
        }
        assert_eq!(met, (1..=1000).collect::<Vec<_>>());
        assert_eq!(after, 1000);
    }

    #[test]
    fn an_event_is_told_as_it_was_written() {
        let store = outbox(1);
        for (form, events) in [
            (Form::Notice, json!({ "notice": "" })),
            (Form::Full, json!({ "full": {} })),
        ] {
            let question = Question {
                after: 0,
                count: 1,
                wants: &|_| true,
                form,
            };
            let page = read(store.as_ref(), &question).expect("a page");
            let wanted = json!({
                "events": [{
                    "position": 1, "type": "prov.patch", "id": "e1", "time": "2026-11-22T10:00:00Z",
                    "txn": "t", "sub_id": {}, "events": events,
                }],
                "next": 1, "end": 1,
            });
            let told: Value = serde_json::to_value(&page).expect("JSON");
            assert_eq!(told, wanted);
        }
    }

    #[test]
    fn who_wants_few_of_many_is_led_on() {
        let store = outbox(12_000);
        let question = |after| Question {
            after,
            count: 9,
            wants: &|topic| topic == "nothing",
            form: Form::Notice,
        };
        let page = read(store.as_ref(), &question(0)).expect("a page");
        assert!(page.events.is_empty());
        assert_eq!((page.next, page.end), (5000, 12_000));
        let page = read(store.as_ref(), &question(11_000)).expect("a page");
        assert_eq!((page.next, page.end), (12_000, 12_000));
        let licenses = Question {
            wants: &|topic| topic.starts_with("license."),
            ..question(0)
        };
        let page = read(store.as_ref(), &licenses).expect("a page");
        let met: Vec<_> = page.events.iter().map(|event| event.position).collect();
        assert_eq!(met, (1..=9).map(|ten| ten * 10).collect::<Vec<_>>());
        assert_eq!(page.next, 90);
    }

    #[test]
    fn a_page_is_bounded_in_bytes_and_has_one_event_at_least() {
        let store = MemoryBackend::new().store("acme").expect("a store");
        let changes: Vec<_> = (1..=3)
            .map(|id| emit("prov.patch", envelope(id, BYTES)))
            .collect();
        store.commit(&changes).expect("a commit");
        let page = ask(store.as_ref(), 0, 10).expect("a page");
        assert_eq!((page.events.len(), page.next), (1, 1));
    }

    #[test]
    fn what_is_no_envelope_is_left_out() {
        let store = MemoryBackend::new().store("acme").expect("a store");
        let changes = [
            emit("old", "{}".to_owned()),
            emit("new", envelope(2, 0)),
            emit("old", "x".to_owned()),
        ];
        store.commit(&changes).expect("a commit");
        let page = ask(store.as_ref(), 0, 10).expect("a page");
        assert_eq!((page.events.len(), page.next), (1, 3));
    }

    #[test]
    fn who_comes_too_late_is_told_so() {
        let store = outbox(100);
        store.prune(40, 100).expect("a cut");
        assert!(matches!(
            ask(store.as_ref(), 39, 10),
            Err(FeedError::Cut { cut: 40 })
        ));
        assert_eq!(ask(store.as_ref(), 40, 10).expect("a page").next, 50);
        // Who never read has missed nothing that they knew of.
        assert_eq!(ask(store.as_ref(), 0, 10).expect("a page").next, 50);
        assert!(matches!(
            ask(store.as_ref(), 101, 10),
            Err(FeedError::Ahead { end: 100, .. })
        ));
    }
}
