//! Schemas, resource types and the configuration of the examples, against what `/Schemas`,
//! `/ResourceTypes` and `/ServiceProviderConfig` serve. `component/engine/schemas/README.md` tells
//! why our schemas differ where they do.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

use super::super::none_wrong;
use super::answers::same_type;
use super::world::{World, missing};
use super::{all, named, of_kind};

/// Where a schema of RFC 7643 section 8.7 is not what we serve: the schema, the attribute, what of
/// it, and why. `added` and `left out` are whole attributes, with all below them.
const DEVIATIONS: [(&str, &str, &str, &str); 28] = [
    ("User", "profileUrl", "caseExact", REFERENCE),
    ("User", "photos.value", "caseExact", REFERENCE),
    ("User", "groups.$ref", "caseExact", REFERENCE),
    ("Group", "members.$ref", "caseExact", REFERENCE),
    ("EnterpriseUser", "manager.$ref", "caseExact", REFERENCE),
    (CONFIG, "documentationUri", "caseExact", REFERENCE),
    (
        CONFIG,
        "authenticationSchemes.specUri",
        "caseExact",
        REFERENCE,
    ),
    (
        CONFIG,
        "authenticationSchemes.documentationUri",
        "caseExact",
        REFERENCE,
    ),
    ("ResourceType", "endpoint", "caseExact", REFERENCE),
    (
        "User",
        "x509Certificates.value",
        "caseExact",
        "a binary is case exact",
    ),
    (
        "User",
        "entitlements.value",
        "caseExact",
        "a SKU, as exact as the catalog's `value`",
    ),
    (
        "Group",
        "members.value",
        "caseExact",
        "an `id` is case exact",
    ),
    (
        "EnterpriseUser",
        "manager.value",
        "description",
        "RECOMMENDED: erratum 8359",
    ),
    (
        "EnterpriseUser",
        "manager.$ref",
        "description",
        "RECOMMENDED: erratum 8359",
    ),
    ("User", "addresses.primary", "added", "RFC 7643 section 2.4"),
    ("Group", "members.display", "added", "RFC 7643 section 2.4"),
    (CONFIG, "etag", "added", "REQUIRED in RFC 7643 section 5"),
    (
        CONFIG,
        "authenticationSchemes.type",
        "added",
        "erratum 8011",
    ),
    (
        CONFIG,
        "authenticationSchemes.primary",
        "added",
        "RFC 7643 section 2.4",
    ),
    (CONFIG, "pagination", "added", "RFC 9865 section 4"),
    (CONFIG, "securityEvents", "added", "RFC 9865 section 4"),
    (
        CONFIG,
        "RolesAndEntitlements",
        "added",
        "draft-ietf-scim-roles-entitlements",
    ),
    ("ResourceType", "id", "left out", "a common attribute"),
    ("Schema", "id", "left out", "a common attribute"),
    (
        "ResourceType",
        "schemaExtensions",
        "required",
        "OPTIONAL in RFC 7643 section 6",
    ),
    (
        "Schema",
        "description",
        "description",
        "the RFC's is that of `name`",
    ),
    (
        "Schema",
        "attributes.type",
        "canonicalValues",
        "`binary`: erratum 5606",
    ),
    (
        "Schema",
        "attributes.type",
        "description",
        "`binary`: erratum 5606",
    ),
];

const CONFIG: &str = "Service Provider Configuration";
const REFERENCE: &str = "a reference is case exact: RFC 7643 section 2.3.7";

/// What an attribute is that says nothing else (RFC 7643 section 2.2).
fn default_of(characteristic: &str) -> Value {
    match characteristic {
        "multiValued" | "required" | "caseExact" => json!(false),
        "canonicalValues" | "referenceTypes" => json!([]),
        "mutability" => json!("readWrite"),
        "returned" => json!("default"),
        "uniqueness" => json!("none"),
        _ => Value::Null,
    }
}

type Deviations = BTreeSet<(String, String, String)>;

