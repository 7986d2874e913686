//! What a tenant's settings may say about schemas, resource types and indexes, and what is told of
//! each mistake: the JSON path, and why.

use scimlet_engine::{Problem, Tenant};
use serde_json::{Value, json};

fn problems(settings: &Value) -> Vec<Problem> {
    Tenant::open(&settings.to_string())
        .err()
        .unwrap_or_default()
}

/// One problem, at this path, whose sentence holds these words.
fn refuses(settings: &Value, path: &str, words: &str) {
    let problems = problems(settings);
    assert!(
        matches!(problems.as_slice(), [one] if one.path == path && one.detail.contains(words)),
        "expected `{words}` at {path} of {settings}, got {problems:#?}"
    );
}

fn accepts(settings: &Value) {
    assert_eq!(problems(settings), [], "{settings}");
}

fn schema(attributes: &Value) -> Value {
    json!({ "schemas": [{ "id": "urn:example:schemas:1.0:Thing", "attributes": attributes }] })
}

#[test]
fn takes_the_characteristics_of_section_7() {
    accepts(&schema(&json!([
        { "name": "serial", "type": "string", "caseExact": true, "uniqueness": "server", "required": true },
        { "name": "a$b-c_1", "type": "decimal", "returned": "request", "mutability": "immutable" },
        { "name": "pin", "mutability": "writeOnly", "required": true },
        { "name": "owner", "type": "complex", "subAttributes": [
            { "name": "value", "uniqueness": "global" },
            { "name": "$ref", "type": "reference", "referenceTypes": ["User", "external", "uri"] },
            { "name": "id" },
        ] },
    ])));
}

