//! The terms of a license, as the command line says them and as they stand in the extension.

use serde_json::{Map, Value, json};

/// Changes of the terms: what is named here, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Terms {
    /// Attributes of the extension, but for `pools`; null takes one away.
    pub(crate) attributes: Vec<(&'static str, Value)>,
    /// SKUs that come with it; it stands in the core schema.
    pub(crate) contains: Option<Vec<String>>,
    /// Lots of seats by their name; none: it is taken away.
    pub(crate) pools: Vec<(String, Option<Pool>)>,
}

/// A lot of seats with a term of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pool {
    /// None: unlimited.
    pub(crate) seats: Option<u64>,
    /// A SCIM `dateTime`.
    pub(crate) from: Option<String>,
    /// A SCIM `dateTime`.
    pub(crate) until: Option<String>,
    /// An ISO 8601 duration.
    pub(crate) grace: Option<String>,
}

/// What the extension says that is no term: shown elsewhere, or by nobody's wish.
const OTHERS: [&str; 5] = ["overage", "waiting", "over", "kept", "held"];

impl Terms {
    /// Whether the license gets lots of seats, and so needs no number of its own.
    pub(super) fn adds_pools(&self) -> bool {
        self.pools.iter().any(|(_, pool)| pool.is_some())
    }

    /// Writes the changes into the extension.
    pub(super) fn write(&self, extension: &mut Map<String, Value>) {
        for (name, value) in &self.attributes {
            put(extension, name, value.clone());
        }
        if self.pools.is_empty() {
            return;
        }
        let old = extension.remove("pools");
        let mut pools: Vec<Value> = match old {
            Some(Value::Array(pools)) => pools,
            _ => Vec::new(),
        };
        for (id, pool) in &self.pools {
            replace(&mut pools, id, pool.as_ref());
        }
        let pools = if pools.is_empty() {
            Value::Null
        } else {
            pools.into()
        };
        put(extension, "pools", pools);
    }
}

/// In the place of the one of that name, or behind the last.
fn replace(pools: &mut Vec<Value>, id: &str, pool: Option<&Pool>) {
    let at = pools
        .iter()
        .position(|pool| pool.get("value").and_then(Value::as_str) == Some(id));
    match (at, pool) {
        (Some(at), Some(pool)) => {
            if let Some(old) = pools.get_mut(at) {
                *old = pool.json(id);
            }
        }
        (Some(at), None) => drop(pools.remove(at)),
        (None, Some(pool)) => pools.push(pool.json(id)),
        (None, None) => {}
    }
}

fn put(members: &mut Map<String, Value>, name: &str, value: Value) {
    if value.is_null() {
        members.remove(name);
    } else {
        members.insert(name.to_owned(), value);
    }
}

impl Pool {
    fn json(&self, id: &str) -> Value {
        let Self {
            seats,
            from,
            until,
            grace,
        } = self;
        let mut members = Map::new();
        put(&mut members, "value", json!(id));
        put(&mut members, "seats", json!(seats));
        put(&mut members, "validFrom", json!(from));
        put(&mut members, "validUntil", json!(until));
        put(&mut members, "grace", json!(grace));
        Value::Object(members)
    }
}

/// The terms that a resource states.
pub(super) fn read(resource: &Value, extension: &Value) -> Map<String, Value> {
    let mut terms = Map::new();
    for (name, value) in extension.as_object().into_iter().flatten() {
        if !OTHERS.contains(&name.as_str()) {
            terms.insert(name.clone(), value.clone());
        }
    }
    if let Some(contains) = resource.get("contains") {
        terms.insert("contains".to_owned(), contains.clone());
    }
    terms
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(terms: &Terms, extension: Value) -> Value {
        let Value::Object(mut members) = extension else {
            return Value::Null;
        };
        terms.write(&mut members);
        Value::Object(members)
    }

    fn lot(seats: u64) -> Pool {
        Pool {
            seats: Some(seats),
            ..Pool::default()
        }
    }

    #[test]
    fn what_is_not_named_stays() {
        let terms = Terms {
            attributes: vec![("grace", json!("P7D")), ("fallback", Value::Null)],
            ..Terms::default()
        };
        let before = json!({ "overage": "deny", "fallback": "basic", "rank": 3 });
        let after = json!({ "overage": "deny", "rank": 3, "grace": "P7D" });
        assert_eq!(written(&terms, before), after);
    }

    #[test]
    fn pools_are_changed_one_by_one() {
        let unlimited = Pool {
            until: Some("2027-01-01T00:00:00Z".to_owned()),
            ..Pool::default()
        };
        let terms = Terms {
            pools: vec![
                ("a".to_owned(), Some(lot(7))),
                ("b".to_owned(), None),
                ("d".to_owned(), Some(unlimited)),
            ],
            ..Terms::default()
        };
        let before = json!({ "pools": [
            { "value": "a", "seats": 1, "grace": "P1D" },
            { "value": "b", "seats": 2 },
            { "value": "c", "seats": 3 },
        ] });
        let after = json!({ "pools": [
            { "value": "a", "seats": 7 },
            { "value": "c", "seats": 3 },
            { "value": "d", "validUntil": "2027-01-01T00:00:00Z" },
        ] });
        assert_eq!(written(&terms, before), after);
    }

    #[test]
    fn the_last_pool_takes_the_list_with_it() {
        let terms = Terms {
            pools: vec![("a".to_owned(), None)],
            ..Terms::default()
        };
        let before = json!({ "pools": [{ "value": "a", "seats": 1 }] });
        assert_eq!(written(&terms, before), json!({}));
    }

    #[test]
    fn reads_terms_and_nothing_that_is_counted() {
        let extension = json!({ "overage": "deny", "waiting": 3, "held": 0, "rank": 2 });
        let resource = json!({ "contains": ["basic"] });
        let terms = Value::Object(read(&resource, &extension));
        assert_eq!(terms, json!({ "rank": 2, "contains": ["basic"] }));
    }
}
