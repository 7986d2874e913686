//! Ties between documents.

use crate::{Backend, Change, Edge, EdgePage, EdgeQuery, End, Failure, Key};

use super::desk::{Checked, Desk, create, delete, edge, hold, key, same, text, user};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    finds_ties_from_both_ends,
    finds_the_one_tie_between_two,
    answers_each_query_in_order,
    orders_ties_by_the_other_end,
    turns_pages_of_ties,
    gives_the_total_of_ties_alone,
    ties_only_documents_that_exist,
    replaces_the_body_of_a_tie,
    unties_what_is_tied_and_what_is_not,
    keeps_relations_apart,
    unties_a_removed_document_at_both_ends,
    keeps_ties_when_a_document_is_replaced,
    refuses_a_foreign_edge_cursor,
];

fn group(id: &str) -> Key {
    key("Group", id)
}

fn link(source: &Key, target: &Key, body: &str) -> Change {
    Change::Link(edge("member", source, target, body))
}

fn from(source: &Key) -> EdgeQuery {
    asking(End::Source(source.clone()))
}

fn to(target: &Key) -> EdgeQuery {
    asking(End::Target(target.clone()))
}

fn between(source: &Key, target: &Key) -> EdgeQuery {
    asking(End::Between(source.clone(), target.clone()))
}

fn asking(end: End) -> EdgeQuery {
    EdgeQuery {
        relation: "member".to_owned(),
        end,
        after: None,
        max: 1000,
        want_total: true,
    }
}

fn page(desk: &Desk, query: &EdgeQuery) -> Result<EdgePage, String> {
    let pages = desk
        .store
        .edges(std::slice::from_ref(query))
        .map_err(text)?;
    same("pages for one query", pages.len(), 1)?;
    pages.into_iter().next().ok_or_else(|| "no page".to_owned())
}

/// A query must give these ties, and their number.
fn gives(desk: &Desk, query: &EdgeQuery, wanted: &[Edge]) -> Checked {
    let total = Some(wanted.len() as u64);
    let wanted = EdgePage {
        edges: wanted.to_vec(),
        next: None,
        total,
    };
    same(&format!("{query:?}"), page(desk, query)?, wanted)
}

/// Two groups and three users; `g` has `a` and `b`, `h` has `b`, and `g` has `h`.
fn club(backend: &dyn Backend) -> Result<Desk, String> {
    let desk = Desk::new(backend)?;
    let documents = [group("g"), group("h"), user("a"), user("b"), user("c")];
    desk.apply(&documents.iter().map(create).collect::<Vec<_>>())?;
    desk.apply(&[
        link(&group("g"), &user("b"), "gb"),
        link(&group("g"), &user("a"), "ga"),
        link(&group("h"), &user("b"), "hb"),
        link(&group("g"), &group("h"), "gh"),
    ])?;
    Ok(desk)
}

fn finds_ties_from_both_ends(backend: &dyn Backend) -> Checked {
    let desk = club(backend)?;
    let member = |source: &Key, target: &Key, body: &str| edge("member", source, target, body);
    let of_g = [
        member(&group("g"), &group("h"), "gh"),
        member(&group("g"), &user("a"), "ga"),
        member(&group("g"), &user("b"), "gb"),
    ];
    gives(&desk, &from(&group("g")), &of_g)?;
    let of_b = [
        member(&group("g"), &user("b"), "gb"),
        member(&group("h"), &user("b"), "hb"),
    ];
    gives(&desk, &to(&user("b")), &of_b)?;
    gives(
        &desk,
        &to(&group("h")),
        &[member(&group("g"), &group("h"), "gh")],
    )?;
    gives(&desk, &from(&user("a")), &[])?;
    gives(&desk, &to(&user("nobody")), &[])
}

fn finds_the_one_tie_between_two(backend: &dyn Backend) -> Checked {
    let desk = club(backend)?;
    let tie = edge("member", &group("g"), &user("b"), "gb");
    gives(&desk, &between(&group("g"), &user("b")), &[tie])?;
    gives(&desk, &between(&user("b"), &group("g")), &[])?;
    gives(&desk, &between(&group("h"), &user("a")), &[])
}

