//! A tenant of any program that answers SCIM at `/scim/v2` and has one way more, for whoever runs
//! it: `PUT /tenants/NAME` with the secret as a bearer token makes a tenant, or changes its
//! settings (the body), and answers `{"tokens": {"scim": ..., "scim:read": ..., "admin": ...}}`.

use serde_json::{Value, json};

use crate::actor::Wire;
use crate::script::{License, Site};
use crate::{Actor, Request};

const CORE: &str = "urn:ietf:params:scim:schemas:core:2.0:Entitlement";
const EXTENSION: &str = "urn:ietf:params:scim:schemas:extension:scimlet:2.0:Entitlement";

/// One tenant of a program.
pub struct Platform {
    origin: String,
    secret: String,
    tenant: String,
    tokens: Value,
}

impl Platform {
    /// Makes a tenant.
    pub fn tenant(origin: &str, secret: &str, tenant: &str) -> Result<Self, String> {
        let mut platform = Self {
            origin: origin.trim_end_matches('/').to_owned(),
            secret: secret.to_owned(),
            tenant: tenant.to_owned(),
            tokens: Value::Null,
        };
        platform.tokens = platform.save(&json!({}))?;
        Ok(platform)
    }

    fn somebody(&self, token: Option<&str>) -> Actor {
        let authorization = token.map(|token| format!("Bearer {token}"));
        Actor::new(Wire::plain(), &self.origin, authorization)
    }

    /// Gives the tenant these settings; its tokens.
    fn save(&self, settings: &Value) -> Result<Value, String> {
        let request = Request::outside("PUT", &format!("/tenants/{}", self.tenant)).json(settings);
        let operator = self.somebody(Some(&self.secret));
        let answer = operator
            .try_send(request)
            .map_err(|error| format!("no answer: {error}"))?;
        if answer.status == 200 {
            Ok(answer.body["tokens"].clone())
        } else {
            Err(format!("the settings were refused\n{answer:?}"))
        }
    }
}

impl Site for Platform {
    fn token(&self) -> &str {
        self.tokens["scim"].as_str().unwrap_or_default()
    }

    fn actor(&self, name: &str) -> Option<Actor> {
        let scope = match name {
            "anonymous" => return Some(self.somebody(None)),
            "reader" => "scim:read",
            "scim" | "admin" => name,
            _ => return None,
        };
        Some(self.somebody(self.tokens[scope].as_str()))
    }

    /// By SCIM: the license catalog is written by who has the scope `admin`.
    fn set_license(&self, license: &License) -> Result<(), String> {
        let admin = self.actor("admin").ok_or("there is an admin")?;
        let filter = format!("value eq \"{}\"", license.sku);
        let list = admin.send(Request::get("/Entitlements").query("filter", &filter));
        let current = list.body.pointer("/Resources/0");
        let wanted = changed(current, license);
        let answer = match current.and_then(|current| current["id"].as_str()) {
            Some(id) => admin.put(&format!("/Entitlements/{id}"), &wanted),
            None => admin.post("/Entitlements", &wanted),
        };
        if answer.status < 300 {
            Ok(())
        } else {
            Err(format!("the license was refused\n{answer:?}"))
        }
    }

    fn set_settings(&self, settings: &Value) -> Result<(), String> {
        self.save(settings).map(drop)
    }
}

/// The license's resource as it is wanted.
fn changed(current: Option<&Value>, license: &License) -> Value {
    let fresh = json!({ "schemas": [CORE, EXTENSION], "type": "License", "supported": true });
    let mut resource = current.cloned().unwrap_or(fresh);
    resource["value"] = json!(license.sku);
    resource["limitedAssignmentsPermitted"] = json!(license.seats.is_number());
    if license.seats.is_number() {
        resource["totalAssignmentsPermitted"] = license.seats.clone();
    } else if let Some(members) = resource.as_object_mut() {
        members.remove("totalAssignmentsPermitted");
    }
    if let Some(name) = &license.name {
        resource["display"] = json!(name);
    }
    if let Some(overage) = &license.overage {
        resource[EXTENSION]["overage"] = json!(overage);
    }
    resource
}
