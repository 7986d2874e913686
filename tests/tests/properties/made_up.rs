//! Users and values at random, out of so few words that they meet again and again.

use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Map, Value, json};

use crate::law::{Attribute, ENTERPRISE, Law, USER};

/// Words that text is made of. Some differ in case alone, one is empty.
const WORDS: [&str; 9] = ["a", "A", "ab", "b", "B a", "é", "É", "", "work"];

/// Attributes of users who are made up, and how often they have them in ten.
const OF_USERS: [(&str, u32); 14] = [
    ("nickName", 3),
    ("title", 5),
    ("displayName", 4),
    ("userType", 3),
    ("externalId", 3),
    ("profileUrl", 2),
    ("active", 5),
    ("name", 6),
    ("emails", 8),
    ("phoneNumbers", 3),
    ("addresses", 4),
    ("photos", 2),
    ("roles", 3),
    ("x509Certificates", 2),
];

/// The same in the extension.
const OF_ENTERPRISE: [(&str, u32); 3] = [("employeeNumber", 3), ("department", 5), ("manager", 4)];

/// A text.
pub fn text() -> impl Strategy<Value = String> {
    select(WORDS.to_vec()).prop_map(str::to_owned)
}

/// A value of a simple attribute's type.
pub fn simple(attribute: &Attribute) -> BoxedStrategy<Value> {
    let words = |words: &[&'static str]| select(words.to_vec()).prop_map(Value::from).boxed();
    match (attribute.kind.as_str(), attribute.name.as_str()) {
        ("boolean", _) => any::<bool>().prop_map(Value::from).boxed(),
        ("binary", _) => words(&["AAAA", "aaaa", "TUlJ"]),
        ("dateTime", _) => words(&["2026-05-28T20:26:40Z", "2026-05-28T20:26:40.004Z"]),
        (_, "type") => words(&["work", "Work", "home", "other"]),
        (_, "userName") => words(&["ada", "Ada", "bob", "ünï"]),
        (_, "value") => words(&["a@x", "A@x", "b@x", "c"]),
        _ => text().prop_map(Value::from).boxed(),
    }
}

/// An object of some of these parts, by their chance in ten.
fn object(parts: Vec<(String, u32, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let empty = Just(Map::new()).boxed();
    let whole = parts.into_iter().fold(empty, |whole, (name, tenths, it)| {
        let maybe = weighted(f64::from(tenths) / 10.0, it);
        let put = move |(mut whole, value): (Map<String, Value>, Option<Value>)| {
            whole.extend(value.map(|value| (name.clone(), value)));
            whole
        };
        (whole, maybe).prop_map(put).boxed()
    });
    whole.prop_map(Value::Object).boxed()
}

/// A value of a complex attribute's type: one element, where there are many.
pub fn complex(attribute: &Attribute) -> BoxedStrategy<Value> {
    let parts = attribute.sub_attributes.iter().map(|part| {
        let tenths = match part.name.as_str() {
            "value" => 9,
            "type" => 6,
            "primary" => 3,
            _ if attribute.sub_attributes.len() > 4 => 2,
            _ => 4,
        };
        (part.name.clone(), tenths, simple(part))
    });
    object(parts.collect())
}

/// What a client may send for an attribute as a whole.
pub fn whole(attribute: &Attribute) -> BoxedStrategy<Value> {
    let one = if attribute.is_complex() {
        complex(attribute)
    } else {
        simple(attribute)
    };
    if attribute.multi_valued {
        vec(one, 0..4).prop_map(one_primary).boxed()
    } else {
        one
    }
}

/// The first one who wants to be primary is (RFC 7643 section 2.4).
fn one_primary(mut elements: Vec<Value>) -> Value {
    let wanting = elements.iter_mut().filter(|it| it["primary"] == true);
    for later in wanting.skip(1) {
        later["primary"] = false.into();
    }
    elements.into()
}

fn some_of(urn: Option<&str>, names: &[(&str, u32)]) -> BoxedStrategy<Value> {
    let parts = names.iter().map(|(name, tenths)| {
        let attribute = Law::of_users().attribute(urn, name);
        ((*name).to_owned(), *tenths, whole(attribute))
    });
    object(parts.collect())
}

/// A user as a client may create it, but for the name.
pub fn user() -> impl Strategy<Value = Value> {
    let core = some_of(None, &OF_USERS);
    let enterprise = weighted(0.6, some_of(Some(ENTERPRISE), &OF_ENTERPRISE));
    (core, enterprise).prop_map(|(mut user, enterprise)| {
        user["schemas"] = json!([USER, ENTERPRISE]);
        if let Some(enterprise) = enterprise {
            user[ENTERPRISE] = enterprise;
        }
        user
    })
}
