//! Selections that are too large to gather and sort, so that the walk goes along the order's own
//! entries: the contract suite's are all small.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

use scimlet_store::{Backend, Change, Entry, Key, Node, Order, Plan, Put, Store};
use scimlet_store_sqlite::SqliteBackend;

const ROWS: usize = 3000;

fn entry(path: &str, value: &str) -> Entry {
    Entry {
        path: path.to_owned(),
        value: value.to_owned(),
    }
}

/// Its values, scattered; every tenth row has none, every third has two.
fn values(number: usize) -> Vec<String> {
    let scattered = format!("{:04}", number * 7919 % 1009);
    match number % 30 {
        0 | 10 | 20 => vec![],
        n if n % 3 == 0 => vec![format!("{scattered}~"), scattered],
        _ => vec![scattered],
    }
}

fn row(number: usize) -> Change {
    let mut entries: Vec<_> = values(number)
        .iter()
        .map(|value| entry("p", value))
        .collect();
    entries.push(entry(
        "even",
        if number.is_multiple_of(2) {
            "yes"
        } else {
            "no"
        },
    ));
    entries.push(entry("all", "yes"));
    let key = Key {
        kind: "User".to_owned(),
        id: format!("{number:05}"),
    };
    Change::Put(Put {
        key,
        body: String::new(),
        replaces: None,
        entries,
        claims: vec![],
    })
}

/// The even rows, as they must come.
fn wanted(descending: bool) -> Vec<String> {
    let mut rows: Vec<_> = (0..ROWS)
        .filter(|number| number % 2 == 0)
        .map(|number| (values(number).into_iter().min(), format!("{number:05}")))
        .collect();
    rows.sort_by(|a, b| {
        let by_value = (a.0.is_none(), &a.0).cmp(&(b.0.is_none(), &b.0));
        let by_value = if descending {
            by_value.reverse()
        } else {
            by_value
        };
        by_value.then_with(|| a.1.cmp(&b.1))
    });
    rows.into_iter().map(|(_, id)| id).collect()
}

fn walk(store: &dyn Store, mut plan: Plan) -> Vec<String> {
    let mut met = Vec::new();
    loop {
        let page = store.find(&plan).unwrap();
        met.extend(page.rows.into_iter().map(|row| row.key.id));
        plan.after = page.next;
        if plan.after.is_none() {
            return met;
        }
    }
}

#[test]
fn a_large_selection_is_walked_in_order() {
    let folder = tempfile::tempdir().unwrap();
    let backend = SqliteBackend::open(&folder.path().join("scimlet.db")).unwrap();
    let store = backend.store("acme").unwrap();
    store
        .commit(&(0..ROWS).map(row).collect::<Vec<_>>())
        .unwrap();
    let nodes = vec![
        Node::Equal(entry("all", "yes")),
        Node::Equal(entry("even", "yes")),
        Node::Both(0, 1),
    ];
    for descending in [false, true] {
        for max_rows in [97, 450, 10_000] {
            let plan = Plan {
                kind: "User".to_owned(),
                nodes: nodes.clone(),
                order: Some(Order {
                    path: "p".to_owned(),
                    descending,
                }),
                max_rows,
                max_bytes: u32::MAX,
                ..Plan::default()
            };
            assert_eq!(
                walk(store.as_ref(), plan),
                wanted(descending),
                "{descending} {max_rows}"
            );
        }
    }
    let plan = Plan {
        kind: "User".to_owned(),
        nodes,
        want_total: true,
        ..Plan::default()
    };
    assert_eq!(store.find(&plan).unwrap().total, Some(ROWS as u64 / 2));
}