fn answers_each_query_in_order(backend: &dyn Backend) -> Checked {
    let desk = club(backend)?;
    same("no queries", desk.store.edges(&[]).map_err(text)?, vec![])?;
    let queries = [
        to(&user("b")),
        from(&user("c")),
        from(&group("h")),
        to(&user("b")),
    ];
    let pages = desk.store.edges(&queries).map_err(text)?;
    let counts: Vec<_> = pages.iter().map(|page| page.edges.len()).collect();
    same("ties of each query", counts, vec![2, 0, 1, 2])
}

fn orders_ties_by_the_other_end(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let sorted = [
        key("", "z"),
        key("A", ""),
        key("A", "a"),
        key("A", "\u{E9}"),
        key("AB", "1"),
        key("B", "10"),
        key("B", "2"),
        key("\u{10FFFF}", "a"),
    ];
    desk.apply(&[create(&group("g"))])?;
    for key in sorted.iter().rev() {
        desk.apply(&[
            create(key),
            link(&group("g"), key, ""),
            link(key, &group("g"), ""),
        ])?;
    }
    let forward = page(&desk, &from(&group("g")))?.edges;
    let targets: Vec<_> = forward.into_iter().map(|edge| edge.target).collect();
    same("the targets", targets, sorted.to_vec())?;
    let backward = page(&desk, &to(&group("g")))?.edges;
    let sources: Vec<_> = backward.into_iter().map(|edge| edge.source).collect();
    same("the sources", sources, sorted.to_vec())
}

fn turns_pages_of_ties(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let mut changes = vec![create(&group("g"))];
    for number in 0..25 {
        let other = key(&format!("K{}", number % 3), &format!("{number}"));
        changes.push(create(&other));
        changes.push(link(&group("g"), &other, "f"));
        changes.push(link(&other, &group("g"), "b"));
    }
    desk.apply(&changes)?;
    for whole in [from(&group("g")), to(&group("g"))] {
        let wanted = page(&desk, &whole)?.edges;
        same("ties on one page", wanted.len(), 25)?;
        for max in [1, 4, 24, 25, 26] {
            let mut query = EdgeQuery {
                max,
                ..whole.clone()
            };
            let mut met = Vec::new();
            for _ in 0..=25 {
                let page = page(&desk, &query)?;
                hold(page.edges.len() <= max as usize, || {
                    "a page is too long".to_owned()
                })?;
                same("the total on every page", page.total, Some(25))?;
                met.extend(page.edges);
                query.after = page.next;
                if query.after.is_none() {
                    break;
                }
            }
            same(
                &format!("the walk of {whole:?} by {max}"),
                met,
                wanted.clone(),
            )?;
        }
    }
    Ok(())
}

fn gives_the_total_of_ties_alone(backend: &dyn Backend) -> Checked {
    let desk = club(backend)?;
    for (query, wanted) in [
        (from(&group("g")), 3),
        (to(&user("b")), 2),
        (between(&group("g"), &user("a")), 1),
        (between(&group("h"), &user("a")), 0),
    ] {
        let answer = page(
            &desk,
            &EdgeQuery {
                max: 0,
                ..query.clone()
            },
        )?;
        same(
            "the page",
            (answer.edges.len(), answer.total),
            (0, Some(wanted)),
        )?;
        let answer = page(
            &desk,
            &EdgeQuery {
                want_total: false,
                ..query
            },
        )?;
        same("the total that was not wanted", answer.total, None)?;
    }
    Ok(())
}

