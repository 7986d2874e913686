//! Acts as requests, and what the answers show of licenses.

use scimlet_runtime::Request;
use scimlet_tests::inside::{Dump, request};
use scimlet_tests::tenant::{patch, user_with};
use serde_json::{Value, json};

use crate::model::RESERVED_PRIORITY;
use crate::script::{
    Act, Activate, Add, Bind, Create, Delete, Drop, DropAll, License, Mode, Put, Remove, Replace,
    Seats, Term,
};

pub const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:Entitlement";
pub const TERMS: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:Entitlement";
pub const GRANTS: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User";

/// The request of an act. `path` is where the user or the license is found, if there is one.
pub fn of(act: &Act, path: Option<&str>) -> Request {
    let (method, endpoint, body) = match act {
        Create(slot, active, asks) => ("POST", "/Users", Some(user(*slot, *active, asks))),
        Put(slot, active, asks) => ("PUT", "/Users", Some(user(*slot, *active, asks))),
        Add(_, asks) => ("PATCH", "/Users", Some(asking("add", asks))),
        Replace(_, asks) => ("PATCH", "/Users", Some(asking("replace", asks))),
        Drop(_, sku) => {
            let path = format!("entitlements[value eq \"{sku}\"]");
            let operations = json!([{ "op": "remove", "path": path }]);
            ("PATCH", "/Users", Some(patch(&operations)))
        }
        DropAll(_) => {
            let operations = json!([{ "op": "remove", "path": "entitlements" }]);
            ("PATCH", "/Users", Some(patch(&operations)))
        }
        Activate(_, active) => ("PATCH", "/Users", Some(replacing("active", &json!(active)))),
        Delete(_) => ("DELETE", "/Users", None),
        License(sku, seats, mode) => {
            let method = if path.is_some() { "PUT" } else { "POST" };
            (
                method,
                "/Entitlements",
                Some(terms(sku, *seats, mode.word())),
            )
        }
        Seats(_, seats) => {
            let limit = json!({
                "limitedAssignmentsPermitted": true,
                "totalAssignmentsPermitted": seats,
            });
            let operations = json!([{ "op": "replace", "value": limit }]);
            ("PATCH", "/Entitlements", Some(patch(&operations)))
        }
        Mode(_, mode) => {
            let body = replacing(&format!("{TERMS}:overage"), &json!(mode.word()));
            ("PATCH", "/Entitlements", Some(body))
        }
        Bind(_, term) => ("PATCH", "/Entitlements", Some(binding(term))),
        Remove(_) => ("DELETE", "/Entitlements", None),
    };
    let nobody = format!("{endpoint}/nobody");
    let path = match (method, path) {
        ("POST", _) => endpoint,
        (_, path) => path.unwrap_or(&nobody),
    };
    request(method, path, body.as_ref())
}

/// Where the user or the license of an act is found, if there is one.
pub fn path(act: &Act, dump: &Dump) -> Option<String> {
    let (endpoint, kind, name, value) = match act {
        License(sku, ..) | Seats(sku, _) | Mode(sku, _) | Bind(sku, _) | Remove(sku) => {
            ("/Entitlements", "Entitlement", "value", (*sku).to_owned())
        }
        _ => ("/Users", "User", "userName", format!("u{}", act.slot()?)),
    };
    let found = dump.documents(kind).find(|(_, it)| it[name] == *value);
    found.map(|(id, _)| format!("{endpoint}/{id}"))
}

fn user(slot: usize, active: Option<bool>, asks: &[&str]) -> Value {
    let mut user = user_with(&format!("u{slot}"), asks);
    if let Some(active) = active {
        user["active"] = active.into();
    }
    user
}

fn asking(op: &str, asks: &[&str]) -> Value {
    let values: Value = asks.iter().map(|sku| json!({ "value": sku })).collect();
    patch(&json!([{ "op": op, "path": "entitlements", "value": values }]))
}

fn replacing(path: &str, value: &Value) -> Value {
    patch(&json!([{ "op": "replace", "path": path, "value": value }]))
}

fn terms(sku: &str, seats: Option<u64>, overage: &str) -> Value {
    let mut license = json!({
        "schemas": [CORE, TERMS],
        "value": sku,
        "type": "License",
        "limitedAssignmentsPermitted": seats.is_some(),
        TERMS: { "overage": overage },
    });
    if let Some(seats) = seats {
        license["totalAssignmentsPermitted"] = seats.into();
    }
    license
}

/// A PATCH that says one of the further terms, or unsays it.
fn binding(term: &Term) -> Value {
    let (name, value) = match term {
        Term::Requires(skus) => ("requires", json!(skus)),
        Term::Excludes(skus) => ("excludes", json!(skus)),
        Term::Contains(skus) => return replacing("contains", &json!(skus)),
        Term::Fallback(sku) => ("fallback", json!(sku)),
        Term::Rank(rank) => ("rank", json!(rank)),
        Term::OverMax(max) => ("overageMax", json!(max)),
        Term::Reclaims(reclaims) => ("reclaimGrace", json!(reclaims.then_some("P30D"))),
        Term::Reserved(seats) => {
            let reserved = json!({ TERMS: {
                "reservedSeats": seats,
                "reservedPriority": RESERVED_PRIORITY,
            } });
            return patch(&json!([{ "op": "replace", "value": reserved }]));
        }
    };
    let path = format!("{TERMS}:{name}");
    if value.is_null() {
        patch(&json!([{ "op": "remove", "path": path }]))
    } else {
        replacing(&path, &value)
    }
}

/// One license of one user, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Shown {
    pub sku: String,
    pub state: String,
    pub reason: Option<String>,
    pub position: Option<u64>,
    pub sources: Vec<String>,
}

/// The licenses that a user's resource or document shows.
pub fn shown(user: &Value) -> Vec<Shown> {
    let licenses = user[GRANTS]["licenses"].as_array();
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let shown = |license: &Value| Shown {
        sku: text(&license["value"]).expect("a license has a SKU"),
        state: text(&license["state"]).expect("a license has a state"),
        reason: text(&license["reason"]),
        position: license["position"].as_u64(),
        sources: sources(license),
    };
    licenses.into_iter().flatten().map(shown).collect()
}

/// In the order of the alphabet: no page says another one.
fn sources(license: &Value) -> Vec<String> {
    let sources = license["sources"].as_array().into_iter().flatten();
    let mut sources: Vec<String> = sources
        .filter_map(|source| source.as_str().map(str::to_owned))
        .collect();
    sources.sort();
    sources
}
