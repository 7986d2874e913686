//! Pages: order, limits, offset and totals.

use crate::{Backend, Failure, Node, Order, Plan, Selection};

use super::desk::{Checked, Desk, all, create, entry, hold, ids, put, same, texts, user};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    orders_by_id_in_byte_order,
    orders_by_the_smallest_value_then_by_id,
    keeps_the_order_true_when_entries_change,
    orders_a_selection,
    gives_at_most_the_rows_asked_for,
    gives_the_total_alone_for_no_rows,
    stops_before_too_many_bytes,
    gives_one_row_however_large,
    skips_an_offset,
    skips_an_offset_behind_a_cursor,
    counts_all_pages_together,
    counts_only_when_asked,
    gives_rows_whole,
    answers_for_a_kind_without_rows,
    refuses_a_foreign_cursor,
];

fn ordered(path: &str, descending: bool) -> Plan {
    Plan {
        order: Some(Order {
            path: path.to_owned(),
            descending,
        }),
        ..all("User")
    }
}

/// Ten rows, `0` to `9`, each with its id as its value, all in the set `s`.
fn ten(desk: &Desk) -> Checked {
    let put = |number: u8| {
        let id = number.to_string();
        put(&user(&id), None, "12345", &[("p", &id), ("s", "")], &[])
    };
    desk.apply(&(0..10).map(put).collect::<Vec<_>>())
}

fn orders_by_id_in_byte_order(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let sorted = [
        "",
        "%",
        "1",
        "10",
        "2",
        "A",
        "_",
        "a",
        "a ",
        "ab",
        "\u{E9}",
        "\u{FFFF}",
        "\u{10000}",
    ];
    let changes: Vec<_> = sorted.iter().rev().map(|id| create(&user(id))).collect();
    desk.apply(&changes)?;
    same("all rows", desk.ids(&all("User"))?, texts(&sorted))
}

fn orders_by_the_smallest_value_then_by_id(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[
        put(&user("a"), None, "{}", &[("p", "3"), ("p", "9")], &[]),
        put(
            &user("b"),
            None,
            "{}",
            &[("p", "5"), ("p", "1"), ("p", "4")],
            &[],
        ),
        put(&user("c"), None, "{}", &[("q", "0")], &[]),
        put(&user("d"), None, "{}", &[("p", "3")], &[]),
        put(&user("e"), None, "{}", &[], &[]),
        put(&user("f"), None, "{}", &[("p", ""), ("p", "8")], &[]),
        put(&user("g"), None, "{}", &[("p", "\u{10FFFF}")], &[]),
    ])?;
    let ascending = texts(&["f", "b", "a", "d", "g", "c", "e"]);
    same("ascending", desk.ids(&ordered("p", false))?, ascending)?;
    let descending = texts(&["c", "e", "g", "a", "d", "b", "f"]);
    same("descending", desk.ids(&ordered("p", true))?, descending)?;
    let none = texts(&["a", "b", "c", "d", "e", "f", "g"]);
    same(
        "by a path that no row has",
        desk.ids(&ordered("x", false))?,
        none.clone(),
    )?;
    same("and descending", desk.ids(&ordered("x", true))?, none)
}

/// A row's smallest value comes, goes and comes back.
fn keeps_the_order_true_when_entries_change(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let with = |version: Option<u64>, values: &[&str]| {
        let entries: Vec<_> = values.iter().map(|value| ("p", *value)).collect();
        put(&user("a"), version, "{}", &entries, &[])
    };
    desk.apply(&[
        put(&user("m"), None, "{}", &[("p", "5")], &[]),
        with(None, &["7"]),
    ])?;
    let steps: [(&[&str], [&str; 2]); 6] = [
        (&["7", "3"], ["a", "m"]),
        (&["7"], ["m", "a"]),
        (&["3", "7", "1"], ["a", "m"]),
        (&["6", "7"], ["m", "a"]),
        (&[], ["m", "a"]),
        (&["0"], ["a", "m"]),
    ];
    for (version, (values, wanted)) in (1_u64..).zip(steps) {
        desk.apply(&[with(Some(version), values)])?;
        same("ascending", desk.ids(&ordered("p", false))?, texts(&wanted))?;
        // Rows without a value come first when descending.
        let turned = [wanted[1], wanted[0]];
        same("descending", desk.ids(&ordered("p", true))?, texts(&turned))?;
    }
    Ok(())
}