fn ties_only_documents_that_exist(backend: &dyn Backend) -> Checked {
    let desk = club(backend)?;
    let nobody = user("nobody");
    desk.refuse(&[link(&group("g"), &nobody, "")], &[0])?;
    desk.refuse(&[link(&nobody, &group("g"), "")], &[0])?;
    desk.refuse(&[link(&group("g"), &nobody, ""), create(&nobody)], &[0])?;
    desk.refuse(
        &[delete(&user("c"), 1), link(&group("g"), &user("c"), "")],
        &[1],
    )?;
    desk.apply(&[
        create(&nobody),
        link(&group("g"), &nobody, ""),
        link(&nobody, &nobody, "self"),
    ])?;
    same("ties", page(&desk, &from(&group("g")))?.edges.len(), 4)?;
    gives(
        &desk,
        &from(&nobody),
        &[edge("member", &nobody, &nobody, "self")],
    )
}

fn replaces_the_body_of_a_tie(backend: &dyn Backend) -> Checked {
    let desk = club(backend)?;
    desk.apply(&[
        link(&group("h"), &user("b"), "new"),
        link(&group("h"), &user("b"), "newer"),
    ])?;
    gives(
        &desk,
        &from(&group("h")),
        &[edge("member", &group("h"), &user("b"), "newer")],
    )
}

fn unties_what_is_tied_and_what_is_not(backend: &dyn Backend) -> Checked {
    let desk = club(backend)?;
    let unlink = |source: &Key, target: &Key| Change::Unlink(edge("member", source, target, "any"));
    desk.apply(&[unlink(&group("h"), &user("b"))])?;
    gives(&desk, &from(&group("h")), &[])?;
    same(
        "ties at the other end",
        page(&desk, &to(&user("b")))?.edges.len(),
        1,
    )?;
    desk.apply(&[
        unlink(&group("h"), &user("b")),
        unlink(&user("x"), &user("y")),
    ])
}

fn keeps_relations_apart(backend: &dyn Backend) -> Checked {
    let desk = club(backend)?;
    let owner = edge("owner", &group("h"), &user("b"), "owns");
    desk.apply(&[Change::Link(owner.clone())])?;
    let query = EdgeQuery {
        relation: "owner".to_owned(),
        ..from(&group("h"))
    };
    gives(&desk, &query, std::slice::from_ref(&owner))?;
    desk.apply(&[Change::Unlink(owner)])?;
    gives(&desk, &query, &[])?;
    gives(
        &desk,
        &from(&group("h")),
        &[edge("member", &group("h"), &user("b"), "hb")],
    )
}

fn unties_a_removed_document_at_both_ends(backend: &dyn Backend) -> Checked {
    let desk = club(backend)?;
    desk.apply(&[Change::Link(edge("owner", &group("h"), &user("a"), ""))])?;
    desk.apply(&[delete(&group("h"), 1)])?;
    gives(&desk, &to(&group("h")), &[])?;
    gives(&desk, &from(&group("h")), &[])?;
    same(
        "ties of the group",
        page(&desk, &from(&group("g")))?.total,
        Some(2),
    )?;
    same(
        "ties of the user",
        page(&desk, &to(&user("b")))?.total,
        Some(1),
    )?;
    let owners = EdgeQuery {
        relation: "owner".to_owned(),
        ..to(&user("a"))
    };
    gives(&desk, &owners, &[])?;
    // A document that comes back under the same key is another one.
    desk.apply(&[create(&group("h"))])?;
    gives(&desk, &from(&group("h")), &[])
}

fn keeps_ties_when_a_document_is_replaced(backend: &dyn Backend) -> Checked {
    let desk = club(backend)?;
    desk.apply(&[super::desk::put(&group("g"), Some(1), "new", &[], &[])])?;
    same("ties", page(&desk, &from(&group("g")))?.total, Some(3))
}

fn refuses_a_foreign_edge_cursor(backend: &dyn Backend) -> Checked {
    let desk = club(backend)?;
    for end in [from(&group("g")), to(&user("b"))] {
        let query = EdgeQuery {
            after: Some("not a cursor".to_owned()),
            ..end
        };
        let answer = desk.store.edges(&[query]);
        hold(matches!(answer, Err(Failure::Other(_))), || {
            format!("it came to {answer:?}")
        })?;
    }
    Ok(())
}
