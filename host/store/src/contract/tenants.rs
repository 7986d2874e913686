//! Tenants see nothing of each other.

use crate::{Backend, Change, EdgeQuery, End, Node, Plan, Posted};

use super::desk::{
    Checked, Desk, adjust, all, claim, edge, emit, entry, fresh_tenant, put, same, text, user,
};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    keeps_everything_of_two_tenants_apart,
    keeps_the_data_of_a_tenant_that_no_registry_knows,
    shows_a_commit_to_every_handle_at_once,
    is_ready,
];

/// The same names everywhere, and `mark` wherever there is room.
fn fill(desk: &Desk, mark: &str, amount: i64) -> Checked {
    desk.apply(&[
        put(
            &user("a"),
            None,
            mark,
            &[("p", "v"), ("p", mark)],
            &[("c", "v")],
        ),
        Change::Link(edge("tie", &user("a"), &user("a"), mark)),
        adjust("n", amount, 0, None),
        emit(mark, &user("a"), mark),
    ])
}

/// All that a tenant sees must bear its mark.
fn sees_only(desk: &Desk, mark: &str, amount: u64) -> Checked {
    desk.stored(&user("a"), Some((1, mark)))?;
    for nodes in [
        vec![],
        vec![Node::Equal(entry("p", "v"))],
        vec![Node::Present("p".to_owned())],
    ] {
        let page = desk.find(&Plan {
            nodes,
            want_total: true,
            ..all("User")
        })?;
        same("the total", page.total, Some(1))?;
        same(
            "the body",
            page.rows.first().map(|row| row.body.as_str()),
            Some(mark),
        )?;
    }
    let end = End::Source(user("a"));
    let query = EdgeQuery {
        relation: "tie".to_owned(),
        end,
        after: None,
        max: 9,
        want_total: true,
    };
    let pages = desk.store.edges(&[query]).map_err(text)?;
    let ties: Vec<_> = pages.into_iter().flat_map(|page| page.edges).collect();
    same(
        "the ties",
        ties,
        vec![edge("tie", &user("a"), &user("a"), mark)],
    )?;
    same("the counter", desk.counter("n")?, amount)?;
    let posted = desk.store.outbox(0, 9).map_err(text)?;
    let topics: Vec<_> = posted
        .iter()
        .map(|posted| posted.event.topic.as_str())
        .collect();
    same("the events", topics, vec![mark])?;
    same(
        "the first position",
        posted.first().map(|Posted { position, .. }| *position),
        Some(1),
    )
}

fn keeps_everything_of_two_tenants_apart(backend: &dyn Backend) -> Checked {
    let (one, two, none) = (
        Desk::new(backend)?,
        Desk::new(backend)?,
        Desk::new(backend)?,
    );
    fill(&one, "one", 1)?;
    fill(&two, "two", 2)?;
    sees_only(&one, "one", 1)?;
    sees_only(&two, "two", 2)?;
    let other = Plan {
        nodes: vec![Node::Equal(entry("p", "two"))],
        ..all("User")
    };
    one.selects(&other, &[])?;
    none.stored(&user("a"), None)?;
    same(
        "its holder",
        none.store.holders(&[claim("c", "v")]).map_err(text)?,
        vec![None],
    )?;
    same("its counter", none.counter("n")?, 0)?;
    same("its rows", none.ids(&all("User"))?, vec![])?;
    one.apply(&[super::desk::delete(&user("a"), 1)])?;
    one.stored(&user("a"), None)?;
    sees_only(&two, "two", 2)
}

fn keeps_the_data_of_a_tenant_that_no_registry_knows(backend: &dyn Backend) -> Checked {
    let tenant = format!("{}-unknown", fresh_tenant(backend)?);
    let store = backend.store(&tenant).map_err(text)?;
    let desk = Desk {
        tenant: tenant.clone(),
        store,
    };
    desk.stored(&user("a"), None)?;
    fill(&desk, "x", 1)?;
    sees_only(&desk, "x", 1)?;
    same(
        "the registry's tenant",
        backend.registry().tenant(&tenant).map_err(text)?,
        None,
    )
}

fn shows_a_commit_to_every_handle_at_once(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let again = Desk {
        tenant: desk.tenant.clone(),
        store: backend.store(&desk.tenant).map_err(text)?,
    };
    again.stored(&user("a"), None)?;
    fill(&desk, "x", 1)?;
    sees_only(&again, "x", 1)?;
    again.apply(&[put(&user("a"), Some(1), "y", &[], &[])])?;
    desk.stored(&user("a"), Some((2, "y")))
}

fn is_ready(backend: &dyn Backend) -> Checked {
    backend.ready().map_err(text)
}
