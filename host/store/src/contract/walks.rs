//! Walks by cursor: every row that stays is met once, whatever comes and goes meanwhile.

use crate::{Backend, Node, Order, Plan};

use super::desk::{Checked, Desk, all, delete, entry, ids, put, same, user};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    meets_every_row_once,
    meets_what_stays_once_while_others_come_and_go
];

/// Every way to walk: by id and by value, both directions, all rows and some.
fn ways() -> Vec<Plan> {
    let orders = [None, Some(false), Some(true)];
    let nodes = [vec![], vec![Node::Equal(entry("kept", "yes"))]];
    let mut ways = Vec::new();
    for descending in orders {
        for nodes in &nodes {
            let order = descending.map(|descending| Order {
                path: "p".to_owned(),
                descending,
            });
            ways.push(Plan {
                order,
                nodes: nodes.clone(),
                ..all("User")
            });
        }
    }
    ways
}

/// A hundred rows with ids that sort otherwise than their values: many alike, some with several,
/// some with none.
fn hundred(desk: &Desk) -> Checked {
    let change = |number: u32| {
        let id = format!("k{:02}", (number * 37) % 100);
        let value = format!("v{}", number % 7);
        let other = format!("w{number}");
        let entries: &[(&str, &str)] = match number % 4 {
            0 => &[("kept", "yes")],
            1 => &[("kept", "yes"), ("p", &value), ("p", &other)],
            _ => &[("kept", "yes"), ("p", &value)],
        };
        put(&user(&id), None, "{}", entries, &[])
    };
    desk.apply(&(0..100).map(change).collect::<Vec<_>>())
}

fn meets_every_row_once(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    hundred(&desk)?;
    for way in ways() {
        let at_once = desk.ids(&way)?;
        same("the rows on one page", at_once.len(), 100)?;
        for max_rows in [1, 3, 33, 99, 100, 101] {
            let walked = desk.walk(&Plan {
                max_rows,
                ..way.clone()
            })?;
            same(
                &format!("the walk of {way:?} by {max_rows}"),
                walked,
                at_once.clone(),
            )?;
        }
    }
    Ok(())
}

/// Between any two pages, rows around the cursor are added and removed.
fn meets_what_stays_once_while_others_come_and_go(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    hundred(&desk)?;
    for (round, way) in ways().into_iter().enumerate() {
        let wanted = {
            let mut stays = desk.ids(&all("User"))?;
            stays.retain(|id| id.starts_with('k'));
            stays
        };
        let mut plan = Plan { max_rows: 9, ..way };
        let mut met = Vec::new();
        for step in 0..1000 {
            let page = desk.find(&plan)?;
            met.extend(ids(&page).into_iter().filter(|id| id.starts_with('k')));
            plan.after = page.next;
            if plan.after.is_none() {
                break;
            }
            disturb(&desk, round, step, met.last())?;
        }
        met.sort();
        same(&format!("what the walk of {plan:?} met"), met, wanted)?;
    }
    Ok(())
}

/// Adds a row just before and just behind the last one met, and removes one from an earlier step.
fn disturb(desk: &Desk, round: usize, step: usize, last: Option<&String>) -> Checked {
    let last = last.map(String::as_str).unwrap_or_default();
    let value = format!("v{}", step % 7);
    let id = |step: usize, side: &str| format!("j{round}-{step:04}{side}");
    desk.apply(&[
        put(
            &user(&id(step, "a")),
            None,
            "{}",
            &[("kept", "yes"), ("p", &value)],
            &[],
        ),
        put(&user(&id(step, "b")), None, "{}", &[("p", last)], &[]),
        put(
            &user(&format!("{last}-{round}-{step}!")),
            None,
            "{}",
            &[("kept", "yes")],
            &[],
        ),
        delete(&user(&format!("{last}-{round}-{step}!")), 1),
    ])?;
    if let Some(earlier) = step.checked_sub(1) {
        desk.apply(&[delete(&user(&id(earlier, "a")), 1)])?;
    }
    Ok(())
}