#[test]
fn takes_what_the_server_serves() {
    accepts(&json!({ "schemas": [{
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
        "id": "urn:example:schemas:1.0:Thing",
        "name": "Thing",
        "description": "A thing",
        "attributes": [{ "name": "serial", "type": "string", "multiValued": false, "description": "",
            "required": false, "caseExact": false, "canonicalValues": ["a"], "mutability": "readWrite",
            "returned": "default", "uniqueness": "none" }],
        "meta": { "resourceType": "Schema", "location": "/Schemas/x" },
    }] }));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn refuses_attributes_that_are_none() {
    let attribute = "$.schemas[0].attributes[0]";
    for (given, at, words) in [
        (json!({ "name": "a b" }), ".name", "section 2.1"),
        (json!({ "name": "1st" }), ".name", "section 2.1"),
        (json!({ "name": "$ref" }), ".name", "section 2.1"),
        (
            json!({ "name": "ExternalID" }),
            ".name",
            "every resource has",
        ),
        (json!({ "name": "meta" }), ".name", "every resource has"),
        (json!({ "type": "string" }), ".name", "must be a string"),
        (json!({ "name": "a", "type": "text" }), ".type", "dateTime"),
        (
            json!({ "name": "a", "mutability": "readonly" }),
            ".mutability",
            "readOnly",
        ),
        (
            json!({ "name": "a", "returned": true }),
            ".returned",
            "request",
        ),
        (
            json!({ "name": "a", "uniqueness": "tenant" }),
            ".uniqueness",
            "server",
        ),
        (
            json!({ "name": "a", "required": "true" }),
            ".required",
            "true or false",
        ),
        (
            json!({ "name": "a", "canonicalValues": [1] }),
            ".canonicalValues[0]",
            "a string",
        ),
        (
            json!({ "name": "a", "subAttributes": [{ "name": "b" }] }),
            ".subAttributes",
            "only a complex",
        ),
        (
            json!({ "name": "a", "type": "complex" }),
            ".subAttributes",
            "one part",
        ),
        (
            json!({ "name": "a", "type": "boolean", "uniqueness": "server" }),
            ".uniqueness",
            "no uniqueness",
        ),
        (
            json!({ "name": "a", "mutability": "writeOnly", "uniqueness": "server" }),
            ".uniqueness",
            "not kept",
        ),
        (
            json!({ "name": "a", "mutability": "writeOnly", "returned": "always" }),
            ".returned",
            "never returned",
        ),
        (
            json!({ "name": "a", "referenceTypes": ["User"] }),
            ".referenceTypes",
            "only a reference",
        ),
        (
            json!({ "name": "a", "type": "reference", "referenceTypes": ["Boat"] }),
            ".referenceTypes[0]",
            "Boat",
        ),
        (
            json!({ "name": "a", "default": 1 }),
            ".default",
            "unknown key",
        ),
        (json!("a"), "", "an object"),
    ] {
        refuses(&schema(&json!([given])), &format!("{attribute}{at}"), words);
    }
    let twice = json!([{ "name": "a" }, { "name": "A" }]);
    refuses(
        &schema(&twice),
        "$.schemas[0].attributes[1].name",
        "already",
    );
    let nested = json!([{ "name": "a", "type": "complex", "subAttributes": [{ "name": "b", "type": "complex" }] }]);
    let parts = "$.schemas[0].attributes[0].subAttributes[0]";
    let found = problems(&schema(&nested));
    assert!(
        found.iter().any(|it| it.path == format!("{parts}.type")),
        "{found:?}"
    );
    let secret = json!([{ "name": "a", "type": "complex", "subAttributes": [
        { "name": "b", "mutability": "writeOnly", "required": true }] }]);
    refuses(&schema(&secret), &format!("{parts}.required"), "not kept");
}

#[test]
fn refuses_schemas_that_are_none() {
    let attributes = json!([{ "name": "a" }]);
    for (id, words) in [
        ("Thing", "must be a URN"),
        ("https://example.com/thing", "must be a URN"),
        (
            "urn:ietf:params:scim:schemas:core:2.0:user",
            "comes with the server",
        ),
        (
            "urn:ietf:params:scim:schemas:extension:scimlet:2.0:Thing",
            "the server's",
        ),
        (
            "urn:ietf:params:scim:api:messages:2.0:PatchOp",
            "the server's",
        ),
        ("urn:okta:scim:schemas:core:1.0:Role", "the server's"),
        (
            "urn:ietf:params:scim:schemas:core:2.0:User:userName",
            "may mean",
        ),
    ] {
        let settings = json!({ "schemas": [{ "id": id, "attributes": attributes }] });
        refuses(&settings, "$.schemas[0].id", words);
    }
    let twice = json!({ "schemas": [
        { "id": "urn:example:a", "attributes": attributes },
        { "id": "urn:example:A", "attributes": attributes },
    ] });
    refuses(&twice, "$.schemas[1].id", "another schema");
    let empty = json!({ "schemas": [{ "id": "urn:example:a", "attributes": [] }] });
    refuses(&empty, "$.schemas[0].attributes", "one attribute");
    refuses(&json!({ "schemas": {} }), "$.schemas", "an array");
}

#[test]
fn refuses_more_than_it_takes() {
    let schemas: Vec<Value> = (0..33)
        .map(|n| json!({ "id": format!("urn:example:{n}"), "attributes": [{ "name": "a" }] }))
        .collect();
    refuses(&json!({ "schemas": schemas }), "$.schemas", "32");
    let attributes: Vec<Value> = (0..501)
        .map(|n| json!({ "name": format!("a{n}") }))
        .collect();
    refuses(&schema(&json!(attributes)), "$.schemas", "500");
    let types: Vec<Value> = (0..17)
        .map(|n| json!({ "name": format!("T{n}"), "endpoint": format!("T{n}") }))
        .collect();
    refuses(&json!({ "resourceTypes": types }), "$.resourceTypes", "16");
    let long = json!([{ "name": "a", "description": "x".repeat(65_000) },
        { "name": "b", "description": "x".repeat(1000) }]);
    refuses(&schema(&long), "$", "65536");
}

fn with_type(kind: &Value) -> Value {
    json!({
        "schemas": [{ "id": THING, "attributes": [{ "name": "serial" }] }],
        "resourceTypes": [kind],
    })
}

const THING: &str = "urn:example:schemas:1.0:Thing";
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

#[test]
fn takes_types_and_extensions() {
    for kind in [
        json!({ "name": "Thing", "endpoint": "/Things", "schema": THING }),
        json!({ "id": "things", "name": "Thing", "endpoint": "Things", "schema": THING, "description": "x" }),
        json!({ "name": "Agent", "endpoint": "/Agents", "schema": USER,
            "schemaExtensions": [{ "schema": THING, "required": true }] }),
        json!({ "name": "User", "schemaExtensions": [{ "schema": THING, "required": true }] }),
        json!({ "name": "Group", "endpoint": "/Groups", "schemaExtensions": [{ "schema": THING, "required": false }] }),
    ] {
        accepts(&with_type(&kind));
    }
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn refuses_types_that_are_none() {
    for (kind, at, words) in [
        (
            json!({ "name": "Thing", "endpoint": "/Things", "schema": "urn:example:no" }),
            ".schema",
            "no schema",
        ),
        (
            json!({ "name": "Thing", "endpoint": "/Things" }),
            ".schema",
            "must be a string",
        ),
        (
            json!({ "name": "Thing", "schema": THING }),
            ".endpoint",
            "must be a string",
        ),
        (
            json!({ "name": "Thing", "endpoint": "/Users", "schema": THING }),
            ".endpoint",
            "another",
        ),
        (
            json!({ "name": "Thing", "endpoint": "/bulk", "schema": THING }),
            ".endpoint",
            "the server's",
        ),
        (
            json!({ "name": "Thing", "endpoint": "/Me", "schema": THING }),
            ".endpoint",
            "the server's",
        ),
        (
            json!({ "name": "Thing", "endpoint": "/.search", "schema": THING }),
            ".endpoint",
            "one part",
        ),
        (
            json!({ "name": "Thing", "endpoint": "/a/b", "schema": THING }),
            ".endpoint",
            "one part",
        ),
        (
            json!({ "name": "a:b", "endpoint": "/Things", "schema": THING }),
            ".name",
            "letters",
        ),
        (
            json!({ "name": "secret", "endpoint": "/Things", "schema": THING }),
            ".name",
            "the server's",
        ),
        (
            json!({ "id": "x", "name": "user", "endpoint": "/Things", "schema": THING }),
            ".name",
            "another",
        ),
        (
            json!({ "name": "Entitlement" }),
            ".name",
            "cannot be changed",
        ),
        (
            json!({ "name": "User", "endpoint": "/People" }),
            ".endpoint",
            "/Users",
        ),
        (
            json!({ "name": "User", "schema": THING }),
            ".schema",
            "stays so",
        ),
        (
            json!({ "id": "User", "name": "Thing", "endpoint": "/Things", "schema": THING }),
            ".id",
            "another",
        ),
        (
            json!({ "name": "Thing", "endpoint": "/Things",
            "schema": "urn:ietf:params:scim:schemas:core:2.0:Group" }),
            ".schema",
            "the server's own",
        ),
        (
            json!({ "name": "User", "schemaExtensions": [{ "schema": "urn:example:no" }] }),
            ".schemaExtensions[0].schema",
            "no schema",
        ),
        (
            json!({ "name": "User", "schemaExtensions": [{ "schema": THING }, { "schema": THING }] }),
            ".schemaExtensions[1].schema",
            "already",
        ),
        (
            json!({ "name": "Thing", "endpoint": "/Things", "schema": THING,
            "schemaExtensions": [{ "schema": THING }] }),
            ".schemaExtensions[0].schema",
            "of itself",
        ),
        (
            json!({ "name": "User", "schemaExtensions": [{ "schema": THING, "required": 1 }] }),
            ".schemaExtensions[0].required",
            "true or false",
        ),
        (
            json!({ "name": "User", "extensions": [] }),
            ".extensions",
            "unknown key",
        ),
    ] {
        refuses(&with_type(&kind), &format!("$.resourceTypes[0]{at}"), words);
    }
}

#[test]
fn other_parts_know_the_tenants_schemas() {
    let serial = format!("{THING}:serial");
    let settings = json!({
        "schemas": [{ "id": THING, "attributes": [{ "name": "serial" }] }],
        "resourceTypes": [{ "name": "User", "schemaExtensions": [{ "schema": THING }] }],
        "licensing": { "rules": [
            { "name": "r", "when": format!("{serial} pr"), "grant": ["pro"] },
        ] },
        "indexes": { "User": [serial, "title", "name.familyName"] },
    });
    accepts(&settings);
}

#[test]
fn a_dialect_is_one_that_is_known() {
    accepts(&json!({ "dialect": "okta" }));
    for dialect in [json!("entra"), json!(true), json!({})] {
        refuses(&json!({ "dialect": dialect }), "$.dialect", "okta");
    }
}

#[test]
fn refuses_indexes_that_are_none() {
    for (kind, path, at, words) in [
        ("Boat", "name", "", "no such resource type"),
        ("User", "nick", "[0]", "not an attribute"),
        ("User", "emails", "[0]", "such as `emails.value`"),
        ("User", "password", "[0]", "not kept"),
        ("User", "groups.value", "[0]", "the server sets"),
        ("User", "id", "[0]", "the server sets"),
        ("User", "meta.version", "[0]", "the server sets"),
        ("User", "x509Certificates.value", "[0]", "not searched"),
        ("Group", "members.value", "[0]", "the server sets"),
        ("User", "emails.primary", "[0]", "those without it"),
        ("User", "", "[0]", "attribute path"),
    ] {
        let settings = json!({ "indexes": { kind: [path] } });
        refuses(&settings, &format!("$.indexes.{kind}{at}"), words);
    }
    let twice = json!({ "indexes": { "User": ["title", "TITLE"] } });
    refuses(&twice, "$.indexes.User[1]", "already");
    accepts(&json!({ "indexes": { "User": ["meta.created", "userName"], "Role": ["display"] } }));
}
