//! What a service provider says of itself (RFC 7644 section 4): all of it from the registry.

use crate::scim::bulk::{MAX_OPERATIONS, MAX_PAYLOAD};
use crate::scim::query::{CURSOR_SECONDS, DEFAULT_COUNT, MAX_COUNT};
use crate::scim::schema::{Registry, ResourceType, Schema};
use crate::scim::urn;
use serde_json::{Map, Value, json};

/// `/ServiceProviderConfig` (RFC 7643 section 5).
#[must_use]
pub fn service_provider_config(base_url: &str) -> Value {
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
        "RolesAndEntitlements": {
            "roles": { "supported": false },
            "entitlements": {
                "supported": true,
                "multipleEntitlementsSupported": true,
                "primarySupported": true,
                "typeSupported": true,
                "types": ["License"]
            }
        },
        "meta": {
            "resourceType": "ServiceProviderConfig",
            "location": format!("{base_url}/ServiceProviderConfig")
        }
    })
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
