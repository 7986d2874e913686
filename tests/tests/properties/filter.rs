//! A filter finds what it is true of, however the store looks for it: neither less nor more.

mod made_up;

use std::cmp::Ordering;
use std::sync::LazyLock;

use proptest::collection::vec;
use proptest::prelude::*;
use scimlet_engine::scim::filter::Filter;
use scimlet_engine::scim::schema::Registry;
use scimlet_engine::scim::value::{Object, Value as Scim};
use serde_json::Value;

use self::made_up::{filters, questions};
use crate::cases;
use crate::law::{Law, named};
use crate::listing::{Question, ids};
use crate::side::{Side, in_memory, path_of};
use crate::town::{LICENSING, Town, towns};

/// Many more attributes than are indexed by default.
const INDEXES: &str = r#""indexes": {
    "User": [
        "title", "nickName", "profileUrl", "name.familyName", "name.formatted",
        "emails.type", "emails.display", "phoneNumbers.value", "roles.value",
        "addresses.locality", "photos.value", "entitlements.value", "meta.created",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.value"
    ],
    "Group": ["meta.created"]
}"#;

/// Every store, with few indexes and with many, and one in which half of the users were there before
/// their attributes were indexed.
fn sides(town: &Town) -> Vec<Side> {
    let few = format!("{{ {LICENSING} }}");
    let many = format!("{{ {LICENSING}, {INDEXES} }}");
    let all = vec![
        Side::native("memory", &few, in_memory()),
        Side::on_sqlite("SQLite", &few),
        Side::native("memory, indexed", &many, in_memory()),
        Side::on_sqlite("SQLite, indexed", &many),
    ];
    for side in &all {
        town.build(side);
    }
    let before = Side::on_sqlite("SQLite, indexed later", &few);
    let (first, last) = town.users.split_at(town.users.len() / 2);
    for user in first {
        before.create("/Users", user);
    }
    let later = before.reopened(&many);
    town.settle(&later, last);
    all.into_iter().chain([later]).collect()
}

/// A side, and every document that GET shows there.
struct Place {
    side: Side,
    documents: Vec<(String, Object<'static>)>,
}

impl Place {
    fn new(side: Side) -> Self {
        let everybody = Question::of_users(None).whole(&side).expect("everybody");
        let document = |user: &Value| {
            let (_, text) = side.send_for_text("GET", &path_of(user), None);
            let id = user["id"].as_str().expect("an id").to_owned();
            match Scim::parse(&text) {
                Ok(Scim::Object(document)) => (id, document.into_owned()),
                _ => panic!("{text} is no document"),
            }
        };
        let documents = everybody.iter().map(document).collect();
        Self { side, documents }
    }

    /// Who satisfies a filter: each document is looked at by itself.
    fn by_hand(&self, filter: &str) -> Result<Vec<&str>, String> {
        static STANDARD: LazyLock<Registry> =
            LazyLock::new(|| Registry::standard().expect("the standard"));
        let kind = STANDARD.by_name("User").expect("users");
        let checked = Filter::parse(filter).and_then(|filter| filter.check(kind));
        let checked = checked.map_err(|refusal| refusal.to_string())?;
        let documents = self.documents.iter();
        let chosen = documents.filter(|(_, document)| checked.matches(document));
        let mut ids: Vec<&str> = chosen.map(|(id, _)| id.as_str()).collect();
        ids.sort_unstable();
        Ok(ids)
    }

    fn finds(&self, filter: &str) -> Result<(), String> {
        let found = Question::of_users(Some(filter.to_owned())).whole(&self.side);
        let expected = self.by_hand(filter);
        match (&expected, &found) {
            (Err(_), Err(answer)) if answer.starts_with("400") => return Ok(()),
            (Ok(expected), Ok(found)) => {
                let mut found = ids(found);
                found.sort_unstable();
                if found == *expected {
                    return Ok(());
                }
            }
            _ => {}
        }
        let name = self.side.name;
        Err(format!(
            "{name}: {filter}\nshould find {expected:?}\nbut finds {found:#?}"
        ))
    }
}

impl Question {
    fn of_users(filter: Option<String>) -> Self {
        Self {
            endpoint: "/Users",
            filter,
            sort_by: None,
            descending: false,
        }
    }
}

/// What a user is sorted by: the value, of many the primary one or else the first (RFC 7644 section
/// 3.4.2.3), without case where the attribute has none. Text and booleans sort as text.
fn key(user: &Value, path: &str) -> Option<String> {
    let (urn, rest) = match path.rsplit_once(':') {
        Some((urn, rest)) => (Some(urn), rest),
        None => (None, path),
    };
    let (name, part) = rest.split_once('.').unwrap_or((rest, "value"));
    let attribute = named(Law::of_users().under(urn)?, name)?;
    let holder = urn.map_or(user, |urn| &user[urn]);
    let value = match &holder[attribute.name.as_str()] {
        Value::Array(all) => all
            .iter()
            .find(|it| it["primary"] == true)
            .or(all.first())?,
        one => one,
    };
    let (attribute, value) = match attribute.part(part) {
        Some(part) => (part, &value[part.name.as_str()]),
        None => (attribute, value),
    };
    match value {
        Value::Null => None,
        Value::String(text) if attribute.folds() => Some(text.to_lowercase()),
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn in_order(question: &Question, left: &Value, right: &Value) -> bool {
    let Some(path) = question.sort_by else {
        return left["id"].as_str() <= right["id"].as_str();
    };
    let order = match (key(left, path), key(right, path)) {
        (Some(left), Some(right)) => left.cmp(&right),
        // "resources with no value SHALL be ordered last" when ascending.
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    };
    if question.descending {
        order != Ordering::Less
    } else {
        order != Ordering::Greater
    }
}

fn keeps_order(side: &Side, question: &Question, count: usize) -> Result<(), String> {
    let unsorted = Question::of_users(question.filter.clone()).whole(side);
    let (Ok(unsorted), Ok(sorted)) = (unsorted, question.whole(side)) else {
        return Ok(());
    };
    let wrong = |what: &str, found: &[Value]| {
        let name = side.name;
        Err(format!(
            "{name}: {question:?} in pages of {count} {what}: {found:#?}"
        ))
    };
    let mut everybody = [ids(&unsorted), ids(&sorted)];
    for ids in &mut everybody {
        ids.sort_unstable();
    }
    if everybody[0] != everybody[1] {
        return wrong("loses or repeats somebody", &sorted);
    }
    if !sorted.is_sorted_by(|left, right| in_order(question, left, right)) {
        return wrong("is not in order", &sorted);
    }
    for pages in [
        question.by_index(side, count)?,
        question.by_cursor(side, count)?,
    ] {
        if ids(&pages) != ids(&sorted) {
            return wrong("is another list", &pages);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(cases(12))]

    #[test]
    fn the_store_finds_what_the_filter_is_true_of(
        town in towns(10), filters in vec(filters(), 1..60),
    ) {
        for place in sides(&town).into_iter().map(Place::new) {
            for filter in &filters {
                place.finds(filter).map_err(TestCaseError::fail)?;
            }
        }
    }

    #[test]
    fn sorted_pages_are_the_sorted_list(
        town in towns(12), questions in vec((questions(), 1..7_usize), 1..12),
    ) {
        for side in sides(&town) {
            for (question, count) in &questions {
                keeps_order(&side, question, *count).map_err(TestCaseError::fail)?;
            }
        }
    }
}