/// Exactly the deviations that are known, no other and none of them gone.
#[test]
fn every_schema_is_the_rfcs_but_for_the_deviations_that_are_known() {
    let examples = of_kind(&["Schema"]);
    let names: Vec<&Value> = examples.iter().map(|it| &it.meant()["name"]).collect();
    let known = DEVIATIONS.iter().filter(|it| names.contains(&&json!(it.0)));
    let known =
        known.map(|(schema, path, what, _)| [schema, path, what].map(|it| (*it).to_owned()));
    let known: Deviations = known.map(Into::into).collect();
    for mut world in World::both() {
        let mut found = Deviations::new();
        for example in &examples {
            let schema = example.meant();
            let id = schema["id"].as_str().expect("an id");
            let (status, served) = world.side.send("GET", &format!("/Schemas/{id}"), None);
            assert_eq!(status, 200, "{id}");
            let name = schema["name"].as_str().expect("a name");
            for member in ["schemas", "id", "name", "description"] {
                assert_eq!(said(schema, member), said(&served, member), "{id}");
            }
            for (path, what) in differences("", &schema["attributes"], &served["attributes"]) {
                found.insert((name.to_owned(), path, what));
            }
        }
        assert_eq!(found, known, "{}", world.side.name);
    }
}

/// Every deviation is told in the README of the schemas.
#[test]
fn the_readme_tells_of_every_deviation() {
    let folder =
        std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../component/engine/schemas");
    let readme = std::fs::read_to_string(folder.join("README.md")).expect("the README");
    for (schema, path, ..) in DEVIATIONS {
        assert!(readme.contains(&format!("`{path}`")), "{schema} {path}");
    }
}

/// The differences of two lists of attributes: path, and characteristic.
fn differences(prefix: &str, example: &Value, served: &Value) -> Vec<(String, String)> {
    let [ours, theirs] = [served, example].map(by_name);
    let mut all = Vec::new();
    for (name, attribute) in &theirs {
        let path = format!("{prefix}{name}");
        let Some(our) = ours.get(name) else {
            all.push((path, "left out".to_owned()));
            continue;
        };
        for characteristic in characteristics(attribute, our) {
            if said(attribute, characteristic) != said(our, characteristic) {
                all.push((path.clone(), characteristic.to_owned()));
            }
        }
        let below = [attribute, our].map(|it| &it["subAttributes"]);
        all.extend(differences(&format!("{path}."), below[0], below[1]));
    }
    let added = ours.keys().filter(|name| !theirs.contains_key(*name));
    all.extend(added.map(|name| (format!("{prefix}{name}"), "added".to_owned())));
    all
}

fn by_name(attributes: &Value) -> Map<String, Value> {
    let attributes = attributes.as_array().into_iter().flatten();
    let named = attributes.map(|it| (it["name"].as_str().expect("a name").to_owned(), it.clone()));
    named.collect()
}

/// All that either of two attributes says of itself.
fn characteristics<'a>(one: &'a Value, other: &'a Value) -> BTreeSet<&'a str> {
    let both = [one, other].into_iter().filter_map(Value::as_object);
    let names = both.flat_map(|it| it.keys().map(String::as_str));
    names.filter(|name| *name != "subAttributes").collect()
}

/// What it says, in words that are one blank apart, or what saying nothing means.
fn said(of: &Value, member: &str) -> Value {
    match &of[member] {
        Value::Null => default_of(member),
        Value::String(text) => json!(text.split_whitespace().collect::<Vec<_>>().join(" ")),
        other => other.clone(),
    }
}

/// Extensions are another matter: RFC 7643 section 8.6 demands the enterprise extension of every
/// user, although most of the users in the RFCs do without. Here it is optional, beside our own.
#[test]
fn every_resource_type_is_the_rfcs_but_for_the_extensions() {
    let mut examples: Vec<Value> = Vec::new();
    for example in of_kind(&["ResourceType"]) {
        examples.push(example.meant().clone());
    }
    let listed = named("rfc7644-4-a").meant()["Resources"].clone();
    examples.extend(listed.as_array().expect("resources").iter().cloned());
    for mut world in World::both() {
        for example in &examples {
            let example = world.translate(example);
            let id = example["id"].as_str().expect("an id");
            let (status, served) = world
                .side
                .send("GET", &format!("/ResourceTypes/{id}"), None);
            assert_eq!(status, 200, "{id}");
            let missing = missing(&example, &served, &["schemaExtensions"]);
            assert_eq!(missing, [""; 0], "{}", world.side.name);
            assert_eq!(served["schemas"], example["schemas"]);
            for extension in example["schemaExtensions"].as_array().into_iter().flatten() {
                let optional = json!({ "schema": extension["schema"], "required": false });
                let served = served["schemaExtensions"].as_array().expect("extensions");
                assert!(served.contains(&optional), "{served:?}");
            }
        }
    }
}

/// What the configurations of the examples tell and ours does not.
const NOT_TOLD: [(&str, &str); 5] = [
    ("documentationUri", "OPTIONAL; there is no page of it"),
    (
        "authenticationSchemes.documentationUri",
        "OPTIONAL; there is no page of it",
    ),
    (
        "meta.created",
        "the configuration is part of the program, not made at a time",
    ),
    ("meta.lastModified", "as `created`"),
    ("meta.version", "as `created`"),
];

