//! The plan of the largest filters: no larger than a store takes, and no less exact than it need be.

use scimlet_engine::facts::Node;
use scimlet_engine::scim::filter::{Filter, MAX_NODES, Pushdown, push_down};
use scimlet_engine::scim::schema::Registry;

/// What the stores that come with scimlet take.
const MAX_PLAN: usize = 512;

fn plan(filter: &str) -> Option<Pushdown> {
    let registry = Registry::standard().ok()?;
    let user = registry.by_name("User")?;
    let checked = Filter::parse(filter).ok()?.check(user).ok()?;
    Some(push_down(user, &checked, &[]))
}

fn many(comparison: &str, word: &str, count: usize) -> String {
    vec![comparison; count].join(word)
}

#[test]
fn what_fits_is_exact() {
    for word in [" and ", " or "] {
        let plan = plan(&many(r#"userName eq "x""#, word, MAX_NODES)).unwrap();
        assert!(
            plan.exact && plan.nodes.len() == 2 * MAX_NODES - 1,
            "{word}"
        );
    }
}

#[test]
fn what_does_not_fit_is_left_to_the_engine() {
    // Whoever says nothing is active: two nodes for each comparison, and one to join it.
    for comparison in ["active eq true", r#"not (userName eq "x")"#] {
        let plan = plan(&many(comparison, " and ", MAX_NODES)).unwrap();
        assert!(!plan.exact, "{comparison}");
        assert!((500..=MAX_PLAN).contains(&plan.nodes.len()), "{comparison}");
        assert!(
            matches!(plan.nodes.last(), Some(Node::Both(..))),
            "{comparison}"
        );
    }
    let either = plan(&many("active eq true", " or ", MAX_NODES)).unwrap();
    assert!(!either.exact && either.nodes.is_empty());
    // The one that narrows most comes first, and is kept.
    let wide = many("active eq true", " or ", MAX_NODES - 1);
    let mixed = plan(&format!(r#"userName eq "x" and ({wide})"#)).unwrap();
    assert!(!mixed.exact && mixed.nodes.len() == 1);
}
