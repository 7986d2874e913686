//! Which rows a plan selects: every kind of node, alone and together, against the plain model.

use crate::{Backend, Entry, Failure, Node, Order, Plan};

use super::desk::{Checked, Desk, all, delete, entry, hold, put, same, texts, user};
use super::model::{self, Dice, Rows};
use super::{Case, promises};

pub(super) const CASES: &[Case] = promises![
    selects_by_every_comparison_of_odd_values,
    compares_each_value_of_many,
    selects_by_nested_nodes,
    selects_by_random_plans,
    finds_a_row_by_what_replaced_its_entries,
    forgets_the_entries_of_a_removed_row,
    keeps_paths_and_kinds_apart,
    counts_an_entry_named_twice_once,
    takes_a_long_list_of_alternatives,
    answers_or_refuses_a_huge_plan,
    refuses_a_node_that_names_a_later_one,
];

/// Wildcards, quotes, escapes, cases, accents, the edges of UTF-8's lengths, and the last character
/// of all, which has none above it.
const ODD: &[&str] = &[
    "",
    " ",
    "%",
    "_",
    "\\",
    "\\%",
    "a%b",
    "a_b",
    "axb",
    "axxb",
    "*",
    "?",
    "[a]",
    "'",
    "''",
    "\"",
    ";--",
    "a",
    "A",
    "ab",
    "aB",
    "a ",
    "z",
    "Z",
    "1",
    "10",
    "9",
    "\t",
    "\n",
    "a\r\nb",
    "\u{1}",
    "\u{7F}",
    "\u{80}",
    "\u{7FF}",
    "\u{800}",
    "\u{D7FF}",
    "\u{E000}",
    "\u{FFFF}",
    "\u{10000}",
    "\u{10FFFF}",
    "\u{10FFFF}\u{10FFFF}",
    "a\u{10FFFF}",
    "a\u{10FFFF}b",
    "b",
    "\u{FEFF}",
    "\u{DF}",
    "ss",
    "\u{E9}",
    "e\u{301}",
    "e",
    "\u{1F600}",
    "x\u{1F600}y",
    "\u{130}",
    "i",
    "I",
    "\u{131}",
];

const LEAVES: &[fn(Entry) -> Node] = &[
    Node::Equal,
    Node::StartsWith,
    Node::EndsWith,
    Node::Contains,
    Node::Less,
    Node::AtMost,
    Node::Greater,
    Node::AtLeast,
];

/// What a plan must select is what the model selects.
fn agrees(desk: &Desk, rows: &Rows, plan: &Plan) -> Checked {
    desk.selects(plan, &model::answer(rows, plan))
}

fn asking(nodes: Vec<Node>) -> Plan {
    Plan {
        nodes,
        want_total: true,
        ..all("User")
    }
}

/// A row for each odd value, and one without any.
fn odd_rows() -> Rows {
    let row = |(number, value): (usize, &&str)| (format!("{number:03}"), vec![entry("p", value)]);
    let mut rows: Rows = ODD.iter().enumerate().map(row).collect();
    rows.push(("none".to_owned(), vec![entry("q", "a")]));
    rows
}

fn selects_by_every_comparison_of_odd_values(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let rows = odd_rows();
    desk.apply(&model::puts(&rows))?;
    for value in ODD {
        for leaf in LEAVES {
            let leaf = leaf(entry("p", value));
            agrees(&desk, &rows, &asking(vec![leaf.clone()]))?;
            agrees(&desk, &rows, &asking(vec![leaf, Node::Negate(0)]))?;
        }
    }
    agrees(&desk, &rows, &asking(vec![Node::Present("p".to_owned())]))?;
    agrees(
        &desk,
        &rows,
        &asking(vec![Node::Present("p".to_owned()), Node::Negate(0)]),
    )?;
    agrees(
        &desk,
        &rows,
        &asking(vec![Node::Present("none".to_owned())]),
    )?;
    agrees(&desk, &rows, &asking(vec![]))
}

fn compares_each_value_of_many(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let many = |id: &str, values: &[&str]| {
        (
            id.to_owned(),
            values.iter().map(|value| entry("p", value)).collect(),
        )
    };
    let rows: Rows = vec![
        many("a", &["1", "5"]),
        many("b", &["3"]),
        many("c", &[]),
        many("d", &["5", "1", "3", "", "55"]),
        many("e", &["9", "15"]),
    ];
    desk.apply(&model::puts(&rows))?;
    for value in ["", "0", "1", "3", "4", "5", "9", "99"] {
        for leaf in LEAVES {
            let leaf = leaf(entry("p", value));
            agrees(&desk, &rows, &asking(vec![leaf.clone()]))?;
            agrees(&desk, &rows, &asking(vec![leaf, Node::Negate(0)]))?;
        }
    }
    // Two comparisons may be satisfied by two entries: a has 5 and 1, but nothing between.
    let between = vec![
        Node::Greater(entry("p", "3")),
        Node::Less(entry("p", "3")),
        Node::Both(0, 1),
    ];
    agrees(&desk, &rows, &asking(between))
}

