//! The grammar of filters, both ways: what is printed parses to what was printed.

use std::borrow::Cow;

use proptest::prelude::*;
use scimlet_engine::scim::filter::{Filter, Literal, MAX_DEPTH, Operator, PathText};

const PATHS: [&str; 6] = [
    "userName",
    "name.familyName",
    "emails.value",
    "meta.lastModified",
    "$ref",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
];

fn literal() -> impl Strategy<Value = Literal<'static>> {
    prop_oneof![
        Just(Literal::Null),
        any::<bool>().prop_map(Literal::Bool),
        any::<i64>().prop_map(Literal::Integer),
        any::<f64>()
            .prop_filter("JSON has no such number", |value| value.is_finite())
            .prop_map(Literal::Decimal),
        any::<String>().prop_map(|text| Literal::Text(Cow::Owned(text))),
    ]
}

fn comparison() -> impl Strategy<Value = Filter<'static>> {
    let path = prop::sample::select(PATHS.to_vec());
    let operator = prop::sample::select(Operator::ALL.map(|(operator, _)| operator).to_vec());
    prop_oneof![
        path.clone().prop_map(Filter::Present),
        (path, operator, literal())
            .prop_map(|(path, operator, literal)| { Filter::Compare(path, operator, literal) }),
    ]
}

fn filter() -> impl Strategy<Value = Filter<'static>> {
    comparison().prop_recursive(6, 48, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::And),
            prop::collection::vec(inner.clone(), 2..4).prop_map(Filter::Or),
            inner.clone().prop_map(|inner| Filter::Not(Box::new(inner))),
            inner.prop_map(|inner| Filter::ValuePath("emails", Box::new(inner))),
        ]
    })
}

/// A PATCH path as it is written: there is nothing else that prints one.
fn printed(path: &PathText<'_>) -> String {
    let filter = path.filter.as_ref().map(|filter| format!("[{filter}]"));
    let sub = path.sub.map(|sub| format!(".{sub}"));
    [
        path.attribute,
        &filter.unwrap_or_default(),
        &sub.unwrap_or_default(),
    ]
    .concat()
}

/// With a part only behind brackets: without them it belongs to the attribute path.
fn path() -> impl Strategy<Value = PathText<'static>> {
    let parts = prop::sample::select(vec!["value", "$ref", "streetAddress", "x-1_y"]);
    let brackets = prop::option::of((filter(), prop::option::of(parts)));
    (prop::sample::select(PATHS.to_vec()), brackets).prop_map(|(attribute, brackets)| {
        let (filter, sub) = brackets.unzip();
        PathText {
            attribute,
            filter,
            sub: sub.flatten(),
        }
    })
}

proptest! {
    #[test]
    fn what_is_printed_parses_to_the_same_path(path in path()) {
        let text = printed(&path);
        let parsed = PathText::parse(&text);
        prop_assert_eq!(parsed.as_ref().ok(), Some(&path), "{}", text);
    }

    #[test]
    fn what_is_printed_parses_to_the_same_filter(filter in filter()) {
        let text = filter.to_string();
        let parsed = Filter::parse(&text);
        prop_assert_eq!(parsed.as_ref().ok(), Some(&filter), "{}", text);
    }

    #[test]
    fn no_text_is_too_odd_to_be_refused_politely(text in "\\PC{0,60}") {
        let _ = Filter::parse(&text);
        let _ = PathText::parse(&text);
    }
}

#[test]
fn precedence_is_not_and_or() {
    let filter = Filter::parse("a pr or not (b pr) and c pr");
    let expected = Filter::Or(vec![
        Filter::Present("a"),
        Filter::And(vec![
            Filter::Not(Box::new(Filter::Present("b"))),
            Filter::Present("c"),
        ]),
    ]);
    assert_eq!(filter, Ok(expected));
}

#[test]
fn words_ignore_case_and_the_space_before_a_quote_may_be_missing() {
    assert_eq!(
        Filter::parse("userName EQ\"x\" AND NOT (active Pr)"),
        Filter::parse("userName eq \"x\" and not (active pr)"),
    );
}

#[test]
fn deep_and_large_filters_are_refused() {
    let nested = |depth: usize| format!("{}a pr{}", "(".repeat(depth), ")".repeat(depth));
    assert!(Filter::parse(&nested(MAX_DEPTH - 1)).is_ok());
    assert!(Filter::parse(&nested(MAX_DEPTH)).is_err());
    assert!(Filter::parse(&nested(100_000)).is_err());
    assert!(Filter::parse(&vec!["a pr"; 257].join(" or ")).is_err());
}

#[test]
fn what_is_as_deep_as_may_be_prints_no_deeper() {
    let nested = |inner: &str, depth: usize| {
        let (open, close) = ("not (".repeat(depth), ")".repeat(depth));
        format!("{open}{inner}{close}")
    };
    for (inner, depth) in [
        ("a pr and b pr or c pr", MAX_DEPTH - 1),
        ("a[b pr and c pr or d pr]", MAX_DEPTH - 2),
    ] {
        let text = nested(inner, depth);
        let filter = Filter::parse(&text);
        assert!(filter.is_ok(), "{filter:?}");
        let printed = filter.as_ref().map(ToString::to_string);
        assert_eq!(printed.as_deref().map(Filter::parse), Ok(filter.clone()));
    }
}

#[test]
fn a_path_may_select_values_and_a_part_of_them() {
    let path = PathText::parse("addresses[type eq \"work\"].streetAddress");
    let path = path.unwrap();
    assert_eq!(
        (path.attribute, path.sub),
        ("addresses", Some("streetAddress"))
    );
    assert!(path.filter.is_some());
    for broken in [
        "",
        "a[",
        "a[b eq 1",
        "a[b eq 1]c",
        "a.b.c",
        "1a",
        "a b",
        "a[b eq 1].",
    ] {
        assert!(PathText::parse(broken).is_err(), "{broken}");
    }
}