#[test]
fn the_configuration_tells_what_the_rfcs_does() {
    let mut examples = all();
    examples.retain(|it| it.kind == "ServiceProviderConfig");
    for mut world in World::both() {
        let (status, served) = world.side.send("GET", "/ServiceProviderConfig", None);
        assert_eq!(status, 200);
        for example in &examples {
            let not_told = NOT_TOLD.map(|(path, _)| path);
            let mut untold = untold("", example.meant(), &served);
            untold.retain(|path| !not_told.contains(&path.as_str()));
            assert_eq!(untold, [""; 0], "{} ({})", example.name, world.side.name);
        }
    }
}

/// Attributes of an example that the answer has not, or of another type.
fn untold(path: &str, example: &Value, served: &Value) -> Vec<String> {
    match (example, served) {
        (Value::Object(example), Value::Object(_)) => example
            .iter()
            .flat_map(|(name, value)| {
                let path = [path, name].join(if path.is_empty() { "" } else { "." });
                untold(&path, value, &served[name])
            })
            .collect(),
        (Value::Array(example), Value::Array(served)) => {
            let all = example.iter();
            all.flat_map(|value| untold(path, value, served.first().unwrap_or(&Value::Null)))
                .collect()
        }
        _ if same_type(example, served) => vec![],
        _ => vec![path.to_owned()],
    }
}

/// The descriptions among the examples follow the schemas that we serve of such resources.
#[test]
fn every_description_is_of_its_schema() {
    let kinds = ["Schema", "ResourceType", "ServiceProviderConfig"];
    let mut examples = all();
    examples.retain(|it| kinds.contains(&it.kind.as_str()));
    let [mut world, _] = World::both();
    let mut wrong = Vec::new();
    for example in &examples {
        let resource = example.meant();
        let urn = resource["schemas"][0].as_str().expect("a schema");
        let (status, schema) = world.side.send("GET", &format!("/Schemas/{urn}"), None);
        assert_eq!(status, 200, "{urn}");
        let mut own = resource.as_object().expect("a resource").clone();
        own.retain(|name, _| !["schemas", "id", "meta"].contains(&name.as_str()));
        let why = violations("", &own, &schema["attributes"], !example.fragment);
        if !why.is_empty() {
            wrong.push(format!("{}: {why:?}", example.name));
        }
    }
    none_wrong(examples.len(), &wrong);
}

/// Where an object does not follow its attributes; `whole` demands those that are required.
fn violations(path: &str, of: &Map<String, Value>, attributes: &Value, whole: bool) -> Vec<String> {
    let attributes = by_name(attributes);
    let mut wrong = Vec::new();
    for (name, attribute) in &attributes {
        let must = whole && attribute["required"] == true && !is_newer(&format!("{path}{name}"));
        if must && !of.contains_key(name) {
            wrong.push(format!("{path}{name} is required"));
        }
    }
    for (name, value) in of {
        let path = format!("{path}{name}");
        match (attributes.get(name), value) {
            (None, _) if path == BEYOND_ITSELF => {}
            (None, _) => wrong.push(path),
            (Some(attribute), Value::Array(values)) if attribute["multiValued"] == true => {
                wrong.extend(values.iter().flat_map(|it| violation(&path, it, attribute)));
            }
            (Some(attribute), _) if attribute["multiValued"] == true => wrong.push(path),
            (Some(attribute), value) => wrong.extend(violation(&path, value, attribute)),
        }
    }
    wrong
}

/// Section 7 lets the schema of schemas hold complex attributes inside complex ones, and itself
/// describes one level of that only: its own description does not follow it.
const BEYOND_ITSELF: &str = "attributes.subAttributes.subAttributes";

/// Whether we have an attribute that the RFC's schema lacks, so that its examples may lack it too.
fn is_newer(path: &str) -> bool {
    DEVIATIONS.iter().any(|it| it.1 == path && it.2 == "added")
}

fn violation(path: &str, value: &Value, attribute: &Value) -> Vec<String> {
    let follows = match attribute["type"].as_str() {
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_i64(),
        Some("complex") => match value.as_object() {
            // Attributes below `attributes` are of the same schema.
            Some(own) => {
                return violations(&format!("{path}."), own, &attribute["subAttributes"], true);
            }
            None => false,
        },
        _ => value.is_string(),
    };
    if follows {
        vec![]
    } else {
        vec![format!("{path}: {value}")]
    }
}
