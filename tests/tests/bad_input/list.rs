//! The list of bad requests, each with a label for the message of a test that fails.

use scimlet_tests::Request;
use scimlet_tests::tenant::{patch, user};
use serde_json::{Value, json};

type Bad = (String, Request);

/// All of them. `id` names a user who must come to no harm.
pub(crate) fn all(id: &str) -> Vec<Bad> {
    let mut list = Vec::new();
    list.extend(broken_json(id));
    list.extend(deep_json(id));
    list.extend(wrong_types(id));
    list.extend(bad_patches(id));
    list.extend(bad_filters());
    list.extend(bad_paths(id));
    list.extend(bad_methods(id));
    list.extend(bad_credentials());
    list
}

fn body(label: &str, method: &str, path: &str, bytes: impl Into<Vec<u8>>) -> Bad {
    (
        format!("{label} ({method})"),
        Request::new(method, path).bytes(bytes),
    )
}

/// Not JSON, or not an object.
const NO_OBJECT: [(&str, &[u8]); 18] = [
    ("empty body", b""),
    ("only white space", b" \n\t "),
    ("not JSON", b"userName=a"),
    ("XML", b"<user><userName>a</userName></user>"),
    ("single quotes", b"{'userName':'a'}"),
    ("a bare NUL", b"{\"userName\":\"a\0b\"}"),
    ("a NUL between", b"{\0\"userName\":\"a\"}"),
    ("a bare newline in a text", b"{\"userName\":\"a\nb\"}"),
    ("a byte order mark of UTF-16", b"\xff\xfe{\0}\0"),
    ("an array", b"[]"),
    ("a text", b"\"a\""),
    ("null", b"null"),
    ("a number", b"1"),
    ("an unclosed text", b"\"a"),
    ("an unclosed array", b"[1,"),
    ("a word", b"nul"),
    ("a key without a value", b"{\"userName\"}"),
    ("a key that is no text", b"{1:2}"),
];

