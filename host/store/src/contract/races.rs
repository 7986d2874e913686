//! Many writers at once. What one of them is told must be true however they interleave.

use crate::{Backend, Expectation, Outcome};

use super::desk::{
    Checked, Desk, adjust, check, create, delete, edge, emit, put, same, text, together, user,
};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    gives_the_last_seat_to_one_of_two,
    never_exceeds_a_ceiling,
    counts_every_adjustment_once,
    loses_no_update_of_a_row,
    gives_a_value_to_one_of_two,
    creates_a_row_for_one_of_many,
    never_ties_to_a_document_that_is_removed,
    shows_no_half_of_a_commit,
];

/// Two are a race, and many rounds meet many interleavings.
const ROUNDS: usize = 40;

fn won(outcomes: &[Outcome]) -> usize {
    outcomes
        .iter()
        .filter(|outcome| **outcome == Outcome::Applied)
        .count()
}

fn gives_the_last_seat_to_one_of_two(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    for round in 0..ROUNDS {
        let seats = format!("seats-{round}");
        desk.apply(&[adjust(&seats, 9, 0, Some(10))])?;
        let take = |writer: usize| {
            let seat = user(&format!("{round}-{writer}"));
            desk.commit(&[
                create(&seat),
                adjust(&seats, 1, 0, Some(10)),
                emit("seat", &seat, ""),
            ])
        };
        same("winners", won(&together(2, take)?), 1)?;
        same("the counter", desk.counter(&seats)?, 10)?;
    }
    let seats = desk.ids(&super::desk::all("User"))?;
    same("the seats", seats.len(), ROUNDS)?;
    same(
        "the events",
        desk.store.outbox(0, u32::MAX).map_err(text)?.len(),
        ROUNDS,
    )
}

fn never_exceeds_a_ceiling(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let take = |_| {
        let mut got = 0_u64;
        for _ in 0..20 {
            if desk.commit(&[adjust("seats", 1, 0, Some(37))])? == Outcome::Applied {
                got += 1;
            }
        }
        Ok(got)
    };
    same("seats given", together(8, take)?.into_iter().sum(), 37_u64)?;
    same("the counter", desk.counter("seats")?, 37)
}

fn counts_every_adjustment_once(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let add = |_| {
        for _ in 0..25 {
            desk.apply(&[adjust("n", 3, 0, None), adjust("n", -1, 0, None)])?;
        }
        Ok(())
    };
    together(8, add)?;
    same("the counter", desk.counter("n")?, 8 * 25 * 2)
}

/// Each writer adds one to the number in the row, as it read it, until it is told that it did.
fn loses_no_update_of_a_row(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[put(&user("a"), None, "0", &[], &[])])?;
    let (writers, additions) = (6, 15);
    let add = |_| {
        let mut left = additions;
        while left > 0 {
            let row = desk.load(&user("a"))?.ok_or("the row is gone")?;
            let number: u64 = row.body.parse().map_err(|error| format!("{error}"))?;
            let next = put(
                &user("a"),
                Some(row.version),
                &(number + 1).to_string(),
                &[],
                &[],
            );
            if desk.commit(&[next])? == Outcome::Applied {
                left -= 1;
            }
        }
        Ok(())
    };
    together(writers, add)?;
    let sum = (writers * additions) as u64;
    desk.stored(&user("a"), Some((sum + 1, &sum.to_string())))
}

fn gives_a_value_to_one_of_two(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    for round in 0..ROUNDS {
        let name = format!("name-{round}");
        let take = |writer: usize| {
            let id = format!("{round}-{writer}");
            desk.commit(&[put(&user(&id), None, "{}", &[], &[("name", &name)])])
        };
        let outcomes = together(2, take)?;
        same("winners", won(&outcomes), 1)?;
        let winner = outcomes
            .iter()
            .position(|outcome| *outcome == Outcome::Applied);
        let winner = winner.map(|writer| user(&format!("{round}-{writer}")));
        same("the holder", desk.holder("name", &name)?, winner)?;
    }
    Ok(())
}

fn creates_a_row_for_one_of_many(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    for round in 0..ROUNDS / 4 {
        let row = user(&round.to_string());
        let outcomes = together(8, |_| desk.commit(&[create(&row)]))?;
        same("winners", won(&outcomes), 1)?;
        let outcomes = together(8, |_| desk.commit(&[delete(&row, 1)]))?;
        same("who removed it", won(&outcomes), 1)?;
    }
    Ok(())
}

/// One links a user to a group while another removes the user.
fn never_ties_to_a_document_that_is_removed(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let group = super::desk::key("Group", "g");
    desk.apply(&[create(&group)])?;
    for round in 0..ROUNDS {
        let member = user(&round.to_string());
        desk.apply(&[create(&member)])?;
        let change = |writer: usize| {
            let change = if writer == 0 {
                delete(&member, 1)
            } else {
                crate::Change::Link(edge("member", &group, &member, ""))
            };
            desk.commit(&[change])
        };
        let outcomes = together(2, change)?;
        same("the removal", outcomes.first(), Some(&Outcome::Applied))?;
        let query = crate::EdgeQuery {
            relation: "member".to_owned(),
            end: crate::End::Source(group.clone()),
            after: None,
            max: 9,
            want_total: true,
        };
        let pages = desk.store.edges(&[query]).map_err(text)?;
        same(
            "ties left",
            pages.first().and_then(|page| page.total),
            Some(0),
        )?;
    }
    Ok(())
}

/// A writer moves two rows and a counter from one version to the next, always together; a reader's
/// question that covers both never sees them differ.
fn shows_no_half_of_a_commit(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let (a, b) = (user("a"), user("b"));
    desk.apply(&[create(&a), create(&b)])?;
    let last = 40;
    let write = || {
        for version in 1..last {
            let entries = [("v", format!("{version}"))];
            let entries: Vec<_> = entries
                .iter()
                .map(|(path, value)| (*path, value.as_str()))
                .collect();
            desk.apply(&[
                put(&a, Some(version), "{}", &entries, &[]),
                check(&b, Expectation::Version(version)),
                put(&b, Some(version), "{}", &entries, &[]),
            ])?;
        }
        Ok(())
    };
    let read = || {
        loop {
            let rows = desk.store.load(&[a.clone(), b.clone()]).map_err(text)?;
            let loaded: Vec<_> = rows.into_iter().flatten().map(|row| row.version).collect();
            let found = desk.find(&super::desk::all("User"))?.rows;
            let found: Vec<_> = found.into_iter().map(|row| row.version).collect();
            for versions in [&loaded, &found] {
                same("both rows are there", versions.len(), 2)?;
                same("the versions are alike", versions.first(), versions.last())?;
            }
            if loaded.first() == Some(&last) {
                return Ok(());
            }
        }
    };
    together(3, |number| if number == 0 { write() } else { read() })?;
    Ok(())
}
