//! What a service provider says of itself (RFC 7644 section 4): all of it from the registry.

use crate::scim::bulk::{MAX_OPERATIONS, MAX_PAYLOAD};
use crate::scim::query::{CURSOR_SECONDS, DEFAULT_COUNT, MAX_COUNT};
use crate::scim::schema::{Registry, ResourceType, Schema};
use crate::scim::urn;
use serde_json::{Map, Value, json};

/// Every event URI of RFC 9967 that this server gives out (section 4, `eventUris`).
const EVENT_URIS: [&str; 10] = [
    "urn:ietf:params:scim:event:prov:create:notice",
    "urn:ietf:params:scim:event:prov:create:full",
    "urn:ietf:params:scim:event:prov:put:notice",
    "urn:ietf:params:scim:event:prov:put:full",
    "urn:ietf:params:scim:event:prov:patch:notice",
    "urn:ietf:params:scim:event:prov:patch:full",
    "urn:ietf:params:scim:event:prov:delete",
    "urn:ietf:params:scim:event:prov:activate",
    "urn:ietf:params:scim:event:prov:deactivate",
    "urn:ietf:params:scim:event:misc:asyncresp",
];

/// `/ServiceProviderConfig` (RFC 7643 section 5).
#[must_use]
pub fn service_provider_config(registry: &Registry, base_url: &str) -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig"],
        "patch": { "supported": true },
        "bulk": {
            "supported": true,
            "maxOperations": MAX_OPERATIONS,
            "maxPayloadSize": MAX_PAYLOAD
        },
        "filter": { "supported": true, "maxResults": MAX_COUNT },
        "changePassword": { "supported": false },
        "sort": { "supported": true },
        "etag": { "supported": true },
        "pagination": {
            "cursor": true,
            "index": true,
            "defaultPaginationMethod": "index",
            "defaultPageSize": DEFAULT_COUNT,
            "maxPageSize": MAX_COUNT,
            "cursorTimeout": CURSOR_SECONDS
        },
        "authenticationSchemes": [
            {
                "type": "oauthbearertoken",
                "name": "Bearer token",
                "description": "A token of this tenant, made by `scimlet token create`",
                "specUri": "https://www.rfc-editor.org/info/rfc6750",
                "primary": true
            },
            {
                "type": "httpbasic",
                "name": "HTTP Basic",
                "description": "A user name and password, made by `scimlet token create --basic`",
                "specUri": "https://www.rfc-editor.org/info/rfc7617",
                "primary": false
            }
        ],
        "securityEvents": { "asyncRequest": "request", "eventUris": EVENT_URIS },
        "RolesAndEntitlements": roles_and_entitlements(registry),
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base_url}/ServiceProviderConfig")
        }
    })
}

/// What the server has of draft-ietf-scim-roles-entitlements. The capital letter of its name is the
/// draft's, and unlike all others in this configuration.
fn roles_and_entitlements(registry: &Registry) -> Value {
    json!({
        "roles": catalog(registry, "Role", "roles", "multipleRolesSupported", &[]),
        "entitlements": catalog(
            registry,
            "Entitlement",
            "entitlements",
            "multipleEntitlementsSupported",
            &["License"],
        )
    })
}

/// One half of that: whether there is such a catalog, and what of it a User may carry. `types` are
/// those that the schema suggests and those that the server itself gives out.
fn catalog(
    registry: &Registry,
    kind: &str,
    name: &str,
    multiple: &str,
    own_types: &[&str],
) -> Value {
    let user = registry.by_name("User");
    let attribute = user.and_then(|user| user.attribute(name));
    let part = |part: &str| attribute.and_then(|attribute| attribute.sub_attribute(part));
    let suggested = part("type").map_or(&[][..], |it| it.canonical_values.as_slice());
    let types: Vec<&str> = suggested
        .iter()
        .map(String::as_str)
        .chain(own_types.iter().copied())
        .collect();
    let mut map = Map::new();
    let supported = registry.by_name(kind).is_some();
    map.insert("supported".to_owned(), supported.into());
    let many = attribute.is_some_and(|attribute| attribute.multi_valued);
    map.insert(multiple.to_owned(), many.into());
    let primary = part("primary").is_some();
    map.insert("primarySupported".to_owned(), primary.into());
    map.insert("typeSupported".to_owned(), part("type").is_some().into());
    if !types.is_empty() {
        map.insert("types".to_owned(), types.into());
    }
    Value::Object(map)
}

/// One schema as a resource (RFC 7643 section 7).
#[must_use]
pub fn schema(schema: &Schema, base_url: &str) -> Value {
    let location = format!("{base_url}/Schemas/{}", schema.id);
    resource(
        schema,
        "Schema",
        "urn:ietf:params:scim:schemas:core:2.0:Schema",
        &location,
    )
}

/// One resource type as a resource (RFC 7643 section 6).
#[must_use]
pub fn resource_type(kind: &ResourceType, base_url: &str) -> Value {
    let location = format!("{base_url}/ResourceTypes/{}", kind.declared.id);
    let core = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
    resource(&kind.declared, "ResourceType", core, &location)
}

/// All schemas.
#[must_use]
pub fn schemas(registry: &Registry, base_url: &str) -> Value {
    list(
        &registry
            .schemas()
            .iter()
            .map(|it| schema(it, base_url))
            .collect::<Vec<_>>(),
    )
}

/// All resource types.
#[must_use]
pub fn resource_types(registry: &Registry, base_url: &str) -> Value {
    list(
        &registry
            .types()
            .iter()
            .map(|it| resource_type(it, base_url))
            .collect::<Vec<_>>(),
    )
}

fn list(resources: &[Value]) -> Value {
    json!({
        "schemas": [urn::LIST],
        "totalResults": resources.len(),
        "startIndex": 1,
        "itemsPerPage": resources.len(),
        "Resources": resources
    })
}

fn resource<T: serde::Serialize>(of: &T, name: &str, core: &str, location: &str) -> Value {
    let mut map = Map::new();
    map.insert("schemas".to_owned(), json!([core]));
    if let Ok(Value::Object(own)) = serde_json::to_value(of) {
        map.extend(own);
    }
    map.insert(
        "meta".to_owned(),
        json!({ "resourceType": name, "location": location }),
    );
    Value::Object(map)
}
