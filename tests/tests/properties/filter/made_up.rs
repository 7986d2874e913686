//! Filters at random: mostly such as mean something and are true of some.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

use crate::law::{Law, named};
use crate::listing::Question;
use crate::made_up::{simple, text};

/// Paths to what a user has, indexed or not.
const PATHS: [&str; 30] = [
    "userName",
    "USERNAME",
    "displayName",
    "title",
    "nickName",
    "userType",
    "externalId",
    "profileUrl",
    "active",
    "name.familyName",
    "name.formatted",
    "emails",
    "emails.value",
    "emails.type",
    "emails.primary",
    "emails.display",
    "phoneNumbers.value",
    "addresses.locality",
    "addresses.primary",
    "photos.value",
    "roles.value",
    "x509Certificates.value",
    "entitlements.value",
    "meta.created",
    "meta.lastModified",
    "urn:ietf:params:scim:schemas:core:2.0:User:title",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager",
];

/// Comparisons with what the server sets, as they are.
const OF_THE_SERVER: [&str; 14] = [
    "id pr",
    "id eq \"nobody\"",
    "groups pr",
    "groups.display eq \"A\"",
    "groups[display sw \"a\" and type eq \"direct\"]",
    "groups.type eq \"indirect\"",
    "meta.resourceType eq \"User\"",
    "meta.version eq \"W/\\\"1\\\"\"",
    "meta.location co \"Users\"",
    "schemas eq \"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User\"",
    "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User:licenses.value eq \"pro\"",
    "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User:licenses[value eq \"pro\" and state eq \"waiting\"]",
    "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User:licenses.position ge 1",
    "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User:licenses pr",
];

/// Any filter.
pub fn filters() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        16 => select(PATHS.to_vec()).prop_flat_map(comparison),
        5 => element(),
        4 => select(OF_THE_SERVER.to_vec()).prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 8, 3, |inner| {
        let two = || (inner.clone(), inner.clone());
        prop_oneof![
            two().prop_map(|(left, right)| format!("{left} and {right}")),
            two().prop_map(|(left, right)| format!("({left}) and ({right})")),
            two().prop_map(|(left, right)| format!("{left} or ({right})")),
            inner.clone().prop_map(|inner| format!("not ({inner})")),
        ]
    })
}

/// A literal that the path can be compared with, mostly.
fn literal(path: &str) -> BoxedStrategy<Value> {
    let (urn, rest) = match path.rsplit_once(':') {
        Some((urn, rest)) => (Some(urn), rest),
        None => (None, path),
    };
    let (name, part) = rest.split_once('.').unwrap_or((rest, "value"));
    let attributes = Law::of_users().under(urn).unwrap_or_default();
    let Some(attribute) = named(attributes, name) else {
        return text().prop_map(Value::from).boxed();
    };
    let good = simple(attribute.part(part).unwrap_or(attribute));
    let wrong = select(vec![Value::Null, true.into(), 5.into(), "x".into()]);
    prop_oneof![25 => good, 1 => wrong].boxed()
}

fn comparison(path: &'static str) -> BoxedStrategy<String> {
    let operator = select(vec![
        "eq", "eq", "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ",
    ]);
    let compared = (operator, literal(path))
        .prop_map(move |(operator, value)| format!("{path} {operator} {value}"));
    prop_oneof![8 => compared, 1 => Just(format!("{path} pr"))].boxed()
}

/// A value path.
fn element() -> impl Strategy<Value = String> {
    let attribute = select(vec![
        "emails",
        "addresses",
        "roles",
        "photos",
        "entitlements",
    ]);
    attribute.prop_flat_map(|name| {
        let attribute = Law::of_users().attribute(None, name);
        let part = select(attribute.sub_attributes.clone());
        let leaf = part.prop_flat_map(|part| {
            let operators = match part.kind.as_str() {
                "boolean" => vec!["eq", "ne"],
                _ => vec!["eq", "eq", "ne", "sw", "co", "ge", "lt"],
            };
            let name = part.name.clone();
            let present = format!("{name} pr");
            let compared = (select(operators), simple(&part))
                .prop_map(move |(operator, value)| format!("{name} {operator} {value}"));
            prop_oneof![8 => compared, 1 => Just(present)]
        });
        leaf.prop_recursive(2, 4, 2, |inner| {
            let two = || (inner.clone(), inner.clone());
            prop_oneof![
                2 => two().prop_map(|(left, right)| format!("{left} and {right}")),
                1 => two().prop_map(|(left, right)| format!("({left} or {right})")),
                1 => inner.clone().prop_map(|inner| format!("not ({inner})")),
            ]
        })
        .prop_map(move |inner| format!("{name}[{inner}]"))
    })
}

/// What lists of users are sorted by.
const SORTED_BY: [&str; 16] = [
    "userName",
    "displayName",
    "title",
    "externalId",
    "active",
    "userType",
    "name.familyName",
    "emails",
    "emails.type",
    "roles",
    "addresses.locality",
    "photos.value",
    "meta.created",
    "id",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber",
];

/// Questions about users, sorted.
pub fn questions() -> impl Strategy<Value = Question> {
    let filter = proptest::option::weighted(0.5, filters());
    (filter, select(SORTED_BY.to_vec()), any::<bool>()).prop_map(|(filter, path, descending)| {
        Question {
            endpoint: "/Users",
            filter,
            sort_by: Some(path),
            descending,
        }
    })
}