fn orders_a_selection(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    ten(&desk)?;
    let nodes = vec![
        Node::AtLeast(entry("p", "3")),
        Node::Less(entry("p", "8")),
        Node::Both(0, 1),
        Node::Equal(entry("p", "5")),
        Node::Negate(3),
        Node::Both(2, 4),
    ];
    let plan = Plan {
        nodes,
        ..ordered("p", true)
    };
    desk.selects(&plan, &texts(&["7", "6", "4", "3"]))?;
    desk.selects(
        &Plan {
            nodes: vec![Node::Equal(entry("s", ""))],
            ..ordered("x", false)
        },
        &texts(&["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]),
    )
}

fn gives_at_most_the_rows_asked_for(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    ten(&desk)?;
    for order in [None, ordered("p", false).order] {
        let page = desk.find(&Plan {
            max_rows: 3,
            order: order.clone(),
            ..all("User")
        })?;
        same("the page", ids(&page), texts(&["0", "1", "2"]))?;
        hold(page.next.is_some(), || "there is no next page".to_owned())?;
        let page = desk.find(&Plan {
            max_rows: 10,
            order,
            ..all("User")
        })?;
        same("the only page", page.rows.len(), 10)?;
        same("the page behind the last", page.next, None)?;
    }
    Ok(())
}

fn gives_the_total_alone_for_no_rows(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    ten(&desk)?;
    for nodes in [vec![], vec![Node::Equal(entry("s", ""))]] {
        let plan = Plan {
            max_rows: 0,
            want_total: true,
            nodes,
            ..all("User")
        };
        let page = desk.find(&plan)?;
        same("rows", page.rows.len(), 0)?;
        same("the total", page.total, Some(10))?;
    }
    Ok(())
}

/// Every body here has five bytes.
fn stops_before_too_many_bytes(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    ten(&desk)?;
    for (max_bytes, wanted) in [(5, 1), (9, 1), (10, 2), (14, 2), (15, 3), (50, 10), (49, 9)] {
        let page = desk.find(&Plan {
            max_bytes,
            ..all("User")
        })?;
        same(
            &format!("rows in {max_bytes} bytes"),
            page.rows.len(),
            wanted,
        )?;
        same(
            "whether there is a next page",
            page.next.is_some(),
            wanted < 10,
        )?;
    }
    let plan = Plan {
        max_bytes: 12,
        max_rows: 4,
        ..all("User")
    };
    same("the rows of all pages", desk.walk(&plan)?.len(), 10)
}

fn gives_one_row_however_large(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    ten(&desk)?;
    for max_bytes in [0, 1, 4] {
        let plan = Plan {
            max_bytes,
            ..all("User")
        };
        same("the page", desk.ids(&plan)?, texts(&["0"]))?;
        same("the rows of all pages", desk.walk(&plan)?.len(), 10)?;
    }
    Ok(())
}

fn skips_an_offset(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    ten(&desk)?;
    let from = |offset| Plan {
        offset,
        max_rows: 3,
        want_total: true,
        ..all("User")
    };
    for plan in [
        from(4),
        Plan {
            order: ordered("p", false).order,
            ..from(4)
        },
    ] {
        let page = desk.find(&plan)?;
        same("the page", ids(&page), texts(&["4", "5", "6"]))?;
        same("the total", page.total, Some(10))?;
    }
    let last = desk.find(&from(7))?;
    same("the last page", ids(&last), texts(&["7", "8", "9"]))?;
    same("what is behind it", last.next, None)?;
    for offset in [10, 11, u64::MAX] {
        let page = desk.find(&from(offset))?;
        same(
            "the page behind all",
            (page.rows.len(), page.next),
            (0, None),
        )?;
    }
    Ok(())
}

fn skips_an_offset_behind_a_cursor(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    ten(&desk)?;
    for order in [None, ordered("p", false).order] {
        let first = Plan {
            max_rows: 2,
            order,
            ..all("User")
        };
        let after = desk.find(&first)?.next;
        let plan = Plan {
            after,
            offset: 3,
            want_total: true,
            ..first
        };
        let page = desk.find(&plan)?;
        same("the page", ids(&page), texts(&["5", "6"]))?;
        same("the total", page.total, Some(10))?;
    }
    Ok(())
}

fn counts_all_pages_together(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    ten(&desk)?;
    let some = vec![Node::Less(entry("p", "6"))];
    for (nodes, wanted) in [
        (vec![], 10),
        (some, 6),
        (vec![Node::Present("x".to_owned())], 0),
    ] {
        let mut plan = Plan {
            nodes,
            max_rows: 4,
            want_total: true,
            ..all("User")
        };
        let page = desk.find(&plan)?;
        let exact = page.selection == Selection::Exact;
        hold(!exact || page.total == Some(wanted), || {
            format!("the total is {:?}", page.total)
        })?;
        if let Some(after) = page.next {
            plan.after = Some(after);
            same(
                "the total on the second page",
                desk.find(&plan)?.total,
                page.total,
            )?;
        }
    }
    Ok(())
}

fn counts_only_when_asked(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    ten(&desk)?;
    same("the total", desk.find(&all("User"))?.total, None)
}

fn gives_rows_whole(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[put(&user("a"), None, "1", &[("p", "1")], &[])])?;
    desk.apply(&[put(&user("a"), Some(1), "\u{1F600}", &[("p", "1")], &[])])?;
    let loaded = desk.load(&user("a"))?;
    let found = desk.find(&Plan {
        nodes: vec![Node::Equal(entry("p", "1"))],
        ..all("User")
    })?;
    same("the row", found.rows.into_iter().next(), loaded)
}

fn answers_for_a_kind_without_rows(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    for _ in 0..2 {
        let page = desk.find(&Plan {
            want_total: true,
            ..all("User")
        })?;
        same(
            "the page",
            (page.rows.len(), page.next, page.total),
            (0, None, Some(0)),
        )?;
        let present = vec![Node::Present("p".to_owned()), Node::Negate(0)];
        let page = desk.find(&Plan {
            nodes: present,
            want_total: true,
            ..ordered("p", true)
        })?;
        same(
            "the page",
            (page.rows.len(), page.next, page.total),
            (0, None, Some(0)),
        )?;
        // The second time, the tenant has data, but none of this kind.
        desk.commit(&[create(&super::desk::key("Group", "a"))])?;
    }
    Ok(())
}

fn refuses_a_foreign_cursor(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    ten(&desk)?;
    let by_id = Plan {
        max_rows: 1,
        ..all("User")
    };
    let by_value = Plan {
        max_rows: 1,
        ..ordered("p", false)
    };
    let of_id = desk.find(&by_id)?.next;
    let of_value = desk.find(&by_value)?.next;
    for plan in [
        Plan {
            after: Some("not a cursor".to_owned()),
            ..by_id.clone()
        },
        Plan {
            after: Some(String::new()),
            ..by_value.clone()
        },
        Plan {
            after: of_value,
            ..by_id
        },
        Plan {
            after: of_id,
            ..by_value
        },
    ] {
        let answer = desk.store.find(&plan);
        let refused = matches!(answer, Err(Failure::Other(_)));
        hold(refused, || {
            format!("the cursor {:?} came to {answer:?}", plan.after)
        })?;
    }
    Ok(())
}
