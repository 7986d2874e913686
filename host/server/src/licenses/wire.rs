//! Licenses on the wire: draft-ietf-scim-roles-entitlements, with our extension.

use serde_json::{Map, Value, json};

use super::{License, Seats, Wanted, terms};
use crate::percent::percent_encoded;

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:Entitlement";
const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:Entitlement";

/// The current resource (null: there is none) as it is wanted.
pub(super) fn changed(current: &Value, wanted: &Wanted) -> Value {
    let mut members = current.as_object().cloned().unwrap_or_else(fresh);
    members.insert("value".to_owned(), wanted.sku.clone().into());
    if let Some(seats) = wanted.seats {
        limit(&mut members, seats);
    }
    if let Some(name) = &wanted.name {
        members.insert("display".to_owned(), name.clone().into());
    }
    match &wanted.terms.contains {
        None => {}
        Some(skus) if skus.is_empty() => drop(members.remove("contains")),
        Some(skus) => drop(members.insert("contains".to_owned(), json!(skus))),
    }
    let mut extension = match members.remove(EXTENSION) {
        Some(Value::Object(extension)) => extension,
        _ => Map::new(),
    };
    if let Some(overage) = wanted.overage {
        extension.insert("overage".to_owned(), overage.into());
    }
    wanted.terms.write(&mut extension);
    members.insert(EXTENSION.to_owned(), extension.into());
    Value::Object(members)
}

fn limit(members: &mut Map<String, Value>, seats: Seats) {
    let limited = seats != Seats::Unlimited;
    members.insert("limitedAssignmentsPermitted".to_owned(), limited.into());
    match seats {
        Seats::Limited(seats) => {
            members.insert("totalAssignmentsPermitted".to_owned(), seats.into());
        }
        Seats::Unlimited => {
            members.remove("totalAssignmentsPermitted");
        }
    }
}

fn fresh() -> Map<String, Value> {
    let mut members = Map::new();
    members.insert("schemas".to_owned(), json!([CORE, EXTENSION]));
    members.insert("type".to_owned(), "License".into());
    members.insert("supported".to_owned(), true.into());
    members
}

/// Reads a resource. What is not there counts as nothing: the component is not questioned here.
pub(super) fn license(resource: &Value) -> License {
    let text = |name| {
        resource
            .get(name)
            .and_then(Value::as_str)
            .unwrap_or_default()
            .to_owned()
    };
    let extension = resource.get(EXTENSION).unwrap_or(&Value::Null);
    let count = |name| {
        extension
            .get(name)
            .and_then(Value::as_u64)
            .unwrap_or_default()
    };
    let limited = resource
        .get("limitedAssignmentsPermitted")
        .and_then(Value::as_bool);
    let permitted = resource
        .get("totalAssignmentsPermitted")
        .and_then(Value::as_u64);
    License {
        sku: text("value"),
        name: text("display"),
        seats: permitted.filter(|_| limited != Some(false)),
        used: resource
            .get("totalAssignmentsUsed")
            .and_then(Value::as_u64)
            .unwrap_or_default(),
        waiting: count("waiting"),
        over: count("over"),
        overage: extension
            .get("overage")
            .and_then(Value::as_str)
            .unwrap_or("waitlist")
            .to_owned(),
        terms: terms::read(resource, extension),
    }
}

/// The resources of a list's page.
pub(super) fn resources(page: &Value) -> &[Value] {
    page.get("Resources")
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

/// How many there are on all pages.
pub(super) fn total(page: &Value) -> usize {
    let total = page
        .get("totalResults")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    usize::try_from(total).unwrap_or(usize::MAX)
}

/// Where a resource is.
pub(super) fn path(resource: &Value) -> String {
    let id = resource
        .get("id")
        .and_then(Value::as_str)
        .unwrap_or_default();
    format!("/Entitlements/{}", percent_encoded(id))
}

/// Which version of it was read, for `If-Match`.
pub(super) fn version(resource: &Value) -> Option<&str> {
    resource.get("meta")?.get("version")?.as_str()
}

/// A filter for one SKU, percent-encoded. RFC 7644 §3.4.2.2: a filter's text is a JSON string.
pub(super) fn value_is(sku: &str) -> String {
    percent_encoded(&format!("value eq {}", json!(sku)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::licenses::Terms;

    fn wanted(seats: Seats) -> Wanted {
        Wanted {
            sku: "pro".to_owned(),
            seats: Some(seats),
            overage: Some("deny"),
            name: None,
            terms: Terms::default(),
        }
    }

    #[test]
    fn a_new_license_is_written_whole() {
        let expected = json!({
            "schemas": [CORE, EXTENSION],
            "value": "pro",
            "type": "License",
            "supported": true,
            "limitedAssignmentsPermitted": true,
            "totalAssignmentsPermitted": 5,
            EXTENSION: { "overage": "deny" },
        });
        assert_eq!(changed(&Value::Null, &wanted(Seats::Limited(5))), expected);
    }

    #[test]
    fn a_change_keeps_what_is_not_said() {
        let mut current = changed(&Value::Null, &wanted(Seats::Limited(5)));
        current["display"] = "Professional".into();
        current[EXTENSION]["later"] = 1.into();
        let quiet = Wanted {
            overage: None,
            ..wanted(Seats::Unlimited)
        };
        let silent = Wanted {
            seats: None,
            ..quiet.clone()
        };
        assert_eq!(changed(&current, &silent), current);
        let changed = changed(&current, &quiet);
        assert_eq!(changed["display"], "Professional");
        assert_eq!(changed[EXTENSION], json!({ "overage": "deny", "later": 1 }));
        assert_eq!(changed["limitedAssignmentsPermitted"], false);
        assert_eq!(changed.get("totalAssignmentsPermitted"), None);
    }

    #[test]
    fn reads_a_license() {
        let read = license(&json!({
            "value": "pro",
            "display": "Pro",
            "limitedAssignmentsPermitted": true,
            "totalAssignmentsPermitted": 5,
            "totalAssignmentsUsed": 6,
            EXTENSION: { "overage": "allow", "waiting": 0, "over": 1 },
        }));
        let (seats, name) = (Some(5), "Pro".to_owned());
        let (sku, overage) = ("pro".to_owned(), "allow".to_owned());
        assert_eq!(
            read,
            License {
                sku,
                name,
                seats,
                used: 6,
                waiting: 0,
                over: 1,
                overage,
                terms: Map::new(),
            }
        );
    }

    #[test]
    fn a_sku_cannot_break_out_of_its_filter() {
        assert_eq!(value_is("pro"), "value%20eq%20%22pro%22");
        assert_eq!(
            value_is("a\" or b&c"),
            "value%20eq%20%22a%5C%22%20or%20b%26c%22"
        );
    }
}
