//! How a request is made up: mostly a good one, often one with something wrong in it.

use std::fmt;

use proptest::prelude::*;
use proptest::sample::select;
use scimlet_runtime::{Header, Principal, Request};
use scimlet_tests::inside::request;
use scimlet_tests::uri;
use serde_json::{Map, Value, json};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const TERMS: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:Entitlement";

/// A request. `$3` in its path or body is the fourth id that was given out.
#[derive(Clone)]
pub struct Ask {
    method: &'static str,
    path: String,
    query: Option<String>,
    header: Option<(&'static str, String)>,
    scope: &'static str,
    body: String,
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let query = self.query.as_deref().map(|query| format!("?{query}"));
        let (path, query) = (&self.path, query.unwrap_or_default());
        let (method, scope, header) = (self.method, self.scope, &self.header);
        write!(
            f,
            "{method} {path}{query} as {scope} {header:?} {}",
            self.body
        )
    }
}

impl Ask {
    /// The request, with the ids put in.
    pub fn request(&self, ids: &[String]) -> Request {
        let fill = |text: &str| {
            (0..10).fold(text.to_owned(), |text, number: usize| {
                let id = ids.get(number).map_or("nobody", String::as_str);
                text.replace(&format!("${number}"), id)
            })
        };
        let mut asked = request(self.method, &fill(&self.path), None);
        asked.query.clone_from(&self.query);
        asked.body = fill(&self.body);
        asked.principal = Principal {
            id: "test".to_owned(),
            scopes: vec![self.scope.to_owned()],
        };
        if let Some((name, value)) = &self.header {
            asked.headers.retain(|header| header.name != *name);
            asked.headers.push(Header {
                name: (*name).to_owned(),
                value: value.clone(),
            });
        }
        asked
    }
}

/// Any list of so many requests.
pub fn asks(most: usize) -> impl Strategy<Value = Vec<Ask>> {
    prop::collection::vec(ask(), 1..=most)
}

fn ask() -> impl Strategy<Value = Ask> {
    let scope =
        prop_oneof![8 => Just("admin"), 2 => Just("scim"), 1 => Just("scim:read"), 1 => Just("")];
    (target(), prop::option::weighted(0.15, header()), scope).prop_map(
        |((method, path, query, body), header, scope)| Ask {
            method,
            path,
            query,
            header,
            scope,
            body,
        },
    )
}

type Target = (&'static str, String, Option<String>, String);

fn target() -> impl Strategy<Value = Target> {
    let projected = || prop::option::weighted(0.2, projection());
    prop_oneof![
        6 => (user(), projected()).prop_map(|(body, query)| ("POST", "/Users".to_owned(), query, body)),
        2 => group().prop_map(|body| ("POST", "/Groups".to_owned(), None, body)),
        3 => license().prop_map(|body| ("POST", "/Entitlements".to_owned(), None, body)),
        3 => (one("Users"), user()).prop_map(|(path, body)| ("PUT", path, None, body)),
        1 => (one("Groups"), group()).prop_map(|(path, body)| ("PUT", path, None, body)),
        2 => (one("Entitlements"), license()).prop_map(|(path, body)| ("PUT", path, None, body)),
        5 => (one("Users"), patch(), projected()).prop_map(|(path, body, query)| ("PATCH", path, query, body)),
        3 => (one("Groups"), patch()).prop_map(|(path, body)| ("PATCH", path, None, body)),
        2 => (one("Entitlements"), patch()).prop_map(|(path, body)| ("PATCH", path, None, body)),
        3 => (endpoint().prop_flat_map(one), projected()).prop_map(|(path, query)| ("GET", path, query, String::new())),
        6 => (endpoint(), list()).prop_map(|(name, query)| ("GET", format!("/{name}"), Some(query), String::new())),
        2 => endpoint().prop_flat_map(one).prop_map(|path| ("DELETE", path, None, String::new())),
        1 => (method(), odd_path(), garbage()).prop_map(|(method, path, body)| (method, path, None, body)),
    ]
}

fn method() -> impl Strategy<Value = &'static str> {
    select(vec![
        "GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get", "",
    ])
}

fn endpoint() -> impl Strategy<Value = &'static str> {
    select(vec![
        "Users",
        "Users",
        "Groups",
        "Entitlements",
        "Schemas",
        "ResourceTypes",
    ])
}

fn one(endpoint: &'static str) -> impl Strategy<Value = String> {
    (0..10_u8).prop_map(move |number| format!("/{endpoint}/${number}"))
}

fn odd_path() -> impl Strategy<Value = String> {
    let known = select(vec![
        "/",
        "",
        "/Me",
        "/Bulk",
        "/Users/.search",
        "/Users/$0/x",
        "//Users",
        "/users",
        "/Users/%41",
        "/Users/%zz",
        "/Users/%00",
        "/ServiceProviderConfig",
        "/Schemas/x",
        "/Users/%C3%28",
    ]);
    prop_oneof![known.prop_map(str::to_owned), "/\\PC{0,30}"]
}

