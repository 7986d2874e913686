//! `fixtures/who-may-do-what.txt`, line by line.

use std::collections::BTreeMap;

use scimlet_tests::{Actor, Answer, Request, Tenant, script, tenant};
use serde_json::{Value, json};

struct Line {
    method: String,
    path: String,
    expected: BTreeMap<String, u16>,
}

fn table() -> Vec<Line> {
    let text = std::fs::read_to_string(script::folder().join("who-may-do-what.txt")).unwrap();
    let header = text
        .lines()
        .rfind(|line| line.starts_with("# method path"))
        .unwrap();
    let actors: Vec<String> = header
        .split_whitespace()
        .skip(3)
        .map(str::to_owned)
        .collect();
    let lines = text
        .lines()
        .filter(|line| !line.starts_with('#') && !line.is_empty());
    lines.map(|line| parse(line, &actors)).collect()
}

fn parse(line: &str, actors: &[String]) -> Line {
    let words: Vec<&str> = line.split_whitespace().collect();
    assert_eq!(
        words.len(),
        actors.len() + 2,
        "a status for each actor: {line}"
    );
    let asked = actors
        .iter()
        .zip(&words[2..])
        .filter(|(_, status)| **status != "-");
    let expected = asked
        .map(|(actor, status)| (actor.clone(), status.parse().unwrap()))
        .collect();
    Line {
        method: words[0].to_owned(),
        path: words[1].to_owned(),
        expected,
    }
}

fn actors(tenant: &Tenant<'_>) -> BTreeMap<&'static str, Actor> {
    let other = tenant
        .world
        .tenant("other")
        .admin()
        .under(&tenant.scim_path());
    [
        ("anonymous", tenant.anonymous()),
        ("other", other),
        ("scim:read", tenant.reader()),
        ("scim", tenant.scim()),
        ("basic", tenant.basic()),
        ("admin", tenant.admin()),
    ]
    .into()
}

#[test]
fn everyone_may_do_what_the_table_says() {
    let tenant = crate::world().tenant("matrix");
    let actors = actors(&tenant);
    let mut wrong = Vec::new();
    for (number, line) in table().iter().enumerate() {
        for (name, &expected) in &line.expected {
            let path = with_fresh_ids(&line.path, &actors["admin"], &format!("{number}-{name}"));
            let answer = send(
                &actors[name.as_str()],
                line,
                &path,
                &format!("{number}-{name}-new"),
            );
            if answer.status != expected {
                wrong.push(format!(
                    "{name}: {} {}: expected {expected}\n{answer:?}",
                    line.method, line.path
                ));
            } else if answer.status >= 400 {
                answer
                    .error_shape()
                    .unwrap_or_else(|shape| wrong.push(format!("{shape}\n{answer:?}")));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn no_resource_type_is_missing_from_the_table() {
    let tenant = crate::world().tenant("matrix");
    let types = tenant.scim().get("/ResourceTypes").expect(200);
    let table = table();
    let listed = |method: &str, path: &str| {
        table
            .iter()
            .any(|line| line.method == method && line.path.starts_with(path))
    };
    for kind in types.at("/Resources").as_array().unwrap() {
        let endpoint = kind["endpoint"].as_str().unwrap();
        let below = format!("{endpoint}/");
        assert!(
            listed("GET", endpoint) && listed("POST", endpoint),
            "{endpoint}"
        );
        for method in ["GET", "PUT", "PATCH", "DELETE"] {
            assert!(listed(method, &below), "{method} {below}…");
        }
    }
}

/// Each line works on resources of its own, since some lines delete them.
fn with_fresh_ids(path: &str, admin: &Actor, unique: &str) -> String {
    let fresh = |place: &str, endpoint: &str| {
        if !path.contains(place) {
            return String::new();
        }
        admin
            .post(endpoint, &body(endpoint, unique))
            .expect(201)
            .id()
    };
    path.replace("USER", &fresh("USER", "/Users"))
        .replace("GROUP", &fresh("GROUP", "/Groups"))
        .replace("LICENSE", &fresh("LICENSE", "/Entitlements"))
        .replace("ROLE", &fresh("ROLE", "/Roles"))
}

fn body(path: &str, unique: &str) -> Value {
    if path.starts_with("/Users") {
        tenant::user(unique)
    } else if path.starts_with("/Bulk") {
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],
            "Operations": [{
                "method": "POST", "path": "/Users", "bulkId": "one", "data": tenant::user(unique)
            }],
        })
    } else if path.starts_with("/Groups") {
        json!({ "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"], "displayName": unique })
    } else if path.starts_with("/Roles") {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Role"],
            "value": unique,
            "supported": true,
        })
    } else {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Entitlement"],
            "value": unique,
            "type": "License",
            "limitedAssignmentsPermitted": true,
            "totalAssignmentsPermitted": 1,
        })
    }
}

fn send(actor: &Actor, line: &Line, path: &str, unique: &str) -> Answer {
    let request = match path.strip_prefix("//") {
        Some(outside) => Request::outside(&line.method, &format!("/{outside}")),
        None => Request::new(&line.method, path),
    };
    actor.send(match line.method.as_str() {
        "POST" => request.json(&body(path, unique)),
        // The value of a license stays, so that PUT changes nothing that cannot be changed.
        "PUT" => request.json(&body(path, unique.strip_suffix("-new").unwrap())),
        // `attributes` makes the answer 200 everywhere (RFC 7644 section 3.5.2).
        "PATCH" => request
            .query("attributes", "id")
            .json(&tenant::patch(&rename(path))),
        _ => request,
    })
}

fn rename(path: &str) -> Value {
    let attribute = match path {
        path if path.starts_with("/Users") => "nickName",
        path if path.starts_with("/Groups") => "displayName",
        _ => "display",
    };
    json!([{ "op": "replace", "path": attribute, "value": "renamed" }])
}