fn selects_by_nested_nodes(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let row = |id: &str, x: &str, y: &str| (id.to_owned(), vec![entry("x", x), entry("y", y)]);
    let rows: Rows = vec![
        row("a", "1", "1"),
        row("b", "1", "2"),
        row("c", "2", "1"),
        row("d", "2", "2"),
    ];
    desk.apply(&model::puts(&rows))?;
    let (x, y) = (Node::Equal(entry("x", "1")), Node::Equal(entry("y", "1")));
    let both = vec![x.clone(), y.clone(), Node::Both(0, 1)];
    desk.selects(&asking(both), &texts(&["a"]))?;
    let either = vec![x.clone(), y.clone(), Node::Either(0, 1)];
    desk.selects(&asking(either), &texts(&["a", "b", "c"]))?;
    let neither = vec![x.clone(), y.clone(), Node::Either(0, 1), Node::Negate(2)];
    desk.selects(&asking(neither), &texts(&["d"]))?;
    let only_x = vec![x.clone(), y.clone(), Node::Negate(1), Node::Both(0, 2)];
    desk.selects(&asking(only_x), &texts(&["b"]))?;
    let differ = vec![
        x,
        y,
        Node::Negate(0),
        Node::Negate(1),
        Node::Both(0, 3),
        Node::Both(2, 1),
        Node::Either(4, 5),
    ];
    desk.selects(&asking(differ), &texts(&["b", "c"]))?;
    let twice = vec![
        Node::Equal(entry("x", "1")),
        Node::Both(0, 0),
        Node::Either(1, 0),
    ];
    desk.selects(&asking(twice), &texts(&["a", "b"]))
}

const PATHS: &[&str] = &["p", "q", "r"];
const VALUES: &[&str] = &["", "a", "ab", "b", "ba", "%", "\u{10FFFF}"];

fn random_rows(dice: &mut Dice) -> Rows {
    let mut rows = Rows::new();
    for number in 0..60 {
        let mut entries = Vec::new();
        for _ in 0..dice.roll(6) {
            let path = dice.pick(PATHS).copied().unwrap_or_default();
            entries.push(entry(path, dice.pick(VALUES).copied().unwrap_or_default()));
        }
        rows.push((format!("{number:02}"), entries));
    }
    rows
}

fn random_plan(dice: &mut Dice) -> Plan {
    let mut nodes = Vec::new();
    for at in 0..dice.roll(9) {
        let path = dice.pick(PATHS).copied().unwrap_or_default();
        let operand = entry(path, dice.pick(VALUES).copied().unwrap_or_default());
        let node = match dice.roll(if at == 0 { 2 } else { 6 }) {
            0 => Node::Present(path.to_owned()),
            1 => dice
                .pick(LEAVES)
                .map_or(Node::Negate(0), |leaf| leaf(operand)),
            2 => Node::Negate(dice.roll(at)),
            3 => Node::Either(dice.roll(at), dice.roll(at)),
            _ => Node::Both(dice.roll(at), dice.roll(at)),
        };
        nodes.push(node);
    }
    let order = (dice.roll(2) == 1).then(|| Order {
        path: dice.pick(PATHS).copied().unwrap_or_default().to_owned(),
        descending: dice.roll(2) == 1,
    });
    Plan {
        order,
        ..asking(nodes)
    }
}

/// The same answer on one page, and page by page.
fn selects_by_random_plans(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let mut dice = Dice::new(2026);
    let rows = random_rows(&mut dice);
    desk.apply(&model::puts(&rows))?;
    for _ in 0..400 {
        let plan = random_plan(&mut dice);
        agrees(&desk, &rows, &plan)?;
        let paged = Plan {
            max_rows: 7,
            ..plan.clone()
        };
        let walked = desk.walk(&paged)?;
        let wanted = model::answer(&rows, &plan);
        let met: Vec<_> = walked
            .iter()
            .filter(|id| wanted.contains(id))
            .cloned()
            .collect();
        same(&format!("the walk of {paged:?}"), met, wanted)?;
    }
    Ok(())
}

fn finds_a_row_by_what_replaced_its_entries(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let a = user("a");
    let by = |value: &str| asking(vec![Node::Equal(entry("p", value))]);
    desk.apply(&[put(&a, None, "{}", &[("p", "1"), ("p", "2")], &[])])?;
    desk.apply(&[put(&a, Some(1), "{}", &[("p", "2"), ("p", "3")], &[])])?;
    desk.selects(&by("1"), &[])?;
    desk.selects(&by("2"), &texts(&["a"]))?;
    desk.selects(&by("3"), &texts(&["a"]))?;
    desk.apply(&[put(&a, Some(2), "{}", &[], &[])])?;
    desk.selects(&by("2"), &[])?;
    desk.selects(&asking(vec![Node::Present("p".to_owned())]), &[])
}