fn header() -> impl Strategy<Value = (&'static str, String)> {
    let tag = prop_oneof![
        (0..4_u8).prop_map(|version| format!("W/\"{version}\"")),
        select(vec!["*", "\"1\"", "W/\"1.0\", W/\"2\"", ""]).prop_map(str::to_owned),
    ];
    prop_oneof![
        tag.clone().prop_map(|tag| ("if-match", tag)),
        tag.prop_map(|tag| ("if-none-match", tag)),
        select(vec![
            "application/json",
            "text/plain",
            "application/scim+json; charset=utf-8"
        ])
        .prop_map(|media| ("content-type", media.to_owned())),
    ]
}

fn attribute() -> impl Strategy<Value = &'static str> {
    select(vec![
        "userName",
        "USERNAME",
        "name",
        "name.familyName",
        "emails",
        "emails.value",
        "active",
        "title",
        "entitlements",
        "entitlements.value",
        "roles",
        "groups",
        "members",
        "members.value",
        "meta",
        "meta.created",
        "meta.lastModified",
        "id",
        "displayName",
        "value",
        "totalAssignmentsUsed",
        "totalAssignmentsPermitted",
        "password",
        "nonsense",
        "userType",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
        "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User:licenses",
        "urn:ietf:params:scim:schemas:extension:scimlet:2.0:User:licenses.state",
        "urn:ietf:params:scim:schemas:extension:scimlet:2.0:Entitlement:waiting",
    ])
}

fn projection() -> impl Strategy<Value = String> {
    let names = prop::collection::vec(attribute(), 0..4).prop_map(|names| names.join(","));
    (select(vec!["attributes", "excludedAttributes"]), names)
        .prop_map(|(which, names)| uri::query([(which, names.as_str())]))
}

fn list() -> impl Strategy<Value = String> {
    let number = || {
        select(vec![
            "",
            "-1",
            "0",
            "1",
            "2",
            "3",
            "100",
            "99999999999999999999",
            "x",
        ])
    };
    let parameter = prop_oneof![
        5 => filter().prop_map(|filter| uri::query([("filter", filter.as_str())])),
        1 => number().prop_map(|number| uri::query([("startIndex", number)])),
        1 => number().prop_map(|number| uri::query([("count", number)])),
        1 => attribute().prop_map(|name| uri::query([("sortBy", name), ("sortOrder", "descending")])),
        1 => projection(),
        1 => "[a-z%&=+]{0,12}",
    ];
    prop::collection::vec(parameter, 0..4).prop_map(|parts| parts.join("&"))
}

fn filter() -> impl Strategy<Value = String> {
    let operator = select(vec![
        "eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le", "EQ", "pr", "xx",
    ]);
    let value = select(vec![
        "\"u1\"",
        "\"U\"",
        "\"\"",
        "true",
        "false",
        "null",
        "1",
        "-1.5",
        "\"pro\"",
        "\"$0\"",
        "\"active\"",
        "\"2026-05-28T20:26:40Z\"",
        "\"ünï\"",
        "\"a\\\"b\"",
        "unquoted",
    ]);
    let leaf = prop_oneof![
        8 => (attribute(), operator, value).prop_map(|(name, operator, value)| match operator {
            "pr" => format!("{name} pr"),
            _ => format!("{name} {operator} {value}"),
        }),
        1 => "\\PC{0,15}",
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("{left} and {right}")),
            (inner.clone(), inner.clone()).prop_map(|(left, right)| format!("({left}) or {right}")),
            inner.clone().prop_map(|inner| format!("not ({inner})")),
            (attribute(), inner).prop_map(|(name, inner)| format!("{name}[{inner}]")),
        ]
    })
}

fn sku() -> impl Strategy<Value = &'static str> {
    select(vec![
        "pro",
        "pro",
        "lite",
        "ghost",
        "Professional",
        "Suite",
        "",
    ])
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        "\\PC{0,8}".prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        Just(Value::Null),
        Just(json!(1.5)),
        Just(json!({})),
        Just(json!([[]])),
    ]
}

