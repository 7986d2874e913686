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

/// How many of a kind are told apart.
const MARKS: usize = 5;

/// A request. `$u3` in its path or body is the id of one of the users so far, `$g3` of a group,
/// `$e3` of a license.
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
    /// The request, with the ids put in. `ids` are those of users, groups and licenses.
    pub fn request(&self, ids: &[Vec<String>; 3]) -> Request {
        let fill = |text: &str| {
            let mut text = text.to_owned();
            for (kind, known) in ["u", "g", "e"].iter().zip(ids) {
                for number in 0..MARKS {
                    let id = known.get(number % known.len().max(1));
                    let id = id.map_or("nobody", String::as_str);
                    text = text.replace(&format!("${kind}{number}"), id);
                }
            }
            text
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

/// Any list of so many requests, behind a few that create something.
pub fn asks(most: usize) -> impl Strategy<Value = Vec<Ask>> {
    let first = prop::collection::vec(as_admin(creation()), 3..8);
    let then = prop::collection::vec(ask(), 1..=most);
    (first, then).prop_map(|(first, then)| [first, then].concat())
}

type Target = (&'static str, String, Option<String>, String);

fn as_admin(target: impl Strategy<Value = Target>) -> impl Strategy<Value = Ask> {
    target.prop_map(|(method, path, query, body)| Ask {
        method,
        path,
        query,
        header: None,
        scope: "admin",
        body,
    })
}

fn ask() -> impl Strategy<Value = Ask> {
    let scope =
        prop_oneof![20 => Just("admin"), 1 => Just("scim"), 1 => Just("scim:read"), 1 => Just("")];
    let header = prop::option::weighted(0.15, header());
    (as_admin(target()), header, scope).prop_map(|(ask, header, scope)| Ask {
        header,
        scope,
        ..ask
    })
}

fn creation() -> impl Strategy<Value = Target> {
    let create = |endpoint: &'static str| move |body| ("POST", endpoint.to_owned(), None, body);
    prop_oneof![
        4 => user().prop_map(create("/Users")),
        2 => group().prop_map(create("/Groups")),
        3 => license().prop_map(create("/Entitlements")),
    ]
}

fn target() -> impl Strategy<Value = Target> {
    let projected = || prop::option::weighted(0.2, projection());
    let at = |method: &'static str| move |(path, body, query)| (method, path, query, body);
    let nothing = || Just(String::new());
    prop_oneof![
        5 => creation(),
        3 => (one("Users"), user(), projected()).prop_map(at("PUT")),
        1 => (one("Groups"), group(), projected()).prop_map(at("PUT")),
        2 => (one("Entitlements"), license(), projected()).prop_map(at("PUT")),
        6 => (one("Users"), patch(user_operation()), projected()).prop_map(at("PATCH")),
        4 => (one("Groups"), patch(group_operation()), projected()).prop_map(at("PATCH")),
        3 => (one("Entitlements"), patch(license_operation()), projected()).prop_map(at("PATCH")),
        3 => (endpoint().prop_flat_map(one), nothing(), projected()).prop_map(at("GET")),
        6 => (endpoint(), list()).prop_map(|(name, query)| ("GET", format!("/{name}"), Some(query), String::new())),
        2 => (endpoint().prop_flat_map(one), nothing(), Just(None)).prop_map(at("DELETE")),
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
    let kind = endpoint.to_ascii_lowercase();
    let kind = kind.get(..1).unwrap_or_default().to_owned();
    (0..MARKS).prop_map(move |number| format!("/{endpoint}/${kind}{number}"))
}

fn odd_path() -> impl Strategy<Value = String> {
    let known = select(vec![
        "/",
        "",
        "/Me",
        "/Bulk",
        "/Users/.search",
        "/Users/$u0/x",
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
            "0",
            "1",
            "2",
            "3",
            "100",
            "-1",
            "99999999999999999999",
            "x",
            "",
        ])
    };
    let maybe = |chance: f64, name: &'static str, value: BoxedStrategy<String>| {
        prop::option::weighted(
            chance,
            value.prop_map(move |value| uri::query([(name, value.as_str())])),
        )
    };
    (
        maybe(0.7, "filter", filter().boxed()),
        maybe(0.2, "startIndex", number().prop_map(str::to_owned).boxed()),
        maybe(0.2, "count", number().prop_map(str::to_owned).boxed()),
        maybe(0.1, "sortBy", attribute().prop_map(str::to_owned).boxed()),
        prop::option::weighted(0.2, projection()),
        prop::option::weighted(0.05, "[a-z%&=+]{0,12}"),
    )
        .prop_map(|(one, two, three, four, five, six)| {
            let parts = [one, two, three, four, five, six].into_iter().flatten();
            parts.collect::<Vec<_>>().join("&")
        })
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
        "\"$u0\"",
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
    let one = (0..MARKS).prop_map(|number| json!({ "value": format!("$u{number}") }));
    prop_oneof![9 => one, 1 => Just(json!({ "value": "$g0", "type": "Group" }))]
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

/// What to do, to what, and with which value; now and then without one of them.
type Operation = (String, Option<String>, Option<Value>);

fn user_operation() -> impl Strategy<Value = Operation> {
    let add = user_member().prop_map(|(path, value)| ("add", Some(path), Some(value)));
    let replace = user_member().prop_map(|(path, value)| ("replace", Some(path), Some(value)));
    let whole = user_member().prop_map(|(name, value)| ("add", None, Some(json!({ name: value }))));
    let path = sku().prop_map(|sku| format!("entitlements[value eq \"{sku}\"]"));
    let drop = path.prop_map(|path| ("remove", Some(path), None));
    let remove = attribute().prop_map(|path| ("remove", Some(path.to_owned()), None));
    let active = any::<bool>();
    let active = active.prop_map(|it| ("Replace", Some("active".to_owned()), Some(it.into())));
    let known =
        prop_oneof![4 => add, 4 => replace, 2 => whole, 2 => drop, 1 => remove, 2 => active];
    mostly(known)
}

fn group_operation() -> impl Strategy<Value = Operation> {
    let members = || prop::collection::vec(member(), 0..4).prop_map(Value::from);
    let path = || Some("members".to_owned());
    let add = members().prop_map(move |members| ("add", path(), Some(members)));
    let replace = members().prop_map(move |members| ("replace", path(), Some(members)));
    let one = (0..MARKS).prop_map(|number| format!("members[value eq \"$u{number}\"]"));
    let drop = one.prop_map(|path| ("remove", Some(path), None));
    let clear = Just(()).prop_map(move |()| ("remove", path(), None));
    let name =
        "[a-c]".prop_map(|name| ("replace", Some("displayName".to_owned()), Some(name.into())));
    mostly(prop_oneof![5 => add, 2 => replace, 4 => drop, 1 => clear, 1 => name])
}

fn license_operation() -> impl Strategy<Value = Operation> {
    let replace = |path: &str, value: Value| ("replace", Some(path.to_owned()), Some(value));
    let seats = (0..4_u8).prop_map(move |seats| replace("totalAssignmentsPermitted", seats.into()));
    let mode = select(vec!["waitlist", "deny", "allow", "never"]);
    let mode = mode.prop_map(move |mode| replace(&format!("{TERMS}:overage"), mode.into()));
    let name = "\\PC{0,8}".prop_map(move |name| replace("display", name.into()));
    mostly(prop_oneof![4 => seats, 3 => mode, 1 => name])
}

/// An operation as it is, or any other.
fn mostly(
    known: impl Strategy<Value = (&'static str, Option<String>, Option<Value>)>,
) -> impl Strategy<Value = Operation> {
    let known = known.prop_map(|(op, path, value)| (op.to_owned(), path, value));
    let op = select(vec!["add", "replace", "remove", "move"]).prop_map(str::to_owned);
    let place = prop_oneof![
        attribute().prop_map(str::to_owned),
        (attribute(), filter()).prop_map(|(name, filter)| format!("{name}[{filter}]")),
        "\\PC{0,12}",
    ];
    prop_oneof![9 => known, 1 => (op, prop::option::of(place), prop::option::of(scalar()))]
}

fn patch(operation: impl Strategy<Value = Operation>) -> impl Strategy<Value = String> {
    let operation = operation.prop_map(|(op, path, value)| {
        let mut operation = json!({ "op": op });
        if let Some(path) = path {
            operation["path"] = path.into();
        }
        if let Some(value) = value {
            operation["value"] = value;
        }
        operation
    });
    let good = prop::collection::vec(operation, 1..4).prop_map(|operations| {
        let schema = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
        json!({ "schemas": [schema], "Operations": operations }).to_string()
    });
    prop_oneof![15 => good, 1 => garbage()]
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