fn forgets_the_entries_of_a_removed_row(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let by_value = asking(vec![Node::Equal(entry("p", "1"))]);
    desk.apply(&[
        put(&user("a"), None, "{}", &[("p", "1")], &[]),
        put(&user("b"), None, "{}", &[("p", "1")], &[]),
    ])?;
    desk.apply(&[delete(&user("a"), 1)])?;
    desk.selects(&by_value, &texts(&["b"]))?;
    desk.selects(&asking(vec![]), &texts(&["b"]))?;
    desk.apply(&[put(&user("a"), None, "{}", &[], &[])])?;
    desk.selects(&by_value, &texts(&["b"]))
}

fn keeps_paths_and_kinds_apart(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[
        put(&user("a"), None, "{}", &[("p", "qr")], &[]),
        put(&user("b"), None, "{}", &[("pq", "r")], &[]),
        put(
            &super::desk::key("Group", "c"),
            None,
            "{}",
            &[("p", "qr")],
            &[],
        ),
    ])?;
    desk.selects(&asking(vec![Node::Equal(entry("p", "qr"))]), &texts(&["a"]))?;
    desk.selects(
        &asking(vec![Node::StartsWith(entry("p", ""))]),
        &texts(&["a"]),
    )?;
    desk.selects(&asking(vec![]), &texts(&["a", "b"]))?;
    desk.selects(
        &Plan {
            kind: "Grou".to_owned(),
            ..asking(vec![])
        },
        &[],
    )
}

fn counts_an_entry_named_twice_once(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let a = user("a");
    desk.apply(&[put(&a, None, "{}", &[("p", "1"), ("p", "1")], &[])])?;
    desk.selects(&asking(vec![Node::Equal(entry("p", "1"))]), &texts(&["a"]))?;
    desk.apply(&[put(&a, Some(1), "{}", &[("p", "2")], &[])])?;
    desk.selects(&asking(vec![Node::Equal(entry("p", "1"))]), &[])
}

/// As an identity provider asks for the members of a batch.
fn takes_a_long_list_of_alternatives(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let rows: Rows = (0..150)
        .map(|number| {
            (
                format!("{number:03}"),
                vec![entry("p", &number.to_string())],
            )
        })
        .collect();
    desk.apply(&model::puts(&rows))?;
    let mut nodes = vec![Node::Equal(entry("p", "0"))];
    for number in 1..100_u32 {
        let before = u32::try_from(nodes.len()).unwrap_or_default() - 1;
        nodes.push(Node::Equal(entry("p", &number.to_string())));
        nodes.push(Node::Either(before, before + 1));
    }
    agrees(&desk, &rows, &asking(nodes))
}

/// A backend may set a limit, but must know when it is reached: plans that are long, deep, or
/// unfold to more than any machine can hold.
fn answers_or_refuses_a_huge_plan(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    let rows: Rows = vec![
        ("a".to_owned(), vec![entry("p", "1")]),
        ("b".to_owned(), vec![]),
    ];
    desk.apply(&model::puts(&rows))?;
    let leaf = || vec![Node::Equal(entry("p", "1"))];
    let deep = (0..20_000_u32).map(Node::Negate);
    let folded = (0..200_u32).map(|at| Node::Both(at, at));
    let wide = (0..20_000_u32).map(|_| Node::Equal(entry("p", "1")));
    for nodes in [
        leaf().into_iter().chain(deep).collect::<Vec<_>>(),
        leaf().into_iter().chain(folded).collect(),
        leaf().into_iter().chain(wide).collect(),
    ] {
        let plan = asking(nodes);
        match desk.store.find(&plan) {
            Ok(_) => agrees(&desk, &rows, &plan)?,
            Err(Failure::TooLarge(_)) => {}
            Err(other) => return Err(format!("a huge plan came to {other:?}")),
        }
    }
    Ok(())
}

fn refuses_a_node_that_names_a_later_one(backend: &dyn Backend) -> Checked {
    let desk = Desk::new(backend)?;
    desk.apply(&[put(&user("a"), None, "{}", &[("p", "1")], &[])])?;
    let leaf = || Node::Equal(entry("p", "1"));
    for nodes in [
        vec![Node::Negate(0)],
        vec![leaf(), Node::Both(0, 1)],
        vec![leaf(), Node::Either(7, 0)],
        vec![leaf(), Node::Negate(2), leaf()],
        vec![leaf(), Node::Negate(u32::MAX)],
    ] {
        let answer = desk.store.find(&asking(nodes));
        hold(matches!(answer, Err(Failure::Other(_))), || {
            format!("it came to {answer:?}")
        })?;
    }
    Ok(())
}