/// One member of a user: its name and its value, now and then of a wrong type.
fn user_member() -> impl Strategy<Value = (String, Value)> {
    let name = |name: &'static str| move |value: Value| (name.to_owned(), value);
    let skus = prop::collection::vec(sku().prop_map(|sku| json!({ "value": sku })), 0..4);
    prop_oneof![
        6 => skus.prop_map(Value::from).prop_map(name("entitlements")),
        2 => any::<bool>().prop_map(Value::from).prop_map(name("active")),
        2 => select(vec!["VP", "Clerk"]).prop_map(Value::from).prop_map(name("title")),
        2 => select(vec!["Employee", "Guest"]).prop_map(Value::from).prop_map(name("userType")),
        2 => Just(json!([{ "value": "Admin", "primary": true }])).prop_map(name("roles")),
        2 => "[a-zü]{1,6}".prop_map(|text| json!({ "familyName": text })).prop_map(name("name")),
        2 => Just(json!([{ "value": "a@example.com", "type": "work" }])).prop_map(name("emails")),
        1 => Just(json!({ "department": "Tours" })).prop_map(name(ENTERPRISE)),
        1 => (attribute(), scalar()).prop_map(|(name, value)| (name.to_owned(), value)),
    ]
}

fn user() -> impl Strategy<Value = String> {
    let members = prop::collection::vec(user_member(), 0..5);
    let good = (0..6_u8, members).prop_map(|(number, members)| {
        let mut user = Map::from_iter(members);
        user.insert("schemas".to_owned(), json!([USER, ENTERPRISE]));
        user.insert("userName".to_owned(), format!("u{number}").into());
        Value::Object(user).to_string()
    });
    prop_oneof![9 => good, 1 => garbage()]
}

fn member() -> impl Strategy<Value = Value> {
    (0..10_u8).prop_map(|number| json!({ "value": format!("${number}") }))
}

fn group() -> impl Strategy<Value = String> {
    let good = ("[a-c]", prop::collection::vec(member(), 0..4)).prop_map(|(name, members)| {
        let schema = "urn:ietf:params:scim:schemas:core:2.0:Group";
        json!({ "schemas": [schema], "displayName": name, "members": members }).to_string()
    });
    prop_oneof![9 => good, 1 => garbage()]
}

fn license() -> impl Strategy<Value = String> {
    let overage = select(vec!["waitlist", "deny", "allow", "never"]);
    let good = (sku(), prop::option::of(0..3_u8), overage).prop_map(|(sku, seats, overage)| {
        let schema = "urn:ietf:params:scim:schemas:core:2.0:Entitlement";
        let terms = json!({ "overage": overage });
        json!({ "schemas": [schema, TERMS], "value": sku, "totalAssignmentsPermitted": seats, TERMS: terms })
            .to_string()
    });
    prop_oneof![9 => good, 1 => garbage()]
}

fn operation() -> impl Strategy<Value = Value> {
    let op = select(vec!["add", "replace", "remove", "Add", "move"]);
    let place = prop_oneof![
        4 => attribute().prop_map(str::to_owned),
        1 => (attribute(), filter()).prop_map(|(name, filter)| format!("{name}[{filter}]")),
        1 => sku().prop_map(|sku| format!("entitlements[value eq \"{sku}\"].value")),
        1 => (0..10_u8).prop_map(|number| format!("members[value eq \"${number}\"]")),
    ];
    let value = prop_oneof![
        3 => prop::collection::vec(sku().prop_map(|sku| json!({ "value": sku })), 0..3).prop_map(Value::from),
        3 => prop::collection::vec(member(), 0..3).prop_map(Value::from),
        2 => user_member().prop_map(|(name, value)| json!({ name: value })),
        2 => any::<bool>().prop_map(Value::from),
        2 => (0..4_u8).prop_map(Value::from),
        2 => scalar(),
    ];
    (
        op,
        prop::option::weighted(0.8, place),
        prop::option::weighted(0.8, value),
    )
        .prop_map(|(op, path, value)| {
            let mut operation = json!({ "op": op });
            if let Some(path) = path {
                operation["path"] = path.into();
            }
            if let Some(value) = value {
                operation["value"] = value;
            }
            operation
        })
}

fn patch() -> impl Strategy<Value = String> {
    let good = prop::collection::vec(operation(), 0..4).prop_map(|operations| {
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        json!({ "schemas": [schema], "Operations": operations }).to_string()
    });
    prop_oneof![9 => good, 1 => garbage()]
}

/// What is no document at all, or hardly one.
fn garbage() -> impl Strategy<Value = String> {
    let known = select(vec![
        "",
        " ",
        "null",
        "[]",
        "{}",
        "{",
        "{\"a\":}",
        "{\"userName\":\"u1\",\"userName\":\"u2\"}",
        "1e999",
        "\"\\ud800\"",
        "{\"schemas\":[]}",
        "{\"schemas\":\"x\",\"userName\":1}",
        "\u{feff}{}",
        "{\"a\":1}x",
    ]);
    let deep =
        (1..300_usize).prop_map(|depth| format!("{}1{}", "[".repeat(depth), "]".repeat(depth)));
    prop_oneof![3 => known.prop_map(str::to_owned), 1 => deep, 1 => "\\PC{0,40}"]
}
