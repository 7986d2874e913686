//! What the settings refuse of a mapping: by the path of the line, with the reason.

use scimlet_tests::Tenant;
use serde_json::{Value, json};

use crate::world;

/// A field, which of its keys is refused, and a part of the reason.
const WRONG: [(&str, &str, &str); 42] = [
    (r#"{"path": "userName"}"#, ".field", "not empty"),
    (
        r#"{"field": "1", "path": "userName"}"#,
        ".field",
        "a letter",
    ),
    (
        r#"{"field": "a"}"#,
        "",
        "one of `path`, `template`, `constant`",
    ),
    (
        r#"{"field": "a", "path": "x"}"#,
        ".path",
        "not an attribute",
    ),
    (r#"{"field": "a", "path": "name"}"#, ".path", "which part"),
    (
        r#"{"field": "a", "path": "password"}"#,
        ".path",
        "kept nowhere",
    ),
    (
        r#"{"field": "a", "path": "groups.value"}"#,
        ".path",
        "no document",
    ),
    (
        r#"{"field": "a", "path": "emails[type foo].value"}"#,
        ".path",
        "",
    ),
    (
        r#"{"field": "a", "path": "title", "many": true}"#,
        ".path",
        "one value",
    ),
    (
        r#"{"field": "a", "path": "title", "many": 1}"#,
        ".many",
        "true or false",
    ),
    (
        r#"{"field": "a", "path": "title", "meny": true}"#,
        ".meny",
        "unknown key",
    ),
    (
        r#"{"field": "a", "template": "x"}"#,
        ".template",
        "`{path}`",
    ),
    (
        r#"{"field": "a", "template": "{title"}"#,
        ".template",
        "no `}`",
    ),
    (
        r#"{"field": "a", "template": "{emails.value}"}"#,
        ".template",
        "many values",
    ),
    (
        r#"{"field": "a", "constant": null}"#,
        ".constant",
        "a string",
    ),
    (
        r#"{"field": "a", "constant": 1, "direction": "in"}"#,
        ".direction",
        "no way back",
    ),
    (
        r#"{"field": "a", "template": "{title} {locale}", "direction": "in"}"#,
        ".direction",
        "several paths",
    ),
    (
        r#"{"field": "a", "path": "id", "direction": "both"}"#,
        ".direction",
        "cannot be changed",
    ),
    (
        r#"{"field": "a", "path": "active", "direction": "in", "transforms": [{"boolean": ["on", "off"]}]}"#,
        ".direction",
        "`active` cannot be the platform's alone",
    ),
    (
        r#"{"field": "a", "template": "{urn:ietf:params:scim:schemas:core:2.0:User:active}", "direction": "in"}"#,
        ".direction",
        "only be `out` or `both`",
    ),
    (
        r#"{"field": "a", "path": "entitlements.value", "direction": "in"}"#,
        ".direction",
        "takes licenses away by it",
    ),
    (
        r#"{"field": "a", "path": "roles[type eq \"x\"].value", "direction": "in"}"#,
        ".direction",
        "takes licenses away by it",
    ),
    (
        r#"{"field": "a", "path": "emails[type pr].value", "direction": "in"}"#,
        ".direction",
        "what a new value would be",
    ),
    (
        r#"{"field": "a", "path": "emails.value", "many": false, "direction": "in"}"#,
        ".direction",
        "select one by a filter",
    ),
    (
        r#"{"field": "a", "path": "emails.display", "direction": "in"}"#,
        ".direction",
        "their `value`",
    ),
    (
        r#"{"field": "a", "path": "externalId", "direction": "both", "transforms": ["lower"]}"#,
        ".direction",
        "loses capitals",
    ),
    (
        r#"{"field": "a", "path": "title", "direction": "both", "transforms": [{"lookup": {"x": "1", "y": 1}}]}"#,
        ".direction",
        "the same in the table",
    ),
    (
        r#"{"field": "a", "path": "title", "direction": "in", "transforms": [{"lookup": {"x": "1"}, "else": null}]}"#,
        ".direction",
        "`else` null",
    ),
    (
        r#"{"field": "a", "path": "title", "direction": "up"}"#,
        ".direction",
        "one of out, in, both",
    ),
    (
        r#"{"field": "a", "path": "title", "direction": "in", "required": true}"#,
        ".required",
        "no client",
    ),
    (
        r#"{"field": "a", "path": "entitlements.value", "required": true}"#,
        ".required",
        "may take all",
    ),
    (
        r#"{"field": "a", "path": "id", "required": true}"#,
        ".required",
        "no client",
    ),
    (
        r#"{"field": "a", "path": "title", "transforms": ["upper"]}"#,
        ".transforms[0]",
        "one of",
    ),
    (
        r#"{"field": "a", "path": "title", "transforms": [{"date": "YYYY-MM-DD"}]}"#,
        ".transforms[0]",
        "needs a dateTime",
    ),
    (
        r#"{"field": "a", "path": "title", "transforms": [{"join": ","}]}"#,
        ".transforms[0]",
        "needs a list",
    ),
    (
        r#"{"field": "a", "path": "emails.value", "transforms": [{"split": ","}]}"#,
        ".transforms[0]",
        "needs one text",
    ),
    (
        r#"{"field": "a", "path": "active", "transforms": ["trim"]}"#,
        ".transforms[0]",
        "needs text",
    ),
    (
        r#"{"field": "a", "path": "active", "transforms": [{"boolean": [1, "1"]}]}"#,
        ".transforms[0].boolean",
        "two values",
    ),
    (
        r#"{"field": "a", "path": "meta.created", "transforms": [{"date": "YYYY"}]}"#,
        ".transforms[0].date",
        "YYYY, MM and DD",
    ),
    (
        r#"{"field": "a", "path": "title", "transforms": [{"lookup": {}}]}"#,
        ".transforms[0].lookup",
        "a table",
    ),
    (
        r#"{"field": "a", "path": "title", "transforms": [{"lookup": {"x": "1"}, "else": "x"}]}"#,
        ".transforms[0].else",
        "keep",
    ),
    (
        r#"{"field": "a", "path": "emails.value", "transforms": [{"join": ""}]}"#,
        ".transforms[0].join",
        "a separator",
    ),
];

/// Standard error of an attempt that must fail.
fn refused(tenant: &Tenant<'_>, settings: &Value) -> String {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), settings.to_string()).unwrap();
    let path = file.path().to_str().unwrap();
    let command = [
        "tenant",
        "settings",
        "--tenant",
        &tenant.name,
        "--file",
        path,
    ];
    let cli = world().cli(&command);
    assert_eq!(cli.status, 1, "{settings}: {cli:?}");
    cli.stderr
}

#[test]
fn a_field_that_cannot_be_is_refused() {
    let tenant = world().tenant("mapping");
    for (field, key, why) in WRONG {
        let field: Value = serde_json::from_str(field).unwrap();
        let settings = json!({ "mapping": { "fields": [field] } });
        let said = refused(&tenant, &settings);
        let place = format!("$.mapping.fields[0]{key}: ");
        assert!(
            said.contains(&place) && said.contains(why),
            "{settings}: {said}"
        );
    }
}

#[test]
fn a_mapping_that_is_none_is_refused() {
    let tenant = world().tenant("mapping");
    let same = json!({ "field": "A", "path": "title" });
    let twice = json!([{ "field": "a", "path": "userName" }, same]);
    for (mapping, said) in [
        (json!([]), "$.mapping: must be an object"),
        (json!({ "fields": [] }), "$.mapping.fields: 1 to 200"),
        (json!({ "filds": [] }), "$.mapping.filds: unknown key"),
        (
            json!({ "fields": twice }),
            "$.mapping.fields[1].field: another field",
        ),
    ] {
        let settings = json!({ "mapping": mapping });
        let refused = refused(&tenant, &settings);
        assert!(refused.contains(said), "{settings}: {refused}");
    }
}
