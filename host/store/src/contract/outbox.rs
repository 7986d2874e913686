//! The outbox: events in the order of commits.

use crate::{Backend, Event, Posted};

use super::desk::{Checked, Desk, adjust, emit, hold, same, text, together, user};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    posts_events_in_the_order_of_commits,
    gives_events_behind_a_position,
    posts_nothing_of_a_stale_commit,
    keeps_the_events_of_a_commit_together,
];

fn posted(desk: &Desk, after: u64, max: u32) -> Result<Vec<Posted>, String> {
    desk.store.outbox(after, max).map_err(text)
}

/// Positions must rise.
fn rising(posted: &[Posted]) -> Checked {
    let mut last = 0;
    for Posted { position, event } in posted {
        hold(*position > last, || {
            format!("{event:?} stands at {position}, behind {last}")
        })?;
        last = *position;
    }
    Ok(())
}

fn posts_events_in_the_order_of_commits(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    same("no events", posted(&desk, 0, 9)?, vec![])?;
    desk.apply(&[
        emit("t1", &user("a"), "\u{1F600}"),
        emit("t2", &user("b"), ""),
    ])?;
    desk.apply(&[emit("t3", &user("a"), "3")])?;
    let events = posted(&desk, 0, 9)?;
    rising(&events)?;
    same(
        "the first position",
        events.first().map(|posted| posted.position),
        Some(1),
    )?;
    let event = |topic: &str, subject, body: &str| Event {
        topic: topic.to_owned(),
        subject,
        body: body.to_owned(),
    };
    let wanted = vec![
        event("t1", user("a"), "\u{1F600}"),
        event("t2", user("b"), ""),
        event("t3", user("a"), "3"),
    ];
    same(
        "the events",
        events.into_iter().map(|posted| posted.event).collect(),
        wanted,
    )
}

fn gives_events_behind_a_position(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    for number in 0..10 {
        desk.apply(&[emit("t", &user("a"), &number.to_string())])?;
    }
    let all = posted(&desk, 0, 99)?;
    same("all events", all.len(), 10)?;
    let mut met = Vec::new();
    let mut after = 0;
    for _ in 0..9 {
        let some = posted(&desk, after, 3)?;
        hold(some.len() <= 3, || "more events than asked for".to_owned())?;
        after = some.last().map_or(after, |posted| posted.position);
        met.extend(some);
    }
    same("the walk", met, all)?;
    same("behind the last", posted(&desk, after, 9)?, vec![])?;
    same("behind everything", posted(&desk, u64::MAX, 9)?, vec![])?;
    same("none of them", posted(&desk, 0, 0)?, vec![])
}

fn posts_nothing_of_a_stale_commit(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.refuse(&[emit("t", &user("a"), ""), adjust("n", -1, 0, None)], &[1])?;
    same("events", posted(&desk, 0, 9)?, vec![])?;
    desk.apply(&[emit("t", &user("a"), "")])?;
    same("events", posted(&desk, 0, 9)?.len(), 1)
}

/// Several writers, each with commits of three events; a reader beside them misses none.
fn keeps_the_events_of_a_commit_together(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let writers = 4;
    let commits = 10;
    let write = |writer: usize| {
        for commit in 0..commits {
            let topic = format!("{writer}-{commit}");
            let events = [0, 1, 2].map(|part| emit(&topic, &user("a"), &part.to_string()));
            desk.apply(&events)?;
        }
        Ok(Vec::new())
    };
    let read = || {
        let mut met: Vec<Posted> = Vec::new();
        while met.len() < writers * commits * 3 {
            let after = met.last().map_or(0, |posted| posted.position);
            met.extend(posted(&desk, after, 5)?);
            std::thread::yield_now();
        }
        Ok(met)
    };
    let came = together(writers + 1, |number| {
        if number == writers {
            read()
        } else {
            write(number)
        }
    })?;
    let met: Vec<_> = came.into_iter().flatten().collect();
    rising(&met)?;
    for (number, posted) in met.iter().enumerate() {
        let part = (number % 3).to_string();
        same("the part of its commit", posted.event.body.as_str(), &part)?;
    }
    same("what the reader met", met, posted(&desk, 0, u32::MAX)?)
}