/// What stands behind the schemas of a user and breaks it.
const BROKEN_USER: [(&str, &[u8]); 17] = [
    ("cut off", b"\"userName\":\"a"),
    ("trailing comma", b"\"userName\":\"a\",}"),
    ("trailing text", b"\"userName\":\"a\"} x"),
    ("two documents", b"\"userName\":\"a\"}{}"),
    ("a comment", b"/* x */\"userName\":\"a\"}"),
    ("invalid UTF-8 in a text", b"\"userName\":\"\xff\xfe\"}"),
    ("an overlong NUL", b"\"userName\":\"\xc0\x80\"}"),
    ("a surrogate in UTF-8", b"\"userName\":\"\xed\xa0\x80\"}"),
    ("a lone high surrogate", br#""userName":"\ud800"}"#),
    ("a lone low surrogate", br#""userName":"\udc00"}"#),
    (
        "surrogates the wrong way round",
        br#""userName":"\udc00\ud800"}"#,
    ),
    ("an unknown escape", br#""userName":"\x41"}"#),
    (
        "a number beyond all",
        b"\"userName\":\"a\",\"active\":1e999}",
    ),
    ("NaN", b"\"userName\":\"a\",\"active\":NaN}"),
    ("a leading zero", b"\"userName\":\"a\",\"active\":01}"),
    ("a key twice", b"\"userName\":\"a\",\"userName\":\"b\"}"),
    (
        "a key twice in two cases",
        b"\"userName\":\"a\",\"USERNAME\":\"b\"}",
    ),
];

fn broken_json(id: &str) -> Vec<Bad> {
    let head = br#"{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"#;
    let whole = NO_OBJECT.map(|(label, bytes)| (label, bytes.to_vec()));
    let users = BROKEN_USER.map(|(label, rest)| (label, [head, rest].concat()));
    let user = format!("/Users/{id}");
    let mut list = Vec::new();
    for (label, bytes) in whole.into_iter().chain(users) {
        list.push(body(label, "POST", "/Users", bytes.clone()));
        list.push(body(label, "PUT", &user, bytes.clone()));
        list.push(body(label, "PATCH", &user, bytes));
    }
    list
}

fn deep_json(id: &str) -> Vec<Bad> {
    const DEEP: usize = 5_000;
    let arrays = format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
    let objects = format!("{}1{}", "{\"a\":".repeat(DEEP), "}".repeat(DEEP));
    let inside = |deep: &str| {
        user("a")
            .to_string()
            .replace("\"a\"", &format!("\"a\",\"displayName\":{deep}"))
    };
    let in_patch = format!(
        r#"{{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{{"op":"add","path":"nickName","value":{arrays}}}]}}"#
    );
    let path = format!("/Users/{id}");
    vec![
        body("nested arrays", "POST", "/Users", arrays.clone()),
        body("nested objects", "POST", "/Users", objects.clone()),
        body("open arrays", "POST", "/Users", "[".repeat(100_000)),
        body("open objects", "POST", "/Users", "{\"a\":".repeat(100_000)),
        body("arrays in an attribute", "POST", "/Users", inside(&arrays)),
        body("objects in an attribute", "PUT", &path, inside(&objects)),
        body("arrays in an operation", "PATCH", &path, in_patch),
        body(
            "a body over the limit",
            "POST",
            "/Users",
            " ".repeat(5 * 1024 * 1024),
        ),
        body(
            "a key of a megabyte less",
            "POST",
            "/Users",
            format!("{{\"{}\":1}}", "k".repeat(900_000)),
        ),
    ]
}

fn wrong_types(id: &str) -> Vec<Bad> {
    let values: Vec<(&str, Value)> = vec![
        ("userName", json!(1)),
        ("userName", json!({})),
        ("userName", json!([])),
        ("userName", json!("")),
        ("userName", Value::Null),
        ("active", json!("true")),
        ("active", json!(1)),
        ("name", json!("x")),
        ("name", json!([{ "familyName": "x" }])),
        ("name", json!({ "familyName": { "x": 1 } })),
        ("emails", json!("x@example.com")),
        ("emails", json!({ "value": "x" })),
        ("emails", json!([1])),
        ("emails", json!([[]])),
        ("emails", json!([{ "value": 1 }])),
        ("entitlements", json!("pro")),
        ("entitlements", json!([{ "value": { "sku": "pro" } }])),
        ("x509Certificates", json!([{ "value": "%%%" }])),
        (
            "schemas",
            json!("urn:ietf:params:scim:schemas:core:2.0:User"),
        ),
        ("schemas", json!([1])),
        ("schemas", json!(["urn:example:none"])),
    ];
    let mut list = Vec::new();
    for (name, value) in values {
        let mut bad = user("wrong-type");
        bad[name] = value;
        list.push(body(&bad.to_string(), "POST", "/Users", bad.to_string()));
        list.push(body(
            &bad.to_string(),
            "PUT",
            &format!("/Users/{id}"),
            bad.to_string(),
        ));
    }
    for seats in [
        "-1",
        "1e999",
        "1.5",
        "99999999999999999999999",
        "\"1\"",
        "true",
    ] {
        let text = format!(
            r#"{{"schemas":["urn:ietf:params:scim:schemas:core:2.0:Entitlement"],"value":"x","limitedAssignmentsPermitted":true,"totalAssignmentsPermitted":{seats}}}"#
        );
        list.push(body(
            &format!("admin: {seats} seats"),
            "POST",
            "/Entitlements",
            text,
        ));
    }
    list
}

fn bad_patches(id: &str) -> Vec<Bad> {
    let path = format!("/Users/{id}");
    let long_filter = format!("emails[{}].value", vec!["value pr"; 1_500].join(" or "));
    let parentheses = format!(
        "emails[{}value pr{}].value",
        "(".repeat(10_000),
        ")".repeat(10_000)
    );
    let many_comparisons = format!("emails[{}]", vec!["value co \"x\""; 200].join(" or "));
    let operations = [
        json!([]),
        json!({}),
        json!("x"),
        json!([1]),
        json!([{}]),
        json!([{ "op": "explode", "path": "nickName" }]),
        json!([{ "op": 1, "path": "nickName", "value": "x" }]),
        json!([{ "op": "add", "path": {}, "value": "x" }]),
        json!([{ "op": "add", "path": "nickName" }]),
        json!([{ "op": "remove" }]),
        json!([{ "op": "remove", "path": "userName" }]),
        json!([{ "op": "remove", "path": "id" }]),
        json!([{ "op": "replace", "path": "emails[type eq \"none\"].value", "value": "x" }]),
        json!([{ "op": "replace", "path": "a".repeat(100_000), "value": "x" }]),
        json!([{ "op": "replace", "path": "a.".repeat(10_000), "value": "x" }]),
        json!([{ "op": "replace", "path": "name\u{0}", "value": "x" }]),
        json!([{ "op": "replace", "path": "[".repeat(10_000), "value": "x" }]),
        json!([{ "op": "replace", "path": long_filter, "value": "x" }]),
        json!([{ "op": "replace", "path": parentheses, "value": "x" }]),
        json!([{ "op": "add", "value": { "active": "x" } }]),
        json!([{ "op": "add", "value": [] }]),
        json!([{ "op": "add", "path": "nickName", "value": "ok" }, { "op": "remove" }]),
        Value::Array(vec![json!({ "op": "remove" }); 5_000]),
        Value::Array(vec![
            json!({ "op": "remove", "path": many_comparisons });
            100
        ]),
    ];
    let list = operations.iter().map(|operations| {
        let text = operations.to_string();
        let label = format!("patch {}", text.chars().take(200).collect::<String>());
        body(&label, "PATCH", &path, patch(operations).to_string())
    });
    list.collect()
}

fn bad_filters() -> Vec<Bad> {
    let long = |node: &str, with: &str, count: usize| vec![node; count].join(with);
    let filters = [
        String::new(),
        "userName".to_owned(),
        "userName eq".to_owned(),
        "userName regex \"x\"".to_owned(),
        "userName eq \"\\ud800\"".to_owned(),
        "userName eq \"a\u{1}b\"".to_owned(),
        "userName eq 1e999".to_owned(),
        "emails[emails[value pr]]".to_owned(),
        "\u{0}".to_owned(),
        "🦀 eq \"x\"".to_owned(),
        long("id pr", " or ", 1_500),
        long("id pr", " and ", 1_100),
        format!("{}id pr{}", "(".repeat(2_000), ")".repeat(2_000)),
        format!("{}id pr{}", "(".repeat(10_000), ")".repeat(10_000)),
        "(".repeat(10_000),
        "not(".repeat(2_000),
        format!("{}id pr{}", "not (".repeat(1_000), ")".repeat(1_000)),
        format!("userName eq \"{}", "x".repeat(5_000)),
        format!("{} pr and", "a".repeat(5_000)),
    ];
    let mut list: Vec<Bad> = Vec::new();
    for filter in filters {
        let label = format!("filter {}", filter.chars().take(60).collect::<String>());
        // Parentheses go as they are, so that the filter is what is long, and not the encoding.
        let encoded = scimlet_tests::uri::encode(&filter)
            .replace("%28", "(")
            .replace("%29", ")");
        list.push((label, Request::get(&format!("/Users?filter={encoded}"))));
    }
    for raw in [
        "filter=%ff%fe",
        "filter=userName%20eq%20%22%c3%28%22",
        "filter=%ZZ",
        "filter=%2",
    ] {
        list.push((raw.to_owned(), Request::get(&format!("/Users?{raw}"))));
    }
    list
}

fn bad_paths(id: &str) -> Vec<Bad> {
    let paths = [
        "/Boats".to_owned(),
        "/users/none".to_owned(),
        "/Users/none".to_owned(),
        "/Users/%00".to_owned(),
        "/Users/%ff%fe".to_owned(),
        "/Users/%2e%2e%2fGroups".to_owned(),
        "/Users/..%2f..%2f..%2fetc%2fpasswd".to_owned(),
        format!("/Users/{id}%00"),
        format!("/Users/{id}/name"),
        format!("/Users/{id}%20"),
        format!("/Users/{}", "9".repeat(5_000)),
        format!("/Users/{}", "a".repeat(60_000)),
        format!("/{}", "a/".repeat(3_000)),
        "/Schemas/urn:none".to_owned(),
        "/ResourceTypes/Boat".to_owned(),
        "/Users/'%20OR%201=1--".to_owned(),
        "/Users/%F0%9F%A6%80".to_owned(),
    ];
    paths
        .into_iter()
        .map(|path| (path.chars().take(60).collect(), Request::get(&path)))
        .collect()
}

fn bad_methods(id: &str) -> Vec<Bad> {
    let user_path = format!("/Users/{id}");
    let pairs = [
        ("PUT", "/Users"),
        ("PATCH", "/Users"),
        ("DELETE", "/Users"),
        ("POST", user_path.as_str()),
        ("POST", "/ServiceProviderConfig"),
        ("DELETE", "/Schemas"),
        ("PUT", "/ResourceTypes/User"),
        ("DELETE", "/Users/none"),
    ];
    let list = pairs.into_iter().map(|(method, path)| {
        let request = Request::new(method, path);
        let request = if method == "DELETE" {
            request
        } else {
            request.json(&user("x"))
        };
        (format!("{method} {path}"), request)
    });
    list.collect()
}

fn bad_credentials() -> Vec<Bad> {
    let long = format!("Bearer {}", "x".repeat(10_000));
    let credentials = ["Bearer x", "Bearer", "Basic !!!", "Basic eDp5", "x", &long];
    let list = credentials.into_iter().map(|authorization| {
        let request = Request::get("/Users").header("authorization", authorization);
        (
            format!(
                "credential {}",
                &authorization[..authorization.len().min(20)]
            ),
            request,
        )
    });
    list.collect()
}
